#include "query/filter/value_sql.h"

#include <algorithm>
#include <cmath>

#include "base/money.h"
#include "query/filter/value_text.h"

namespace vitrine::query {
namespace {

using Kind = FilterValue::Kind;

const char* Symbol(FilterOperator op) {
  switch (op) {
    case FilterOperator::kIs: return " = ";
    case FilterOperator::kLess: return " < ";
    case FilterOperator::kLessOrEqual: return " <= ";
    case FilterOperator::kGreater: return " > ";
    case FilterOperator::kGreaterOrEqual: return " >= ";
  }
  return " = ";
}

/// A pattern as LIKE takes it.
std::string LikeText(const FilterValue& value) {
  std::string like;
  for (size_t i = 0; i < value.pieces.size(); ++i) {
    if (i > 0) like += '%';
    for (const char c : value.pieces[i]) {
      if (c == '%' || c == '_' || c == '\\') like += '\\';
      like += c;
    }
  }
  return like;
}

/// Any text that is known.
bool IsAnything(const FilterValue& value) {
  return value.has_star() &&
         std::ranges::all_of(value.pieces, [](const std::string& piece) { return piece.empty(); });
}

void AppendText(SqlText& sql, const FilterValue& value, std::string_view text) {
  if (!value.has_star()) {
    (sql << text << " = ").Param(value.pieces[0]);
  } else if (IsAnything(value)) {
    sql << text << " != ''";
  } else {
    (sql << text << " LIKE ").Param(LikeText(value));
  }
}

void AppendElement(SqlText& sql, const FilterValue& value, std::string_view list) {
  if (!value.has_star()) {
    (sql << "has(" << list << ", ").Param(value.pieces[0]) << ")";
  } else {
    sql << "arrayExists(element -> ";
    AppendText(sql, value, "element");
    sql << ", " << list << ")";
  }
}

/// A literal that the engine compares exactly with whole numbers and with decimals.
void AppendLiteral(SqlText& sql, const FilterField& field, const FilterValue& value) {
  if (field.type == FieldType::kMoney) {
    sql << "toDecimal128('" << Money{value.whole}.ToString() << "', 9)";
  } else if (value.kind == Kind::kWhole) {
    sql << "(" << std::to_string(value.whole) << ")";
  } else {
    constexpr double kWholeMax = 9e18;  // Just within 64 bits.
    const bool is_whole =
        value.number == std::trunc(value.number) && std::abs(value.number) < kWholeMax;
    sql << "("
        << (is_whole ? std::to_string(static_cast<int64_t>(value.number))
                     : NumberText(value.number))
        << ")";
  }
}

void AppendOrdered(SqlText& sql, const FilterNode& term, const FilterMatch& match,
                   std::string_view number) {
  const auto compare = [&](FilterOperator op, const FilterValue& value) {
    sql << "ifNull(" << number << Symbol(op);
    AppendLiteral(sql, *term.field, value);
    sql << ", 0)";
  };
  if (!match.last) return compare(term.op, match.value);
  sql << "(";
  compare(FilterOperator::kGreaterOrEqual, match.value);
  sql << " AND ";
  compare(FilterOperator::kLessOrEqual, *match.last);
  sql << ")";
}

/// A day stands for all its moments.
void AppendTime(SqlText& sql, FilterOperator op, const FilterMatch& match, std::string_view time) {
  const Nanos first{match.value.whole};
  const Nanos behind{match.last ? match.last->until : match.value.until};
  switch (op) {
    case FilterOperator::kIs:
      (sql << "(" << time << " >= ").Time(first);
      (sql << " AND " << time << " < ").Time(behind) << ")";
      return;
    case FilterOperator::kLess: (sql << time << " < ").Time(first); return;
    case FilterOperator::kLessOrEqual: (sql << time << " < ").Time(behind); return;
    case FilterOperator::kGreater: (sql << time << " >= ").Time(behind); return;
    case FilterOperator::kGreaterOrEqual: (sql << time << " >= ").Time(first); return;
  }
}

void AppendMatch(SqlText& sql, const FilterNode& term, const FilterMatch& match,
                 std::string_view expression) {
  const FilterField& field = *term.field;
  if (expression.starts_with('[')) {
    AppendElement(sql, match.value, expression.substr(1));
  } else if (field.name == "status") {
    // Whatever is no error is ok.
    sql << expression << (match.value.pieces[0] == "error" ? " = 'error'" : " != 'error'");
  } else if (field.type == FieldType::kBool) {
    sql << "ifNull(" << expression << ", 2) = " << (match.value.whole != 0 ? "1" : "0");
  } else if (match.value.kind == Kind::kPattern) {
    AppendText(sql, match.value, expression);
  } else if (match.value.kind == Kind::kTime) {
    AppendTime(sql, term.op, match, expression);
  } else {
    AppendOrdered(sql, term, match, expression);
  }
}

/// Appends `append(match)` for each match, with OR in between.
template <typename Function>
void AppendAnyMatch(SqlText& sql, const FilterNode& term, const Function& append) {
  sql << "(";
  for (size_t i = 0; i < term.matches.size(); ++i) {
    if (i > 0) sql << " OR ";
    append(term.matches[i]);
  }
  sql << ")";
}

/// The attribute's text; empty where there is none.
void AppendAttributeText(SqlText& sql, const std::string& key) {
  (sql << "if(mapContains(attributes, ").Param(key);
  (sql << "), attributes[").Param(key);
  (sql << "], resource[").Param(key) << "])";
}

}  // namespace

void AppendMatches(SqlText& sql, const FilterNode& term, std::string_view expressions) {
  AppendAnyMatch(sql, term, [&](const FilterMatch& match) {
    bool is_first = true;
    for (const std::string_view expression : SplitAt(expressions, '|')) {
      if (!is_first) sql << " OR ";
      is_first = false;
      AppendMatch(sql, term, match, expression);
    }
  });
}

void AppendPresence(SqlText& sql, const FilterField& field, std::string_view expressions) {
  const bool is_text = field.type == FieldType::kText || field.type == FieldType::kEnum ||
                       field.type == FieldType::kId;
  sql << "(";
  bool is_first = true;
  for (const std::string_view expression : SplitAt(expressions, '|')) {
    if (!is_first) sql << " OR ";
    is_first = false;
    if (expression.starts_with('[')) {
      sql << "notEmpty(" << expression.substr(1) << ")";
    } else if (is_text) {
      sql << expression << " != ''";
    } else {
      sql << "isNotNull(" << expression << ")";
    }
  }
  sql << ")";
}

void AppendAttribute(SqlText& sql, const FilterNode& term) {
  AppendAnyMatch(sql, term, [&](const FilterMatch& match) {
    if (match.value.kind != Kind::kPattern) {
      // Evaluated twice where it is a range; attributes are read once.
      SqlText& s = sql;
      const auto compare = [&](FilterOperator op, const FilterValue& value) {
        s << "ifNull(toFloat64OrNull(";
        AppendAttributeText(s, term.key);
        s << ")" << Symbol(op);
        AppendLiteral(s, *term.field, value);
        s << ", 0)";
      };
      if (!match.last) return compare(term.op, match.value);
      compare(FilterOperator::kGreaterOrEqual, match.value);
      s << " AND ";
      return compare(FilterOperator::kLessOrEqual, *match.last);
    }
    if (IsAnything(match.value)) return AppendAttributePresence(sql, term.key);
    AppendAttributeText(sql, term.key);
    if (!match.value.has_star()) {
      (sql << " = ").Param(match.value.pieces[0]);
    } else {
      (sql << " LIKE ").Param(LikeText(match.value));
    }
  });
}

void AppendAttributePresence(SqlText& sql, std::string_view key) {
  (sql << "(mapContains(attributes, ").Param(key);
  (sql << ") OR mapContains(resource, ").Param(key) << "))";
}

void AppendNumberOrText(SqlText& sql, const FilterNode& term, std::string_view number,
                        std::string_view text) {
  AppendAnyMatch(sql, term, [&](const FilterMatch& match) {
    if (match.value.kind == Kind::kPattern) {
      AppendText(sql, match.value, text);
    } else {
      AppendOrdered(sql, term, match, number);
    }
  });
}

void AppendNumber(SqlText& sql, const FilterNode& term, std::string_view number) {
  AppendAnyMatch(sql, term,
                 [&](const FilterMatch& match) { AppendOrdered(sql, term, match, number); });
}

bool MeetsNumber(const FilterNode& term, double number) {
  return std::ranges::any_of(term.matches, [&](const FilterMatch& match) {
    const double value = match.value.number;
    if (match.last) return number >= value && number <= match.last->number;
    switch (term.op) {
      case FilterOperator::kIs: return number == value;
      case FilterOperator::kLess: return number < value;
      case FilterOperator::kLessOrEqual: return number <= value;
      case FilterOperator::kGreater: return number > value;
      case FilterOperator::kGreaterOrEqual: return number >= value;
    }
    return false;
  });
}

}  // namespace vitrine::query
