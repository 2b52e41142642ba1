#include <bit>
#include <cstring>

#include "codecs/otlp/metrics_encode.h"
#include "syntax/protobuf/wire_writer.h"

namespace vitrine::codecs {

namespace {

using syntax::WireWriter;

// AggregationTemporality of the protocol.
constexpr uint64_t kCumulative = 2;

void WriteAttributes(WireWriter& writer, uint32_t field, const MetricAttributes& attributes) {
  for (const auto& [key, value] : attributes) {
    if (value.empty()) continue;
    const size_t pair = writer.BeginMessage(field);
    writer.Bytes(1, key);
    const size_t any = writer.BeginMessage(2);
    writer.Bytes(1, value);
    writer.EndMessage(any);
    writer.EndMessage(pair);
  }
}

/// A packed field of eight-byte values.
template <typename T>
void WritePacked(WireWriter& writer, uint32_t field, std::span<const T> values) {
  static_assert(sizeof(T) == 8 && std::endian::native == std::endian::little);
  if (values.empty()) return;
  writer.Bytes(field, {reinterpret_cast<const char*>(values.data()), values.size_bytes()});
}

void WriteTimes(WireWriter& writer, const MetricsRequest& request) {
  writer.Fixed64(2, static_cast<uint64_t>(request.start.since_epoch));
  writer.Fixed64(3, static_cast<uint64_t>(request.now.since_epoch));
}

void WriteSums(WireWriter& writer, const MetricsRequest& request, const Metric& metric) {
  const size_t sum = writer.BeginMessage(7);
  for (const SumPoint& point : metric.sums) {
    const size_t at = writer.BeginMessage(1);
    WriteTimes(writer, request);
    writer.Double(4, point.value);
    WriteAttributes(writer, 7, point.attributes);
    writer.EndMessage(at);
  }
  writer.Varint(2, kCumulative);
  writer.Varint(3, 1);  // Monotonic.
  writer.EndMessage(sum);
}

void WriteHistograms(WireWriter& writer, const MetricsRequest& request, const Metric& metric) {
  const size_t histogram = writer.BeginMessage(9);
  for (const HistogramPoint& point : metric.histograms) {
    const size_t at = writer.BeginMessage(1);
    WriteTimes(writer, request);
    writer.Fixed64(4, point.count);
    writer.Double(5, point.sum);
    WritePacked(writer, 6, point.buckets);
    WritePacked(writer, 7, point.bounds);
    WriteAttributes(writer, 9, point.attributes);
    if (point.min) writer.Double(11, *point.min);
    if (point.max) writer.Double(12, *point.max);
    writer.EndMessage(at);
  }
  writer.Varint(2, kCumulative);
  writer.EndMessage(histogram);
}

}  // namespace

std::string EncodeMetricsProtobuf(const MetricsRequest& request) {
  std::string bytes;
  WireWriter writer(bytes);
  const size_t resource_metrics = writer.BeginMessage(1);
  const size_t resource = writer.BeginMessage(1);
  WriteAttributes(writer, 1, request.resource);
  writer.EndMessage(resource);
  const size_t scope_metrics = writer.BeginMessage(2);
  const size_t scope = writer.BeginMessage(1);
  writer.Bytes(1, request.scope_name);
  writer.Bytes(2, request.scope_version);
  writer.EndMessage(scope);
  for (const Metric& metric : request.metrics) {
    if (metric.sums.empty() && metric.histograms.empty()) continue;
    const size_t at = writer.BeginMessage(2);
    writer.Bytes(1, metric.name);
    writer.Bytes(2, metric.description);
    writer.Bytes(3, metric.unit);
    if (metric.sums.empty()) {
      WriteHistograms(writer, request, metric);
    } else {
      WriteSums(writer, request, metric);
    }
    writer.EndMessage(at);
  }
  writer.EndMessage(scope_metrics);
  writer.EndMessage(resource_metrics);
  return bytes;
}

}  // namespace vitrine::codecs
