#include "services/forward/span_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vitrine::forward {
namespace {

using testing::HasSubstr;

model::SpanBatch Batch(const std::string& project) {
  model::SpanBatch batch;
  batch.project = project;
  for (const auto kind : {model::SpanKind::kLlm, model::SpanKind::kTool, model::SpanKind::kLlm}) {
    model::Span span;
    span.kind = kind;
    span.is_fragment = batch.spans.size() == 2;
    batch.spans.push_back(span);
  }
  return batch;
}

size_t Chosen(const std::string& project, const std::string& filter) {
  const auto choice = SpanChoice::Create(project, filter);
  EXPECT_TRUE(choice) << choice.error().message;
  const model::SpanBatch shop = Batch("shop"), desk = Batch("desk");
  std::vector<const model::Span*> chosen;
  choice->Append(shop, chosen);
  choice->Append(desk, chosen);
  return chosen.size();
}

TEST(SpanChoice, ByProjectAndFilterAndNeverHalfASpan) {
  EXPECT_EQ(Chosen("", ""), 4u);
  EXPECT_EQ(Chosen("shop", ""), 2u);
  EXPECT_EQ(Chosen("", "kind:llm"), 2u);
  EXPECT_EQ(Chosen("desk", "-kind:llm"), 1u);
  EXPECT_EQ(Chosen("nobody", ""), 0u);
}

TEST(SpanChoice, RefusesWhatOneSpanCannotSay) {
  for (const char* filter :
       {"agent > tool{status:error}", "score.good>0.5", "\"words\"", "kind:"}) {
    const auto choice = SpanChoice::Create("", filter);
    ASSERT_FALSE(choice) << filter;
    EXPECT_EQ(choice.error().code, ErrorCode::kInvalidInput);
  }
}

}  // namespace
}  // namespace vitrine::forward
