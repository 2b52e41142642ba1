// What tests of the gateway share: an upstream, the gateway before it, a client, and what stands in
// the log afterwards.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "capture/gateway/gateway_door.h"
#include "net/http_client.h"
#include "platform/sim_file.h"
#include "storage/records/span_record.h"

namespace vitrine::capture {

inline constexpr std::string_view kAnswer =
    R"({"id":"chatcmpl-1","model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":)"
    R"({"role":"assistant","content":"Hello"},"finish_reason":"stop"}],)"
    R"("usage":{"prompt_tokens":42,"completion_tokens":17,"total_tokens":59}})";
inline constexpr std::string_view kQuestion =
    R"({"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hi"}],"temperature":0.5,)"
    R"("metadata":{"session_id":"s-1","tier":"gold"},"user":"u-1"})";

class GatewayTest : public testing::Test {
 protected:
  void SetUp() override {
    wal::LogOptions log_options;
    log_options.log_size_bytes_max = 64 << 20;
    log_options.free_space_bytes_min = 0;
    log_options.reserve_size_bytes = 0;
    log_ = *wal::Log::Open("log", log_options, files_, clock_, random_);
    sink_ = std::make_unique<pipeline::SpanSink>(*log_, prices_);
  }
  void TearDown() override {
    server_.reset();
    upstream_.reset();
  }

  /// Starts an upstream with this handler, and the gateway before it as "up".
  void Start(net::HttpHandler handler, GatewayOptions options = {}, const std::string& key = {}) {
    net::HttpServerOptions upstream_options;
    upstream_options.listeners = {{.name = "upstream", .host = "127.0.0.1"}};
    upstream_ = *net::HttpServer::Start(upstream_options, std::move(handler));
    options.upstreams.push_back({.name = "up",
                                 .url = "http://127.0.0.1:" + std::to_string(upstream_->port()),
                                 .kind = kind_,
                                 .key = key});
    auto door = GatewayDoor::Open(std::move(options), *sink_, stats_, prices_,
                                  [](const net::HttpRequest&) { return std::string("p"); });
    ASSERT_TRUE(door.has_value()) << door.error().message;
    door_ = std::move(*door);
    door_->AddRoutes(router_);
    net::HttpServerOptions server_options;
    server_options.listeners = {{.name = "main", .host = "127.0.0.1"}};
    server_options.relay = [this](const net::HttpRequest& head) { return door_->Plan(head); };
    server_ = *net::HttpServer::Start(
        server_options, [this](net::HttpRequest request, net::HttpResponder responder) {
          router_.Handle(std::move(request), std::move(responder));
        });
  }
  /// An upstream that gives every request this answer.
  void StartWith(net::HttpResponse answer, GatewayOptions options = {},
                 const std::string& key = {}) {
    Start(
        [this, answer](net::HttpRequest request, net::HttpResponder responder) {
          const std::lock_guard lock(mutex_);
          seen_.push_back(request);
          responder.Send(answer);
        },
        std::move(options), key);
  }

  net::HttpResponse Post(const std::string& target, std::string_view body,
                         net::HttpHeaders headers = {}) {
    net::HttpClient client({.endpoint = {.host = "127.0.0.1", .port = server_->port()}});
    headers.Set("content-type", "application/json");
    auto answer = client.Send(
        {.method = "POST", .target = target, .headers = std::move(headers), .body = body});
    EXPECT_TRUE(answer.has_value()) << answer.error().message;
    return answer ? *answer : net::HttpResponse();
  }

  /// Everything that was recorded, once the door has stopped.
  const std::vector<model::Span>& Spans() {
    if (is_read_) return spans_;
    is_read_ = true;
    server_->Stop();
    door_->Stop();
    read_ = *log_->ReadFrom(1, UINT64_MAX);
    for (const wal::Record& record : read_.records) {
      batches_.push_back(*records::DecodeSpanBatch(record.payload));
      EXPECT_EQ(batches_.back().project, "p");
      EXPECT_EQ(batches_.back().capture, model::Capture::kGateway);
      for (const model::Span& span : batches_.back().spans) spans_.push_back(span);
    }
    return spans_;
  }
  static std::string_view Attribute(const model::Span& span, std::string_view key) {
    for (const model::Attribute& attribute : span.attributes) {
      if (attribute.key == key) return attribute.value.text;
    }
    return {};
  }

  std::string kind_ = "openai";  ///< Of the upstream.
  platform::SimFileSystem files_{1};
  platform::SimClock clock_;
  platform::SeededRandom random_{1};
  pipeline::PriceBook prices_{*pipeline::PriceTable::BuiltIn()};
  pipeline::IngestStats stats_;
  std::unique_ptr<wal::Log> log_;
  std::unique_ptr<pipeline::SpanSink> sink_;
  net::Router router_;
  std::unique_ptr<GatewayDoor> door_;
  std::unique_ptr<net::HttpServer> upstream_, server_;
  std::mutex mutex_;
  std::vector<net::HttpRequest> seen_;
  bool is_read_ = false;
  wal::ReadResult read_;  ///< What spans borrow from.
  std::vector<model::SpanBatch> batches_;
  std::vector<model::Span> spans_;
};

}  // namespace vitrine::capture
