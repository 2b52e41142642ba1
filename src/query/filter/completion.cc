#include "query/filter/completion.h"

#include <algorithm>

#include "query/filter/near_name.h"
#include "query/filter/value_text.h"
#include "query/internal/visit_rows.h"
#include "query/limits.h"
#include "storage/schema/schema.h"

namespace vitrine::query {
namespace {

/// The place somebody types at.
struct Place {
  size_t from = 0;          ///< Where the word begins that is being typed.
  size_t to = 0;            ///< Where it ends.
  std::string typed;        ///< It, up to the place, without quotes.
  std::string field;        ///< Whose value it is; empty: a name is typed.
  bool is_quoted = false;   ///< Within quotes that are open.
  bool has_before = false;  ///< Something stands before it.
};

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Cuts the text up to the place as the reader does, without minding what is wrong.
class PlaceFinder {
 public:
  explicit PlaceFinder(std::string_view text) : text_(text) {}

  Place Find() {
    for (size_t i = 0; i < text_.size(); ++i) i = Take(i);
    place_.to = text_.size();
    return std::move(place_);
  }

 private:
  size_t Take(size_t i) {
    const char c = text_[i];
    if (place_.is_quoted) {
      if (c == '"')
        place_.is_quoted = false;
      else
        place_.typed += c;
      return i;
    }
    if (c == '"') {
      place_.is_quoted = true;
    } else if (IsBlank(c) || c == '(' || c == ')' || c == '{' || c == '}') {
      Break(i);
    } else if (c == '-' && place_.typed.empty() && place_.field.empty() && place_.from == i) {
      place_.from = i + 1;
    } else if (place_.field.empty() && IsOperator(c) && !place_.typed.empty()) {
      return TakeOperator(i);
    } else {
      place_.typed += c;
    }
    return i;
  }

  static bool IsOperator(char c) {
    return c == ':' || c == '<' || c == '>' || c == '=' || c == '!';
  }

  size_t TakeOperator(size_t i) {
    place_.field = std::move(place_.typed);
    place_.typed.clear();
    while (i + 1 < text_.size() && IsOperator(text_[i + 1])) ++i;
    place_.from = i + 1;
    return i;
  }

  /// A word ends at i. Within the brackets of a list, values of the same field follow.
  void Break(size_t i) {
    const char c = text_[i];
    if (c == '(' && !place_.field.empty() && place_.typed.empty() && place_.from == i)
      list_field_ = place_.field;
    if (c == ')') list_field_.clear();
    place_.has_before = place_.has_before || !IsBlank(c) || !place_.typed.empty();
    place_.field = list_field_;
    place_.typed.clear();
    place_.from = i + 1;
  }

  const std::string_view text_;
  Place place_;
  std::string list_field_;
};

class Completer {
 public:
  Completer(clickhouse::Client& client, const CompletionRequest& request)
      : client_(client),
        request_(request),
        place_(
            PlaceFinder(request.text.substr(0, std::min(request.at, request.text.size()))).Find()),
        small_(Small(place_.typed)) {}

  Result<std::vector<Completion>> Complete() {
    if (place_.field.empty()) {
      TRY(Names());
    } else {
      TRY(Values());
    }
    if (list_.size() > kCompletionsMax) list_.resize(kCompletionsMax);
    return std::move(list_);
  }

 private:
  void Add(std::string text, std::string label, std::string_view detail, std::string_view kind) {
    list_.push_back(
        {std::move(text), std::move(label), std::string(detail), kind, place_.from, place_.to});
  }
  /// 0: begins with what was typed; 1: holds it; 2: neither.
  int Rank(std::string_view name) const {
    const size_t at = Small(name).find(small_);
    return at == 0 ? 0 : at != std::string::npos ? 1 : 2;
  }

