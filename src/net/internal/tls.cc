#include "net/internal/tls.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "net/http_relay.h"
#include "net/limits.h"

namespace vitrine::net {
namespace internal {

/// A socket under OpenSSL. Its own socket BIO writes without MSG_NOSIGNAL: a peer that closed would
/// end the process.
struct TlsBio {
  static int Write(BIO* bio, const char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    iovec piece{const_cast<char*>(bytes), static_cast<size_t>(size)};
    const Moved moved = Send(Socket(bio), {&piece, 1});
    if (moved.kind == Moved::Kind::kLater) BIO_set_retry_write(bio);
    return moved.kind == Moved::Kind::kBytes ? static_cast<int>(moved.size) : -1;
  }
  static int Read(BIO* bio, char* to, int size) {
    BIO_clear_retry_flags(bio);
    const Moved moved = Receive(Socket(bio), {to, static_cast<size_t>(size)});
    if (moved.kind == Moved::Kind::kLater) BIO_set_retry_read(bio);
    if (moved.kind == Moved::Kind::kEnded) return 0;
    return moved.kind == Moved::Kind::kBytes ? static_cast<int>(moved.size) : -1;
  }
  static long Control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_FLUSH) return 1;
    (void)bio;
    return 0;
  }
  static int Socket(BIO* bio) { return static_cast<TlsStream*>(BIO_get_data(bio))->socket_; }

  static BIO_METHOD* Method() {
    static BIO_METHOD* const method = [] {
      BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
      VITRINE_CHECK(made != nullptr);
      BIO_meth_set_write(made, &Write);
      BIO_meth_set_read(made, &Read);
      BIO_meth_set_ctrl(made, &Control);
      return made;
    }();
    return method;
  }
};

namespace {

constexpr auto kAlpn =
    std::to_array<unsigned char>({2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'});
constexpr auto kAlpnHttp1 = std::span(kAlpn).subspan(3);
/// The largest TLS record: more in one write gains nothing.
constexpr size_t kRecordBytesMax = 16 * 1024;

std::string LastError() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "the connection broke" : reason;
}

bool IsAddressLiteral(const std::string& name) { return IpAddress::Parse(name, 0).has_value(); }

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::Create(const std::string& extra_ca_file) {
  std::unique_ptr<TlsContext> made(new TlsContext);
  made->context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = made->context_.get();
  if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_default_verify_paths(context) != 1) {
    return Fail(ErrorCode::kInternal, "TLS cannot be set up: " + LastError());
  }
  if (!extra_ca_file.empty() &&
      SSL_CTX_load_verify_locations(context, extra_ca_file.c_str(), nullptr) != 1) {
    return Fail(ErrorCode::kInvalidInput,
                "no certificate could be read from " + extra_ca_file + ": " + LastError());
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  // Nobody needs it, and a write would have to wait for reading.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_sess_set_new_cb(context, [](SSL* ssl, SSL_SESSION* session) {
    auto* stream = static_cast<TlsStream*>(SSL_get_app_data(ssl));
    stream->context_.KeepSession(stream->peer_, session);
    return 1;  // The reference is ours now.
  });
  return made;
}

std::unique_ptr<SSL_SESSION, FreeSsl> TlsContext::TakeSession(const std::string& peer) {
  const std::scoped_lock lock(mutex_);
  const auto at = sessions_.find(peer);
  if (at == sessions_.end()) return nullptr;
  auto session = std::move(at->second);
  sessions_.erase(at);
  return session;
}

void TlsContext::KeepSession(const std::string& peer, SSL_SESSION* session) {
  const std::scoped_lock lock(mutex_);
  if (sessions_.size() >= kTlsSessionsMax && !sessions_.contains(peer)) {
    sessions_.erase(sessions_.begin());  // Any: a lost session costs one round trip.
  }
  sessions_[peer].reset(session);
}

