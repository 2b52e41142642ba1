#include "cli/query_command.h"

#include <cstdio>
#include <utility>

#include "base/time_text.h"
#include "cli/answer.h"
#include "cli/error_place.h"
#include "cli/metric_text.h"
#include "cli/output.h"
#include "platform/clock.h"

namespace vitrine::cli {

namespace {

using syntax::JsonValue;
using syntax::JsonWriter;
using Texts = std::vector<std::string>;

/// The server's own limit, and some.
constexpr int64_t kAnswerWaitMs = 60'000;

Result<void> WriteTime(JsonWriter& json, const char* member, const char* flag,
                       const std::string& text, Nanos now) {
  if (text.empty()) return {};
  const auto time = ParseTime(text, now);
  if (!time) return Fail(time.error().code, std::string(flag) + ": " + time.error().message);
  json.Member(member, FormatRfc3339(*time));
  return {};
}

void WriteList(JsonWriter& json, const char* member, const Texts& texts) {
  if (texts.empty()) return;
  json.Key(member).BeginArray();
  for (const std::string& text : texts) json.String(text);
  json.EndArray();
}

/// What an answer holds, with names for its columns.
class Report {
 public:
  explicit Report(JsonValue root) : root_(root) {
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
    by_time ? AddTimes(rows) : AddGroups(rows);
    const size_t first_number = by_time ? 1 : root_["dimensions"].size();
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
    for (const JsonValue group : root_["groups"].Elements()) {
      Texts row;
      for (const JsonValue value : group["key"].Elements()) row.push_back(Cell(value));
      if (group["is_other"].AsBool().value_or(false)) row.assign(1, "(other)");
      row.resize(root_["dimensions"].size());
      add(std::move(row), group);
    }
    Texts total(root_["dimensions"].size());
    if (!total.empty()) total[0] = "(all)";
    add(std::move(total), root_["totals"]);
  }

  void AddTimes(std::vector<Texts>& rows) const {
    Texts head = {"time"};
    const Texts names = Head();
    head.insert(head.end(), names.begin(), names.end());
    rows.push_back(std::move(head));
    const JsonValue totals = root_["totals"];
    size_t at = 0;
    for (const JsonValue bucket : root_["buckets"].Elements()) {
      Texts row = {Cell(bucket).substr(0, 19)};
      for (size_t i = 0; i < names_.size(); ++i) {
        const JsonValue value = totals["series"].At(i).At(at);
        row.push_back(MetricText(value, units_[i]));
        if (has_compare_) row.push_back(ChangeText(value, totals["compare_series"].At(i).At(at)));
      }
      rows.push_back(std::move(row));
      ++at;
    }
    Texts total = {"(all)"};
    AddValues(total, totals["values"], totals["compare"]);
    rows.push_back(std::move(total));
  }

  const JsonValue root_;
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

Result<std::string> QueryBody(const QueryOptions& query, Nanos now) {
  if (!query.last.empty() && !query.from.empty())
    return Fail(ErrorCode::kInvalidInput, "--last: is another word for --from; give one of them");
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Member("unit", query.unit);
  if (!query.filter.empty()) json.Member("filter", query.filter);
  TRY(WriteTime(json, "from", query.last.empty() ? "--from" : "--last",
                query.last.empty() ? query.from : query.last, now));
  TRY(WriteTime(json, "to", "--to", query.to, now));
  WriteList(json, "measures", query.measures.empty() ? Texts{"count"} : query.measures);
  WriteList(json, "group_by", query.group_by);
  if (!query.interval.empty()) json.Member("interval", query.interval);
  if (!query.time_zone.empty()) json.Member("time_zone", query.time_zone);
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
  const auto body = QueryBody(query, platform::SystemClock().Now());
  if (!body) return ReportError(body.error(), 0);
  auto client = ApiClient::Open(options.server, kAnswerWaitMs);
  if (!client) return ReportError(client.error(), 0);
  Answer answer;
  const int code = Ask(*client, "/api/v1/query", &*body, answer);
  if (code != kExitOk) {
    PointAt(query.filter, answer.refusal);
    return code;
  }
  if (options.json) {
    std::printf("%s\n", answer.body.c_str());
    return kExitOk;
  }
  const Report report(answer.root());
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
