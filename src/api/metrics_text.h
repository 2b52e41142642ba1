// The server's own numbers in Prometheus' text format 0.0.4. Threads: free functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/service_facts.h"
#include "model/export_status.h"
#include "model/forward_status.h"
#include "model/ingest_status.h"
#include "model/tail.h"
#include "net/http_server.h"

namespace vitrine::api {

std::string MetricsText(const model::IngestStatus& ingest, const EngineFacts& engine,
                        const SettleFacts& settle, const LogFacts& log, const GatewayFacts& gateway,
                        const model::TailStatus& tails, const net::HttpServerStats& http,
                        std::string_view version);

/// Forwarding, by target; nothing where there is none.
std::string ForwardMetricsText(const std::vector<model::ForwardStatus>& targets);

/// Scheduled exports, by name; nothing where there are none.
std::string ExportMetricsText(const std::vector<model::ExportStatus>& exports, Nanos now);

/// A label's value as the format wants it: backslash, quote and line feed escaped.
std::string LabelValue(std::string_view value);

}  // namespace vitrine::api
