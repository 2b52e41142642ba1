#include "codecs/dialects/forward_mark.h"

#include <gtest/gtest.h>

#include "codecs/dialects/otel_writer.h"
#include "model/span.h"

namespace vitrine::codecs {
namespace {

using model::Attribute;
using model::Value;

std::vector<Attribute> Marked(std::string_view mark) {
  return {{"service.name", Value::String("shop")}, {kForwardedByKey, Value::String(mark)}};
}

TEST(ForwardMark, GrowsByEachServer) {
  EXPECT_EQ(CountForwards({}), 0u);
  EXPECT_EQ(NextForwardMark({}, "a"), "a");
  EXPECT_EQ(NextForwardMark(Marked("a"), "b"), "a,b");
  EXPECT_EQ(CountForwards(Marked("a,b")), 2u);
  const std::vector<Attribute> number = {{kForwardedByKey, Value::Int(1)}};
  EXPECT_EQ(CountForwards(number), 0u) << "what is no mark is none";
}

/// What a server writes of spans with these resources.
OtlpTraces Written(const std::vector<std::vector<Attribute>>& resources, std::string_view server) {
  OtlpTraces traces;
  OtelWriter writer(traces, OtelContent::kAll, std::string(server));
  uint8_t number = 0;
  for (const std::vector<Attribute>& resource : resources) {
    model::Span span;
    span.span_id = SpanId::FromBytes(std::string(8, static_cast<char>(++number))).value();
    span.resource = resource;
    EXPECT_TRUE(writer.Append(span));
  }
  return traces;
}

TEST(ForwardMark, WriterAddsOrReplacesIt) {
  const std::vector<Attribute> none;
  const std::vector<std::vector<Attribute>> resources = {Marked("a"), none};
  const OtlpTraces traces = Written(resources, "b");
  ASSERT_EQ(traces.resources.size(), 2u);
  std::vector<std::string> marks;
  for (const OtlpResource& resource : traces.resources) {
    size_t count = 0;
    for (uint32_t i = resource.attributes.begin; i < resource.attributes.end; ++i) {
      if (traces.attributes[i].key != kForwardedByKey) continue;
      marks.emplace_back(traces.attributes[i].value.text);
      ++count;
    }
    EXPECT_EQ(count, 1u);
  }
  EXPECT_EQ(marks, (std::vector<std::string>{"a,b", "b"}));
}

TEST(ForwardMark, AServerKnowsItsOwnSpans) {
  const std::vector<std::vector<Attribute>> resources = {
      Marked("ab"), Marked("x,abc"), Marked("abc,x,y"), {}};
  const auto left_of = [&](std::string_view server) {
    OtlpTraces traces = Written(resources, "last");
    const size_t removed = RemoveReturned(server, traces);
    EXPECT_EQ(removed + traces.spans.size(), resources.size());
    std::string left;
    for (const OtlpSpan& span : traces.spans)
      left += std::to_string(static_cast<int>(span.span_id.AsBytes()[0]));
    return left;
  };
  EXPECT_EQ(left_of("abc"), "14");
  EXPECT_EQ(left_of("ab"), "234");
  EXPECT_EQ(left_of("nobody"), "1234");
  EXPECT_EQ(left_of("last"), "");
  OtlpTraces nothing;
  EXPECT_EQ(RemoveReturned("abc", nothing), 0u);
}

}  // namespace
}  // namespace vitrine::codecs
