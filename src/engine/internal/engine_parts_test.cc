// Options, processor check, configuration, error codes and content codings.

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "engine/internal/answer.h"
#include "engine/internal/chdb_api.h"
#include "engine/internal/content_coding.h"
#include "engine/internal/host_config.h"
#include "engine/internal/options.h"
#include "engine/internal/query_request.h"

namespace vitrine::engine {
namespace {

Result<Options> Parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "vitrine-engine");
  return ParseOptions(static_cast<int>(arguments.size()), arguments.data());
}

TEST(OptionsTest, ReadsBothForms) {
  const auto options = Parse({"--path", "/data", "--socket=/s", "--tcp-port=0", "--threads", "3",
                              "--memory-bytes=500000000", "--parent-pid", "12", "--priority=idle"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->path, "/data");
  EXPECT_EQ(options->socket, "/s");
  EXPECT_EQ(options->tcp_port, 0);
  EXPECT_EQ(options->threads, 3u);
  EXPECT_EQ(options->memory_bytes, 500'000'000u);
  EXPECT_EQ(options->parent_pid, 12);
  EXPECT_TRUE(options->when_idle);
}

TEST(OptionsTest, RefusesWithAReason) {
  for (const std::vector<const char*>& arguments :
       std::vector<std::vector<const char*>>{{},
                                             {"--path", "relative", "--socket", "/s"},
                                             {"--path", "/data"},
                                             {"--path", "/d", "--socket", "/s", "--threads", "0"},
                                             {"--path", "/d", "--socket", "/s", "--tcp-port", "x"},
                                             {"--path", "/d", "--socket", "/s", "--memory-bytes=9"},
                                             {"--path", "/d", "--socket", "/s", "--what", "1"},
                                             {"--path", "/d", "--socket", "/s", "--priority=low"},
                                             {"--path", "/d", "--socket"}}) {
    const auto options = Parse(arguments);
    ASSERT_FALSE(options);
    EXPECT_EQ(options.error().code, ErrorCode::kInvalidInput);
    EXPECT_FALSE(options.error().message.empty());
  }
  EXPECT_TRUE(Parse({"--help"})->help);
}

TEST(CpuTest, SaysWhatIsMissing) {
  EXPECT_TRUE(CheckCpu({.x86_64 = true, .avx2 = true}));
  EXPECT_TRUE(CheckCpu({.x86_64 = false, .avx2 = false}));
  const auto old = CheckCpu({.x86_64 = true, .avx2 = false});
  ASSERT_FALSE(old);
  EXPECT_NE(old.error().message.find("AVX2"), std::string::npos);
}

TEST(CpuTest, AMissingLibraryIsAnError) {
  const auto api = LoadChdb("/nonexistent/libchdb.so");
  ASSERT_FALSE(api);
  EXPECT_NE(api.error().message.find("libchdb.so"), std::string::npos);
}

TEST(HostConfigTest, PathsAreEscaped) {
  const std::string config = ServerConfig({"/a<b&c", 1'000'000'000, 2}, "/u");
  EXPECT_NE(config.find("<path>/a&lt;b&amp;c</path>"), std::string::npos);
  EXPECT_NE(config.find("<fsync_after_insert>1</fsync_after_insert>"), std::string::npos);
  EXPECT_NE(UsersConfig({"/a", 1'000'000'000, 2}).find("GRANT ALL ON vitrine*.*"),
            std::string::npos);
}

TEST(AnswerTest, CodesAndStatuses) {
  EXPECT_EQ(ExceptionCode("Code: 60. DB::Exception: x"), 60);
  EXPECT_EQ(ExceptionCode("something else"), 1002);
  EXPECT_EQ(ExceptionStatus(60), 404);
  EXPECT_EQ(ExceptionStatus(62), 400);
  EXPECT_EQ(ExceptionStatus(159), 408);
  EXPECT_EQ(ExceptionStatus(497), 403);
  EXPECT_EQ(ExceptionStatus(241), 500);
  EXPECT_EQ(FormatContentType("JSONEachRow"), "application/x-ndjson; charset=UTF-8");
  EXPECT_EQ(FormatContentType("JSONCompact"), "application/json; charset=UTF-8");
  EXPECT_EQ(FormatContentType("Native"), "application/octet-stream");
}

HttpHead HeadOf(const std::string& target, const std::string& headers = "") {
  return ParseHead("POST " + target + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n").value();
}

TEST(QueryRequestTest, ReadsWhatClickHouseClientsSend) {
  const auto request = ReadQueryRequest(
      HeadOf("/?query_id=q&database=d&max_threads=2&param_x=1&session_id=s&session_timeout=9"
             "&enable_http_compression=1&wait_end_of_query=1&user=default&default_format=JSON",
             "Accept-Encoding: gzip, deflate\r\n"));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->query_id, "q");
  EXPECT_EQ(request->database, "d");
  EXPECT_EQ(request->default_format, "JSON");
  EXPECT_EQ(request->session_timeout_s, 9);
  EXPECT_EQ(request->answer_coding, Coding::kGzip);
  EXPECT_TRUE(request->wait_end_of_query);
  EXPECT_EQ(request->settings, (NamedValues{{"max_threads", "2"}}));
  EXPECT_EQ(request->params, (NamedValues{{"x", "1"}}));
  EXPECT_EQ(ReadQueryRequest(HeadOf("/"))->query_id.size(), 36u);
}

TEST(QueryRequestTest, ReadingMethodsMayNotWrite) {
  const auto get = ParseHead("GET /?query=x HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(ReadQueryRequest(*get)->settings, (NamedValues{{"readonly", "2"}}));
  const auto own = ParseHead("GET /?query=x&readonly=1 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(ReadQueryRequest(*own)->settings, (NamedValues{{"readonly", "1"}}));
}

TEST(QueryRequestTest, Refusals) {
  const std::pair<const char*, int> cases[] = {
      {"/?user=other", 516},        {"/?compress=1", 48},
      {"/?decompress=1", 48},       {"/?role=x", 48},
      {"/?a%20b=1", 115},           {"/?query_cache_tag=x", 36},
      {"/?session_timeout=0", 374}, {"/?session_timeout=x", 374},
      {"/?query_id=a%0d%0ab", 36}};
  for (const auto& [target, code] : cases) {
    const auto request = ReadQueryRequest(HeadOf(target));
    ASSERT_FALSE(request) << target;
    EXPECT_EQ(request.error().code, code) << target;
  }
}

/// Sends `bytes` as the body of a request with that coding, and reads it back plain.
Result<std::string> ThroughBody(const std::string& bytes, const std::string& coding) {
  std::array<int, 2> ends{};
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  const std::string request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: " + coding +
                              "\r\nContent-Length: " + std::to_string(bytes.size()) + "\r\n\r\n" +
                              bytes;
  // More than the socket's buffer, so a thread of its own writes it.
  const std::jthread writer([&] {
    std::string_view rest = request;
    while (!rest.empty()) {
      const ssize_t sent = send(ends[0], rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent <= 0) break;
      rest.remove_prefix(static_cast<size_t>(sent));
    }
    close(ends[0]);
  });
  HttpSocket socket(ends[1]);
  TRY_ASSIGN(const HttpHead head, socket.ReadHead());
  TRY_ASSIGN(RequestBody body, RequestBody::Open(socket, head));
  std::string plain;
  while (true) {
    TRY_ASSIGN(const std::string_view piece, body.Next());
    if (piece.empty()) return plain;
    plain += piece;
  }
}

TEST(ContentCodingTest, RoundTripsAndRefusals) {
  std::string plain;
  for (int i = 0; i < 200'000; ++i) plain += "row " + std::to_string(i) + "\n";
  for (const Coding coding : {Coding::kGzip, Coding::kDeflate, Coding::kZstd}) {
    const std::string name(CodingName(coding));
    std::string coded;
    const auto deflater = Deflater::Make(coding);
    deflater->Feed(plain.substr(0, 1000), coded);
    deflater->Flush(false, coded);
    deflater->Feed(plain.substr(1000), coded);
    deflater->Flush(true, coded);
    const auto back = ThroughBody(coded, name);
    ASSERT_TRUE(back) << name << back.error().message;
    EXPECT_TRUE(*back == plain) << name;
    const auto cut = ThroughBody(coded.substr(0, coded.size() - 3), name);
    ASSERT_FALSE(cut) << name;
    EXPECT_EQ(cut.error().code, ErrorCode::kInvalidInput);
    EXPECT_FALSE(ThroughBody("this is not it", name)) << name;
  }
  EXPECT_EQ(ThroughBody("plain", "identity").value(), "plain");
  EXPECT_EQ(ThroughBody("plain", "br").error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace vitrine::engine
