#include "app/gateway_tables.h"

#include <algorithm>

#include "access/project.h"
#include "app/duration.h"
#include "app/secret_text.h"

namespace vitrine::app {

namespace {

using syntax::JsonValue;

/// Reads the members of one table; the first thing that is wrong is kept.
class Table {
 public:
  Table(std::string where, JsonValue value) : where_(std::move(where)), value_(value) {
    if (!value.is_object()) Wrong("is a table");
  }

  std::string Text(std::string_view name) {
    const JsonValue value = Find(name);
    if (value.exists() && (!value.is_string() || value.text().empty())) Wrong(name, "is text");
    return std::string(value.text());
  }
  /// Text that may be kept elsewhere.
  std::string Secret(std::string_view name) {
    auto secret = ReadSecret(Text(name));
    if (!secret) {
      Wrong(name, secret.error().message);
      return {};
    }
    return std::move(*secret);
  }
  std::optional<uint64_t> Count(std::string_view name, uint64_t most) {
    const JsonValue value = Find(name);
    if (!value.exists()) return std::nullopt;
    const auto count = value.AsInt();
    if (!count || *count < 0 || static_cast<uint64_t>(*count) > most) {
      Wrong(name, "is a whole number up to " + std::to_string(most));
      return std::nullopt;
    }
    return static_cast<uint64_t>(*count);
  }
  std::optional<Money> Dollars(std::string_view name) {
    const JsonValue value = Find(name);
    if (!value.exists()) return std::nullopt;
    const auto money = Money::Parse(value.is_string() ? value.text() : value.raw());
    if (!money || *money <= Money{}) Wrong(name, "is dollars, as 2.5");
    return money;
  }
  std::optional<int64_t> Duration(std::string_view name) {
    const std::string text = Text(name);
    if (text.empty()) return std::nullopt;
    const auto duration = ParseDurationMs(text);
    if (!duration) Wrong(name, "is a duration, as " + std::string(kDurationExamples));
    return duration;
  }
  bool Flag(std::string_view name) {
    const JsonValue value = Find(name);
    if (value.exists() && !value.is_bool()) Wrong(name, "is true or false");
    return value.AsBool().value_or(false);
  }
  std::vector<std::string> Texts(std::string_view name) {
    std::vector<std::string> texts;
    const JsonValue value = Find(name);
    if (value.exists() && !value.is_array()) Wrong(name, "is a list of texts");
    for (const JsonValue element : value.Elements()) {
      if (!element.is_string() || element.text().empty()) Wrong(name, "is a list of texts");
      texts.emplace_back(element.text());
    }
    return texts;
  }
  /// One of the words; the first where it is not there.
  size_t Word(std::string_view name, std::initializer_list<std::string_view> words) {
    const std::string text = Text(name);
    if (text.empty()) return 0;
    const auto found = std::ranges::find(words, text);
    if (found != words.end()) return static_cast<size_t>(found - words.begin());
    std::string all;
    for (const std::string_view word : words) all += (all.empty() ? "" : ", ") + std::string(word);
    Wrong(name, "is one of " + all);
    return 0;
  }
  JsonValue Find(std::string_view name) {
    known_.push_back(name);
    return value_[name];
  }

  void Wrong(std::string_view name, const std::string& what) {
    Wrong(std::string(name) + " " + what);
  }
  void Wrong(const std::string& what) {
    if (error_.empty()) error_ = where_ + ": " + what;
  }
  /// Once everything was read: what nobody asked for is a mistake, too.
  Result<void> Done() {
    for (const auto [name, value] : value_.Members()) {
      if (std::ranges::find(known_, name) != known_.end()) continue;
      std::string all;
      for (const std::string_view known : known_)
        all += (all.empty() ? "" : ", ") + std::string(known);
      Wrong(std::string(name), "is not known; there are " + all);
    }
    if (error_.empty()) return {};
    return Fail(ErrorCode::kInvalidInput, error_);
  }

 private:
  const std::string where_;
  const JsonValue value_;
  std::vector<std::string_view> known_;
  std::string error_;
};

std::vector<upstream::TargetSetting> ReadTargets(Table& table) {
  std::vector<upstream::TargetSetting> targets;
  const JsonValue list = table.Find("targets");
  if (list.exists() && list.size() == 0) table.Wrong("targets", "is a list of upstreams");
  for (const JsonValue entry : list.Elements()) {
    if (entry.is_string()) {
      targets.push_back({std::string(entry.text()), "", 1});
      continue;
    }
    Table inner("targets", entry);
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

Result<upstream::UpstreamSetting> ReadUpstream(std::string_view name, JsonValue value) {
  Table table("[gateway.upstreams." + std::string(name) + "]", value);
  upstream::UpstreamSetting setting;
  setting.name = name;
  setting.url = table.Text("url");
  setting.kind = table.Text("kind");
  setting.key = table.Secret("key");
  setting.aws.region = table.Text("region");
  setting.aws.access_key_id = table.Secret("access_key_id");
  setting.aws.secret_access_key = table.Secret("secret_access_key");
  setting.aws.session_token = table.Secret("session_token");
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
  Table table("[[gateway.keys]]", value);
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
  Table table("[[gateway.limits]]", value);
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
  Table table("[[gateway.guardrails]]", value);
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
