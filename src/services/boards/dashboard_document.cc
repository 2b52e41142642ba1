#include "services/boards/dashboard_document.h"

#include <algorithm>
#include <set>
#include <vector>

#include "services/boards/internal/body.h"
#include "services/boards/internal/panel.h"
#include "services/boards/limits.h"

namespace vitrine::boards {
namespace {

using syntax::JsonValue;

// The number of the file's format (docs/dashboards.md).
constexpr int64_t kFileFormat = 1;

/// "24h", "7d", "all", or empty where the page's own holds.
bool IsRange(std::string_view text) {
  if (text.empty() || text == "all") return true;
  constexpr size_t kDigitsMax = 4;
  const char unit = text.back();
  text.remove_suffix(1);
  return (unit == 'm' || unit == 'h' || unit == 'd') && !text.empty() &&
         text.size() <= kDigitsMax && text.front() != '0' &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

Result<void> NamePanels(std::vector<Panel>& panels) {
  std::set<std::string> names;
  for (size_t i = 0; i < panels.size(); ++i) {
    if (panels[i].id.empty()) continue;
    if (!names.insert(panels[i].id).second)
      return Wrong("panels[" + std::to_string(i) + "].id: another panel has it");
  }
  for (Panel& panel : panels) {
    for (size_t number = 1; panel.id.empty(); ++number)
      if (names.insert("p" + std::to_string(number)).second)
        panel.id = "p" + std::to_string(number);
  }
  return {};
}

Result<std::vector<Panel>> ReadPanels(const JsonValue& list, const std::string& filter) {
  if (!list.is_array()) return Wrong("panels: is a list; [] for an empty dashboard");
  if (list.size() > kPanelsMax) {
    return Fail(ErrorCode::kLimitExceeded,
                "panels: has at most " + std::to_string(kPanelsMax) + "; make a second dashboard");
  }
  std::vector<Panel> panels;
  for (const JsonValue element : list.Elements()) {
    const std::string place = "panels[" + std::to_string(panels.size()) + "]";
    TRY_ASSIGN(Panel panel, ReadPanel(element, place));
    for (size_t i = 0; i < panels.size(); ++i) {
      if (panel.Overlaps(panels[i]))
        return Wrong(place + ": lies over panels[" + std::to_string(i) + "]");
    }
    TRY(CheckFilter(filter, panel.unit, "filter, which is asked of " + place + " as well"));
    panels.push_back(std::move(panel));
  }
  TRY(NamePanels(panels));
  return panels;
}

}  // namespace

Result<DashboardDocument> ReadDashboard(std::string_view json) {
  Arena arena;
  syntax::JsonDocument parsed;
  TRY(ReadBody(json, arena, parsed));
  const JsonValue root = parsed.root();
  // What GET answers and what a file says may come back as it was.
  TRY(CheckMembers(root, "",
                   "vitrine_dashboard, id, version, created_at, updated_at, name, description, "
                   "range, filter, panels"));
  if (root.Has("vitrine_dashboard") && root["vitrine_dashboard"].AsInt() != kFileFormat) {
    return Wrong("vitrine_dashboard: this program reads files of format " +
                 std::to_string(kFileFormat));
  }
  DashboardDocument document;
  TRY_ASSIGN(document.version, ReadVersion(root));
  TRY_ASSIGN(document.name, ReadText(root["name"], {.name = "name", .size_max = kNameSizeMax}));
  TRY_ASSIGN(const std::string description,
             ReadText(root["description"], {.name = "description",
                                            .size_max = kDescriptionSizeMax,
                                            .may_be_empty = true,
                                            .may_have_lines = true}));
  const JsonValue range = root["range"];
  if (!(range.is_nothing() || range.is_string()) || !IsRange(range.text()))
    return Wrong("range: is a length of time like 24h or 7d, or all");
  const JsonValue filter_value = root["filter"];
  if (!filter_value.is_nothing() && !filter_value.is_string())
    return Wrong("filter: is a text like model:gpt-4o");
  const std::string filter(filter_value.text());
  TRY(CheckFilter(filter, query::MetricsUnit::kCalls, "filter"));
  TRY_ASSIGN(const std::vector<Panel> panels, ReadPanels(root["panels"], filter));
  document.panel_count = static_cast<int64_t>(panels.size());
  syntax::JsonWriter out(document.body);
  out.BeginObject().Member("name", document.name).Member("description", description);
  out.Member("range", range.text()).Member("filter", filter).Key("panels").BeginArray();
  for (const Panel& panel : panels) WritePanel(out, panel);
  out.EndArray().EndObject();
  return document;
}

}  // namespace vitrine::boards
