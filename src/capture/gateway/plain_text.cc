#include "capture/gateway/plain_text.h"

#include "capture/gateway/limits.h"
#include "capture/gateway/secret_headers.h"
#include "syntax/compress/inflate_stream.h"

namespace vitrine::capture {

namespace {

std::optional<std::string> PlainOf(const std::string& body, const net::HttpHeaders& headers,
                                   size_t size_max, const std::vector<std::string>& secrets) {
  const std::string_view encoding = headers.First("content-encoding").value_or("");
  std::string plain;
  if (encoding.empty() || encoding == "identity") {
    plain = body;
  } else {
    auto stream = compress::InflateStream::Open(encoding, size_max);
    if (!stream) return std::nullopt;
    // What came before a fault is there, and is whole lines but for the last.
    (void)stream->Feed(body, plain);
  }
  MaskSecrets(secrets, plain);
  return plain;
}

}  // namespace

std::optional<std::string> PlainRequest(const Recording& recording) {
  return PlainOf(recording.request_body, recording.request_headers, kRequestBytesMax,
                 recording.secrets);
}

std::optional<std::string> PlainResponse(const Recording& recording) {
  return PlainOf(recording.response_body, recording.response_headers, kResponseBytesMax,
                 recording.secrets);
}

}  // namespace vitrine::capture