  Result<void> Names() {
    if (small_.starts_with("attr.")) return Keys("attr.");
    if (small_.starts_with("score.")) return Keys("score.");
    for (const int rank : {0, 1}) {
      for (const FilterField& field : FilterFields()) {
        if (!Takes(field) || NameRank(field) != rank) continue;
        const bool is_keyed =
            field.type == FieldType::kAttribute || field.type == FieldType::kScore;
        const std::string name(is_keyed ? field.name.substr(0, field.name.find('.') + 1)
                                        : field.name);
        Add(name + Operator(field), std::string(field.name), field.meaning, "field");
      }
    }
    if (small_.empty()) return {};
    for (const std::string_view kind : KindNames()) {
      if (Rank(kind) == 0)
        Add(std::string(kind) + "{", std::string(kind) + "{…}", "a span of this kind", "keyword");
    }
    constexpr std::pair<std::string_view, const char*> kKeywords[] = {
        {"or", "either side"},
        {"not", "what follows must not be"},
        {"in:", "where words are searched"}};
    for (const auto& [word, meaning] : kKeywords) {
      if (Rank(word) == 0 && (place_.has_before || word != "or"))
        Add(std::string(word) + (word == "in:" ? "" : " "), std::string(word), meaning, "keyword");
    }
    return {};
  }

  bool Takes(const FilterField& field) const {
    const bool is_call = request_.unit == FilterUnit::kCalls;
    return !(is_call && field.name == "counted");  // Calls are all counted.
  }
  int NameRank(const FilterField& field) const {
    int rank = Rank(field.name);
    if (field.aliases.empty()) return rank;
    for (const std::string_view alias : SplitAt(field.aliases, ' '))
      rank = std::min(rank, std::max(Rank(alias), rank == 0 ? 0 : 1));
    return rank;
  }
  /// What mostly follows the name.
  static std::string Operator(const FilterField& field) {
    switch (field.type) {
      case FieldType::kNumber:
      case FieldType::kDuration:
      case FieldType::kMoney: return ">";
      case FieldType::kScore:
      case FieldType::kAttribute: return "";
      default: return ":";
    }
  }

  Result<void> Values() {
    const std::string name = Small(place_.field);
    if (name == "in") {
      for (const char* word : {"history", "input", "output", "new"}) AddValue(word, "");
      return {};
    }
    const FilterField* field = FindField(name);
    if (field == nullptr) return {};
    switch (field->type) {
      case FieldType::kEnum:
        for (const std::string_view value : field->values) {
          const bool is_call_kind = value == "llm" || value == "embedding" || value == "rerank";
          if (request_.unit == FilterUnit::kCalls && field->name == "kind" && !is_call_kind)
            continue;
          AddValue(value, "");
        }
        return {};
      case FieldType::kBool: AddValue("true", ""), AddValue("false", ""); return {};
      case FieldType::kHas: return HasValues();
      case FieldType::kText:
      case FieldType::kScore:
      case FieldType::kAttribute: return Stored(*field);
      default: return Examples(*field);
    }
  }

  void AddValue(std::string_view value, std::string_view detail) {
    if (Rank(value) == 2) return;
    FilterValue typed;
    typed.pieces = {std::string(value)};
    Add(ValueText(FieldType::kText, typed), std::string(value), detail, "value");
  }

  Result<void> HasValues() {
    for (const HasWord& word : HasWords()) AddValue(word.name, word.meaning);
    for (const FilterField& field : FilterFields()) {
      const bool is_asked = field.place == FieldPlace::kSpan || field.place == FieldPlace::kBoth;
      const bool is_keyed = field.name.find("NAME") != std::string_view::npos ||
                            field.name.find("KEY") != std::string_view::npos;
      if (is_asked && !is_keyed && field.type != FieldType::kHas)
        AddValue(field.name, field.meaning);
    }
    return {};
  }

  /// A number, a duration: how it is written.
  Result<void> Examples(const FilterField& field) {
    if (!place_.typed.empty()) return {};
    const size_t value = field.example.find_first_not_of(":<>=", field.name.size());
    if (value != std::string_view::npos)
      Add(std::string(field.example.substr(value)), std::string(field.example), field.meaning,
          "value");
    return {};
  }

