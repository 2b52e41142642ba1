// A table of requests that two programs could read in two ways, or that break the grammar. Each is
// answered with an error and the connection closes; a request smuggled behind it is never seen.
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <string>
#include <vector>

#include "net/http_server.h"
#include "net/internal/test_socket.h"

namespace vitrine::net {
namespace {

using internal::TestSocket;

struct Malformed {
  const char* name;
  std::string bytes;
  int status = 400;
  /// How many requests may reach the handler: 1 where the request in front is sound and only what
  /// follows it is not.
  int handled = 0;
};

std::string Get(const std::string& line, const std::string& headers = "Host: h\r\n") {
  return line + "\r\n" + headers + "\r\n";
}
std::string Post(const std::string& headers, const std::string& body = "") {
  return "POST / HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n" + body;
}
std::string Chunked(const std::string& body) {
  return Post("Transfer-Encoding: chunked\r\n", body);
}

std::vector<Malformed> FramingCases() {
  const std::string zero = "0\r\n\r\n";
  return {
      {"te and cl", Post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", zero)},
      {"cl and te", Post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", zero)},
      {"te gzip and cl", Post("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n", "hello")},
      {"te gzip", Post("Transfer-Encoding: gzip\r\n", zero)},
      {"te identity", Post("Transfer-Encoding: identity\r\n", zero)},
      {"te identity and cl", Post("Transfer-Encoding: identity\r\nContent-Length: 5\r\n", "hello")},
      {"te gzip, chunked", Post("Transfer-Encoding: gzip, chunked\r\n", zero)},
      {"te chunked, gzip", Post("Transfer-Encoding: chunked, gzip\r\n", zero)},
      {"te chunked, chunked", Post("Transfer-Encoding: chunked, chunked\r\n", zero)},
      {"te chunked, identity", Post("Transfer-Encoding: chunked, identity\r\n", zero)},
      {"te twice", Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", zero)},
      {"te chunked then cow",
       Post("Transfer-Encoding: chunked\r\nTransfer-encoding: cow\r\n", zero)},
      {"te upper case", Post("Transfer-Encoding: CHUNKED\r\n", zero)},
      {"te mixed case", Post("Transfer-Encoding: Chunked\r\n", zero)},
      {"te xchunked", Post("Transfer-Encoding: xchunked\r\n", zero)},
      {"te quoted", Post("Transfer-Encoding: \"chunked\"\r\n", zero)},
      {"te empty", Post("Transfer-Encoding:\r\n", zero)},
      {"te comma", Post("Transfer-Encoding: ,chunked\r\n", zero)},
      {"te trailing comma", Post("Transfer-Encoding: chunked,\r\n", zero)},
      {"te parameter", Post("Transfer-Encoding: chunked;q=1\r\n", zero)},
      {"te blank before colon", Post("Transfer-Encoding : chunked\r\n", zero)},
      {"te tab before colon", Post("Transfer-Encoding\t: chunked\r\n", zero)},
      {"te vertical tab", Post("Transfer-Encoding: \x0b"
                               "chunked\r\n",
                               zero)},
      {"te form feed", Post("Transfer-Encoding: chunked\x0c\r\n", zero)},
      {"te folded", Post("Transfer-Encoding:\r\n chunked\r\n", zero)},
      {"te behind fold", Post("X: y\r\n Transfer-Encoding: chunked\r\n", zero)},
      {"te underscore", Post("Transfer_Encoding: chunked\r\nContent-Length: 5\r\n", "hello")},
      {"te nul", Post(std::string("Transfer-Encoding: chunked\0\r\n", 29), zero)},
      {"te in 1.0", "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + zero},
      {"connection names te",
       Post("Connection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n", zero)},
      {"connection names cl",
       Post("Connection: close, Content-Length\r\nContent-Length: 5\r\n", "hello")},
  };
}

std::vector<Malformed> ContentLengthCases() {
  return {
      {"cl twice same", Post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")},
      {"cl twice", Post("Content-Length: 5\r\nContent-Length: 0\r\n", "hello")},
      {"cl list", Post("Content-Length: 5, 5\r\n", "hello")},
      {"cl plus", Post("Content-Length: +5\r\n", "hello")},
      {"cl minus", Post("Content-Length: -5\r\n", "hello")},
      {"cl minus zero", Post("Content-Length: -0\r\n")},
      {"cl hex", Post("Content-Length: 0x5\r\n", "hello")},
      {"cl exponent", Post("Content-Length: 5e0\r\n", "hello")},
      {"cl fraction", Post("Content-Length: 5.0\r\n", "hello")},
      {"cl underscore digits", Post("Content-Length: 1_0\r\n", "hello")},
      {"cl empty", Post("Content-Length:\r\n", "hello")},
      {"cl blank inside", Post("Content-Length: 5 0\r\n", "hello")},
      {"cl overflow", Post("Content-Length: 18446744073709551621\r\n", "hello")},
      {"cl huge", Post("Content-Length: 99999999999999999999999999\r\n", "hello")},
      {"cl blank before colon", Post("Content-Length : 5\r\n", "hello")},
      {"cl underscore", Post("Content_Length: 5\r\n", "hello")},
      {"cl folded", Post("Content-Length:\r\n\t5\r\n", "hello")},
      {"cl letter", Post("Content-Length: 5a\r\n", "hello")},
  };
}

std::vector<Malformed> ChunkCases() {
  return {
      {"chunk size missing", Chunked("\r\n\r\n")},
      {"chunk size not hex", Chunked("g\r\nhello\r\n0\r\n\r\n")},
      {"chunk size 0x", Chunked("0x5\r\nhello\r\n0\r\n\r\n")},
      {"chunk size minus", Chunked("-5\r\nhello\r\n0\r\n\r\n")},
      {"chunk size plus", Chunked("+5\r\nhello\r\n0\r\n\r\n")},
      {"chunk size blank first", Chunked(" 5\r\nhello\r\n0\r\n\r\n")},
      {"chunk size blank last", Chunked("5 \r\nhello\r\n0\r\n\r\n")},
      {"chunk size overflow", Chunked("10000000000000005\r\nhello\r\n0\r\n\r\n")},
      {"chunk size underscore", Chunked("0_5\r\nhello\r\n0\r\n\r\n")},
      {"chunk line ends in lf", Chunked("5\nhello\r\n0\r\n\r\n")},
      {"chunk line ends in cr", Chunked("5\rhello\r\n0\r\n\r\n")},
      {"chunk longer than said", Chunked("5\r\nhello!\r\n0\r\n\r\n")},
      {"chunk without crlf", Chunked("5\r\nhello0\r\n\r\n")},
      {"chunk data ends in lf", Chunked("5\r\nhello\n0\r\n\r\n")},
      {"chunk extension with lf", Chunked("5;a\nb\r\nhello\r\n0\r\n\r\n")},
      {"chunk extension empty name", Chunked("5;=v\r\nhello\r\n0\r\n\r\n")},
      {"chunk extension nul", Chunked(std::string("5;a\0\r\nhello\r\n0\r\n\r\n", 19))},
      {"chunk extension control", Chunked("5;a=\x01\r\nhello\r\n0\r\n\r\n")},
      {"chunk extension endless", Chunked("5;" + std::string(70'000, 'a'))},
      {"trailer with blank name", Chunked("0\r\nA B: c\r\n\r\n")},
      {"trailer with lf", Chunked("0\r\nA: b\nC: d\r\n\r\n")},
      {"trailer te", Chunked("0\r\nTransfer-Encoding: chunked\r\n\r\n")},
      {"trailer cl", Chunked("0\r\nContent-Length: 5\r\n\r\n")},
      {"trailer endless", Chunked("0\r\nA: " + std::string(70'000, 'a'))},
  };
}

std::vector<Malformed> HostCases() {
  const std::string get = "GET / HTTP/1.1";
  return {
      {"no host", Get(get, "X: y\r\n")},
      {"host twice", Get(get, "Host: a\r\nHost: b\r\n")},
      {"host twice same", Get(get, "Host: a\r\nhost: a\r\n")},
      {"host twice in 1.0", Get("GET / HTTP/1.0", "Host: a\r\nHost: a\r\n")},
      {"host empty", Get(get, "Host:\r\n")},
      {"host list", Get(get, "Host: a, b\r\n")},
      {"host with user", Get(get, "Host: a@b\r\n")},
      {"host with path", Get(get, "Host: a/b\r\n")},
      {"host with blank", Get(get, "Host: a b\r\n")},
      {"host bad port", Get(get, "Host: a:b\r\n")},
      {"host empty port", Get(get, "Host: a:\r\n")},
      {"host two ports", Get(get, "Host: a:1:2\r\n")},
      {"host long port", Get(get, "Host: a:123456\r\n")},
      {"host open bracket", Get(get, "Host: [::1\r\n")},
      {"host bracketed name", Get(get, "Host: [abc]\r\n")},
      {"host blank before colon", Get(get, "Host : h\r\n")},
  };
}

std::vector<Malformed> LineCases() {
  const std::string get = "GET / HTTP/1.1";
  return {
      {"bare lf everywhere", "GET / HTTP/1.1\nHost: h\n\n"},
      {"bare lf after request line", "GET / HTTP/1.1\nHost: h\r\n\r\n"},
      {"bare lf after header", "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n"},
      {"bare lf at the end", "GET / HTTP/1.1\r\nHost: h\r\n\n"},
      {"bare cr after header", "GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n"},
      {"cr cr lf", "GET / HTTP/1.1\r\nHost: h\r\r\n\r\n"},
      {"lf cr", "GET / HTTP/1.1\n\rHost: h\n\r\n\r"},
      {"fold with blank", Get(get, "Host: h\r\nX: a\r\n b\r\n")},
      {"fold with tab", Get(get, "Host: h\r\nX: a\r\n\tb\r\n")},
      {"fold first", Get(get, " Host: h\r\nHost: h\r\n")},
      {"header without colon", Get(get, "Host: h\r\nnonsense\r\n")},
      {"header without name", Get(get, "Host: h\r\n: v\r\n")},
      {"header name with blank", Get(get, "Host: h\r\nX Y: z\r\n")},
      {"header name with bracket", Get(get, "Host: h\r\nX(Y): z\r\n")},
      {"header name with at", Get(get, "Host: h\r\nX@Y: z\r\n")},
      {"header name with quote", Get(get, "Host: h\r\n\"X\": z\r\n")},
      {"header name not ascii", Get(get, "Host: h\r\nX\xc3\xa9: z\r\n")},
      {"header name with nul", Get(get, std::string("Host: h\r\nX\0Y: z\r\n", 17))},
      {"header value with nul", Get(get, std::string("Host: h\r\nX: a\0b\r\n", 17))},
      {"header value with escape", Get(get, "Host: h\r\nX: a\x1b[0m\r\n")},
      {"header value with delete", Get(get, "Host: h\r\nX: a\x7f\r\n")},
  };
}

std::vector<Malformed> RequestLineCases() {
  const std::string get = "GET / HTTP/1.1";
  return {
      {"empty line first", "\r\n" + Get(get)},
      {"lf first", "\n" + Get(get)},
      {"blank first", " " + Get(get)},
      {"two blanks before target", Get("GET  / HTTP/1.1")},
      {"two blanks before version", Get("GET /  HTTP/1.1")},
      {"tab instead of blank", Get("GET\t/\tHTTP/1.1")},
      {"blank after version", Get("GET / HTTP/1.1 ")},
      {"blank in target", Get("GET /a b HTTP/1.1")},
      {"no version", Get("GET /")},
      {"no target", Get("GET HTTP/1.1")},
      {"only method", Get("GET")},
      {"version lower case", Get("GET / http/1.1")},
      {"version 1.1x", Get("GET / HTTP/1.1x")},
      {"version 1,1", Get("GET / HTTP/1,1")},
      {"version 11", Get("GET / HTTP/11")},
      {"version 01.1", Get("GET / HTTP/01.1")},
      {"other protocol", Get("GET / ICY/1.1")},
      {"version 1.2", Get("GET / HTTP/1.2"), 505},
      {"version 2.0", Get("GET / HTTP/2.0"), 505},
      {"version 0.9", Get("GET / HTTP/0.9"), 505},
  };
}

std::vector<Malformed> TargetCases() {
  const std::string get = "GET / HTTP/1.1";
  return {
      {"method with colon", Get("GE:T / HTTP/1.1")},
      {"method not ascii", Get("G\xc3\x89T / HTTP/1.1")},
      {"method endless", Get(std::string(100, 'G') + " / HTTP/1.1")},
      {"connect", Get("CONNECT h:443 HTTP/1.1", "Host: h:443\r\n")},
      {"tls hello", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15)},
      {"authority form", Get("GET h:80 HTTP/1.1")},
      {"star with get", Get("GET * HTTP/1.1")},
      {"absolute other host", Get("GET http://other/ HTTP/1.1")},
      {"absolute other port", Get("GET http://h:81/ HTTP/1.1")},
      {"absolute with user", Get("GET http://u@h/ HTTP/1.1")},
      {"absolute without host", Get("GET http:/// HTTP/1.1")},
      {"absolute file", Get("GET file:///etc/passwd HTTP/1.1")},
      {"absolute ftp", Get("GET ftp://h/ HTTP/1.1")},
      {"absolute without slashes", Get("GET http:h/ HTTP/1.1")},
      {"relative target", Get("GET a/b HTTP/1.1")},
      {"target with fragment", Get("GET /a#b HTTP/1.1")},
      {"target with backslash", Get("GET /a\\..\\b HTTP/1.1")},
      {"target with nul", Get(std::string("GET /a\0b HTTP/1.1", 17))},
      {"target with escape", Get("GET /a\x1b HTTP/1.1")},
      {"target not ascii", Get("GET /\xc3\xa9 HTTP/1.1")},
      {"target with quote", Get("GET /\"a HTTP/1.1")},
      {"percent cut off", Get("GET /a%2 HTTP/1.1")},
      {"percent not hex", Get("GET /a%zz HTTP/1.1")},
      {"percent nul", Get("GET /a%00 HTTP/1.1")},
      {"query percent not hex", Get("GET /?a=%g1 HTTP/1.1")},
      {"expect other", Get(get, "Host: h\r\nExpect: 200-ok\r\n"), 417},
      {"too many headers",
       Get(
           get, "Host: h\r\n" +
                    [] {
                      std::string all;
                      for (int i = 0; i < 200; ++i) all += "X: y\r\n";
                      return all;
                    }()),
       431},
      {"head too long", Get(get, "Host: h\r\nX: " + std::string(40'000, 'y') + "\r\n"), 431},
      {"target too long", Get("GET /" + std::string(40'000, 'y') + " HTTP/1.1"), 431},
      {"garbage after body", Post("Content-Length: 5\r\n", "hello") + "garbage\r\n\r\n", 400, 1},
      {"body longer than said", Post("Content-Length: 5\r\n", "hello!!!") + "\r\n\r\n", 400, 1},
  };
}

std::vector<Malformed> AllCases() {
  std::vector<Malformed> all = FramingCases();
  for (auto* more : {&ContentLengthCases, &ChunkCases, &HostCases, &LineCases, &RequestLineCases,
                     &TargetCases}) {
    for (Malformed& one : (*more)()) all.push_back(std::move(one));
  }
  return all;
}

class MalformedRequests : public testing::Test {
 protected:
  void SetUp() override {
    HttpServerOptions options;
    options.listeners.push_back({.name = "test", .host = "127.0.0.1"});
    auto server = HttpServer::Start(options, [this](HttpRequest request, HttpResponder responder) {
      ++handled_;
      if (request.path == "/smuggled") smuggled_ = true;
      responder.Send(HttpResponse::Text(200, "ok"));
    });
    ASSERT_TRUE(server.has_value());
    server_ = std::move(*server);
  }

  /// Sends one case with a smuggled request behind it, cut in two at `cut`.
  void Check(const Malformed& one, size_t cut) {
    handled_ = 0;
    TestSocket client(server_->port());
    const std::string bytes = one.bytes + "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
    client.Send(bytes.substr(0, cut));
    client.Send(bytes.substr(cut));
    std::string response = client.ReadAll(2000);
    EXPECT_TRUE(client.ended()) << one.name << ": still open";
    for (int i = 0; i < one.handled; ++i) {
      ASSERT_TRUE(response.starts_with("HTTP/1.1 200 ")) << one.name << ": " << response;
      response.erase(0, response.find("\r\n\r\n") + 6);
    }
    EXPECT_TRUE(response.starts_with("HTTP/1.1 " + std::to_string(one.status) + " "))
        << one.name << ": " << response;
    EXPECT_NE(response.find("connection: close\r\n"), std::string::npos) << one.name;
    EXPECT_EQ(handled_, one.handled) << one.name;
    EXPECT_FALSE(smuggled_) << one.name;
  }

  std::atomic<int> handled_ = 0;
  std::atomic<bool> smuggled_ = false;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(MalformedRequests, AreRefusedAndNothingBehindThemIsRead) {
  const std::vector<Malformed> cases = AllCases();
  std::set<std::string> names;
  for (const Malformed& one : cases) {
    EXPECT_TRUE(names.insert(one.name).second) << one.name << " is there twice";
    Check(one, one.bytes.size());
    Check(one, one.bytes.size() / 2);
  }
  EXPECT_GE(cases.size(), 150u);
  const HttpServerStats stats = server_->stats();
  EXPECT_EQ(stats.requests_malformed + stats.requests_too_large, cases.size() * 2);
}

TEST_F(MalformedRequests, Http2IsToldInItsOwnWords) {
  const std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  const std::string settings(std::string_view("\0\0\0\4\0\0\0\0\0", 9));
  for (const size_t first : {preface.size(), size_t{4}, size_t{17}, size_t{18}, size_t{21}}) {
    TestSocket client(server_->port());
    ASSERT_TRUE(client.Send(preface.substr(0, first)));
    // What every client sends at once behind it.
    ASSERT_TRUE(client.Send(preface.substr(first) + settings));
    const std::string answer = client.ReadAll(2000);
    EXPECT_TRUE(answer.starts_with(settings)) << first;
    ASSERT_GT(answer.size(), 26u);
    EXPECT_EQ(answer[12], 7) << "GOAWAY";
    EXPECT_EQ(answer.substr(18, 8), std::string_view("\0\0\0\0\0\0\0\x0d", 8));
    EXPECT_NE(answer.find("HTTP/1.1 only"), std::string::npos);
    EXPECT_EQ(static_cast<size_t>(static_cast<unsigned char>(answer[11])), answer.size() - 18);
  }
  EXPECT_EQ(handled_, 0);
}

TEST_F(MalformedRequests, SoundRequestsWithOddLooksPass) {
  const std::vector<std::string> requests = {
      Get("GET / HTTP/1.1"),
      Get("GET / HTTP/1.1", "hOST:h\r\n"),
      Get("GET / HTTP/1.1", "Host:\t h:80 \t\r\n"),
      Get("GET / HTTP/1.1", "Host: [::1]:7080\r\n"),
      Get("GET / HTTP/1.1", "Host: a-b.example_1.com\r\n"),
      Get("GET / HTTP/1.1", "Host: h\r\nX:\r\n"),
      Get("GET / HTTP/1.1", "Host: h\r\nX: caf\xc3\xa9\r\n"),
      Get("GET / HTTP/1.1", "Host: h\r\nX: a\tb\r\n"),
      Get("GET /?a[]=1&b={x}|y HTTP/1.1"),
      Get("GET http://h/a HTTP/1.1"),
      Get("GET HTTP://H?x HTTP/1.1"),
      Get("OPTIONS * HTTP/1.1"),
      Get("M-SEARCH / HTTP/1.1"),
      Post("Content-Length: 005\r\n", "hello"),
      Post("Content-Length:5\r\n", "hello"),
      Post("Transfer-Encoding:chunked\r\n", "0\r\n\r\n"),
      Chunked("0005\r\nhello\r\n00\r\n\r\n"),
      Chunked("5;a=b;c=\"d;e\"\r\nhello\r\n0;x\r\nX-Trailer: y\r\n\r\n"),
      Get("GET / HTTP/1.1", "Host: h\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n"),
  };
  TestSocket client(server_->port());
  for (const std::string& request : requests) {
    ASSERT_TRUE(client.Send(request)) << request;
    EXPECT_TRUE(client.ReadResponse().starts_with("HTTP/1.1 200 ")) << request;
  }
  EXPECT_EQ(handled_, static_cast<int>(requests.size()));
}

}  // namespace
}  // namespace vitrine::net
