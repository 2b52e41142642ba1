// `vitrine reprice --dry-run`: what stored calls would cost under the prices in use now.
#include <cstdio>

#include "cli/answer.h"
#include "cli/output.h"
#include "cli/typed_time.h"
#include "cli/zone_choice.h"
#include "platform/clock.h"

namespace vitrine::cli {

namespace {

using syntax::JsonValue;
using syntax::JsonWriter;

// The server's own limit, and a minute.
constexpr int64_t kAnswerWaitMs = 660'000;

Result<std::string> RequestBody(const RepriceOptions& reprice, const TimeZone& zone) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Member("dry_run", true);
  const Nanos now = platform::SystemClock().Now();
  for (const auto& [name, text] :
       {std::pair("from", &reprice.from), std::pair("to", &reprice.to)}) {
    if (text->empty()) continue;
    auto time = ParseTypedTime(*text, now, zone);
    if (!time)
      return Fail(time.error().code, "--" + std::string(name) + ": " + time.error().message);
    json.Member(name, FormatRfc3339(*time));
  }
  json.EndObject();
  return body;
}

std::string PriceOf(JsonValue price_id, JsonValue reason) {
  if (!price_id.is_nothing()) return Printable(price_id.text());
  return reason.is_nothing() ? "unpriced" : "unpriced (" + Printable(reason.text()) + ")";
}

void PrintReport(JsonValue report) {
  if (!report["changes"].empty()) {
    std::vector<std::vector<std::string>> rows = {
        {"model", "old price", "new price", "calls", "old cost", "new cost", "difference"}};
    for (const JsonValue change : report["changes"].Elements()) {
      rows.push_back({Cell(change["model"]), PriceOf(change["old_price_id"], JsonValue()),
                      PriceOf(change["new_price_id"], change["unpriced_reason"]),
                      Cell(change["calls"]), Dollars(change["old_cost_usd"]),
                      Dollars(change["new_cost_usd"]), Dollars(change["difference_usd"])});
    }
    PrintTable(rows, 3);
    std::printf("\n");
  }
  PrintTable({{"", "calls"},
              {"looked at", Cell(report["calls"])},
              {"would change", Cell(report["changed_calls"])},
              {"newly priced", Cell(report["newly_priced_calls"])},
              {"newly unpriced", Cell(report["newly_unpriced_calls"])},
              {"unpriced before", Cell(report["unpriced_calls_before"])},
              {"unpriced after", Cell(report["unpriced_calls_after"])}},
             1);
  std::printf("\ncost %s, would be %s (%s)\n", Dollars(report["old_cost_usd"]).c_str(),
              Dollars(report["new_cost_usd"]).c_str(), Dollars(report["difference_usd"]).c_str());
}

}  // namespace

int RunReprice(const ReadOptions& options, const RepriceOptions& reprice) {
  if (!reprice.dry_run) {
    return ReportError(
        {ErrorCode::kUnsupported,
         "stored costs are not rewritten yet; `vitrine reprice --dry-run` shows what would change",
         {}},
        0);
  }
  const auto checked = RequestBody(reprice, TimeZone());
  if (!checked) return ReportError(checked.error(), 0);
  auto client = ApiClient::Open(options.server, kAnswerWaitMs);
  if (!client) return ReportError(client.error(), 0);
  TimeZone zone;
  const ZoneNeed need{.prints_times = false, .typed = {&reprice.from, &reprice.to}};
  if (const int chosen = ChooseZone(options.zone, *client, need, zone); chosen != kExitOk)
    return chosen;
  const auto request = RequestBody(reprice, zone);
  Answer answer;
  const int code = Ask(*client, "/api/v1/reprice", &*request, answer);
  if (code != kExitOk) return code;
  if (!PrintForPrograms(options, answer, "changes")) PrintReport(answer.root());
  return kExitOk;
}

}  // namespace vitrine::cli
