#include "cli/read_commands.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <vector>

#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::cli {

namespace {

using syntax::JsonDocument;
using syntax::JsonValue;

// A cell longer than this makes a table unreadable; --json prints everything.
constexpr size_t kCellWidthMax = 60;

/// An answer and its tree.
struct Answer {
  std::string body;
  Arena arena;
  JsonDocument document;
  JsonValue root() const { return document.root(); }
};

int Ask(const ReadOptions& options, const std::string& target, const std::string* post,
        Answer& answer) {
  auto client = ApiClient::Open(options.server);
  if (!client) return ReportError(client.error(), 0);
  auto body =
      post == nullptr ? client->Get(target) : client->Post(target, "application/json", *post);
  if (!body) return ReportError(body.error(), client->last_status());
  answer.body = std::move(*body);
  if (answer.document.Parse(answer.body, answer.arena) != syntax::JsonStatus::kOk) {
    return ReportError(answer.document.error(), 0);
  }
  if (options.json) std::printf("%s\n", answer.body.c_str());
  return kExitOk;
}

std::string Cell(JsonValue value) {
  std::string text(value.is_string()    ? value.text()
                   : value.is_nothing() ? std::string_view("—")
                                        : value.raw());
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (text.size() > kCellWidthMax) text = text.substr(0, kCellWidthMax - 1) + "…";
  return text;
}

size_t Width(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

void PrintTable(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - Width(row[i]) + 2, ' ');
    }
    std::printf("%s\n", line.c_str());
  }
}

std::string Duration(JsonValue ns) {
  auto value = ns.ToInt();
  if (!value) return "—";
  double ms = static_cast<double>(*value) / 1e6;
  char text[32];
  std::snprintf(text, sizeof text, ms < 1000 ? "%.0f ms" : "%.2f s", ms < 1000 ? ms : ms / 1000);
  return text;
}

std::string Dollars(JsonValue cost) {
  return cost.is_nothing() ? "—" : "$" + std::string(cost.is_string() ? cost.text() : cost.raw());
}

std::string PercentEncode(const std::string& text) {
  std::string encoded;
  for (char c : text) {
    bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' ||
                 c == '.' || c == '~';
    char hex[4];
    std::snprintf(hex, sizeof hex, "%%%02X", static_cast<unsigned char>(c));
    encoded += plain ? std::string(1, c) : hex;
  }
  return encoded;
}

/// The spans of a trace answer as a tree.
class SpanTree {
 public:
  explicit SpanTree(JsonValue spans) {
    size_t column = 0;
    for (JsonValue field : spans["fields"].Elements())
      columns_[std::string(field.text())] = column++;
    for (JsonValue row : spans["rows"].Elements()) {
      std::vector<JsonValue> cells;
      for (JsonValue cell : row.Elements()) cells.push_back(cell);
      rows_.push_back(std::move(cells));
    }
    std::map<std::string_view, size_t> index;
    for (size_t i = 0; i < rows_.size(); ++i) index.emplace(At(i, "span_id").text(), i);
    for (size_t i = 0; i < rows_.size(); ++i) {
      auto parent = index.find(At(i, "parent_span_id").text());
      bool has_parent = parent != index.end() && parent->second != i;
      (has_parent ? children_[parent->second] : roots_).push_back(i);
    }
  }

  void Print(bool color) {
    for (size_t root : roots_) PrintBranch(root, "", "", color);
  }

 private:
  JsonValue At(size_t row, const std::string& column) const {
    return rows_[row][columns_.at(column)];
  }

  void PrintBranch(size_t row, const std::string& lead, const std::string& below, bool color) {
    bool failed = At(row, "status").text() == "error";
    std::string line =
        lead + std::string(At(row, "name").text()) + "  " + Duration(At(row, "duration_ns"));
    auto tokens = At(row, "input_tokens").ToInt();
    if (tokens)
      line += "  " + std::to_string(*tokens) + "→" + Cell(At(row, "output_tokens")) + " tok";
    if (!At(row, "cost_usd").is_nothing()) line += "  " + Dollars(At(row, "cost_usd"));
    if (failed) line += "  ✗ " + Cell(At(row, "status_message"));
    std::printf(failed && color ? "\033[31m%s\033[0m\n" : "%s\n", line.c_str());
    const auto& children = children_[row];
    for (size_t i = 0; i < children.size(); ++i) {
      bool last = i + 1 == children.size();
      PrintBranch(children[i], below + (last ? "└ " : "├ "), below + (last ? "  " : "│ "), color);
    }
  }

  std::map<std::string, size_t> columns_;
  std::vector<std::vector<JsonValue>> rows_;
  std::vector<size_t> roots_;
  std::map<size_t, std::vector<size_t>> children_;
};

}  // namespace

int RunSql(const ReadOptions& options, const std::string& query) {
  std::string request;
  syntax::JsonWriter(request).BeginObject().Member("query", query).EndObject();
  Answer answer;
  int code = Ask(options, "/api/v1/sql", &request, answer);
  if (code != kExitOk || options.json) return code;
  std::vector<std::vector<std::string>> rows(1);
  for (JsonValue column : answer.root()["columns"].Elements())
    rows[0].emplace_back(column["name"].text());
  for (JsonValue row : answer.root()["rows"].Elements()) {
    auto& cells = rows.emplace_back();
    for (JsonValue cell : row.Elements()) cells.push_back(Cell(cell));
  }
  PrintTable(rows);
  return kExitOk;
}

int RunTraces(const ReadOptions& options, const std::string& search, int64_t limit) {
  std::string target = "/api/v1/traces?limit=" + std::to_string(limit);
  if (!search.empty()) target += "&q=" + PercentEncode(search);
  Answer answer;
  int code = Ask(options, target, nullptr, answer);
  if (code != kExitOk || options.json) return code;
  std::vector<std::vector<std::string>> rows = {
      {"trace", "start", "name", "duration", "spans", "errors", "cost", "user"}};
  for (JsonValue trace : answer.root()["traces"].Elements()) {
    rows.push_back({std::string(trace["trace_id"].text()),
                    std::string(trace["start_time"].text()).substr(0, 19), Cell(trace["name"]),
                    Duration(trace["duration_ns"]), Cell(trace["span_count"]),
                    Cell(trace["error_count"]), Dollars(trace["cost_usd"]),
                    Cell(trace["user_id"])});
  }
  PrintTable(rows);
  return kExitOk;
}

int RunTrace(const ReadOptions& options, const std::string& trace_id) {
  Answer answer;
  int code = Ask(options, "/api/v1/traces/" + PercentEncode(trace_id), nullptr, answer);
  if (code != kExitOk || options.json) return code;
  SpanTree(answer.root()["spans"]).Print(options.color);
  return kExitOk;
}

int RunDoctor(const ReadOptions& options) {
  Answer answer;
  int code = Ask(options, "/api/v1/doctor", nullptr, answer);
  if (code != kExitOk || options.json) return code;
  auto print = [&](const char* title, JsonValue list, bool has_reason) {
    std::printf("%s: %zu\n", title, list.size());
    std::vector<std::vector<std::string>> rows;
    for (JsonValue entry : list.Elements()) {
      rows.push_back({"  " + Cell(entry["key"]), Cell(entry["scope"]), Cell(entry["count"]),
                      Cell(entry[has_reason ? "reason" : "example"])});
    }
    PrintTable(rows);
  };
  print("attributes no rule maps", answer.root()["unmapped"], false);
  print("malformed attributes", answer.root()["malformed"], true);
  return kExitOk;
}

}  // namespace vitrine::cli
