// A filter as SQL over the physical tables. What a row knows itself is a condition on its columns;
// what other spans of its trace know is a set of traces.
#include <functional>

#include "query/filter/filter.h"
#include "query/filter/filter_words.h"
#include "query/filter/span_sets.h"
#include "query/filter/value_sql.h"
#include "query/filter/word_lookup.h"

namespace vitrine::query {
namespace {

using Kind = FilterNode::Kind;

constexpr const char* kNoTrace = "toFixedString('', 16)";
constexpr const char* kNoSpan = "toFixedString('', 8)";

/// What the condition is asked of.
enum class Row : uint8_t {
  kTrace,   ///< A row of trace_rows.
  kSpan,    ///< A row of span_rows that is listed.
  kMember,  ///< A span of a trace that is asked about: itself, nothing around it.
};

class Compiler {
 public:
  Compiler(SqlText& sql, const Filter& filter, const FilterScope& scope)
      : sql_(sql), filter_(filter), scope_(scope), sets_(sql, filter.unit, scope) {}

  void Compile() {
    const Row row = filter_.unit == FilterUnit::kTraces ? Row::kTrace : Row::kSpan;
    if (filter_.root.kind != Kind::kAnd) {
      sql_ << " AND ";
      return Condition(filter_.root, row, true);
    }
    for (const FilterNode& part : filter_.root.parts) {
      sql_ << " AND ";
      Condition(part, row, true);
    }
  }

 private:
  /// `positive`: more matches here mean more rows.
  void Condition(const FilterNode& node, Row row, bool positive) {
    switch (node.kind) {
      case Kind::kAnd: return Joined(node, row, positive, " AND ");
      case Kind::kOr: return Joined(node, row, positive, " OR ");
      case Kind::kNot:
        sql_ << "NOT (";
        Condition(node.parts[0], row, !positive);
        sql_ << ")";
        return;
      case Kind::kTerm: return Term(node, row, positive);
      case Kind::kWords:
        if (row != Row::kTrace) return Words(node);
        return TracesWith(node, positive);
      case Kind::kSpan: return TracesWith(node.parts[0], positive);
      case Kind::kPath: return Path(node, row);
    }
  }

  void Joined(const FilterNode& node, Row row, bool positive, const char* between) {
    if (node.parts.empty()) {
      sql_ << "1";
      return;
    }
    sql_ << "(";
    for (size_t i = 0; i < node.parts.size(); ++i) {
      if (i > 0) sql_ << between;
      Condition(node.parts[i], row, positive);
    }
    sql_ << ")";
  }

  /// The traces with a span that meets the condition.
  void TracesWith(const FilterNode& condition, bool positive) {
    sets_.AppendTraces(IsExact(positive),
                       [&] { Condition(condition, Row::kMember, true); });
  }
  /// A set that may be too large does no harm where its rows are checked again.
  bool IsExact(bool positive) const { return !scope_.is_candidates || !positive; }

  void Term(const FilterNode& term, Row row, bool positive) {
    const FilterField& field = *term.field;
    switch (field.type) {
      case FieldType::kScore:
        return Score(row, positive, term.key,
                     [&] { AppendNumberOrText(sql_, term, "latest.1", "latest.2"); });
      case FieldType::kHas: return Has(term, row, positive);
      case FieldType::kAttribute:
        if (row == Row::kTrace) return TracesWith(term, positive);
        return AppendAttribute(sql_, term);
      default: break;
    }
    if (field.place == FieldPlace::kKindCount) return KindCount(term);
    if (field.place == FieldPlace::kTrace && row != Row::kTrace) {
      return sets_.AppendTraceRows(IsExact(positive),
                                   [&] { AppendMatches(sql_, term, field.trace_sql); });
    }
    if (row != Row::kTrace) {
      return OwnOrTraces(field, row, positive, [&] { AppendMatches(sql_, term, field.span_sql); });
    }
    if (!field.trace_sql.empty()) return AppendMatches(sql_, term, field.trace_sql);
    TracesWith(term, positive);
  }

