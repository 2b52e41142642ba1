// TestExchange: one exchange written by hand, decoded; for tests.
// Owner: itself; the call borrows from it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codecs/content/message_builder.h"
#include "codecs/providers/call_decoder.h"

namespace vitrine::codecs::providers {

struct TestExchange {
  std::string url = "https://api.openai.com/v1/chat/completions";
  std::string kind;
  std::string request_body = "{}";
  std::string content_type = "application/json";
  uint16_t status = 200;
  std::vector<HeaderField> more_headers;

  Arena arena;
  std::unique_ptr<CallDecoder> decoder;
  ProviderRequest request;

  /// Decodes the body, given in the pieces named, a millisecond apart.
  ModelCall Decode(const std::vector<std::string>& pieces) {
    request = {"POST", url, kind, {}, request_body};
    decoder = std::make_unique<CallDecoder>(request, arena);
    std::vector<HeaderField> headers = more_headers;
    headers.push_back({"Content-Type", content_type});
    decoder->Begin({status, headers});
    uint64_t offset_ns = 0;
    for (const std::string& piece : pieces) decoder->Feed(piece, offset_ns += 1'000'000);
    return decoder->Finish();
  }
  ModelCall Decode(const std::string& body) { return Decode(std::vector{body}); }
  /// Server-sent events, one piece for each.
  ModelCall DecodeEvents(const std::vector<std::string>& data) {
    content_type = "text/event-stream; charset=utf-8";
    std::vector<std::string> pieces;
    for (const std::string& event : data) {
      std::string piece = "data: ";
      for (char c : event) piece += c == '\n' ? std::string("\ndata: ") : std::string(1, c);
      pieces.push_back(piece + "\n\n");
    }
    return Decode(pieces);
  }
};

/// The parts of a message as JSON; attachments are named a.
inline std::string Parts(const model::Message& message) {
  std::vector<std::string> names(message.attachments.size(), "a");
  auto json = PartsJson(message, names);
  return json ? *json : json.error().message;
}

}  // namespace vitrine::codecs::providers
