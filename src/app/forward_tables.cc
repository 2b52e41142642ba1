#include "app/forward_tables.h"

#include "access/project.h"
#include "app/setting_table.h"
#include "app/target_name.h"

namespace vitrine::app {

namespace {

using forward::ForwardSetting;
using syntax::JsonValue;

Result<void> ReadHeaders(const std::string& where, JsonValue value, ForwardSetting& setting) {
  if (!value.exists()) return {};
  SettingTable headers(where + " headers", value);
  for (const auto [name, text] : value.Members())
    setting.headers.emplace_back(name, headers.Secret(name));
  return headers.Done();
}

Result<ForwardSetting> ReadTarget(std::string_view name, JsonValue value) {
  const std::string where = "[forward." + std::string(name) + "]";
  SettingTable table(where, value);
  ForwardSetting setting;
  setting.name = name;
  if (!IsTargetName(name)) table.Wrong(std::string(kTargetNameRule));
  setting.url = table.Text("url");
  setting.metrics_url = table.Text("metrics_url");
  if (setting.url.empty() && setting.metrics_url.empty()) {
    table.Wrong(
        "needs url, as https://HOST/v1/traces, or metrics_url, as "
        "https://HOST/v1/metrics");
  }
  TRY(ReadHeaders(where, table.Find("headers"), setting));
  constexpr compress::Encoding kEncodings[] = {compress::Encoding::kGzip, compress::Encoding::kZstd,
                                               compress::Encoding::kIdentity};
  setting.compression = kEncodings[table.Word("compression", {"gzip", "zstd", "none"})];
  setting.filter = table.Text("filter");
  setting.project = table.Text("project");
  if (!setting.project.empty() && !access::IsProjectName(setting.project))
    table.Wrong("project", "is no project's name");
  setting.sends_content = table.Word("content", {"all", "none"}) == 0;
  setting.queue_bytes_max = table.Size("queue_max").value_or(0);
  setting.wait_ms = table.Duration("wait").value_or(setting.wait_ms);
  // More is no batching but a delay, and the process has five seconds to stop.
  if (setting.wait_ms > 60'000) table.Wrong("wait", "is at most 60s");
  setting.metrics_interval_ms = table.Duration("interval").value_or(setting.metrics_interval_ms);
  if (setting.metrics_interval_ms < 1'000) table.Wrong("interval", "is at least 1s");
  TRY(table.Done());
  return setting;
}

}  // namespace

Result<void> TakeForwardTables(JsonValue value, std::vector<ForwardSetting>& settings) {
  if (!value.is_object())
    return Fail(ErrorCode::kInvalidInput, "write each target of forwarding as [forward.NAME]");
  for (const auto [name, entry] : value.Members()) {
    TRY_ASSIGN(ForwardSetting setting, ReadTarget(name, entry));
    settings.push_back(std::move(setting));
  }
  return {};
}

}  // namespace vitrine::app
