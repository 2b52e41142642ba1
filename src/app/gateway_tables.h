// GatewayTables: what the configuration file says of the gateway in tables and lists:
// [gateway.upstreams.NAME], [[gateway.keys]], [[gateway.limits]], [[gateway.guardrails]],
// [gateway.timeline_features].
// Owner: Config. Format and examples: docs/gateway.md.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "capture/gateway/call_keys.h"
#include "capture/gateway/guardrails.h"
#include "capture/gateway/usage_limits.h"
#include "syntax/json/json_document.h"
#include "upstream/upstream_table.h"

namespace vitrine::app {

struct GatewayTables {
  std::vector<upstream::UpstreamSetting> upstreams;
  std::vector<capture::CallKey> keys;
  std::vector<capture::LimitSetting> limits;
  std::vector<capture::GuardrailSetting> guardrails;
  /// Feature and share, unread: capture::TimelinePolicy reads them.
  std::vector<std::pair<std::string, std::string>> timeline_features;

  /// True for the names below [gateway] that are tables and not settings.
  static bool Has(std::string_view name);
  /// Reads one of them. Secrets may be "env:NAME" or "file:PATH".
  /// Errors: kInvalidInput naming the table, the key and what may stand there.
  Result<void> Take(std::string_view name, syntax::JsonValue value);
};

}  // namespace vitrine::app
