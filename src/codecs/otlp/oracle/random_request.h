// Random requests for the oracle's messages, from a seed: odd ids, empty and long text, deep
// values, every field. Test support: included by tests and benches only.
#pragma once

#include <limits>
#include <random>
#include <string>

#include "otlp_oracle.pb.h"

namespace vitrine::codecs::testing {

namespace oracle = vitrine::otlp_oracle;

class RandomRequest {
 public:
  explicit RandomRequest(uint64_t seed) : random_(seed) {}

  oracle::ExportTraceServiceRequest Traces() {
    oracle::ExportTraceServiceRequest request;
    for (uint64_t i = Below(3); i > 0; --i) {
      auto* resource = request.add_resource_spans();
      FillResource(*resource);
      for (uint64_t j = Below(3); j > 0; --j) {
        auto* scope = resource->add_scope_spans();
        FillScope(*scope);
        for (uint64_t k = Below(5); k > 0; --k) FillSpan(*scope->add_spans());
      }
    }
    return request;
  }

  oracle::ExportLogsServiceRequest Logs() {
    oracle::ExportLogsServiceRequest request;
    for (uint64_t i = Below(3); i > 0; --i) {
      auto* resource = request.add_resource_logs();
      FillResource(*resource);
      for (uint64_t j = Below(3); j > 0; --j) {
        auto* scope = resource->add_scope_logs();
        FillScope(*scope);
        for (uint64_t k = Below(5); k > 0; --k) FillRecord(*scope->add_log_records());
      }
    }
    return request;
  }

  uint64_t Below(uint64_t limit) { return random_() % limit; }
  bool Chance(uint64_t in) { return Below(in) == 0; }

  /// Damages `bytes` as transport and bugs do: flips, cuts, repeats, swaps of stretches.
  void Mutate(std::string& bytes) {
    for (uint64_t i = 1 + Below(4); i > 0 && !bytes.empty(); --i) {
      size_t at = Below(bytes.size());
      size_t size = 1 + Below(std::min<size_t>(bytes.size() - at, 40));
      switch (Below(5)) {
        case 0: bytes[at] = static_cast<char>(random_()); break;
        case 1: bytes.erase(at, size); break;
        case 2: bytes.insert(Below(bytes.size()), bytes.substr(at, size)); break;
        case 3: bytes.resize(at); break;
        default: bytes[at] = static_cast<char>(bytes[at] ^ (1 << Below(8))); break;
      }
    }
  }

