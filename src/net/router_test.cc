// Router, CORS, error mapping and the small HTTP nouns, without sockets where they need none.
#include "net/router.h"

#include <gtest/gtest.h>

#include "net/cors.h"
#include "net/http_client.h"
#include "net/http_error.h"

namespace vitrine::net {
namespace {

HttpHandler Named(std::string name) {
  return [name](HttpRequest request, HttpResponder responder) {
    std::string body = name;
    for (const auto& [key, value] : request.path_params) body += " " + key + "=" + value;
    responder.Send(HttpResponse::Text(200, body));
  };
}

/// A server around a handler, and a client for it.
class Served {
 public:
  explicit Served(HttpHandler handler) {
    HttpServerOptions options;
    options.listeners.push_back({.name = "test", .host = "127.0.0.1"});
    server_ = std::move(HttpServer::Start(options, std::move(handler)).value());
    HttpClientOptions to;
    to.endpoint.port = server_->port();
    client_ = std::make_unique<HttpClient>(to);
  }
  HttpResponse Ask(std::string method, std::string target, HttpHeaders headers = {}) {
    HttpClientRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.headers = std::move(headers);
    auto response = client_->Send(request);
    EXPECT_TRUE(response.has_value()) << response.error().message;
    return std::move(*response);
  }

 private:
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<HttpClient> client_;
};

TEST(Router, FindsRoutes) {
  auto router = std::make_shared<Router>();
  router->Add("GET", "/", Named("root"));
  router->Add("GET", "/api/traces", Named("list"));
  router->Add("POST", "/api/traces", Named("make"));
  router->Add("GET", "/api/traces/histogram", Named("histogram"));
  router->Add("GET", "/api/traces/{trace_id}", Named("one"));
  router->Add("GET", "/api/spans/{trace_id}/{span_id}", Named("span"));
  router->Add("GET", "/api/{kind}/special", Named("special"));
  router->Add("GET", "/assets/{path...}", Named("asset"));
  router->Add("GET", "/{page...}", Named("page"));
  Served served([router](HttpRequest request, HttpResponder responder) {
    router->Handle(std::move(request), std::move(responder));
  });
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"/", "root"},
      {"/?x=1", "root"},
      {"/api/traces", "list"},
      {"/api/traces?limit=5", "list"},
      {"/api/traces/histogram", "histogram"},
      {"/api/traces/abc", "one trace_id=abc"},
      {"/api/traces/a%2Fb%20c", "one trace_id=a/b c"},
      {"/api/spans/t/s", "span trace_id=t span_id=s"},
      {"/api/traces/special", "one trace_id=special"},
      {"/api/logs/special", "special kind=logs"},
      {"/assets/js/app.js", "asset path=js/app.js"},
      {"/assets/", "asset path="},
      {"/api/spans/t", "page page=api/spans/t"},
      {"/api/traces/", "page page=api/traces/"},
      {"/some/a%2Fb", "page page=some/a%2Fb"},
      {"/%61pi/traces", "list"},
  };
  for (const auto& [target, body] : cases)
    EXPECT_EQ(served.Ask("GET", target).body, body) << target;
  EXPECT_EQ(served.Ask("POST", "/api/traces").body, "make");
  EXPECT_EQ(served.Ask("HEAD", "/api/traces").status, 200);
}

TEST(Router, SaysWhatIsWrong) {
  auto router = std::make_shared<Router>();
  router->Add("GET", "/a", Named("a"));
  router->Add("PUT", "/a", Named("a"));
  router->Add("POST", "/b", Named("b"));
  Served served([router](HttpRequest request, HttpResponder responder) {
    router->Handle(std::move(request), std::move(responder));
  });
  const HttpResponse missing = served.Ask("GET", "/c");
  EXPECT_EQ(missing.status, 404);
  EXPECT_NE(missing.body.find("\"code\":\"not_found\""), std::string::npos);
  const std::string id(missing.headers.First("x-request-id").value());
  EXPECT_NE(missing.body.find("\"request_id\":\"" + id + "\""), std::string::npos);
  const HttpResponse wrong = served.Ask("DELETE", "/a");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.First("allow"), "GET, HEAD, OPTIONS, PUT");
  EXPECT_EQ(served.Ask("GET", "/b").headers.First("allow"), "OPTIONS, POST");
  EXPECT_EQ(served.Ask("OPTIONS", "/b").status, 204);
  EXPECT_EQ(served.Ask("OPTIONS", "/b").headers.First("allow"), "OPTIONS, POST");
  EXPECT_EQ(served.Ask("OPTIONS", "*").status, 404);
}

TEST(Cors, AnswersPreflightsOfAllowedOrigins) {
  CorsPolicy policy;
  policy.allowed_origins = {"https://app.example"};
  Served served(WithCors(policy, Named("inner")));
  const HttpResponse preflight =
      served.Ask("OPTIONS", "/",
                 {{"Origin", "https://app.example"},
                  {"Access-Control-Request-Method", "POST"},
                  {"Access-Control-Request-Headers", "content-type, x-key"}});
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.body, "");
  EXPECT_EQ(preflight.headers.First("access-control-allow-origin"), "https://app.example");
  EXPECT_EQ(preflight.headers.First("access-control-allow-methods"), "POST");
  EXPECT_EQ(preflight.headers.First("access-control-allow-headers"), "content-type, x-key");
  EXPECT_EQ(preflight.headers.First("access-control-max-age"), "600");
  EXPECT_EQ(preflight.headers.First("vary"), "Origin");
  const HttpResponse real = served.Ask("POST", "/", {{"Origin", "https://app.example"}});
  EXPECT_EQ(real.body, "inner");
  EXPECT_EQ(real.headers.First("access-control-allow-origin"), "https://app.example");
  EXPECT_EQ(real.headers.First("access-control-expose-headers"), "x-request-id, retry-after");
  for (const std::string origin : {"https://evil.example", "https://app.example.evil", "null"}) {
    const HttpResponse other =
        served.Ask("OPTIONS", "/", {{"Origin", origin}, {"Access-Control-Request-Method", "POST"}});
    EXPECT_FALSE(other.headers.Has("access-control-allow-origin")) << origin;
  }
  EXPECT_FALSE(served.Ask("POST", "/").headers.Has("access-control-allow-origin"));
}

