#include "capture/gateway/answer_text.h"

#include "base/arena.h"
#include "capture/gateway/limits.h"
#include "codecs/providers/call_decoder.h"
#include "syntax/compress/inflate_stream.h"

namespace vitrine::capture {

AnswerText TextOf(const upstream::Upstream& upstream, const net::HttpRequest& request,
                  const std::string& target, const std::string& request_body,
                  const CachedAnswer& answer) {
  AnswerText result;
  auto stream = compress::InflateStream::Open(answer.headers.First("content-encoding").value_or(""),
                                              kHeldAnswerBytesMax);
  // What cannot be decoded is looked at as it is.
  if (!stream || !stream->Feed(answer.body, result.body)) result.body = answer.body;
  Arena arena;
  std::vector<codecs::providers::HeaderField> headers;
  for (const net::HttpHeader& header : answer.headers)
    headers.push_back({header.name, header.value});
  const std::string url = upstream.origin + upstream.base_path + target;
  codecs::providers::CallDecoder decoder({.method = request.method,
                                          .url = url,
                                          .kind = upstream.kind,
                                          .headers = {},
                                          .body = request_body},
                                         arena);
  decoder.Begin({.status = static_cast<uint16_t>(answer.status), .headers = headers});
  decoder.Feed(result.body, 0);
  const codecs::providers::ModelCall call = decoder.Finish();
  result.is_stream = call.is_stream;
  for (const model::Message& message : call.output_messages)
    result.text.append(message.texts).append("\n");
  return result;
}

}  // namespace vitrine::capture