 private:
  std::string Bytes(size_t size) {
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(random_());
    return bytes;
  }
  std::string Id(size_t size) {
    if (Chance(12)) return std::string(Below(2) * size, '\0');
    if (Chance(12)) return Bytes(Below(40));
    return Bytes(size);
  }
  std::string Text() {
    static constexpr const char* kPieces[] = {
        "a",    "gen_ai.", "\n",   "\"", "\\",           "é", "日本", "🎈",
        "word", " ",       "\x01", "\t", "longer text ", "/", "{}",   "0"};
    std::string text;
    for (uint64_t i = Below(Chance(8) ? 60 : 5); i > 0; --i)
      text += kPieces[Below(std::size(kPieces))];
    return text;
  }
  uint64_t Number() {
    switch (Below(4)) {
      case 0: return Below(200);
      case 1: return 1'700'000'000'000'000'000 + Below(1'000'000'000'000);
      case 2: return std::numeric_limits<uint64_t>::max() - Below(3);
      default: return random_() >> Below(64);
    }
  }
  double Double() {
    switch (Below(5)) {
      case 0: return static_cast<double>(Below(100));
      case 1: return std::numeric_limits<double>::quiet_NaN();
      case 2:
        return Chance(2) ? std::numeric_limits<double>::infinity()
                         : -std::numeric_limits<double>::infinity();
      case 3: return Chance(2) ? -0.0 : std::numeric_limits<double>::denorm_min();
      default: return static_cast<double>(random_()) / 1e7;
    }
  }
  void FillAny(oracle::AnyValue& any, int depth) {
    switch (Below(depth > 5 ? 6 : 8)) {
      case 0: any.set_string_value(Text()); break;
      case 1: any.set_bool_value(Chance(2)); break;
      case 2: any.set_int_value(static_cast<int64_t>(Number())); break;
      case 3: any.set_double_value(Double()); break;
      case 4: any.set_bytes_value(Bytes(Below(20))); break;
      case 5: break;
      case 6: {
        auto* array = any.mutable_array_value();
        for (uint64_t i = Below(4); i > 0; --i) FillAny(*array->add_values(), depth + 1);
        break;
      }
      default: {
        auto* list = any.mutable_kvlist_value();
        for (uint64_t i = Below(4); i > 0; --i) FillPair(*list->add_values(), depth + 1);
        break;
      }
    }
  }
  void FillPair(oracle::KeyValue& pair, int depth) {
    pair.set_key(Chance(20) ? "event.name" : Text());
    if (!Chance(10)) FillAny(*pair.mutable_value(), depth);
  }
  template <typename Message>
  void FillAttributes(Message& message) {
    for (uint64_t i = Below(5); i > 0; --i) FillPair(*message.add_attributes(), 0);
    if (Chance(3)) message.set_dropped_attributes_count(static_cast<uint32_t>(Number()));
  }
  template <typename Message>
  void FillResource(Message& message) {
    if (!Chance(5)) FillAttributes(*message.mutable_resource());
    if (Chance(2)) message.set_schema_url(Text());
  }
  template <typename Message>
  void FillScope(Message& message) {
    if (Chance(2)) message.set_schema_url(Text());
    if (Chance(5)) return;
    message.mutable_scope()->set_name(Text());
    message.mutable_scope()->set_version(Text());
    FillAttributes(*message.mutable_scope());
  }
  void FillSpan(oracle::Span& span) {
    span.set_trace_id(Id(16));
    span.set_span_id(Id(8));
    if (Chance(2)) span.set_parent_span_id(Id(8));
    span.set_trace_state(Text());
    span.set_name(Text());
    span.set_kind(static_cast<oracle::SpanKind>(Below(7)));
    span.set_start_time_unix_nano(Number());
    span.set_end_time_unix_nano(Number());
    FillAttributes(span);
    for (uint64_t i = Below(3); i > 0; --i) {
      auto* event = span.add_events();
      event->set_time_unix_nano(Number());
      event->set_name(Text());
      FillAttributes(*event);
    }
    for (uint64_t i = Below(3); i > 0; --i) {
      auto* link = span.add_links();
      link->set_trace_id(Id(16));
      link->set_span_id(Id(8));
      link->set_trace_state(Text());
      link->set_flags(static_cast<uint32_t>(Number()));
      FillAttributes(*link);
    }
    if (Chance(3)) span.set_dropped_events_count(static_cast<uint32_t>(Number()));
    if (Chance(3)) span.set_dropped_links_count(static_cast<uint32_t>(Number()));
    if (Chance(2)) {
      span.mutable_status()->set_code(static_cast<oracle::StatusCode>(Below(4)));
      span.mutable_status()->set_message(Text());
    }
    span.set_flags(static_cast<uint32_t>(Number()));
  }
  void FillRecord(oracle::LogRecord& record) {
    record.set_time_unix_nano(Number());
    record.set_observed_time_unix_nano(Number());
    record.set_severity_number(static_cast<oracle::SeverityNumber>(Below(26)));
    record.set_severity_text(Text());
    record.set_event_name(Text());
    if (Chance(2)) record.set_trace_id(Id(16));
    if (Chance(2)) record.set_span_id(Id(8));
    record.set_flags(static_cast<uint32_t>(Number()));
    FillAny(*record.mutable_body(), 0);
    FillAttributes(record);
  }

  std::mt19937_64 random_;
};

}  // namespace vitrine::codecs::testing
