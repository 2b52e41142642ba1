#include "capture/otlp/otlp_door.h"

#include <algorithm>
#include <set>

#include "capture/otlp/limits.h"
#include "codecs/dialects/forward_mark.h"
#include "codecs/dialects/normalizer.h"
#include "codecs/otlp/otlp_decode.h"
#include "codecs/otlp/otlp_response.h"
#include "net/cors.h"
#include "net/http_error.h"
#include "syntax/compress/compress.h"

namespace vitrine::capture {

namespace {

using codecs::OtlpEncoding;
using codecs::OtlpSignal;

// Reasons in the ledger; a request that is refused whole has its error's code there.
constexpr const char* kInvalidItem = "invalid_item";
constexpr const char* kReturned = "returned";
constexpr const char* kNoGenAiEvent = "no_genai_event";

constexpr int32_t kGrpcInvalidArgument = 3;
constexpr int32_t kGrpcUnavailable = 14;
constexpr int32_t kGrpcUnauthenticated = 16;

std::string_view ContentType(OtlpEncoding encoding) {
  return encoding == OtlpEncoding::kJson ? "application/json" : "application/x-protobuf";
}

std::optional<OtlpEncoding> EncodingOf(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find(';')));
  std::transform(type.begin(), type.end(), type.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  type.erase(type.find_last_not_of(" \t") + 1);
  if (type == "application/json" || type == "text/json") return OtlpEncoding::kJson;
  if (type == "application/x-protobuf" || type == "application/protobuf")
    return OtlpEncoding::kProtobuf;
  return std::nullopt;
}

int StatusOf(const Error& error) {
  switch (error.code) {
    case ErrorCode::kUnavailable: return 503;
    case ErrorCode::kLimitExceeded: return 413;
    case ErrorCode::kUnsupported: return 415;
    default: return net::HttpStatusOf(error.code);
  }
}

int32_t GrpcCode(int status) {
  return status == 503                    ? kGrpcUnavailable
         : status == 401 || status == 403 ? kGrpcUnauthenticated
                                          : kGrpcInvalidArgument;
}

std::string HintFor(int status) {
  switch (status) {
    case 401: return "send the key as `Authorization: Bearer KEY` (OTEL_EXPORTER_OTLP_HEADERS)";
    case 413: return "lower the exporter's batch size (OTEL_BSP_MAX_EXPORT_BATCH_SIZE)";
    case 415:
      return "use application/x-protobuf or application/json, with gzip, zstd or no compression";
    case 503: return "the sender keeps its spans and tries again";
    default:
      return "check that the exporter speaks OTLP/HTTP and which path it sends each signal to";
  }
}

/// Days on which its spans start.
size_t DayCount(const model::SpanBatch& batch) {
  std::set<int32_t> days;
  for (const model::Span& span : batch.spans) days.insert(DayNumber(span.start));
  return days.size();
}

}  // namespace

/// What one request is about, kept until it is answered.
struct OtlpDoor::Exchange {
  OtlpSignal signal = OtlpSignal::kTraces;
  OtlpEncoding encoding = OtlpEncoding::kProtobuf;
  std::string door;
  std::string project;
  model::Capture capture = model::Capture::kOtlpHttp;
  std::shared_ptr<const std::string> body;  ///< Inflated.
  uint64_t accepted = 0, rejected = 0, repaired = 0;
  uint64_t returned = 0;  ///< Of those rejected.
  uint64_t not_kept = 0;  ///< Neither accepted nor rejected.
  std::string message;

  /// What the ledger says of it, but for a request that is refused whole.
  std::vector<model::IngestCount> Counts(Nanos now) const {
    std::vector<model::IngestCount> counts;
    model::IngestCount count{.door = model::Name(capture), .time = now};
    const auto add = [&](uint64_t model::IngestCount::* member, uint64_t number,
                         std::string_view reason) {
      if (number == 0) return;
      counts.push_back(count);
      counts.back().*member = number;
      counts.back().reason = reason;
    };
    add(&model::IngestCount::accepted, accepted, "");
    add(&model::IngestCount::rejected, rejected - returned, kInvalidItem);
    add(&model::IngestCount::rejected, returned, kReturned);
    add(&model::IngestCount::dropped, not_kept, kNoGenAiEvent);
    return counts;
  }
};

