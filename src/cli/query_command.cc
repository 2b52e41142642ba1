#include "cli/query_command.h"

#include <cstdio>
#include <utility>

#include "cli/answer.h"
#include "cli/error_place.h"
#include "cli/metric_text.h"
#include "cli/output.h"
#include "cli/typed_time.h"
#include "cli/zone_choice.h"
#include "platform/clock.h"

namespace vitrine::cli {

namespace {

using syntax::JsonValue;
using syntax::JsonWriter;
using Texts = std::vector<std::string>;

/// The server's own limit, and some.
constexpr int64_t kAnswerWaitMs = 60'000;

struct TypedBound {
  const char* member;
  const char* flag;
  const std::string& text;
};

Result<void> WriteTime(JsonWriter& json, const TypedBound& bound, Nanos now, const TimeZone& zone) {
  if (bound.text.empty()) return {};
  const auto time = ParseTypedTime(bound.text, now, zone);
  if (!time) return Fail(time.error().code, std::string(bound.flag) + ": " + time.error().message);
  json.Member(bound.member, FormatRfc3339(*time));
  return {};
}

void WriteList(JsonWriter& json, const char* member, const Texts& texts) {
  if (texts.empty()) return;
  json.Key(member).BeginArray();
  for (const std::string& text : texts) json.String(text);
  json.EndArray();
}

/// Words of --group-by that are times, and the intervals they are.
constexpr std::pair<std::string_view, const char*> kTimeGroups[] = {
    {"hour", "1h"}, {"day", "1d"}, {"week", "1w"}, {"month", "month"}};

const char* IntervalOfGroup(std::string_view name) {
  for (const auto& [word, interval] : kTimeGroups) {
    if (word == name) return interval;
  }
  return nullptr;
}

/// What --group-by says of dimensions, and of time together with --interval.
struct Grouping {
  Texts dimensions;
  std::string interval;
  bool has_time_group = false;
};

Result<Grouping> GroupingOf(const QueryOptions& query) {
  Grouping grouping{{}, query.interval};
  for (const std::string& name : query.group_by) {
    const char* interval = IntervalOfGroup(name);
    if (interval == nullptr) {
      grouping.dimensions.push_back(name);
      continue;
    }
    if (!grouping.interval.empty()) {
      return Fail(ErrorCode::kInvalidInput, "--group-by " + name + ": is another word for " +
                                                "--interval " + interval +
                                                "; give one time to group by");
    }
    grouping.interval = interval;
    grouping.has_time_group = true;
  }
  return grouping;
}

/// How a report is shown.
struct ReportShape {
  const TimeZone& zone;
  bool has_time_group = false;  ///< A row for each group and time, where a table has groups.
};

/// What an answer holds, with names for its columns.
class Report {
 public:
  Report(JsonValue root, const ReportShape& shape) : root_(root), shape_(shape) {
    for (const JsonValue measure : root["measures"].Elements()) {
      names_.emplace_back(measure["name"].text());
      units_.emplace_back(measure["unit"].text());
    }
    has_series_ = root["buckets"].is_array();
    has_compare_ = root["totals"]["compare"].is_array();
  }

  void PrintTable() const {
    std::vector<Texts> rows;
    const bool by_time = has_series_ && root_["dimensions"].empty();
    const bool by_both = has_series_ && !by_time && shape_.has_time_group;
    by_time ? AddTimes(rows) : by_both ? AddGroupTimes(rows) : AddGroups(rows);
    const size_t first_number = (by_time || by_both ? 1 : 0) + root_["dimensions"].size();
    cli::PrintTable(rows, first_number);
    const uint64_t unpriced = root_["unpriced_calls"].ToUint().value_or(0);
    if (unpriced > 0) {
      std::fprintf(stderr, "%llu calls have no price and are in no sum of money\n",
                   static_cast<unsigned long long>(unpriced));
    }
  }

  /// Calls `row(names, values)` for each row: a group, or a group at a time. Values are JSON.
  template <typename Row>
  void EachRow(const Row& row) const {
    if (root_["dimensions"].empty()) return EachTime({}, root_["totals"], row);
    for (const JsonValue group : root_["groups"].Elements()) {
      Texts key;
      if (group["is_other"].AsBool().value_or(false)) {
        key.assign(root_["dimensions"].size(), "\"(other)\"");
      } else {
        for (const JsonValue value : group["key"].Elements()) key.emplace_back(value.raw());
      }
      EachTime(key, group, row);
    }
  }

  Texts ColumnNames() const {
    Texts names;
    if (has_series_) names.emplace_back("time");
    for (const JsonValue dimension : root_["dimensions"].Elements())
      names.emplace_back(dimension.text());
    for (const std::string& name : names_) {
      names.push_back(name);
      if (has_compare_) names.push_back(name + " before");
    }
    return names;
  }

