// TLS for tests of the relay: certificates made on the spot, and the server's side of a connection.
// Owner: everything owns what it made. Threads: a ServerTls belongs to one.
#pragma once

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "net/internal/relay_testing.h"

namespace vitrine::net::internal {

template <auto kFree>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;

/// A key with a certificate that `issuer` (or itself) signed.
struct Identity {
  Key key{EVP_EC_gen("P-256")};
  Certificate certificate{X509_new()};

  Identity(const char* name, const char* alternative_names, const Identity* issuer) {
    X509* x509 = certificate.get();
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), issuer == nullptr ? 1 : 2);
    X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x509), 86400);
    X509_set_pubkey(x509, key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509* by = issuer == nullptr ? x509 : issuer->certificate.get();
    X509_set_issuer_name(x509, X509_get_subject_name(by));
    Extend(by, NID_basic_constraints, issuer == nullptr ? "critical,CA:TRUE" : "CA:FALSE");
    if (issuer == nullptr) Extend(by, NID_key_usage, "critical,keyCertSign");
    if (alternative_names != nullptr) Extend(by, NID_subject_alt_name, alternative_names);
    X509_sign(x509, (issuer == nullptr ? *this : *issuer).key.get(), EVP_sha256());
  }
  void Extend(X509* by, int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, by, certificate.get(), nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
    X509_add_ext(certificate.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
};

inline const Identity& Authority() {
  static const Identity authority("test authority", nullptr, nullptr);
  return authority;
}

/// The authority's certificate as a file.
inline const std::string& AuthorityFile() {
  static const std::string path = [] {
    const std::string made = testing::TempDir() + "relay_authority.pem";
    FILE* file = std::fopen(made.c_str(), "w");
    PEM_write_X509(file, Authority().certificate.get());
    std::fclose(file);
    return made;
  }();
  return path;
}

/// TLS on the server's side of one connection.
class ServerTls {
 public:
  ServerTls(SSL_CTX* context, const TestSocket& socket) : ssl_(SSL_new(context)) {
    SSL_set_fd(ssl_.get(), socket.descriptor());
    accepted_ = SSL_accept(ssl_.get()) == 1;
    ERR_clear_error();
  }
  bool accepted() const { return accepted_; }
  bool resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
  std::string server_name() const {
    const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
    return name == nullptr ? "" : name;
  }
  std::string protocol() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }
  /// Reads a head and `body_size` bytes behind it.
  std::string ReadRequest(size_t body_size) {
    std::string all;
    std::vector<char> buffer(20'000);
    for (;;) {
      const size_t end = all.find("\r\n\r\n");
      if (end != std::string::npos && all.size() >= end + 4 + body_size) return all.substr(end + 4);
      const int got = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
      if (got <= 0) return {};
      all.append(buffer.data(), static_cast<size_t>(got));
    }
  }
  void Write(std::string_view bytes, std::mt19937& random) {
    while (!bytes.empty()) {
      const size_t size = std::min<size_t>(bytes.size(), 1 + random() % 40'000);
      if (SSL_write(ssl_.get(), bytes.data(), static_cast<int>(size)) <= 0) return;
      bytes.remove_prefix(size);
    }
  }
  int descriptor() const { return SSL_get_fd(ssl_.get()); }
  bool has_pending() const { return SSL_pending(ssl_.get()) > 0; }
  ssize_t ReadBytes(char* to, size_t size) {
    return SSL_read(ssl_.get(), to, static_cast<int>(size));
  }
  bool WriteBytes(std::string_view bytes) {
    return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
  }
  void SayGoodbye() { SSL_shutdown(ssl_.get()); }

 private:
  std::unique_ptr<SSL, Free<SSL_free>> ssl_;
  bool accepted_ = false;
};

inline std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>> ServerContext(const Identity& identity) {
  std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>> context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_use_certificate(context.get(), identity.certificate.get());
  SSL_CTX_use_PrivateKey(context.get(), identity.key.get());
  SSL_CTX_set_session_id_context(context.get(), reinterpret_cast<const unsigned char*>("t"), 1);
  SSL_CTX_set_alpn_select_cb(
      context.get(),
      [](SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
         unsigned in_size, void*) {
        *out = in + 1;
        *out_size = in[0];
        return in_size > 0 ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
      },
      nullptr);
  return context;
}

inline std::shared_ptr<const UpstreamEndpoint> Endpoint(uint16_t port,
                                                        std::shared_ptr<UpstreamTls> tls,
                                                        std::string name) {
  return std::make_shared<const UpstreamEndpoint>(UpstreamEndpoint{
      .host = "127.0.0.1", .port = port, .tls = std::move(tls), .tls_name = std::move(name)});
}

inline std::shared_ptr<UpstreamTls> TrustingTls() {
  auto tls = UpstreamTls::Create(AuthorityFile());
  EXPECT_TRUE(tls.has_value());
  return *tls;
}

}  // namespace vitrine::net::internal
