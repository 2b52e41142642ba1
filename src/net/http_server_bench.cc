// Requests a second over loopback with kept connections: the fixed cost of a request.
// The client sends and reads from the same machine, so the figure holds for both ends together.
#include <benchmark/benchmark.h>

#include <string>

#include "net/http_server.h"
#include "net/internal/head_gate.h"
#include "net/internal/test_socket.h"

namespace {

using namespace vitrine::net;  // NOLINT

constexpr std::string_view kHead =
    "POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1:4318\r\nUser-Agent: OTel-OTLP-Exporter/1.0\r\n"
    "Content-Type: application/x-protobuf\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\n"
    "Connection: keep-alive\r\nContent-Length: ";

void BM_ParseRequestHead(benchmark::State& state) {
  const std::string head = std::string(kHead) + "1000\r\n\r\n";
  for (auto _ : state) benchmark::DoNotOptimize(internal::ParseRequestHead(head, {}));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(head.size()));
}
BENCHMARK(BM_ParseRequestHead);

/// range(0): body bytes; range(1): requests in flight on the one connection.
void BM_Requests(benchmark::State& state) {
  HttpServerOptions options;
  options.listeners.push_back({.name = "bench", .host = "127.0.0.1"});
  auto server =
      HttpServer::Start(options, [](HttpRequest, HttpResponder responder) { responder.Send({}); });
  if (!server) return state.SkipWithError(server.error().message.c_str());
  const auto size = static_cast<size_t>(state.range(0));
  const std::string one =
      std::string(kHead) + std::to_string(size) + "\r\n\r\n" + std::string(size, 'x');
  std::string request;
  for (int64_t i = 0; i < state.range(1); ++i) request += one;
  internal::TestSocket client((*server)->port());
  for (auto _ : state) {
    client.Send(request);
    for (int64_t i = 0; i < state.range(1); ++i) benchmark::DoNotOptimize(client.ReadResponse());
  }
  state.SetItemsProcessed(state.iterations() * state.range(1));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(request.size()));
}
BENCHMARK(BM_Requests)
    ->Args({0, 1})
    ->Args({0, 16})
    ->Args({4096, 1})
    ->Args({2 << 20, 1})
    ->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
