#include "cli/list_pages.h"

#include <algorithm>
#include <cstdio>

#include "cli/answer.h"
#include "cli/error_place.h"
#include "cli/output.h"
#include "net/http_types.h"

namespace vitrine::cli {

namespace {

using syntax::JsonValue;
using syntax::JsonWriter;

/// The most that one page of the API holds; more is asked for page by page.
constexpr int64_t kPageMax = 500;

/// Everything a program gets of several pages: {"<name>":[…],"next_cursor":…}.
void PrintPages(const std::string& name, const std::string& elements, JsonValue next_cursor) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key(name).Raw("[" + elements + "]");
  json.Key("next_cursor").Raw(next_cursor.is_nothing() ? "null" : next_cursor.raw()).EndObject();
  std::printf("%s\n", body.c_str());
}

std::vector<std::string> HeadOf(const ListShape& shape, const TimeZone& zone) {
  std::vector<std::string> head = shape.head;
  for (std::string& name : head) {
    if (name == kStartColumn) name += " (" + zone.name() + ")";
  }
  return head;
}

}  // namespace

std::string FilterQuery(FilterTexts texts) {
  std::string query;
  for (const auto& [name, text] : texts) {
    if (!text->empty()) query += "&" + std::string(name) + "=" + net::PercentEncode(*text);
  }
  return query;
}

int PrintList(const ReadOptions& options, const ListShape& shape, std::string query,
              int64_t limit) {
  // Before a server is asked for its zone: what is no time is none in any.
  if (const auto checked = CheckRange(shape.range); !checked)
    return ReportError(checked.error(), 0);
  auto client = ApiClient::Open(options.server);
  if (!client) return ReportError(client.error(), 0);
  TimeZone zone;
  const ZoneNeed need{!options.json && !options.jsonl, {&shape.range.from, &shape.range.to}};
  if (const int code = ChooseZone(options.zone, *client, need, zone); code != kExitOk) return code;
  query += TimeQuery(shape.range, zone).value_or("");
  std::vector<std::vector<std::string>> rows = {HeadOf(shape, zone)};
  std::string cursor, elements;
  int64_t left = limit;
  for (bool more = true; more;) {
    Answer page;
    std::string target = shape.path + "?limit=" + std::to_string(std::min(left, kPageMax)) + query;
    if (!cursor.empty()) target += "&cursor=" + net::PercentEncode(cursor);
    const int code = Ask(*client, target, nullptr, page);
    if (code != kExitOk) {
      PointAt(shape.filter, page.refusal);
      return code;
    }
    const JsonValue list = page.root()[shape.name];
    const JsonValue next = page.root()["next_cursor"];
    left -= static_cast<int64_t>(list.size());
    cursor = next.text();
    more = left > 0 && !cursor.empty() && !list.empty();
    if (options.jsonl) {
      PrintForPrograms(options, page, shape.name);
    } else if (options.json) {
      for (const JsonValue row : list.Elements())
        elements += (elements.empty() ? "" : ",") + std::string(row.raw());
      if (!more) PrintPages(shape.name, elements, next);
    } else {
      for (const JsonValue row : list.Elements()) rows.push_back(shape.cells(row, zone));
    }
  }
  if (options.json || options.jsonl) return kExitOk;
  if (rows.size() == 1) {
    std::fprintf(stderr, "no such %s in project %s\n", shape.name.c_str(),
                 options.server.project.c_str());
    return kExitOk;
  }
  PrintTable(rows, shape.first_number);
  if (!cursor.empty()) std::fprintf(stderr, "there are more; --limit shows them\n");
  return kExitOk;
}

}  // namespace vitrine::cli