  /// Values that the newest spans have, most frequent first.
  Result<void> Stored(const FilterField& field) {
    SqlText sql;
    sql << "SELECT value, count() AS count FROM (SELECT ";
    if (field.type == FieldType::kScore) {
      (sql << "label AS value FROM vitrine.score_rows WHERE project = ").Param(request_.project);
      (sql << " AND name = ").Param(place_.field.substr(place_.field.find('.') + 1));
      sql << " LIMIT " << kCompletionSpansMax;
    } else {
      if (field.type == FieldType::kAttribute) {
        const std::string key = place_.field.substr(place_.field.find('.') + 1);
        (sql << "if(mapContains(attributes, ").Param(key);
        (sql << "), attributes[").Param(key);
        (sql << "], resource[").Param(key) << "])";
      } else {
        AppendValues(sql, field.span_sql);
      }
      Newest(sql << " AS value");
    }
    return Counted(sql, [&](std::string_view value, const std::string& count) {
      FilterValue typed;
      typed.pieces = {std::string(value)};
      Add(ValueText(field.type, typed), std::string(value), count, "value");
    });
  }

  /// All the values of a field that has several expressions or an array, one a row.
  static void AppendValues(SqlText& sql, std::string_view expressions) {
    sql << "arrayJoin(arrayConcat(";
    bool is_first = true;
    for (const std::string_view expression : SplitAt(expressions, '|')) {
      sql << (is_first ? "" : ", ") << "arrayMap(v -> CAST(v, 'String'), ";
      is_first = false;
      if (expression.starts_with('[')) {
        sql << expression.substr(1) << ")";
      } else {
        sql << "[" << expression << "])";
      }
    }
    sql << "))";
  }

  void Newest(SqlText& sql) const {
    (sql << " FROM (SELECT " << storage::kAllOfSpanRows
         << " FROM vitrine.span_rows WHERE project = ")
        .Param(request_.project);
    sql << " AND is_fragment = 0 AND is_deleted = 0 ORDER BY start_time DESC LIMIT "
        << kCompletionSpansMax << ")";
  }

  /// Keys of attributes, names of scores.
  Result<void> Keys(const std::string& prefix) {
    SqlText sql;
    sql << "SELECT value, count() AS count FROM (SELECT ";
    if (prefix == "score.") {
      (sql << "CAST(name, 'String') AS value FROM vitrine.score_rows WHERE project = ")
          .Param(request_.project);
      sql << " LIMIT " << kCompletionSpansMax;
    } else {
      Newest(sql << "arrayJoin(arrayMap(k -> CAST(k, 'String'), arrayConcat(mapKeys(attributes), "
                    "mapKeys(resource)))) AS value");
    }
    const FilterField* field = FindField(prefix + "x");
    small_ = small_.substr(prefix.size());
    return Counted(sql, [&](std::string_view key, const std::string& count) {
      FilterNode term;
      const bool is_plain = std::ranges::all_of(key, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("_.-/@$").find(c) != std::string_view::npos;
      });
      const std::string name = prefix + (is_plain ? std::string(key) : Quoted(key));
      Add(name + (field->type == FieldType::kScore ? "<" : ":"), name, count, "field");
    });
  }

  /// Ends a statement of values and asks it.
  template <typename Function>
  Result<void> Counted(SqlText& sql, const Function& add) {
    (sql << ") WHERE value != '' AND position(lower(value), ").Param(small_);
    (sql << ") > 0 GROUP BY value ORDER BY startsWith(lower(value), ").Param(small_);
    sql << ") DESC, count DESC, value LIMIT " << kCompletionsMax << " FORMAT JSONCompactEachRow";
    return VisitRows(client_, sql, [&](const syntax::JsonValue& row) {
      add(row.At(0).text(), std::to_string(row.At(1).ToUint().value_or(0)));
    });
  }

  clickhouse::Client& client_;
  const CompletionRequest& request_;
  const Place place_;
  std::string small_;
  std::vector<Completion> list_;
};

}  // namespace

Result<std::vector<Completion>> CompleteFilter(clickhouse::Client& client,
                                               const CompletionRequest& request) {
  return Completer(client, request).Complete();
}

}  // namespace vitrine::query
