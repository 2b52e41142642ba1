#include "codecs/otlp/internal/misroute.h"

#include "codecs/otlp/internal/wire_common.h"

namespace vitrine::codecs::internal {

namespace {

using syntax::WireReader;

struct Votes {
  uint32_t traces = 0, logs = 0, metrics = 0;
};

/// Fields whose number and wire type only one signal has together.
void Vote(std::string_view item, Votes& votes) {
  WireReader reader(item);
  while (reader.Next()) {
    switch (reader.tag()) {
      case Fixed64Tag(1):                         // LogRecord.time_unix_nano
      case Fixed64Tag(11):                        // LogRecord.observed_time_unix_nano
      case VarintTag(2): ++votes.logs; break;     // LogRecord.severity_number
      case Fixed64Tag(7):                         // Span.start_time_unix_nano
      case Fixed64Tag(8):                         // Span.end_time_unix_nano
      case VarintTag(6): ++votes.traces; break;   // Span.kind
      case BytesTag(7):                           // Metric.sum
      case BytesTag(10): ++votes.metrics; break;  // Metric.exponential_histogram
      case BytesTag(1):                           // Span.trace_id or Metric.name
        if (reader.bytes().size() == TraceId::size) {
          ++votes.traces;
        } else if (!reader.bytes().empty()) {
          ++votes.metrics;
        }
        break;
      default: break;
    }
  }
}

}  // namespace

Signal GuessSignal(std::string_view body) {
  constexpr int kItemsMax = 16;  // The first few are enough to tell.
  Votes votes;
  int item_count = 0;
  WireReader request(body);
  while (request.Next() && item_count < kItemsMax) {
    if (request.tag() != BytesTag(1)) continue;
    WireReader resource(request.bytes());
    while (resource.Next() && item_count < kItemsMax) {
      if (resource.tag() != BytesTag(2)) continue;
      WireReader scope(resource.bytes());
      while (scope.Next() && item_count < kItemsMax) {
        if (scope.tag() != BytesTag(2)) continue;
        Vote(scope.bytes(), votes);
        ++item_count;
      }
    }
  }
  if (votes.logs > votes.traces && votes.logs > votes.metrics) return Signal::kLogs;
  if (votes.metrics > votes.traces && votes.metrics > votes.logs) return Signal::kMetrics;
  if (votes.traces > votes.logs && votes.traces > votes.metrics) return Signal::kTraces;
  return Signal::kUnknown;
}

std::string MisrouteMessage(Signal found) {
  switch (found) {
    case Signal::kTraces: return "this is a traces request; send it to /v1/traces";
    case Signal::kLogs: return "this is a logs request; send it to /v1/logs";
    case Signal::kMetrics: return "this is a metrics request; send it to /v1/metrics";
    case Signal::kUnknown: break;
  }
  return "this does not look like a request of the kind this path takes";
}

}  // namespace vitrine::codecs::internal
