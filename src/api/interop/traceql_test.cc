#include "api/interop/traceql.h"

#include <gtest/gtest.h>

namespace vitrine::api {
namespace {

using query::SpanCondition;
using query::TermOperator;
using query::TermScope;
using query::TermValue;

std::string Show(const SpanCondition& condition) {
  if (condition.kind == SpanCondition::Kind::kTerm) {
    constexpr const char* kScopes[] = {".", "span.", "resource.", "@"};
    constexpr const char* kOperators[] = {"=", "!=", "<", "<=", ">", ">=", "=~", "!~"};
    constexpr const char* kTypes[] = {"'", "#", "nil"};
    const query::SpanTerm& term = condition.term;
    return kScopes[static_cast<int>(term.scope)] + term.key +
           kOperators[static_cast<int>(term.op)] + kTypes[static_cast<int>(term.type)] + term.value;
  }
  constexpr const char* kKinds[] = {"", "and", "or", "not"};
  std::string text = std::string(kKinds[static_cast<int>(condition.kind)]) + "(";
  for (const SpanCondition& part : condition.parts)
    text += (text.ends_with('(') ? "" : " ") + Show(part);
  return text + ")";
}

std::string Read(std::string_view text) {
  const auto condition = ParseTraceQl(text);
  return condition ? Show(*condition) : "error: " + condition.error().message;
}

TEST(TraceQl, ReadsWhatGrafanaWrites) {
  EXPECT_EQ(Read(""), "and()");
  EXPECT_EQ(Read("{}"), "and()");
  EXPECT_EQ(Read(R"({resource.service.name="shop" && duration>1s && status=error})"),
            "and(resource.service.name='shop @duration>#1000000000 @status='error)");
  EXPECT_EQ(Read(R"({ .gen_ai.request.model =~ "gpt-4.*" })"), ".gen_ai.request.model=~'gpt-4.*");
  EXPECT_EQ(Read(R"({name="chat" && span.http.status_code>=500 && kind=client})"),
            "and(@name='chat span.http.status_code>=#500 @kind='client)");
  EXPECT_EQ(Read(R"({ true })"), "and()");
  EXPECT_EQ(Read(R"({span:duration > 1.5ms && trace:rootService != "x"})"),
            "and(@duration>#1500000 @root_service!='x)");
}

TEST(TraceQl, BindsAndBeforeOr) {
  EXPECT_EQ(Read(R"({.a=1 || .b=2 && .c=3})"), "or(.a=#1 and(.b=#2 .c=#3))");
  EXPECT_EQ(Read(R"({(.a=1 || .b=2) && !(.c=3)})"), "and(or(.a=#1 .b=#2) not(.c=#3))");
}

TEST(TraceQl, ReadsNamesAndValuesOfAnySort) {
  EXPECT_EQ(Read(R"({span."my key"="a \"b\" c\n"})"), "span.my key='a \"b\" c\n");
  EXPECT_EQ(Read("{span.k=`raw \\d`}"), "span.k='raw \\d");
  EXPECT_EQ(Read(R"({span.k=~"\\d+\."})"), "span.k=~'\\d+\\.");
  EXPECT_EQ(Read("{span.k != nil && .flag}"), "and(span.k!=nil .flag='true)");
  EXPECT_EQ(Read("{span.k = -2.5}"), "span.k=#-2.5");
}

TEST(TraceQl, SaysWhatIsWrong) {
  for (const char* text :
       {"x", "{", "{.a=", "{.a=1 &&}", "{(.a=1}", "{.a=\"x}", "{bogus=1}", "{=1}", "{.a=1 .b=2}"}) {
    const auto condition = ParseTraceQl(text);
    ASSERT_FALSE(condition) << text;
    EXPECT_EQ(condition.error().code, ErrorCode::kInvalidInput) << text;
    EXPECT_TRUE(condition.error().offset) << text;
  }
  for (const char* text : {"{.a=1} | rate()", "{.a=1} && {.b=2}"}) {
    const auto condition = ParseTraceQl(text);
    ASSERT_FALSE(condition);
    EXPECT_NE(condition.error().message.find("one pair of braces"), std::string::npos);
  }
  EXPECT_FALSE(ParseTraceQl("{" + std::string(10'000, '(')));
  EXPECT_FALSE(ParseTraceQl("{" + std::string(10'000, '!')));
}

TEST(Durations, AreReadInParts) {
  EXPECT_EQ(ParseDuration("1h30m"), 5'400'000'000'000);
  EXPECT_EQ(ParseDuration("1.5s"), 1'500'000'000);
  EXPECT_EQ(ParseDuration("200us"), 200'000);
  EXPECT_EQ(ParseDuration("200µs"), 200'000);
  EXPECT_EQ(ParseDuration("3ns"), 3);
  for (const char* text : {"", "5", "s", "-1s", "1x", "1e30h", "1s2", "99999999999999h"})
    EXPECT_FALSE(ParseDuration(text)) << text;
}

TEST(Logfmt, IsPairs) {
  const auto pairs = ParseLogfmt("service.name=shop  name=\"a \\\"b\\\" c\" empty=");
  ASSERT_TRUE(pairs);
  ASSERT_EQ(pairs->size(), 3u);
  EXPECT_EQ((*pairs)[0], std::pair(std::string("service.name"), std::string("shop")));
  EXPECT_EQ((*pairs)[1].second, "a \"b\" c");
  EXPECT_EQ((*pairs)[2].second, "");
  for (const char* text : {"alone", "=x", "a=\"open", "a b=c"})
    EXPECT_FALSE(ParseLogfmt(text)) << text;
}

}  // namespace
}  // namespace vitrine::api
