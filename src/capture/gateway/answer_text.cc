#include "capture/gateway/answer_text.h"

#include "base/arena.h"
#include "capture/gateway/limits.h"
#include "capture/gateway/request_glance.h"
#include "codecs/providers/call_decoder.h"
#include "syntax/compress/inflate_stream.h"

namespace vitrine::capture {

AnswerText TextOf(const upstream::Upstream& upstream, const net::HttpRequest& request,
                  const std::string& target, const std::string& request_body,
                  const CachedAnswer& answer) {
  AnswerText result;
  auto stream = compress::InflateStream::Open(answer.headers.First("content-encoding").value_or(""),
                                              kHeldAnswerBytesMax);
  const bool is_plain = stream && stream->Feed(answer.body, result.body);
  if (!is_plain) result.body = answer.body;  // Looked at as it is.
  Arena arena;
  std::vector<codecs::providers::HeaderField> headers;
  for (const net::HttpHeader& header : answer.headers)
    headers.push_back({header.name, header.value});
  // What is fetched reads as the answer to the call that began it.
  const std::string_view fetched = FetchedResponseId(request.method, target);
  const size_t begun_at =
      fetched.empty() ? target.size() : static_cast<size_t>(fetched.data() - target.data()) - 1;
  const std::string url = upstream.origin + upstream.base_path + target.substr(0, begun_at);
  codecs::providers::CallDecoder decoder({.method = fetched.empty() ? request.method : "POST",
                                          .url = url,
                                          .kind = upstream.kind,
                                          .headers = {},
                                          .body = request_body},
                                         arena);
  decoder.Begin({.status = static_cast<uint16_t>(answer.status), .headers = headers});
  decoder.Feed(result.body, 0);
  const codecs::providers::ModelCall call = decoder.Finish();
  result.is_stream = call.is_stream;
  result.is_broken = is_plain && (call.is_error || (call.is_stream && !call.is_complete));
  for (const model::Message& message : call.output_messages)
    result.text.append(message.texts).append("\n");
  return result;
}

}  // namespace vitrine::capture
