#include "query/call_filter.h"

#include <gtest/gtest.h>

#include <functional>

namespace vitrine::query {
namespace {

model::Span Example() {
  model::Span span;
  span.kind = model::SpanKind::kLlm;
  span.status = model::SpanStatus::kError;
  span.error_type = model::ErrorType::kTimeout;
  span.request_model = "gpt";
  span.response_model = "gpt-2026";
  span.provider = "openai";
  span.service = "api";
  span.user_id = "ann";
  span.session_id = "chat";
  span.environment = "prod";
  span.release = "v1";
  span.feature = "search";
  span.stream = false;
  return span;
}

TEST(CallFilterTest, ASpanMeetsWhatItHas) {
  using Set = std::function<void(CallFilter&, bool)>;
  // Each sets its field to the example's value, or to another.
  const std::pair<const char*, Set> fields[] = {
      {"kind", [](auto& f, bool same) { f.kind = same ? "llm" : "tool"; }},
      {"status", [](auto& f, bool same) { f.status = same ? "error" : "ok"; }},
      {"error_type", [](auto& f, bool same) { f.error_type = same ? "timeout" : "auth"; }},
      {"request model", [](auto& f, bool same) { f.model = same ? "gpt" : "claude"; }},
      {"response model", [](auto& f, bool same) { f.model = same ? "gpt-2026" : "gpt-"; }},
      {"provider", [](auto& f, bool same) { f.provider = same ? "openai" : "azure"; }},
      {"service", [](auto& f, bool same) { f.service = same ? "api" : "web"; }},
      {"user", [](auto& f, bool same) { f.user = same ? "ann" : "bob"; }},
      {"session", [](auto& f, bool same) { f.session = same ? "chat" : "other"; }},
      {"environment", [](auto& f, bool same) { f.environment = same ? "prod" : "dev"; }},
      {"release", [](auto& f, bool same) { f.release = same ? "v1" : "v2"; }},
      {"feature", [](auto& f, bool same) { f.feature = same ? "search" : "chat"; }},
      {"capture", [](auto& f, bool same) { f.capture = same ? "gateway" : "sdk"; }},
      {"stream", [](auto& f, bool same) { f.stream = !same; }},
  };
  const model::Span span = Example();
  EXPECT_TRUE(Matches({}, span, model::Capture::kGateway));
  for (const auto& [name, set] : fields) {
    for (const bool same : {true, false}) {
      CallFilter filter;
      set(filter, same);
      EXPECT_EQ(Matches(filter, span, model::Capture::kGateway), same) << name;
    }
  }
  CallFilter streamed;
  streamed.stream = false;
  EXPECT_FALSE(Matches(streamed, model::Span(), model::Capture::kGateway)) << "unknown is no value";
}

TEST(CallFilterTest, SaysWhatIsWrong) {
  CallFilter filter;
  EXPECT_TRUE(CheckCallFilter(filter));
  filter.kind = "tool";
  EXPECT_FALSE(CheckCallFilter(filter));
  EXPECT_TRUE(CheckCallFilter(filter, KindRule::kAnyKind));
  filter.kind = "rerank";
  EXPECT_TRUE(CheckCallFilter(filter));
  filter.error_type = "bad";
  EXPECT_FALSE(CheckCallFilter(filter));
  filter.error_type = "rate_limit";
  filter.capture = "fax";
  EXPECT_FALSE(CheckCallFilter(filter));
}

TEST(CallFilterTest, UserInputNeverEntersTheText) {
  CallFilter filter;
  for (std::string* text :
       {&filter.project, &filter.model, &filter.service, &filter.user, &filter.session,
        &filter.environment, &filter.release, &filter.feature, &filter.kind, &filter.error_type,
        &filter.provider, &filter.capture, &filter.status}) {
    *text = "x'; DROP";
  }
  SqlText sql;
  AppendCallConditions(sql, filter);
  EXPECT_EQ(sql.sql().find("DROP"), std::string::npos);
}

}  // namespace
}  // namespace vitrine::query