  /// Of the row, where it has the field; else, for fields that say so, of its trace's spans.
  void OwnOrTraces(const FilterField& field, Row row, bool positive,
                   const std::function<void()>& condition) {
    if (row == Row::kMember || !field.asks_trace) return condition();
    sql_ << "if(";
    AppendPresence(sql_, field, field.span_sql);
    sql_ << ", ";
    condition();
    sql_ << ", ";
    sets_.AppendTraces(IsExact(positive), condition);
    sql_ << ")";
  }

  /// KIND.count. Traces without a span of the kind are in no set that could be counted.
  void KindCount(const FilterNode& term) {
    const std::string_view kind = term.field->name.substr(0, term.field->name.find('.'));
    const bool has_none = MeetsNumber(term, 0);
    sql_ << "trace_id " << (has_none ? "NOT IN (" : "IN (");
    sets_.AppendMerged("trace_id");
    sql_ << " AND kind = '" << kind << "' GROUP BY trace_id HAVING "
         << (has_none ? "NOT " : "");
    AppendNumber(sql_, term, "count()");
    sql_ << ")";
  }

  void Has(const FilterNode& term, Row row, bool positive) {
    sql_ << "(";
    for (size_t i = 0; i < term.matches.size(); ++i) {
      if (i > 0) sql_ << " OR ";
      HasOne(term.matches[i].value.pieces[0], row, positive);
    }
    sql_ << ")";
  }

  void HasOne(const std::string& name, Row row, bool positive) {
    if (const HasWord* word = FindHasWord(name)) return HasThing(*word, row, positive);
    const FilterField& field = *FindField(name);
    const std::string key = name.substr(name.find('.') + 1);
    if (field.type == FieldType::kScore) return Score(row, positive, key, [&] { sql_ << "1"; });
    const bool is_attribute = field.type == FieldType::kAttribute;
    const auto own = [&] {
      is_attribute ? AppendAttributePresence(sql_, key)
                   : AppendPresence(sql_, field, field.span_sql);
    };
    if (row == Row::kTrace) {
      if (!field.trace_sql.empty()) return AppendPresence(sql_, field, field.trace_sql);
      return sets_.AppendTraces(IsExact(positive), own);
    }
    OwnOrTraces(field, row, positive, own);
  }

  void HasThing(const HasWord& word, Row row, bool positive) {
    if (word.name == "score") return Score(row, positive, {}, [&] { sql_ << "1"; });
    const auto own = [&] {
      if (word.name == "attachment") return Attachment();
      sql_ << "(" << word.span_sql << ")";
    };
    if (row != Row::kTrace) return own();
    if (word.trace_sql.empty()) return sets_.AppendTraces(IsExact(positive), own);
    sql_ << "(" << word.trace_sql << ")";
  }

  /// A message of the span holds the words.
  void Words(const FilterNode& node) {
    const std::vector<std::string> words = WordsOf(node.text);
    const FoundWords* found = scope_.lookups == nullptr ? nullptr : scope_.lookups->Find(words);
    if (found == nullptr || !found->hashes) {
      return OneOfMessages(filter_.words_place,
                           [&] { AppendMessagesWith(sql_, scope_.project, words); });
    }
    if (found->hashes->empty()) {
      sql_ << "0";
      return;
    }
    sql_ << "(";
    if (found->traces) {
      // The index is over traces.
      (sql_ << "lower(hex(trace_id)) IN ").List(*found->traces);
      sql_ << " AND ";
    }
    sql_ << "hasAny(";
    AppendHashes(sql_, filter_.words_place);
    sql_ << ", ";
    AppendHashList(sql_, *found->hashes);
    sql_ << "))";
  }

