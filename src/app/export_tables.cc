#include "app/export_tables.h"

#include "access/project.h"
#include "app/setting_table.h"
#include "app/target_name.h"

namespace vitrine::app {

namespace {

using exports::ExportSetting;
using exports::ExportWhat;
using syntax::JsonValue;

constexpr int64_t kNanosPerMs = 1'000'000;

Result<void> ReadStore(const std::string& where, JsonValue value, exports::ObjectStore& store) {
  if (!value.exists()) return {};
  SettingTable table(where + " s3", value);
  const auto must = [&](std::string_view name, const std::string& text) {
    if (text.empty()) table.Wrong(name, "is missing");
  };
  must("endpoint", store.endpoint = table.Text("endpoint"));
  must("bucket", store.bucket = table.Text("bucket"));
  must("region", store.credentials.region = table.Text("region"));
  must("access_key", store.credentials.access_key_id = table.Secret("access_key"));
  must("secret_key", store.credentials.secret_access_key = table.Secret("secret_key"));
  store.credentials.session_token = table.Secret("session_token");
  store.prefix = table.Text("prefix");
  while (store.prefix.ends_with('/')) store.prefix.pop_back();
  store.part_bytes = table.Size("part_size").value_or(exports::kPartBytesDefault);
  if (store.part_bytes < exports::kPartBytesMin || store.part_bytes > exports::kPartBytesMax)
    table.Wrong("part_size", "is 5MiB to 5GiB");
  return table.Done();
}

Result<ExportSetting> ReadExport(std::string_view name, JsonValue value) {
  const std::string where = "[export." + std::string(name) + "]";
  SettingTable table(where, value);
  ExportSetting setting;
  setting.name = name;
  if (!IsTargetName(name)) table.Wrong(std::string(kTargetNameRule));
  setting.folder = table.Text("folder");
  TRY(ReadStore(where, table.Find("s3"), setting.store));
  if (setting.folder.empty() == setting.store.endpoint.empty())
    table.Wrong("needs either folder or s3");
  constexpr ExportWhat kWhats[] = {ExportWhat::kSpans, ExportWhat::kCalls, ExportWhat::kTraces,
                                   ExportWhat::kScores};
  setting.what = kWhats[table.Word("what", {"spans", "calls", "traces", "scores"})];
  if (const std::string project = table.Text("project"); !project.empty())
    setting.project = project;
  if (!access::IsProjectName(setting.project)) table.Wrong("project", "is no project's name");
  setting.filter = table.Text("filter");
  constexpr query::ExportFormat kFormats[] = {
      query::ExportFormat::kParquet, query::ExportFormat::kJsonLines, query::ExportFormat::kCsv};
  setting.format = kFormats[table.Word("format", {"parquet", "jsonl", "csv"})];
  if (table.Word("every", {"1h", "1d"}) == 1) setting.every_ns = kNanosPerDay;
  if (const auto ms = table.Duration("delay")) setting.delay_ns = *ms * kNanosPerMs;
  if (const auto ms = table.Duration("catch_up")) setting.catch_up_ns = *ms * kNanosPerMs;
  if (setting.catch_up_ns < setting.every_ns + setting.delay_ns)
    table.Wrong("catch_up", "is at least one period and the delay");
  if (const std::string since = table.Text("since"); !since.empty()) {
    setting.since = ParseRfc3339(since);
    if (!setting.since) table.Wrong("since", "is a time, as 2026-11-21T00:00:00Z");
  }
  TRY(table.Done());
  return setting;
}

}  // namespace

Result<void> TakeExportTables(JsonValue value, std::vector<ExportSetting>& settings) {
  if (!value.is_object())
    return Fail(ErrorCode::kInvalidInput, "write each scheduled export as [export.NAME]");
  for (const auto [name, entry] : value.Members()) {
    TRY_ASSIGN(ExportSetting setting, ReadExport(name, entry));
    settings.push_back(std::move(setting));
  }
  return {};
}

}  // namespace vitrine::app
