// Figures of AWS's published test suite for signature version 4, and of its documentation.
#include "upstream/aws_signature.h"

#include <gtest/gtest.h>

namespace vitrine::upstream {
namespace {

// The suite's credentials and time.
const AwsCredentials kSuite = {.region = "us-east-1",
                               .access_key_id = "AKIDEXAMPLE",
                               .secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};
constexpr Nanos kSuiteTime{1'440'938'160'000'000'000};  // 2015-08-30T12:36:00Z

std::string Signature(const AwsRequest& request, net::HttpHeaders headers,
                      std::string_view service = "service",
                      const AwsCredentials& credentials = kSuite) {
  SignForAws(credentials, service, kSuiteTime, request, headers);
  const std::string authorization(headers.First("authorization").value_or(""));
  const size_t at = authorization.find("Signature=");
  return at == std::string::npos ? authorization : authorization.substr(at + 10);
}

TEST(AwsSignature, IsTheOneOfThePublishedSuite) {
  const net::HttpHeaders host = {{"Host", "example.amazonaws.com"}};
  struct Case {
    const char *method, *target, *body, *signature;
  };
  for (const Case& one : {
           Case{"GET", "/", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
           Case{"GET", "/?Param2=value2&Param1=value1", "",
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
           Case{"POST", "/", "",
                "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
           // The suite sends these paths as they are, so they are escaped once.
           Case{"GET", "/\u1234", "",
                "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
           Case{"GET", "/example1/example2/../..", "",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
           Case{"GET", "/./", "",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
       }) {
    EXPECT_EQ(Signature({one.method, one.target, one.body}, host), one.signature)
        << one.method << " " << one.target;
  }
  EXPECT_EQ(Signature({"POST", "/", "Param1=value1"},
                      {{"Content-Type", "application/x-www-form-urlencoded"},
                       {"Host", "example.amazonaws.com"}}),
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
  // Of "Signature Version 4 signing process": IAM's ListUsers.
  EXPECT_EQ(Signature({"GET", "/?Action=ListUsers&Version=2010-05-08", ""},
                      {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
                       {"Host", "iam.amazonaws.com"}},
                      "iam"),
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

// Of "Authenticating Requests (AWS Signature Version 4)" of Amazon S3.
TEST(AwsSignature, IsTheOneOfTheDocumentationOfS3) {
  const AwsCredentials credentials = {
      .region = "us-east-1",
      .access_key_id = "AKIAIOSFODNN7EXAMPLE",
      .secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
  constexpr Nanos kTime{1'369'353'600 * kNanosPerSecond};  // 2013-05-24T00:00:00Z
  const auto signature = [&](const AwsRequest& request) {
    net::HttpHeaders headers = {{"Host", "examplebucket.s3.amazonaws.com"}};
    SignForAws(credentials, "s3", kTime, request, headers);
    const std::string authorization(headers.First("authorization").value_or(""));
    return authorization.substr(authorization.find("Signature=") + 10);
  };
  EXPECT_EQ(signature({"GET", "/?lifecycle", ""}),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  EXPECT_EQ(signature({"GET", "/?max-keys=2&prefix=J", ""}),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
  // A path that is escaped is not escaped again, nor made shorter.
  EXPECT_NE(signature({"PUT", "/a%3Db", ""}), signature({"PUT", "/a%253Db", ""}));
  EXPECT_NE(signature({"PUT", "/a//b", ""}), signature({"PUT", "/a/b", ""}));
}

TEST(AwsSignature, ReplacesTheCallersAndLeavesTheRest) {
  net::HttpHeaders headers = {{"Host", "h"},
                              {"authorization", "AWS4-HMAC-SHA256 Credential=theirs"},
                              {"x-amz-date", "19990101T000000Z"},
                              {"X-Amz-Security-Token", "theirs"},
                              {"X-Amz-Content-Sha256", "theirs"},
                              {"X-Amz-Custom", "a   b "},
                              {"amz-sdk-request", "attempt=1"},
                              {"Accept", "*/*"}};
  AwsCredentials credentials = kSuite;
  credentials.session_token = "token-of-ours";
  SignForAws(credentials, "bedrock", kSuiteTime, {"POST", "/model/a%3Ab/converse", "{}"}, headers);
  EXPECT_EQ(headers.All("authorization").size(), 1u);
  EXPECT_EQ(headers.First("x-amz-date"), "20150830T123600Z");
  EXPECT_EQ(headers.All("x-amz-security-token"), std::vector<std::string_view>{"token-of-ours"});
  EXPECT_FALSE(headers.Has("x-amz-content-sha256"));
  EXPECT_EQ(headers.First("amz-sdk-request"), "attempt=1");
  EXPECT_EQ(headers.First("accept"), "*/*");
  const std::string authorization(*headers.First("authorization"));
  EXPECT_TRUE(authorization.starts_with(
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/bedrock/aws4_request, "
      "SignedHeaders=host;x-amz-custom;x-amz-date;x-amz-security-token, Signature="))
      << authorization;
}

TEST(AwsSignature, DependsOnEverythingThatIsSent) {
  const AwsRequest request{"POST", "/model/a%3Ab/converse?x=1", "{}"};
  const net::HttpHeaders host = {{"Host", "h"}};
  const std::string signature = Signature(request, host);
  EXPECT_EQ(signature, Signature(request, host));
  EXPECT_NE(signature, Signature({"PUT", request.target, request.body}, host));
  EXPECT_NE(signature, Signature({"POST", "/model/a:b/converse?x=1", request.body}, host));
  EXPECT_NE(signature, Signature({"POST", "/model/a%3Ab/converse?x=2", request.body}, host));
  EXPECT_NE(signature, Signature({"POST", request.target, "{ }"}, host));
  EXPECT_NE(signature, Signature(request, {{"Host", "g"}}));
  EXPECT_NE(signature, Signature(request, host, "other"));
}

}  // namespace
}  // namespace vitrine::upstream