 private:
  template <typename Row>
  void EachTime(const Texts& key, JsonValue group, const Row& row) const {
    const auto cells = [&](std::string time, const auto& value, const auto& before) {
      Texts texts;
      if (!time.empty()) texts.push_back(std::move(time));
      texts.insert(texts.end(), key.begin(), key.end());
      for (size_t i = 0; i < names_.size(); ++i) {
        texts.push_back(Raw(value(i)));
        if (has_compare_) texts.push_back(Raw(before(i)));
      }
      row(texts);
    };
    if (!has_series_) {
      return cells(
          {}, [&](size_t i) { return group["values"].At(i); },
          [&](size_t i) { return group["compare"].At(i); });
    }
    size_t at = 0;
    for (const JsonValue bucket : root_["buckets"].Elements()) {
      cells(
          std::string(bucket.raw()), [&](size_t i) { return group["series"].At(i).At(at); },
          [&](size_t i) { return group["compare_series"].At(i).At(at); });
      ++at;
    }
  }

  static std::string Raw(JsonValue value) {
    return value.is_nothing() ? "null" : std::string(value.raw());
  }

  Texts Head() const {
    Texts head;
    for (size_t i = 0; i < names_.size(); ++i) {
      head.push_back(names_[i]);
      if (has_compare_) head.emplace_back("change");
    }
    return head;
  }

  void AddValues(Texts& row, JsonValue values, JsonValue before) const {
    for (size_t i = 0; i < names_.size(); ++i) {
      row.push_back(MetricText(values.At(i), units_[i]));
      if (has_compare_) row.push_back(ChangeText(values.At(i), before.At(i)));
    }
  }

  /// "2026-11-21" of a day, a week or a month, else with the time of day.
  std::string TimeText(JsonValue time) const {
    const std::string text = ShownTime(time.text(), shape_.zone);
    const std::string_view interval = root_["interval"].text();
    const bool is_short =
        interval != "month" && (interval.ends_with('m') || interval.ends_with('h'));
    return is_short ? text : text.substr(0, text.find('T'));
  }

  std::string TimeHead() const { return "time (" + shape_.zone.name() + ")"; }

  Texts KeyTexts(JsonValue group) const {
    Texts texts;
    for (const JsonValue value : group["key"].Elements()) texts.push_back(Cell(value));
    if (group["is_other"].AsBool().value_or(false)) texts.assign(1, "(other)");
    texts.resize(root_["dimensions"].size());
    return texts;
  }

  /// A row for each time and group.
  void AddGroupTimes(std::vector<Texts>& rows) const {
    Texts head = {TimeHead()};
    for (const JsonValue dimension : root_["dimensions"].Elements())
      head.push_back(Cell(dimension));
    const Texts names = Head();
    head.insert(head.end(), names.begin(), names.end());
    rows.push_back(std::move(head));
    size_t at = 0;
    for (const JsonValue bucket : root_["buckets"].Elements()) {
      for (const JsonValue group : root_["groups"].Elements()) {
        Texts row = {TimeText(bucket)};
        const Texts key = KeyTexts(group);
        row.insert(row.end(), key.begin(), key.end());
        AddValuesAt(row, group, at);
        rows.push_back(std::move(row));
      }
      ++at;
    }
  }

  void AddValuesAt(Texts& row, JsonValue group, size_t at) const {
    for (size_t i = 0; i < names_.size(); ++i) {
      const JsonValue value = group["series"].At(i).At(at);
      row.push_back(MetricText(value, units_[i]));
      if (has_compare_) row.push_back(ChangeText(value, group["compare_series"].At(i).At(at)));
    }
  }

  void AddGroups(std::vector<Texts>& rows) const {
    Texts head;
    for (const JsonValue dimension : root_["dimensions"].Elements())
      head.push_back(Cell(dimension));
    const Texts names = Head();
    head.insert(head.end(), names.begin(), names.end());
    if (has_series_) head.push_back(names_[0] + " over time");
    rows.push_back(std::move(head));
    const auto add = [&](Texts row, JsonValue group) {
      AddValues(row, group["values"], group["compare"]);
      if (has_series_) row.push_back(Sparkline(group["series"].At(0)));
      rows.push_back(std::move(row));
    };
    for (const JsonValue group : root_["groups"].Elements()) add(KeyTexts(group), group);
    Texts total(root_["dimensions"].size());
    if (!total.empty()) total[0] = "(all)";
    add(std::move(total), root_["totals"]);
  }

  void AddTimes(std::vector<Texts>& rows) const {
    Texts head = {TimeHead()};
    const Texts names = Head();
    head.insert(head.end(), names.begin(), names.end());
    rows.push_back(std::move(head));
    const JsonValue totals = root_["totals"];
    size_t at = 0;
    for (const JsonValue bucket : root_["buckets"].Elements()) {
      Texts row = {TimeText(bucket)};
      AddValuesAt(row, totals, at);
      rows.push_back(std::move(row));
      ++at;
    }
    Texts total = {"(all)"};
    AddValues(total, totals["values"], totals["compare"]);
    rows.push_back(std::move(total));
  }

