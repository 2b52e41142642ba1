// DemoTrace: spans of one generated trace, built up and then handed to the OTLP encoder.
// Owner: text is kept in the trace. Not thread-safe.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "cli/demo/demo_random.h"
#include "codecs/otlp/otlp_data.h"

namespace vitrine::cli {

struct DemoEvent {
  std::string name;
  int64_t time_ns = 0;
  std::vector<model::Attribute> attributes;
};

struct DemoSpan {
  SpanId id, parent;
  std::string name, scope, service;
  std::string status_message;
  int64_t start_ns = 0, end_ns = 0;
  uint8_t kind = 1;    ///< OTLP: 1 internal, 3 client.
  uint8_t status = 0;  ///< OTLP: 2 error.
  std::vector<model::Attribute> attributes;
  std::vector<DemoEvent> events;
};

class DemoTrace {
 public:
  DemoTrace(DemoRandom& random, std::string release, std::string environment);

  /// Adds a span below `parent` (null: the root). References stay valid.
  DemoSpan& Add(const DemoSpan* parent, std::string name, std::string service, std::string scope,
                int64_t start_ns);
  /// Keeps a text as long as the trace.
  std::string_view Keep(std::string text);

  void Set(DemoSpan& span, std::string_view key, std::string text);
  /// Without it a literal would become a bool.
  void Set(DemoSpan& span, std::string_view key, const char* text) { Set(span, key, std::string(text)); }
  void Set(DemoSpan& span, std::string_view key, int64_t value);
  void Set(DemoSpan& span, std::string_view key, double value);
  void Set(DemoSpan& span, std::string_view key, bool value);
  void SetBytes(DemoSpan& span, std::string_view key, std::string bytes);
  /// A list of strings.
  void SetList(DemoSpan& span, std::string_view key, const std::vector<std::string>& values);
  void Fail(DemoSpan& span, std::string error_type, std::string message, int http_status);

  TraceId id() const { return id_; }
  const std::string& release() const { return release_; }
  const std::deque<DemoSpan>& spans() const { return spans_; }
  std::deque<DemoSpan>& spans() { return spans_; }
  /// Appends the spans to a request: resources by service, scopes by name. The trace must outlive
  /// `out`.
  void AppendTo(codecs::OtlpTraces& out) const;

 private:
  DemoRandom& random_;
  TraceId id_;
  std::string release_, environment_;
  std::deque<DemoSpan> spans_;
  std::deque<std::string> texts_;
};

}  // namespace vitrine::cli
