#include "query/message_parts.h"

#include <gtest/gtest.h>

namespace vitrine::query {
namespace {

TEST(MessagePartsTest, PutsTextsIntoTheirSlots) {
  EXPECT_EQ(*ExpandParts("[{\"type\":\"text\",\"content\":\x1F}]", "hel\"lo\n"),
            "[{\"type\":\"text\",\"content\":\"hel\\\"lo\\n\"}]");
  EXPECT_EQ(*ExpandParts("[\x1F,\x1F,\x1F]",
                         "a\x1F\x1F"
                         "c"),
            "[\"a\",\"\",\"c\"]");
  EXPECT_EQ(*ExpandParts("[\x1F]", ""), "[\"\"]");
  EXPECT_EQ(*ExpandParts("[\x1F,\x1F]", "\x1F"), "[\"\",\"\"]");
  EXPECT_EQ(*ExpandParts("[]", ""), "[]");
}

TEST(MessagePartsTest, DisagreementIsCorruption) {
  EXPECT_EQ(ExpandParts("[\x1F,\x1F]", "a").error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(ExpandParts("[]", "a").error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(ExpandParts("[\x1F]",
                        "a\x1F"
                        "b")
                .error()
                .code,
            ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace vitrine::query
