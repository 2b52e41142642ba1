#include "app/gateway_tables.h"

#include "access/project.h"
#include "app/setting_table.h"

namespace vitrine::app {

namespace {

using syntax::JsonValue;

std::vector<upstream::TargetSetting> ReadTargets(SettingTable& table) {
  std::vector<upstream::TargetSetting> targets;
  const JsonValue list = table.Find("targets");
  if (list.exists() && list.size() == 0) table.Wrong("targets", "is a list of upstreams");
  for (const JsonValue entry : list.Elements()) {
    if (entry.is_string()) {
      targets.push_back({std::string(entry.text()), "", 1});
      continue;
    }
    SettingTable inner("targets", entry);
    upstream::TargetSetting target;
    target.upstream = inner.Text("upstream");
    target.model = inner.Text("model");
    target.weight = static_cast<unsigned>(inner.Count("weight", 1'000'000).value_or(1));
    if (target.upstream.empty()) inner.Wrong("upstream", "is missing");
    if (auto done = inner.Done(); !done) table.Wrong(done.error().message);
    targets.push_back(std::move(target));
  }
  return targets;
}

net::UpstreamHttp2 ReadHttp2(SettingTable& table) {
  const JsonValue value = table.Find("http2");
  if (!value.exists()) return net::UpstreamHttp2::kOff;
  if (value.is_bool()) {
    return value.AsBool().value_or(false) ? net::UpstreamHttp2::kOn : net::UpstreamHttp2::kOff;
  }
  if (value.is_string() && value.text() == "auto") return net::UpstreamHttp2::kAuto;
  if (value.is_string() && value.text() == "prior-knowledge") {
    return net::UpstreamHttp2::kPriorKnowledge;
  }
  table.Wrong("http2", "is true, false, \"auto\" or \"prior-knowledge\"");
  return net::UpstreamHttp2::kOff;
}

Result<upstream::UpstreamSetting> ReadUpstream(std::string_view name, JsonValue value) {
  SettingTable table("[gateway.upstreams." + std::string(name) + "]", value);
  upstream::UpstreamSetting setting;
  setting.name = name;
  setting.url = table.Text("url");
  setting.kind = table.Text("kind");
  setting.key = table.Secret("key");
  setting.aws.region = table.Text("region");
  setting.aws.access_key_id = table.Secret("access_key_id");
  setting.aws.secret_access_key = table.Secret("secret_access_key");
  setting.aws.session_token = table.Secret("session_token");
  setting.http2 = ReadHttp2(table);
  setting.targets = ReadTargets(table);
  setting.policy.is_weighted = table.Word("strategy", {"fallback", "weighted"}) == 1;
  setting.policy.retries = static_cast<unsigned>(table.Count("retries", 10).value_or(0));
  setting.policy.cache_ttl_ms = table.Duration("cache_ttl").value_or(0);
  setting.policy.cache_scope = table.Word("cache_scope", {"user", "global"}) == 1
                                   ? upstream::CacheScope::kGlobal
                                   : upstream::CacheScope::kUser;
  setting.policy.cache_keeps_timing = table.Flag("cache_keeps_timing");
  setting.policy.include_usage = table.Flag("include_usage");
  TRY(table.Done());
  return setting;
}

Result<capture::CallKey> ReadKey(JsonValue value) {
  SettingTable table("[[gateway.keys]]", value);
  capture::CallKey key;
  key.key = table.Secret("key");
  key.name = table.Text("name");
  if (const std::string project = table.Text("project"); !project.empty()) key.project = project;
  key.upstreams = table.Texts("upstreams");
  key.models = table.Texts("models");
  if (key.name.empty()) table.Wrong("name", "is missing");
  if (key.key.size() < 16) table.Wrong("key", "is a text of at least 16 characters");
  if (!access::IsProjectName(key.project)) table.Wrong("project", "is no project's name");
  TRY(table.Done());
  return key;
}

Result<capture::LimitSetting> ReadLimit(JsonValue value) {
  SettingTable table("[[gateway.limits]]", value);
  capture::LimitSetting limit;
  limit.name = table.Text("name");
  limit.by = static_cast<capture::LimitBy>(
      table.Word("by", {"all", "project", "key", "user", "session", "feature"}));
  limit.window_ms = table.Duration("window").value_or(60'000);
  limit.requests = table.Count("requests", UINT32_MAX);
  limit.tokens = table.Count("tokens", UINT64_MAX / 2);
  limit.cost = table.Dollars("dollars");
  if (limit.name.empty()) table.Wrong("name", "is missing");
  if (!limit.requests && !limit.tokens && !limit.cost)
    table.Wrong("needs requests, tokens or dollars");
  TRY(table.Done());
  return limit;
}

Result<capture::GuardrailSetting> ReadGuardrail(JsonValue value) {
  SettingTable table("[[gateway.guardrails]]", value);
  capture::GuardrailSetting guardrail;
  guardrail.name = table.Text("name");
  guardrail.pattern = table.Text("pattern");
  const size_t on = table.Word("on", {"request", "answer", "both"});
  guardrail.is_for_requests = on != 1;
  guardrail.is_for_answers = on != 0;
  const size_t action = table.Word("action", {"block", "mask", "flag"});
  guardrail.action = action == 0   ? capture::GuardrailAction::kBlock
                     : action == 1 ? capture::GuardrailAction::kMask
                                   : capture::GuardrailAction::kFlag;
  guardrail.tokens_max = table.Count("max_tokens", UINT32_MAX).value_or(0);
  guardrail.models = table.Texts("models");
  if (guardrail.name.empty()) table.Wrong("name", "is missing");
  TRY(table.Done());
  return guardrail;
}

template <typename Setting>
Result<void> TakeList(std::string_view name, JsonValue list, Result<Setting> (*read)(JsonValue),
                      std::vector<Setting>& out) {
  if (!list.is_array()) {
    return Fail(ErrorCode::kInvalidInput, "write each of gateway." + std::string(name) +
                                              " as [[gateway." + std::string(name) + "]]");
  }
  for (const JsonValue entry : list.Elements()) {
    TRY_ASSIGN(Setting setting, read(entry));
    out.push_back(std::move(setting));
  }
  return {};
}

Result<void> TakeTimelineFeatures(JsonValue value,
                                  std::vector<std::pair<std::string, std::string>>& out) {
  for (const auto [feature, share] : value.Members()) {
    if (!share.is_string()) break;
    out.emplace_back(feature, share.text());
  }
  if (value.is_object() && out.size() == value.size()) return {};
  return Fail(ErrorCode::kInvalidInput,
              "[gateway.timeline_features]: write FEATURE = \"all\", \"none\" or \"10%\"");
}

}  // namespace

bool GatewayTables::Has(std::string_view name) {
  return name == "upstreams" || name == "keys" || name == "limits" || name == "guardrails" ||
         name == "timeline_features";
}

Result<void> GatewayTables::Take(std::string_view name, JsonValue value) {
  if (name == "keys") return TakeList(name, value, ReadKey, keys);
  if (name == "limits") return TakeList(name, value, ReadLimit, limits);
  if (name == "guardrails") return TakeList(name, value, ReadGuardrail, guardrails);
  if (name == "timeline_features") return TakeTimelineFeatures(value, timeline_features);
  if (!value.is_object()) {
    return Fail(ErrorCode::kInvalidInput,
                "write each upstream of the gateway as [gateway.upstreams.NAME]");
  }
  for (const auto [upstream, entry] : value.Members()) {
    TRY_ASSIGN(upstream::UpstreamSetting setting, ReadUpstream(upstream, entry));
    upstreams.push_back(std::move(setting));
  }
  return {};
}

}  // namespace vitrine::app