TEST(Cors, AnyOriginAndNone) {
  CorsPolicy any;
  any.allowed_origins = {"*"};
  Served open(WithCors(any, Named("inner")));
  const HttpResponse response = open.Ask("POST", "/", {{"Origin", "https://x"}});
  EXPECT_EQ(response.headers.First("access-control-allow-origin"), "*");
  EXPECT_FALSE(response.headers.Has("vary"));
  Served closed(WithCors({}, Named("inner")));
  EXPECT_FALSE(closed.Ask("POST", "/", {{"Origin", "https://x"}})
                   .headers.Has("access-control-allow-origin"));
}

TEST(HttpError, MapsCodes) {
  // What a client should send again must never be a 500.
  EXPECT_EQ(HttpStatusOf(ErrorCode::kInvalidInput), 400);
  EXPECT_EQ(HttpStatusOf(ErrorCode::kUnsupported), 415);
  EXPECT_EQ(HttpStatusOf(ErrorCode::kNotFound), 404);
  EXPECT_EQ(HttpStatusOf(ErrorCode::kConflict), 409);
  EXPECT_EQ(HttpStatusOf(ErrorCode::kLimitExceeded), 413);
  EXPECT_EQ(HttpStatusOf(ErrorCode::kUnavailable), 503);
  EXPECT_EQ(HttpStatusOf(ErrorCode::kIo), 503);
  EXPECT_EQ(HttpStatusOf(ErrorCode::kCorrupt), 500);
  EXPECT_EQ(HttpStatusOf(ErrorCode::kCancelled), 504);
  EXPECT_EQ(HttpStatusOf(ErrorCode::kInternal), 500);
  const HttpResponse response =
      HttpErrorResponse(Error{ErrorCode::kUnavailable, "say \"again\"", 7}, "abc", "wait a second");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.headers.First("retry-after"), "1");
  EXPECT_EQ(response.headers.First("content-type"), "application/json");
  const std::string expected =
      R"json({"error":{"code":"unavailable","message":"say \"again\" (at byte 7)",)json"
      R"json("hint":"wait a second","request_id":"abc"}})json";
  EXPECT_EQ(response.body, expected);
  EXPECT_EQ(HttpErrorResponse(Error{ErrorCode::kInternal, "x", {}}, "abc").body,
            R"({"error":{"code":"internal","message":"x","hint":null,"request_id":"abc"}})");
}

TEST(HttpTypes, Headers) {
  HttpHeaders headers{{"A", "1"}, {"b", "2"}, {"a", "3"}};
  EXPECT_EQ(headers.First("a"), "1");
  EXPECT_EQ(headers.All("A"), (std::vector<std::string_view>{"1", "3"}));
  EXPECT_EQ(headers.First("c"), std::nullopt);
  headers.Set("a", "4");
  EXPECT_EQ(headers.All("a"), (std::vector<std::string_view>{"4"}));
  headers.Remove("B");
  EXPECT_EQ(headers.size(), 1u);
  EXPECT_EQ(headers.bytes(), 2u) << "what was removed is not kept";
  headers.Add("", "");
  headers.Add("c", "");
  std::string text;
  for (const HttpHeader& field : headers)
    (text += field.name) += "=" + std::string(field.value) + ";";
  EXPECT_EQ(text, "a=4;=;c=;");
  const HttpHeaders copy = headers;
  headers = {};
  EXPECT_EQ(copy.begin()->value, "4") << "a copy borrows from itself";
}

TEST(HttpTypes, PercentCoding) {
  EXPECT_EQ(PercentDecode("a%20b+c"), "a b+c");
  EXPECT_EQ(PercentDecode("a%20b+c", true), "a b c");
  EXPECT_EQ(PercentDecode("%c3%A9"), "\xc3\xa9");
  for (const char* bad : {"%", "%2", "%g0", "%0g", "%00"}) {
    EXPECT_EQ(PercentDecode(bad), std::nullopt) << bad;
  }
  std::string all;
  for (int c = 1; c < 256; ++c) all.push_back(static_cast<char>(c));
  EXPECT_EQ(PercentDecode(PercentEncode(all)), all);
  EXPECT_EQ(PercentEncode("a/b c~"), "a%2Fb%20c~");
}

TEST(HttpTypes, Queries) {
  const HttpPairs expected = {{"a", "1"}, {"b", ""}, {"c", ""}, {"a", "x=y"}, {"", "z"}};
  EXPECT_EQ(ParseQuery("a=1&b&c=&&a=x=y&=z"), expected);
  EXPECT_EQ(ParseQuery(""), HttpPairs{});
  EXPECT_EQ(ParseQuery("a=%zz"), std::nullopt);
}

}  // namespace
}  // namespace vitrine::net
