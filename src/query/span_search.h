// SpanSearch: traces by conditions on one of their spans, asked in OpenTelemetry's words: what
// TraceQL and Jaeger's search mean. Owner: values. Threads: free functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

enum class TermScope { kAny, kSpan, kResource, kIntrinsic };
enum class TermOperator {
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kMatch,
  kNotMatch
};
enum class TermValue { kText, kNumber, kNothing };

/// One comparison. Intrinsics: name, status, kind, duration (ns), trace_duration (ns), root_name,
/// root_service, trace_id, span_id.
struct SpanTerm {
  TermScope scope = TermScope::kAny;
  std::string key;
  TermOperator op = TermOperator::kEqual;
  TermValue type = TermValue::kText;
  std::string value;  ///< A number in decimal, or a text; of kMatch a regular expression.
};

/// A tree of terms that one span meets. Empty kAnd: everything.
struct SpanCondition {
  enum class Kind { kTerm, kAnd, kOr, kNot };
  Kind kind = Kind::kAnd;
  SpanTerm term;
  std::vector<SpanCondition> parts;

  static SpanCondition Of(SpanTerm term) { return {Kind::kTerm, std::move(term), {}}; }
};

struct SpanSearch {
  std::string project;
  SpanCondition condition;
  Nanos from, to;  ///< Of the span's start, half-open.
  uint32_t traces_max = 20;
  uint32_t spans_max = 3;  ///< Told of each trace.
};

struct FoundSpan {
  SpanId span_id;
  std::string name, service;
  int64_t start_ns = 0, duration_ns = 0;
};

struct FoundTrace {
  TraceId trace_id;
  std::string name, service;  ///< Of its root.
  int64_t start_ns = 0, duration_ns = 0;
  uint64_t matched = 0;  ///< Spans.
  std::vector<FoundSpan> spans;
};

/// The newest traces with such a span, newest first. Errors: kInvalidInput (an intrinsic, a regular
/// expression), the client's.
Result<std::vector<FoundTrace>> SearchSpans(clickhouse::Client& client, const SpanSearch& search);

// What there is to search for, in the time given. All sorted; at most kInteropNamesMax.

Result<std::vector<std::string>> ServiceNames(clickhouse::Client& client, std::string_view project);
Result<std::vector<std::string>> SpanNames(clickhouse::Client& client, std::string_view project,
                                           std::string_view service, Nanos from);
/// Keys of attributes that have no column, of spans or of resources.
Result<std::vector<std::string>> AttributeKeys(clickhouse::Client& client, std::string_view project,
                                               bool of_resource, Nanos from, Nanos to);
/// Values of an attribute or an intrinsic (name, status, kind, root_name, root_service).
Result<std::vector<std::string>> AttributeValues(clickhouse::Client& client,
                                                 std::string_view project, TermScope scope,
                                                 std::string_view key, Nanos from, Nanos to);

struct ServiceCall {
  std::string parent, child;
  uint64_t count = 0;
};
/// How often spans of one service have children of another.
Result<std::vector<ServiceCall>> ServiceCalls(clickhouse::Client& client, std::string_view project,
                                              Nanos from, Nanos to);

}  // namespace vitrine::query