void OtlpDoor::AddRoutes(net::Router& router, net::WorkerPool& pool,
                         const OtlpDoorOptions& options) {
  server_id_ = options.server_id;
  net::CorsPolicy cors;
  cors.allowed_origins = options.cors_origins;
  auto add = [&](const std::string& path,
                 void (OtlpDoor::*handle)(net::HttpRequest, net::HttpResponder)) {
    net::HttpHandler handler = [this, handle](net::HttpRequest request,
                                              net::HttpResponder responder) {
      (this->*handle)(std::move(request), std::move(responder));
    };
    net::HttpHandler wrapped = net::WithCors(cors, net::RunOn(pool, std::move(handler)));
    router.Add("POST", path, wrapped);
    router.Add("OPTIONS", path, wrapped);
  };
  for (const char* prefix : {"", "/otlp", "/api/public/otel", "/opentelemetry", "/api/otel"}) {
    add(std::string(prefix) + "/v1/traces", &OtlpDoor::HandleTraces);
    add(std::string(prefix) + "/v1/logs", &OtlpDoor::HandleLogs);
    add(std::string(prefix) + "/v1/metrics", &OtlpDoor::HandleMetrics);
  }
}

bool OtlpDoor::Open(net::HttpRequest& request, net::HttpResponder& responder, Exchange& exchange) {
  exchange.door = "otlp_http " + request.path;
  std::string_view content_type = request.headers.First("content-type").value_or("");
  auto encoding = EncodingOf(content_type);
  exchange.encoding = encoding.value_or(OtlpEncoding::kJson);
  auto refuse = [&](const Error& error) {
    Refuse(exchange, std::move(responder), error);
    return false;
  };
  auto project = admission_(request);
  if (!project) return refuse(project.error());
  exchange.project = *project;
  if (!encoding) {
    return refuse({ErrorCode::kUnsupported,
                   "content-type '" + std::string(content_type) + "' is not OTLP",
                   {}});
  }
  if (const auto capture = request.headers.First("x-vitrine-capture")) {
    if (*capture != model::Name(model::Capture::kImport)) {
      return refuse({ErrorCode::kInvalidInput,
                     "the header x-vitrine-capture says 'import', for spans of long ago that keep "
                     "their days, or is left out",
                     {}});
    }
    exchange.capture = model::Capture::kImport;
  }
  std::string_view content_encoding = request.headers.First("content-encoding").value_or("");
  exchange.body = request.body;
  if (compress::ParseEncoding(content_encoding) != compress::Encoding::kIdentity) {
    auto inflated = compress::Inflate(content_encoding, *request.body, kBodySizeBytesMax);
    if (!inflated) return refuse(inflated.error());
    exchange.body = std::make_shared<const std::string>(std::move(*inflated));
  }
  return true;
}

void OtlpDoor::Refuse(const Exchange& exchange, net::HttpResponder responder, const Error& error) {
  int status = StatusOf(error);
  std::string message = error.message;
  if (error.offset) message += " (at byte " + std::to_string(*error.offset) + ")";
  // A sender that is to come again has lost nothing yet.
  const bool comes_again = status == 503;
  const uint64_t rejected =
      comes_again ? 0 : std::max<uint64_t>(1, exchange.accepted + exchange.rejected);
  stats_.CountRequest(exchange.door, {.rejected = rejected, .unavailable = comes_again},
                      clock_.Now());
  stats_.NoteProblem(exchange.door, status, message, HintFor(status), clock_.Now());
  // Without a project there is no ledger.
  if (rejected > 0 && !exchange.project.empty() && exchange.signal != OtlpSignal::kMetrics) {
    stats_.CountLoss(exchange.project, {.door = model::Name(exchange.capture),
                                        .reason = ErrorCodeName(error.code),
                                        .time = clock_.Now(),
                                        .rejected = rejected});
  }
  net::HttpResponse response;
  response.status = status;
  response.headers.Add("content-type", ContentType(exchange.encoding));
  if (status == 503) {
    response.headers.Add("retry-after",
                         std::to_string(std::max(1u, sink_.health().retry_after_seconds)));
  }
  if (status == 401) response.headers.Add("www-authenticate", "Bearer");
  response.body = codecs::EncodeStatus(GrpcCode(status), message, exchange.encoding);
  responder.Send(std::move(response));
}

