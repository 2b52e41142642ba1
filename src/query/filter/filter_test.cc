#include "query/filter/filter.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "query/filter/near_name.h"
#include "query/filter/random_filter_testing.h"
#include "query/filter/value_text.h"
#include "query/limits.h"

namespace vitrine::query {
namespace {

std::string Canonical(std::string_view text, FilterUnit unit = FilterUnit::kTraces) {
  const auto filter = ReadFilter(text, unit);
  return filter ? FilterText(*filter) : "error: " + filter.error().message;
}

/// What is typed, and how it is printed.
constexpr std::pair<const char*, const char*> kCanonical[] = {
    {"", ""},
    {"  ", ""},
    {"kind:llm", "kind:llm"},
    {"KIND:LLM", "kind:llm"},
    {"env=prod", "environment:prod"},
    {"model:gpt-4o*", "model:gpt-4o*"},
    {"model:\"gpt-4o\"*", "model:gpt-4o*"},
    {"model:\"gpt*\"", "model:\"gpt*\""},
    {"model:gpt\\*", "model:\"gpt*\""},
    {"name:GET\\ /x", "name:\"GET /x\""},
    {"name:a**b", "name:a*b"},
    {"model:(a or \"or\" or c)", "model:(a or \"or\" or c)"},
    {"-status:error", "-status:error"},
    {"not status:error", "-status:error"},
    {"not not status:error", "status:error"},
    {"status!=error", "-status:error"},
    {"--status:error", "status:error"},
    {"a and b", "a b"},
    {"a or b c", "a or b c"},
    {"(a or b) c", "(a or b) c"},
    {"((a))", "a"},
    {"(a b) c", "a b c"},
    {"-(a b)", "-(a b)"},
    {"-(a or b)", "-(a or b)"},
    {"\"refund policy\"", "\"refund policy\""},
    {"\"refund\"", "refund"},
    {"\"or\"", "\"or\""},
    {"\"llm\"", "\"llm\""},
    {"llm", "\"llm\""},
    {"foo-bar", "\"foo-bar\""},
    {"duration>5s", "duration>5s"},
    {"duration > 5s", "duration>5s"},
    {"duration:>=90s", "duration>=1m30s"},
    {"duration:1s..2m", "duration:1s..2m"},
    {"duration:5s..", "duration>=5s"},
    {"duration:..5s", "duration<=5s"},
    {"latency<1.5h", "duration<1h30m"},
    {"ttft>0.25s", "ttft>250ms"},
    {"cost>$0.050", "cost_usd>0.05"},
    {"input_tokens>=1.5k", "input_tokens>=1500"},
    {"tokens>2M", "total_tokens>2000000"},
    {"http_status:(429 or 500..599)", "http_status:(429 or 500..599)"},
    {"time:2026-11-20..2026-11-21", "time:2026-11-20..2026-11-21"},
    {"time>=2026-11-20T10:00:00+01:00", "time>=2026-11-20T09:00:00Z"},
    {"time<2026-11-20T10:00:00.5Z", "time<2026-11-20T10:00:00.5Z"},
    {"stream:TRUE", "stream:true"},
    {"score.faithfulness<0.70", "score.faithfulness<0.7"},
    {"score.verdict:bad", "score.verdict:bad"},
    {"score.verdict:\"1\"", "score.verdict:\"1\""},
    {"score.\"my score\":1", "score.\"my score\":1"},
    {"attr.my.Key:x", "attr.my.Key:x"},
    {"attr.n>5", "attr.n>5"},
    {"attr.n:5", "attr.n:5"},
    {"attr.n:1..5", "attr.n:1..5"},
    {"attr.n:\"1..5\"", "attr.n:\"1..5\""},
    {"attr.\"a b\":x", "attr.\"a b\":x"},
    {"has:tool_call", "has:tool_call"},
    {"has:user_id", "has:user"},
    {"has:ATTR.My.Key", "has:attr.My.Key"},
    {"has:(cost or score.f)", "has:(cost or score.f)"},
    {"{kind:tool status:error}", "tool{status:error}"},
    {"{kind:tool}", "tool{}"},
    {"{}", "{}"},
    {"tool{status:error or a}", "tool{(status:error or a)}"},
    {"{status:error or a}", "{status:error or a}"},
    {"agent > tool{status:error}", "agent > tool{status:error}"},
    {"agent{} > {tool:x} > llm", "agent > {tool:x} > llm"},
    {"agent:planner > tool:search", "{agent:planner} > {tool:search}"},
    {"-agent > tool", "-(agent > tool)"},
    {"x agent > tool y", "x agent > tool y"},
    {"llm.count>10", "llm.count>10"},
    {"llm.count > 10", "llm.count>10"},
    {"x in:history", "x in:history"},
    {"in:history", "in:history"},
    {"in:new x", "x"},
    {"(a or b) in:output", "(a or b) in:output"},
    {"trace_id:4BF92F35*", "trace_id:4bf92f35*"},
};

TEST(FilterTest, TextHasOneCanonicalForm) {
  for (const auto& [text, canonical] : kCanonical) {
    EXPECT_EQ(Canonical(text), canonical) << text;
    EXPECT_EQ(Canonical(canonical), canonical) << text;
  }
}

/// A text, and what is told about it.
struct WrongCase {
  const char* text;
  const char* wrong;  ///< The bytes that are marked.
  const char* message;
  const char* suggestion;
};
constexpr WrongCase kWrong[] = {
    {"modle:x", "modle", "there is no field 'modle'", "model"},
    {"x htp://a", "htp",
     "there is no field 'htp'; an attribute as it was sent is attr.htp, and a text to search for "
     "stands in quotes",
     "\"htp://a\""},
    {"zzzzzz:a", "zzzzzz",
     "there is no field 'zzzzzz'; an attribute as it was sent is attr.zzzzzz, and a text to "
     "search for stands in quotes",
     "\"zzzzzz:a\""},
    {"status:eror", "eror", "status is one of error, ok", "error"},
    {"kind:l*", "l*",
     "kind is one of llm, embedding, rerank, retrieval, tool, agent, workflow, guardrail, "
     "evaluator, prompt, http, db, other",
     ""},
    {"duration>5", "5", "duration is a duration like 5s, 250ms or 1m30s", "5s"},
    {"duration>fast", "fast", "duration is a duration like 5s, 250ms or 1m30s", ""},
    {"cost>much", "much", "cost_usd is US dollars like 0.05 or $1.20", ""},
    {"input_tokens:many", "many", "input_tokens is a number like 3, 0.5 or 1.5k", ""},
    {"http_status:5xx", "5xx", "http_status is a number like 3, 0.5 or 1.5k", "500..599"},
    {"stream:maybe", "maybe", "stream is true or false", ""},
    {"time:yesterday", "yesterday",
     "time is a day like 2026-11-20, or a time like 2026-11-20T09:30:00Z", ""},
    {"attr.n>big", "big", "attr.n is a number where it is compared", ""},
    {"attr.:x", "attr.", "the attribute's key is missing, as in attr.my.key:x", ""},
    {"score.<1", "score.", "the score's name is missing, as in score.faithfulness<0.7", ""},
    {"user>5", "user>5", "user has no order; use a colon", "user:5"},
    {"agent>tool", "agent>tool", "agent has no order; for spans below others, put blanks around >",
     "agent > tool"},
    {"duration:5s..1s", "5s..1s", "the range ends before it begins", "1s..5s"},
    {"duration>1s..5s", "1s..5s", "a range stands behind a colon", "duration:1s..5s"},
    {"duration:..", "..", "here a range needs both its ends, like 1..5", ""},
    {"duration:(1s.. or 5s)", "1s..", "here a range needs both its ends, like 1..5", ""},
    {"duration>(1s or 2s)", "duration>(1s or 2s)",
     "brackets with several values stand behind a colon", "duration:(…)"},
    {"user:\"\"", "\"\"", "the value is empty; what has no user is -has:user", "-has:user"},
    {"user:", "user:", "a value follows directly behind :", ""},
    {"user: x", "user:", "a value follows directly behind :", ""},
    {"user:()", ")", "a value is missing here", ""},
    {"user:(a or)", ")", "a value is missing here", ""},
    {"user:(a b)", "b", "between values stands 'or'", "or b"},
    {"user:((a))", "(", "between these brackets stand values only", ""},
    {"user:(a", "(", "this bracket is not closed", ")"},
    {"name:f(x)", "f(", "a value with brackets stands in quotes", "\"f(x)\""},
    {"(a", "(", "this bracket is not closed", ")"},
    {"a)", ")", "this ) closes nothing", "(…)"},
    {"a }", "}", "this } closes nothing", "{…}"},
    {"()", "()", "there is nothing in these brackets", ""},
    {"tool{a", "{", "this brace is not closed", "}"},
    {"\"a", "\"", "this quote is not closed", "\""},
    {"a or", "", "a condition is missing here", ""},
    {"or a", "or", "a condition is missing here", ""},
    {"a and", "", "a condition is missing here", ""},
    {"a and or b", "or", "a condition is missing here", ""},
    {"not", "not", "a condition is missing behind it", ""},
    {"a - b", "-", "a minus stands directly before what must not be", ""},
    {"...", "...", "there is no word in it; words are made of letters and digits", ""},
    {"refun*", "refun*", "words are searched whole; stars stand in the values of fields", ""},
    {">5s", ">5s", "before it the name of a field is missing, as in duration>5s", ""},
    {"agnt{x}", "agnt", "there is no kind of span 'agnt'", "agent"},
    {"agnt > tool", "agnt", "beside > stands a kind of span, or conditions in braces", "agent"},
    {"agent > (a b)", "(a b)", "beside > stands a kind of span, or conditions in braces", ""},
    {"agent >", "", "behind > a span is missing, as in agent > tool", ""},
    {"llm.count>1 > tool", "llm.count>1", "beside > stands a kind of span, or conditions in braces",
     ""},
    {"{llm.count>1}", "llm.count>1",
     "llm.count is of the whole trace, not of one span; write it outside of the braces", ""},
    {"{a {b}}", "{", "braces do not stand within braces", ""},
    {"{agent > tool}", "agent > tool",
     "one span has no other below it; write > outside of the braces", ""},
    {"in:hist", "hist", "in: is new, history, input or output", ""},
    {"in:histroy x", "histroy", "in: is new, history, input or output", "history"},
    {"in:new in:new", "in:new", "in: stands there twice", ""},
    {"(in:new x)", "in:new", "in: is of the whole filter and stands in no brackets", ""},
    {"x or in:history", "in:history", "in: is of the whole filter and stands beside no 'or'", ""},
    {"has:nothing", "nothing",
     "has: takes the name of a field, or error, tool_call, cost, unpriced, partial, stall, "
     "retry, parent, score, attachment",
     ""},
    {"has:tool_cal", "tool_cal",
     "has: takes the name of a field, or error, tool_call, cost, unpriced, partial, stall, "
     "retry, parent, score, attachment",
     "tool_call"},
    {"has:llm.count", "llm.count", "every trace has a llm.count; ask how many", "llm.count>0"},
    {"trace_id:xyz", "xyz", "trace_id has hexadecimal digits and stars only", ""},
    {"trace_id:abc", "abc", "trace_id has 32 digits, this 3; a star stands for the rest", "abc*"},
};

TEST(FilterTest, WhatIsWrongIsSaidWithItsPlace) {
  for (const WrongCase& c : kWrong) {
    const auto filter = ReadFilter(c.text, FilterUnit::kTraces);
    ASSERT_FALSE(filter) << c.text;
    const FilterProblem& problem = filter.error();
    const std::string_view text = c.text;
    ASSERT_LE(problem.from, problem.to) << c.text;
    ASSERT_LE(problem.to, text.size()) << c.text;
    EXPECT_EQ(text.substr(problem.from, problem.to - problem.from), c.wrong) << c.text;
    EXPECT_EQ(problem.message, c.message) << c.text;
    EXPECT_EQ(problem.suggestion, c.suggestion) << c.text;
  }
}

TEST(FilterTest, ACallIsAModelCall) {
  const auto filter = ReadFilter("kind:tool", FilterUnit::kCalls);
  ASSERT_FALSE(filter);
  EXPECT_EQ(filter.error().suggestion, "{kind:tool}");
  EXPECT_TRUE(ReadFilter("kind:embedding {kind:tool}", FilterUnit::kCalls));
  EXPECT_TRUE(ReadFilter("kind:tool", FilterUnit::kSpans));
}

TEST(FilterTest, LimitsAreErrors) {
  EXPECT_TRUE(ReadFilter(std::string(kFilterBytesMax, ' '), FilterUnit::kTraces));
  EXPECT_FALSE(ReadFilter(std::string(kFilterBytesMax + 1, ' '), FilterUnit::kTraces));
  const auto nested = [](size_t depth) {
    return ReadFilter(std::string(depth, '(') + "a" + std::string(depth, ')'), FilterUnit::kTraces);
  };
  EXPECT_TRUE(nested(kFilterDepthMax));
  EXPECT_EQ(nested(kFilterDepthMax + 1).error().message, "more than 32 brackets within each other");
  std::string terms, values = "user:(v";
  for (size_t i = 0; i < kFilterTermsMax; ++i) terms += "a ";
  EXPECT_TRUE(ReadFilter(terms, FilterUnit::kTraces));
  EXPECT_EQ(ReadFilter(terms + "a", FilterUnit::kTraces).error().message,
            "a filter has at most 64 terms");
  for (size_t i = 1; i < kFilterValuesMax; ++i) values += " or v";
  EXPECT_TRUE(ReadFilter(values + ")", FilterUnit::kTraces));
  EXPECT_EQ(ReadFilter(values + " or v)", FilterUnit::kTraces).error().message,
            "at most 100 values stand in brackets");
  std::string phrase = "\"";
  for (size_t i = 0; i < kSearchWordsMax; ++i) phrase += "w ";
  EXPECT_TRUE(ReadFilter(phrase + "\"", FilterUnit::kTraces));
  EXPECT_EQ(ReadFilter(phrase + "w\"", FilterUnit::kTraces).error().message,
            "a phrase has at most 32 words");
}

TEST(FilterTest, EveryFieldHasAnExampleThatReadsBack) {
  for (const FilterField& field : FilterFields()) {
    const auto filter = ReadFilter(field.example, FilterUnit::kTraces);
    ASSERT_TRUE(filter) << field.example << ": " << filter.error().message;
    EXPECT_EQ(ReadFilter(FilterText(*filter), FilterUnit::kTraces), filter) << field.example;
    const FilterNode& root = filter->root;
    ASSERT_EQ(root.kind, FilterNode::Kind::kTerm) << field.example;
    EXPECT_EQ(root.field, &field) << field.example;
    if (field.aliases.empty()) continue;
    for (const std::string_view alias : SplitAt(field.aliases, ' '))
      EXPECT_EQ(FindField(alias), &field) << alias;
  }
}

TEST(FilterTest, ChipsAreTheOutermostConditions) {
  const std::string text = " kind:llm  -status:error (a or b) \"x y\" in:history";
  const auto filter = ReadFilter(text, FilterUnit::kTraces);
  ASSERT_TRUE(filter);
  const auto chips = FilterChips(text, *filter);
  ASSERT_EQ(chips.size(), 5u);
  EXPECT_EQ(chips[0].text, "kind:llm");
  EXPECT_EQ(chips[0].field + chips[0].op + chips[0].value, "kind:llm");
  EXPECT_EQ(chips[1].text, "-status:error");
  EXPECT_TRUE(chips[1].is_negated);
  EXPECT_EQ(chips[1].value, "error");
  EXPECT_EQ(chips[2].text, "(a or b)");
  EXPECT_EQ(chips[2].field, "");
  EXPECT_EQ(chips[3].text, "\"x y\"");
  EXPECT_EQ(chips[4].field, "in");
  EXPECT_EQ(FilterChips("a or b", *ReadFilter("a or b", FilterUnit::kTraces)).size(), 1u);
  EXPECT_TRUE(FilterChips("", *ReadFilter("", FilterUnit::kTraces)).empty());
}

TEST(FilterTest, NamesThatAreNear) {
  EXPECT_EQ(EditDistance("", ""), 0u);
  EXPECT_EQ(EditDistance("abc", ""), 3u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(EditDistance("modle", "model"), 1u) << "neighbours were swapped";
  constexpr std::string_view kNames[] = {"model", "mode"};
  EXPECT_EQ(NearestName("Modle", kNames), "model");
  EXPECT_EQ(NearestName("xyz", kNames), "");
}

TEST(FilterTest, ValuesKeepEveryDigit) {
  EXPECT_EQ(ParseNumber("1.1k"), 1100.0);
  EXPECT_EQ(ParseNumber("-0"), 0.0);
  EXPECT_EQ(ParseNumber("1e3k"), std::nullopt);
  EXPECT_EQ(ParseNumber("k"), std::nullopt);
  EXPECT_EQ(ParseDuration("1d2h3m4s5ms6us7ns"), 93'784'005'006'007);
  EXPECT_EQ(ParseDuration("0.000000001s"), 1);
  EXPECT_EQ(ParseDuration("5"), std::nullopt);
  EXPECT_EQ(ParseDuration("999999999d"), std::nullopt);
  EXPECT_EQ(DurationText(93'784'005'006'007), "1d2h3m4s5ms6us7ns");
}

/// Every field, and values that are hard to write.
RandomFilterOptions HardOptions(FilterUnit unit) {
  RandomFilterOptions options;
  options.unit = unit;
  for (const FilterField& field : FilterFields()) options.fields.push_back(&field);
  options.texts = {"a",   "gpt-4o", "x y",   "quo\"te", "st*r", "50%", "a_b", "back\\slash", "ü",
                   "or",  "a..b",   "1..5",  "5",       ">x",   ":",   "(",   "}",           "-",
                   "and", "1.5k",   "\t\n ", "true",    "$5",   "'",   "#",   "\xff",        "*"};
  options.words = {"a", "refund policy", "or", "llm", "has", "x:y", "\"q\" z", "ü", "a*b", "(a)"};
  options.keys = {"k", "my.key", "a b", "x:y", "quo\"te", "ü", "*", "UPPER"};
  options.score_names = {"f", "my score", "a-b", "A.B"};
  options.has_words = {"error", "score", "user", "attr.k", "attr.A b", "score.f", "cost"};
  options.numbers = {0, 1, -1, 0.1, 1500, 1e15, 1e300, -2.5e-10, 123456789.125};
  options.durations = {0, 1, 999, 1'500'000'000, 86'400'000'000'001, INT64_MAX};
  options.moneys = {0, 1, 50'000'000, -1'500'000'000, INT64_MAX};
  options.times = {"2026-11-20", "2026-11-20T10:00:00Z", "2026-11-20T10:00:00.123456789Z",
                   "1969-12-31"};
  options.ids = {"4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"};
  options.depth = 4;
  return options;
}

TEST(FilterPropertyTest, WhatIsPrintedReadsBackTheSame) {
  for (const FilterUnit unit : {FilterUnit::kTraces, FilterUnit::kCalls, FilterUnit::kSpans}) {
    const RandomFilterOptions options = HardOptions(unit);
    EXPECT_TRUE(rc::check("print, then read", [&] {
      const Choose choose = [](size_t count) { return *rc::gen::inRange<size_t>(0, count); };
      const Filter filter = RandomFilter(choose, options).Make();
      const std::string text = FilterText(filter);
      const auto read = ReadFilter(text, unit);
      RC_LOG() << text;
      if (!read) {
        // Only its size may be wrong with it.
        RC_ASSERT(read.error().message.starts_with("a filter has at most"));
        return;
      }
      RC_ASSERT(*read == filter);
      RC_ASSERT(FilterText(*read) == text);
    }));
  }
}

TEST(FilterPropertyTest, AnyTextIsReadOrRefusedWithinIt) {
  EXPECT_TRUE(rc::check("any text", [] {
    const auto pieces =
        *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(std::vector<std::string>{
            "a",        " ",       "(",    ")",        "{",   "}",     "\"",     "-",
            "or ",      "and ",    "not ", "kind:",    "llm", ">",     " > ",    "tool",
            "duration", "5s",      "..",   "*",        "\\",  "attr.", "score.", ":",
            "in:",      "history", "has:", "\xC3\xBC", "0",   "!=",    "$"}));
    std::string text;
    for (const std::string& piece : pieces) text += piece;
    const auto read = ReadFilter(text, FilterUnit::kTraces);
    if (!read) {
      RC_ASSERT(read.error().from <= read.error().to);
      RC_ASSERT(read.error().to <= text.size());
      RC_ASSERT(!read.error().message.empty());
      return;
    }
    const auto again = ReadFilter(FilterText(*read), FilterUnit::kTraces);
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == *read);
  }));
}

}  // namespace
}  // namespace vitrine::query
