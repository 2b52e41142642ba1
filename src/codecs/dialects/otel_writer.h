// OtelWriter: spans of the model as OpenTelemetry spans in the words of its GenAI conventions, the
// way back from Normalizer: what a rule took becomes one attribute again, whatever vocabulary it
// came in; what no rule took goes as it came. Fields that OpenTelemetry has no word for are
// `vitrine.*`.
// Owner: what is written borrows from the spans and from the traces' arena. Threads: one at a time.
// Source: OpenTelemetry semantic conventions 1.38 (gen_ai).
#pragma once

#include <map>
#include <span>
#include <string>
#include <tuple>
#include <utility>

#include "base/result.h"
#include "codecs/otlp/otlp_data.h"
#include "model/span.h"

namespace vitrine::codecs {

/// Whether prompts, answers and what else people and models said goes along.
enum class OtelContent : uint8_t { kAll, kNone };

class OtelWriter {
 public:
  /// Spans are appended to `traces`, whose resources and scopes are shared among those alike.
  /// `server_id`: who hands them on, for their mark (forward_mark.h); empty: nobody.
  OtelWriter(OtlpTraces& traces, OtelContent content, std::string server_id = {})
      : traces_(traces), content_(content), server_id_(std::move(server_id)) {}

  /// Loses: the span's kind in OpenTelemetry's sense (calls of models are `client`, others
  /// `internal`) and flags, which the model does not keep.
  /// Errors: kCorrupt (a message whose texts do not fit its template; nothing is appended).
  Result<void> Append(const model::Span& span);

 private:
  uint32_t ScopeOf(const model::Span& span);
  void AddMark(std::span<const model::Attribute> resource, Range& attributes);

  OtlpTraces& traces_;
  const OtelContent content_;
  const std::string server_id_;
  std::map<std::string, uint32_t> resources_;
  std::map<std::tuple<uint32_t, std::string, std::string>, uint32_t> scopes_;
};

}  // namespace vitrine::codecs
