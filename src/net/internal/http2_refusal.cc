#include "net/internal/http2_refusal.h"

#include <cstdint>

namespace vitrine::net::internal {

namespace {

constexpr uint8_t kSettings = 4, kGoAway = 7;
constexpr uint32_t kHttp11Required = 0xD;
constexpr std::string_view kAdvice =
    "this server speaks HTTP/1.1 only; turn HTTP/2 off in the client (curl: --http1.1)";

void AppendNumber(std::string& out, uint32_t number, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(number >> (8 * i) & 0xFF));
}

void AppendFrame(std::string& out, uint8_t type, std::string_view payload) {
  AppendNumber(out, static_cast<uint32_t>(payload.size()), 3);
  AppendNumber(out, type, 1);
  AppendNumber(out, 0, 1);  // No flags.
  AppendNumber(out, 0, 4);  // The connection itself.
  out.append(payload);
}

}  // namespace

std::string Http2Refusal() {
  std::string frames, payload;
  AppendFrame(frames, kSettings, "");
  AppendNumber(payload, 0, 4);  // No stream was looked at.
  AppendNumber(payload, kHttp11Required, 4);
  payload.append(kAdvice);
  AppendFrame(frames, kGoAway, payload);
  return frames;
}

}  // namespace vitrine::net::internal
