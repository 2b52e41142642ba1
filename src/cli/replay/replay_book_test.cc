// Which recorded call answers a request.
#include "cli/replay/replay_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vitrine::cli {
namespace {

using testing::HasSubstr;

RecordedCall Call(const char* name, const char* target, const char* body) {
  RecordedCall call;
  call.name = name;
  call.method = "POST";
  call.target = target;
  call.request_body = body;
  call.status = 200;
  return call;
}

class ReplayBookTest : public testing::Test {
 protected:
  std::string Find(ReplayBook& book, std::string_view target, std::string_view body,
                   std::string_view method = "POST") {
    const auto found = book.Find({method, target, body});
    return found ? (*found)->name : "none: " + found.error().message;
  }
  std::vector<RecordedCall> calls_ = {
      Call("a", "/v1/chat/completions", R"({"q":"one"})"),
      Call("b", "/v1/chat/completions", R"({"q":"two"})"),
      Call("c", "/v1/chat/completions", R"({"q":"one"})"),
      Call("d", "/v1/embeddings?x=1", R"({"q":"one"})"),
      Call("e", "/base/v1/chat/completions", R"({"key":"************************"})"),
  };
};

TEST_F(ReplayBookTest, TheSameRequestGetsItsAnswersInTurnAndThenTheLastAgain) {
  ReplayBook book(calls_, ReplayMatch::kHash);
  EXPECT_EQ(Find(book, "/v1/chat/completions", R"({"q":"two"})"), "b");
  for (const char* wanted : {"a", "c", "c", "c"})
    EXPECT_EQ(Find(book, "/v1/chat/completions", R"({"q":"one"})"), wanted);
  EXPECT_EQ(book.served(), 3u);
  EXPECT_EQ(book.size(), 5u);
}

TEST_F(ReplayBookTest, BaseUrlsMayDiffer) {
  ReplayBook book(calls_, ReplayMatch::kHash);
  EXPECT_EQ(Find(book, "/chat/completions", R"({"q":"two"})"), "b");
  EXPECT_EQ(Find(book, "/gateway/openai/v1/chat/completions", R"({"q":"two"})"), "b");
  EXPECT_EQ(Find(book, "/proxy/v1/chat/completions", R"({"q":"two"})"), "b");
  EXPECT_THAT(Find(book, "/v2/chat/completions", R"({"q":"two"})"), HasSubstr("none"));
}

TEST_F(ReplayBookTest, MethodQueryAndBodyMayNot) {
  ReplayBook book(calls_, ReplayMatch::kHash);
  EXPECT_EQ(Find(book, "/v1/embeddings?x=1", R"({"q":"one"})"), "d");
  EXPECT_THAT(Find(book, "/v1/embeddings?x=2", R"({"q":"one"})"),
              HasSubstr("has the query '?x=1'"));
  EXPECT_THAT(Find(book, "/v1/embeddings?x=1", R"({"q":"one"})", "PUT"), HasSubstr("none"));
  EXPECT_THAT(
      Find(book, "/v1/chat/completions", R"({"q":"twice"})"),
      HasSubstr("b differs at byte 8: recorded '{\"q\":\"two\"}', asked '{\"q\":\"twice\"}'"));
  EXPECT_EQ(book.served(), 1u);
}

TEST_F(ReplayBookTest, CredentialsOfAnotherLengthAreTheSame) {
  ReplayBook book(calls_, ReplayMatch::kHash);
  EXPECT_EQ(Find(book, "/v1/chat/completions", R"({"key":"*************"})"), "e");
  EXPECT_THAT(Find(book, "/v1/chat/completions", R"({"key":"***"})"), HasSubstr("none"));
}

TEST_F(ReplayBookTest, InOrderTheNextOfThePathAnswers) {
  ReplayBook book(calls_, ReplayMatch::kOrder);
  EXPECT_EQ(Find(book, "/v1/embeddings", "whatever"), "d");
  for (const char* wanted : {"a", "b", "c", "e"})
    EXPECT_EQ(Find(book, "/v1/chat/completions", "whatever"), wanted);
  EXPECT_THAT(Find(book, "/v1/chat/completions", "whatever"), HasSubstr("is left"));
}

TEST(RecordedCallTest, IsReadFromTheServersAnswer) {
  Arena arena;
  syntax::JsonDocument document;
  ASSERT_EQ(document.Parse(R"({"request":{"method":"POST","url":"https://h:1/v1/x?y=1","headers":[],
      "body":"ask","body_encoding":"utf-8","left_out":null},
      "response":{"status":200,"headers":[["content-type","a/b"],["content-length","3"],
      ["x-request-id","r"]],"body":"AP8B","body_encoding":"base64","left_out":null},
      "pieces":[{"end":2,"offset_ns":5}],"content_encoding":{"request":null,"response":null}})",
                           arena),
            syntax::JsonStatus::kOk);
  const auto call = ReadRecordedCall(document.root());
  ASSERT_TRUE(call) << call.error().message;
  EXPECT_EQ(call->target, "/v1/x?y=1");
  EXPECT_EQ(call->body, std::string_view("\0\xFF\1", 3));
  EXPECT_EQ(call->headers.First("content-length"), "3");
  EXPECT_EQ(call->headers.First("x-request-id"), "r");
  ASSERT_EQ(call->pieces.size(), 2u);
  EXPECT_EQ(call->pieces[1].end, 3u);
  EXPECT_EQ(call->pieces[1].offset_ns, 5);
}

TEST(RecordedCallTest, WhatIsNotKeptIsSaid) {
  Arena arena;
  syntax::JsonDocument document;
  ASSERT_EQ(
      document.Parse(R"({"request":{"method":"POST","url":"u","body":null,"left_out":"omitted"},
      "response":{"status":null,"headers":[]},"pieces":[]})",
                     arena),
      syntax::JsonStatus::kOk);
  const auto call = ReadRecordedCall(document.root());
  ASSERT_FALSE(call);
  EXPECT_THAT(call.error().message, HasSubstr("omitted"));
}

}  // namespace
}  // namespace vitrine::cli