TlsStream::TlsStream(TlsContext& context, int socket, const std::string& name, uint16_t port,
                     bool offers_http2)
    : context_(context),
      socket_(socket),
      peer_(name + ":" + std::to_string(port)),
      ssl_(SSL_new(context.get())) {
  SSL* ssl = ssl_.get();
  BIO* bio = ssl == nullptr ? nullptr : BIO_new(TlsBio::Method());
  if (bio == nullptr) {
    broken_ = true;
    error_ = LastError();
    return;
  }
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
  SSL_set_app_data(ssl, this);
  SSL_set_connect_state(ssl);
  const auto offered = offers_http2 ? std::span<const unsigned char>(kAlpn) : kAlpnHttp1;
  bool ready = SSL_set_alpn_protos(ssl, offered.data(), static_cast<unsigned>(offered.size())) == 0;
  if (IsAddressLiteral(name)) {
    ready = ready && X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) == 1;
  } else {
    // RFC 9525 section 2: names stand in subjectAltName, and the subject's CN is none.
    SSL_set_hostflags(ssl,
                      X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    ready = ready && SSL_set1_host(ssl, name.c_str()) == 1 &&
            SSL_set_tlsext_host_name(ssl, name.c_str()) == 1;
  }
  if (!ready) {  // Without its name nothing could be verified.
    broken_ = true;
    error_ = "the name " + name + " cannot be verified";
    return;
  }
  if (const auto session = context_.TakeSession(peer_)) SSL_set_session(ssl, session.get());
}

bool TlsStream::chose_http2() const {
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &chosen, &size);
  return size == 2 && chosen[0] == 'h' && chosen[1] == '2';
}

TlsStream::~TlsStream() {
  if (broken_) return;
  // Without a word of an end OpenSSL would take the session for a bad one, and never resume it.
  SSL_set_quiet_shutdown(ssl_.get(), 1);
  (void)SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

Moved TlsStream::Judge(int rc, int other_way, bool& wants_other_way) {
  const int error = SSL_get_error(ssl_.get(), rc);
  switch (error) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      wants_other_way = error == other_way;
      return {Moved::Kind::kLater, 0};
    case SSL_ERROR_ZERO_RETURN: return {Moved::Kind::kEnded, 0};
    default: break;
  }
  broken_ = true;
  const long verified = SSL_get_verify_result(ssl_.get());
  error_ = verified == X509_V_OK
               ? LastError()
               : std::string("certificate: ") + X509_verify_cert_error_string(verified);
  ERR_clear_error();
  return {Moved::Kind::kBroken, 0};
}

Moved TlsStream::Handshake() {
  if (broken_) return {Moved::Kind::kBroken, 0};
  ERR_clear_error();
  handshake_wants_write_ = false;
  const int rc = SSL_do_handshake(ssl_.get());
  if (rc == 1) return {Moved::Kind::kBytes, 0};
  const Moved judged = Judge(rc, SSL_ERROR_WANT_WRITE, handshake_wants_write_);
  if (judged.kind == Moved::Kind::kEnded) return {Moved::Kind::kBroken, 0};
  return judged;
}

Moved TlsStream::Read(std::span<char> to) {
  if (broken_) return {Moved::Kind::kBroken, 0};
  ERR_clear_error();
  read_wants_write_ = false;
  size_t got = 0;
  const int rc = SSL_read_ex(ssl_.get(), to.data(), to.size(), &got);
  if (rc == 1) return {Moved::Kind::kBytes, got};
  return Judge(rc, SSL_ERROR_WANT_WRITE, read_wants_write_);
}

Moved TlsStream::Write(std::span<iovec> pieces) {
  if (broken_) return {Moved::Kind::kBroken, 0};
  if (pieces.empty()) return {Moved::Kind::kLater, 0};
  std::string_view record(static_cast<const char*>(pieces[0].iov_base), pieces[0].iov_len);
  if (record.size() < kRecordBytesMax && pieces.size() > 1) {
    record_.clear();
    for (const iovec& piece : pieces) {
      const size_t room = kRecordBytesMax - record_.size();
      record_.append(static_cast<const char*>(piece.iov_base), std::min(room, piece.iov_len));
    }
    record = record_;
  }
  ERR_clear_error();
  write_wants_read_ = false;
  size_t sent = 0;
  const int rc = SSL_write_ex(ssl_.get(), record.data(), record.size(), &sent);
  if (rc == 1) return {Moved::Kind::kBytes, sent};
  return Judge(rc, SSL_ERROR_WANT_READ, write_wants_read_);
}

void TlsStream::EndSending() {
  if (broken_) return;
  ERR_clear_error();
  (void)SSL_shutdown(ssl_.get());
}

}  // namespace internal

UpstreamTls::UpstreamTls(std::unique_ptr<internal::TlsContext> context)
    : context_(std::move(context)) {}
UpstreamTls::~UpstreamTls() = default;

Result<std::shared_ptr<UpstreamTls>> UpstreamTls::Create(const std::string& extra_ca_file) {
  TRY_ASSIGN(auto context, internal::TlsContext::Create(extra_ca_file));
  return std::shared_ptr<UpstreamTls>(new UpstreamTls(std::move(context)));
}

}  // namespace vitrine::net
