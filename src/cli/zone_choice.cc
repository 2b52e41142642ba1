#include "cli/zone_choice.h"

#include <algorithm>
#include <cstdio>

#include "cli/answer.h"
#include "cli/output.h"
#include "cli/typed_time.h"
#include "net/http_types.h"
#include "platform/clock.h"

namespace vitrine::cli {

namespace {

/// The project's, or UTC where this machine does not know that.
int AskZone(ApiClient& client, TimeZone& zone) {
  Answer answer;
  const int code = Ask(client, "/api/v1/project", nullptr, answer);
  if (code != kExitOk) return code;
  auto loaded = TimeZone::Load(std::string(answer.root()["time_zone"].text()));
  if (loaded) {
    zone = *std::move(loaded);
  } else {
    std::fprintf(stderr, "vitrine: %s; times are UTC\n", Printable(loaded.error().message).c_str());
  }
  return kExitOk;
}

}  // namespace

int ChooseZone(const ZoneOptions& options, ApiClient& client, const ZoneNeed& need,
               TimeZone& zone) {
  zone = TimeZone();
  if (options.utc) return kExitOk;
  if (!options.name.empty()) {
    auto loaded = TimeZone::Load(options.name);
    if (!loaded)
      return ReportError({ErrorCode::kInvalidInput, "--zone: " + loaded.error().message, {}}, 0);
    zone = *std::move(loaded);
    return kExitOk;
  }
  const bool is_needed =
      need.prints_times ||
      std::ranges::any_of(need.typed, [](const std::string* text) { return DependsOnZone(*text); });
  return is_needed ? AskZone(client, zone) : kExitOk;
}

Result<void> CheckRange(const TypedRange& range) {
  TRY(TimeQuery(range, TimeZone()));
  return {};
}

Result<std::string> TimeQuery(const TypedRange& range, const TimeZone& zone) {
  std::string query;
  const Nanos now = platform::SystemClock().Now();
  struct Bound {
    const char* name;
    const char* flag;
    const std::string& text;
  };
  for (const Bound& bound :
       {Bound{"from", range.from_flag, range.from}, Bound{"to", "--to", range.to}}) {
    if (bound.text.empty()) continue;
    auto time = ParseTypedTime(bound.text, now, zone);
    if (!time)
      return Fail(time.error().code, std::string(bound.flag) + ": " + time.error().message);
    query += "&" + std::string(bound.name) + "=" + net::PercentEncode(FormatRfc3339(*time));
  }
  return query;
}

}  // namespace vitrine::cli