  const JsonValue root_;
  const ReportShape shape_;
  Texts names_, units_;
  bool has_series_ = false, has_compare_ = false;
};

/// A JSON value as a field of CSV: texts in quotes, numbers as they are, null as nothing. A text
/// that a spreadsheet would run as a formula gets an apostrophe before it.
std::string CsvField(const std::string& json) {
  if (json == "null") return {};
  Arena arena;
  syntax::JsonDocument document;
  document.Parse(json, arena);
  const JsonValue value = document.root();
  if (value.is_number()) return json;
  std::string text(value.is_string() ? value.text() : std::string_view(json));
  if (value.ToDouble()) return text;  // Money.
  if (!text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos)
    text.insert(0, 1, '\'');
  std::string field = "\"";
  for (const char c : text) field.append(c == '"' ? 2 : 1, c);
  return field + "\"";
}

void PrintCsv(const Report& report) {
  const auto print = [](const Texts& fields) {
    std::string line;
    for (const std::string& field : fields) (line += line.empty() ? "" : ",") += field;
    std::printf("%s\n", line.c_str());
  };
  Texts head;
  for (const std::string& name : report.ColumnNames()) {
    std::string json;
    syntax::AppendJsonString(json, name);
    head.push_back(CsvField(json));
  }
  print(head);
  report.EachRow([&](const Texts& values) {
    Texts fields;
    for (const std::string& value : values) fields.push_back(CsvField(value));
    print(fields);
  });
}

void PrintJsonLines(const Report& report) {
  const Texts names = report.ColumnNames();
  report.EachRow([&](const Texts& values) {
    std::string line;
    JsonWriter json(line);
    json.BeginObject();
    for (size_t i = 0; i < names.size(); ++i) json.Key(names[i]).Raw(values[i]);
    json.EndObject();
    std::printf("%s\n", line.c_str());
  });
}

}  // namespace

Result<std::string> QueryBody(const QueryOptions& query, Nanos now, const TimeZone& zone) {
  if (!query.last.empty() && !query.from.empty())
    return Fail(ErrorCode::kInvalidInput, "--last: is another word for --from; give one of them");
  TRY_ASSIGN(const Grouping grouping, GroupingOf(query));
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Member("unit", query.unit);
  if (!query.filter.empty()) json.Member("filter", query.filter);
  const TypedBound from = query.last.empty() ? TypedBound{"from", "--from", query.from}
                                             : TypedBound{"from", "--last", query.last};
  TRY(WriteTime(json, from, now, zone));
  TRY(WriteTime(json, {"to", "--to", query.to}, now, zone));
  WriteList(json, "measures", query.measures.empty() ? Texts{"count"} : query.measures);
  WriteList(json, "group_by", grouping.dimensions);
  if (!grouping.interval.empty()) json.Member("interval", grouping.interval);
  if (!zone.is_utc()) json.Member("time_zone", zone.name());
  if (!query.order.empty()) json.Member("order", query.order);
  json.Member("top", query.top);
  if (query.compare == "previous") {
    json.Member("compare", query.compare);
  } else if (!query.compare.empty()) {
    json.Key("compare").BeginObject().Member("filter", query.compare).EndObject();
  }
  json.EndObject();
  return body;
}

int RunQuery(const ReadOptions& options, const QueryOptions& query) {
  const Nanos now = platform::SystemClock().Now();
  // Before a server is asked for its zone: what is wrong is wrong in any.
  if (const auto checked = QueryBody(query, now, TimeZone()); !checked)
    return ReportError(checked.error(), 0);
  auto client = ApiClient::Open(options.server, kAnswerWaitMs);
  if (!client) return ReportError(client.error(), 0);
  const Grouping grouping = GroupingOf(query).value_or(Grouping{});
  TimeZone zone;
  const ZoneNeed need{!grouping.interval.empty(), {&query.from, &query.to, &query.last}};
  if (const int chosen = ChooseZone(options.zone, *client, need, zone); chosen != kExitOk)
    return chosen;
  const auto body = QueryBody(query, now, zone);
  Answer answer;
  const int code = Ask(*client, "/api/v1/query", &*body, answer);
  if (code != kExitOk) {
    // Other parts of the question are named by the message; the place is one in the filter alone.
    if (answer.refusal.starts_with("filter")) PointAt(query.filter, answer.refusal);
    return code;
  }
  if (options.json) {
    std::printf("%s\n", answer.body.c_str());
    return kExitOk;
  }
  const Report report(answer.root(), {zone, grouping.has_time_group});
  if (options.jsonl) {
    PrintJsonLines(report);
  } else if (query.csv) {
    PrintCsv(report);
  } else {
    report.PrintTable();
  }
  return kExitOk;
}

}  // namespace vitrine::cli