void OtlpDoor::Accept(Exchange exchange, model::SpanBatch& batch, net::HttpResponder responder) {
  if (batch.capture == model::Capture::kImport && DayCount(batch) > kImportDaysMax) {
    return Refuse(exchange, std::move(responder),
                  {ErrorCode::kLimitExceeded,
                   "spans of more than " + std::to_string(kImportDaysMax) +
                       " days in one request: send a history in the order of time",
                   {}});
  }
  batch.counts = exchange.Counts(batch.received);
  auto done = [this, exchange = std::move(exchange),
               responder = std::move(responder)](Result<void> stored) mutable {
    if (!stored) {
      Refuse(exchange, std::move(responder), stored.error());
      return;
    }
    Nanos now = clock_.Now();
    stats_.CountRequest(exchange.door,
                        {exchange.accepted, exchange.rejected, exchange.repaired, false}, now);
    if (!exchange.message.empty()) {
      stats_.NoteProblem(exchange.door, 200, exchange.message, "accepted, but look at the sender",
                         now);
    }
    net::HttpResponse response;
    response.headers.Add("content-type", ContentType(exchange.encoding));
    response.body = codecs::EncodeExportResponse(
        {exchange.signal, exchange.rejected, exchange.message}, exchange.encoding);
    responder.Send(std::move(response));
  };
  sink_.Accept(batch, std::move(done));
}

/// Servers that forward to each other would send the same spans round for ever.
void OtlpDoor::LeaveOutReturned(codecs::OtlpTraces& traces, Exchange& exchange) const {
  const size_t count = codecs::RemoveReturned(server_id_, traces);
  if (count == 0) return;
  exchange.rejected += count;
  exchange.returned = count;
  exchange.message += (exchange.message.empty() ? "" : "; ") + std::to_string(count) +
                      " spans came from this server and were not taken again: servers forward to "
                      "each other; a filter or a project of [forward.NAME] keeps theirs apart";
}

void OtlpDoor::HandleTraces(net::HttpRequest request, net::HttpResponder responder) {
  Exchange exchange;
  exchange.signal = OtlpSignal::kTraces;
  if (!Open(request, responder, exchange)) return;
  thread_local codecs::OtlpTraces traces;
  bool is_json = exchange.encoding == OtlpEncoding::kJson;
  Result<void> decoded = is_json ? codecs::DecodeTracesJson(*exchange.body, traces)
                                 : codecs::DecodeTracesProtobuf(*exchange.body, traces);
  if (!decoded) return Refuse(exchange, std::move(responder), decoded.error());
  model::SpanBatch batch;
  batch.project = exchange.project;
  batch.capture = exchange.capture;
  batch.received = clock_.Now();
  exchange.rejected = traces.issues.rejected;
  exchange.repaired = traces.issues.repaired;
  exchange.message = traces.issues.message;
  if (!server_id_.empty()) LeaveOutReturned(traces, exchange);
  codecs::Normalizer::AppendTraces(traces, batch);
  exchange.accepted = traces.spans.size();
  Accept(std::move(exchange), batch, std::move(responder));
  traces.Clear();
}

void OtlpDoor::HandleLogs(net::HttpRequest request, net::HttpResponder responder) {
  Exchange exchange;
  exchange.signal = OtlpSignal::kLogs;
  if (!Open(request, responder, exchange)) return;
  thread_local codecs::OtlpLogs logs;
  bool is_json = exchange.encoding == OtlpEncoding::kJson;
  Result<void> decoded = is_json ? codecs::DecodeLogsJson(*exchange.body, logs)
                                 : codecs::DecodeLogsProtobuf(*exchange.body, logs);
  if (!decoded) return Refuse(exchange, std::move(responder), decoded.error());
  model::SpanBatch batch;
  batch.project = exchange.project;
  batch.capture = exchange.capture;
  batch.received = clock_.Now();
  size_t taken = codecs::Normalizer::AppendLogs(logs, batch);
  size_t other = logs.records.size() - taken;
  exchange.accepted = taken;
  exchange.not_kept = other;
  exchange.repaired = logs.issues.repaired;
  exchange.message = logs.issues.message;
  if (other > 0) {
    exchange.message +=
        (exchange.message.empty() ? "" : "; ") + std::to_string(other) +
        (other == 1 ? " log record is no GenAI event of a span and was not kept"
                    : " log records are no GenAI events of a span and were not kept");
  }
  Accept(std::move(exchange), batch, std::move(responder));
  logs.Clear();
}

void OtlpDoor::HandleMetrics(net::HttpRequest request, net::HttpResponder responder) {
  Exchange exchange;
  exchange.signal = OtlpSignal::kMetrics;
  if (!Open(request, responder, exchange)) return;
  exchange.message = "metrics are not kept; tokens, cost and durations are computed from spans";
  model::SpanBatch nothing;
  Accept(std::move(exchange), nothing, std::move(responder));
}

}  // namespace vitrine::capture
