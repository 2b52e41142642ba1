#include "net/internal/http2_request.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "net/internal/relay_head.h"

namespace vitrine::net::internal {
namespace {

std::string Lower(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

/// Values that the compressor must not remember: callers share its table, and the size of what one
/// sends would tell whether it guessed another one's key.
bool IsSecret(std::string_view lower_name) {
  static constexpr auto kMarks =
      std::to_array<std::string_view>({"auth", "key", "token", "secret", "cookie"});
  return std::any_of(kMarks.begin(), kMarks.end(), [lower_name](std::string_view mark) {
    return lower_name.find(mark) != std::string_view::npos;
  });
}

std::vector<nghttp2_nv> ToPairs(const HttpHeaders& fields) {
  const auto bytes = [](std::string_view text) {
    return const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(text.data()));
  };
  std::vector<nghttp2_nv> pairs;
  pairs.reserve(fields.size());
  for (const HttpHeader& field : fields) {
    pairs.push_back({.name = bytes(field.name),
                     .value = bytes(field.value),
                     .namelen = field.name.size(),
                     .valuelen = field.value.size(),
                     .flags = static_cast<uint8_t>(IsSecret(field.name) ? NGHTTP2_NV_FLAG_NO_INDEX
                                                                        : NGHTTP2_NV_FLAG_NONE)});
  }
  return pairs;
}

}  // namespace

Http2Request::Http2Request(const RelayPlan& plan, const Framing& framing, size_t head_bytes)
    : head_left_(head_bytes) {
  fields_.Reserve(plan.headers.size() + 5, plan.headers.bytes() + plan.target.size() + 64);
  fields_.Add(":method", plan.method);
  fields_.Add(":scheme", plan.upstream->tls ? "https" : "http");
  fields_.Add(":authority", plan.headers.First("host").value_or(""));
  fields_.Add(":path", plan.target);
  for (const HttpHeader& field : plan.headers) {
    if (!IsConnectionField(field.name) && !EqualsIgnoringCase(field.name, "host") &&
        !EqualsIgnoringCase(field.name, "content-length")) {
      fields_.Add(Lower(field.name), field.value);
    }
  }
  if (framing.content_length) {
    fields_.Add("content-length", std::to_string(*framing.content_length));
  }
  if (framing.chunked) {
    framer_.Begin(MessageFramer::Style::kChunked);
  } else {
    framer_.Begin(MessageFramer::Style::kLength, framing.content_length.value_or(0));
  }
  has_body_ = !framer_.done();
}

int32_t Http2Request::Submit(nghttp2_session* session, nghttp2_data_source_read_callback fill,
                             void* stream) {
  const std::vector<nghttp2_nv> pairs = ToPairs(fields_);
  nghttp2_data_provider body{.source = {.ptr = stream}, .read_callback = fill};
  const int32_t id = nghttp2_submit_request(session, nullptr, pairs.data(), pairs.size(),
                                            has_body_ ? &body : nullptr, stream);
  fields_ = HttpHeaders();  // nghttp2 has its copy.
  return id;
}

void Http2Request::Read(std::span<const iovec> offered) {
  size_t known = offered_;
  for (const iovec& piece : offered) {
    const std::string_view bytes(static_cast<const char*>(piece.iov_base), piece.iov_len);
    const size_t skipped = std::min(known, bytes.size());
    known -= skipped;
    offered_ += bytes.size() - skipped;
    ReadBytes(bytes.substr(skipped));
  }
}

void Http2Request::ReadBytes(std::string_view bytes) {
  const size_t of_head = std::min(head_left_, bytes.size());
  head_left_ -= of_head;
  bytes.remove_prefix(of_head);
  while (!bytes.empty() && !framer_.done()) {
    const MessageFramer::Piece piece = framer_.Next(bytes);
    if (piece.kind == MessageFramer::Kind::kBody) body_.Add(piece.bytes);
    // The relay read the same framing before it wrote it.
    if (piece.kind == MessageFramer::Kind::kMalformed) return;
  }
}

size_t Http2Request::Taken(size_t held_back) {
  // Framing is never less than what it frames, so what is left to send counts for as much of it.
  const size_t kept = std::min(body_.size() + held_back, offered_);
  const size_t taken = offered_ - kept;
  offered_ = kept;
  return taken;
}

ssize_t Http2Request::Fill(nghttp2_session* session, int32_t id, std::span<uint8_t> to,
                           uint32_t& flags) {
  const size_t size = std::min(body_.size(), to.size());
  if (size == 0 && !framer_.done()) return NGHTTP2_ERR_DEFERRED;
  std::memcpy(to.data(), body_.bytes().data(), size);
  body_.Remove(size);
  if (!is_out()) return static_cast<ssize_t>(size);
  flags |= NGHTTP2_DATA_FLAG_EOF;
  if (!framer_.trailers().empty()) {
    HttpHeaders trailers;
    for (const HttpHeader& field : framer_.trailers()) trailers.Add(Lower(field.name), field.value);
    const std::vector<nghttp2_nv> pairs = ToPairs(trailers);
    if (nghttp2_submit_trailer(session, id, pairs.data(), pairs.size()) == 0) {
      flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    }
  }
  return static_cast<ssize_t>(size);
}

}  // namespace vitrine::net::internal
