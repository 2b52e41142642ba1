#include "syntax/skeleton.h"

#include <gtest/gtest.h>

#include <map>

namespace vitrine::syntax {
namespace {

Result<std::string> AssembleWith(const std::map<uint32_t, std::string>& texts,
                                 std::string_view skeleton, size_t size_bytes_max = 1000) {
  return Reassemble(skeleton, size_bytes_max,
                    [&](const SkeletonReference& reference) -> Result<std::string_view> {
                      const auto found = texts.find(reference.content * 10 + reference.text);
                      if (found == texts.end()) return Fail(ErrorCode::kNotFound, "no such text");
                      return std::string_view(found->second);
                    });
}

TEST(Skeleton, LiteralsAndReferencesMakeTheBytesAgain) {
  SkeletonWriter writer;
  writer.Literal("{\"a\":\"");
  writer.Reference({.content = 3, .text = 1, .style = kEscapeNonAscii});
  writer.Literal("\",\"b\":");
  writer.Reference({.content = 4, .form = SkeletonForm::kPlain});
  writer.Literal("\x1F\x1Fx\x1F");
  writer.Reference({});
  writer.Reference({.form = SkeletonForm::kBase64, .style = kEscapeSlash});
  EXPECT_EQ(writer.bytes(),
            "{\"a\":\"\x1F"
            "3.1.1\x1F\",\"b\":\x1F"
            "4.0.2000\x1F\x1F\x1F\x1F\x1Fx\x1F\x1F\x1F"
            "0\x1F\x1F"
            "0.0.4010\x1F");
  const auto bytes =
      AssembleWith({{31, "caf\xC3\xA9\n"}, {40, "[1]"}, {0, "\xFF\xFF\xFF"}}, writer.bytes());
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(*bytes, "{\"a\":\"caf\\u00e9\\n\",\"b\":[1]\x1F\x1Fx\x1F\xFF\xFF\xFF\\/\\/\\/\\/");
}

TEST(Skeleton, KnowsTheFormsOfBase64) {
  const std::string bytes = "\xFB\xFF?\xFB";
  for (const auto& [form, made] : {std::pair(SkeletonForm::kBase64, "+/8/+w=="),
                                   std::pair(SkeletonForm::kBase64Url, "-_8_-w=="),
                                   std::pair(SkeletonForm::kBase64UrlBare, "-_8_-w")}) {
    SkeletonWriter writer;
    writer.Reference({.form = form});
    EXPECT_EQ(*AssembleWith({{0, bytes}}, writer.bytes()), made);
  }
}

TEST(Skeleton, WhatIsNoneIsRefused) {
  for (const char* wrong : {"a\x1F",
                            "\x1F"
                            "1",
                            "\x1Fx\x1F",
                            "\x1F"
                            "1.\x1F",
                            "\x1F"
                            "1.2.\x1F",
                            "\x1F"
                            "1.2.6000\x1F",
                            "\x1F"
                            "1.2.a000\x1F",
                            "\x1F"
                            "1.2.3.4\x1F",
                            "\x1F-1\x1F",
                            "\x1F"
                            "99999999999\x1F"}) {
    const auto bytes = AssembleWith({}, wrong);
    ASSERT_FALSE(bytes) << wrong;
    EXPECT_EQ(bytes.error().code, ErrorCode::kCorrupt) << wrong;
  }
  EXPECT_EQ(AssembleWith({},
                         "\x1F"
                         "1\x1F")
                .error()
                .code,
            ErrorCode::kNotFound);
  EXPECT_EQ(AssembleWith({{0, std::string(600, 'a')}},
                         "\x1F"
                         "0\x1F\x1F"
                         "0\x1F")
                .error()
                .code,
            ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace vitrine::syntax