  void Attachment() {
    OneOfMessages(WordsPlace::kHistory, [&] {
      (sql_ << "FROM vitrine.message_rows WHERE project = ").Param(scope_.project);
      // Texts are not in the template, and within its names a quote is escaped.
      sql_ << " AND multiSearchAny(parts_template, ['\"type\":\"blob\"', '\"type\":\"uri\"', "
              "'\"type\":\"file\"'])";
    });
  }

  /// One of the span's messages is among those of `append_messages`. A message is stored under the
  /// day of its calls.
  void OneOfMessages(WordsPlace place, const std::function<void()>& append_messages) {
    sql_ << "arrayExists(message -> message IN (SELECT hash ";
    append_messages();
    sql_ << " AND day IN (SELECT DISTINCT day FROM vitrine.span_rows WHERE ";
    sets_.AppendWindow();
    sql_ << ")), ";
    AppendHashes(sql_, place);
    sql_ << ")";
  }

  /// The latest score of a name, or of any name where it is empty, of each thing that was scored.
  void LatestScores(const char* columns, const char* scored, const std::string& name,
                    const std::function<void()>& condition) {
    sql_ << "SELECT " << columns
         << " FROM (SELECT of_trace AS trace_id, span_id, of_response AS response_id, "
            "argMax((value, label), (time, score_id)) AS latest FROM (SELECT span_id, if(span_id = "
         << kNoSpan << ", response_id, '') AS of_response, if(of_response = '', trace_id, "
         << kNoTrace
         << ") AS of_trace, name, value, label, time, score_id FROM vitrine.score_rows FINAL WHERE "
            "project = ";
    sql_.Param(scope_.project);
    if (!name.empty()) (sql_ << " AND name = ").Param(name);
    sql_ << ") GROUP BY of_trace, span_id, of_response, name) WHERE " << scored << " AND ";
    condition();
  }

  /// What the span itself was scored, by its id or by its answer's.
  void OwnScore(const std::string& name, const std::function<void()>& condition) {
    sql_ << "((trace_id, span_id) IN (";
    LatestScores("trace_id, span_id", (std::string("span_id != ") + kNoSpan).c_str(), name,
                 condition);
    sql_ << ") OR (response_id != '' AND response_id IN (";
    LatestScores("response_id", "response_id != ''", name, condition);
    sql_ << ")))";
  }

  /// What the trace was scored, as a whole or by one of its spans.
  void TraceScore(bool positive, const std::string& name, const std::function<void()>& condition) {
    sql_ << "(trace_id IN (";
    LatestScores("trace_id", (std::string("response_id = '' AND trace_id != ") + kNoTrace).c_str(),
                 name, condition);
    sql_ << ") OR ";
    sets_.AppendTraces(IsExact(positive), [&] {
      sql_ << "response_id != '' AND response_id IN (";
      LatestScores("response_id", "response_id != ''", name, condition);
      sql_ << ")";
    });
    sql_ << ")";
  }

  void Score(Row row, bool positive, const std::string& name,
             const std::function<void()>& condition) {
    if (row == Row::kTrace) return TraceScore(positive, name, condition);
    if (row == Row::kMember) return OwnScore(name, condition);
    sql_ << "if(";
    OwnScore(name, [&] { sql_ << "1"; });
    sql_ << ", ";
    OwnScore(name, condition);
    sql_ << ", ";
    TraceScore(positive, name, condition);
    sql_ << ")";
  }

  /// Spans that are below each other; a listed span is the last of them.
  void Path(const FilterNode& node, Row row) {
    std::vector<std::function<void()>> conditions;
    for (const FilterNode& part : node.parts)
      conditions.push_back([&] { Condition(part, Row::kMember, true); });
    sets_.AppendPath(row == Row::kTrace ? "trace_id" : "trace_id, span_id", conditions);
  }

  SqlText& sql_;
  const Filter& filter_;
  const FilterScope& scope_;
  SpanSets sets_;
};

}  // namespace

void AppendFilter(SqlText& sql, const Filter& filter, const FilterScope& scope) {
  Compiler(sql, filter, scope).Compile();
}

}  // namespace vitrine::query
