#include <array>

#include "model/span.h"

namespace vitrine::model {

namespace {

template <typename Enum>
struct NameTable;

#define VITRINE_NAMES(Enum, ...)                                                  \
  template <>                                                                     \
  struct NameTable<Enum> {                                                        \
    static constexpr auto names = std::to_array<std::string_view>({__VA_ARGS__}); \
  };                                                                              \
  }                                                                               \
  std::string_view Name(Enum value) {                                             \
    return NameTable<Enum>::names.at(static_cast<size_t>(value));                 \
  }                                                                               \
  template <>                                                                     \
  std::optional<Enum> FromName<Enum>(std::string_view name) {                     \
    const auto& names = NameTable<Enum>::names;                                   \
    for (size_t i = 0; i < names.size(); ++i) {                                   \
      if (names[i] == name) return static_cast<Enum>(i);                          \
    }                                                                             \
    return std::nullopt;                                                          \
  }                                                                               \
  namespace {

VITRINE_NAMES(SpanKind, "other", "llm", "embedding", "rerank", "retrieval", "tool", "agent",
              "workflow", "guardrail", "evaluator", "prompt", "http", "db")
VITRINE_NAMES(SpanStatus, "unset", "ok", "error")
VITRINE_NAMES(ErrorType, "", "rate_limit", "timeout", "provider_5xx", "invalid_request", "auth",
              "content_filter", "connection", "cancelled", "partial", "other")
VITRINE_NAMES(FinishReason, "", "stop", "length", "tool_call", "content_filter", "error")
VITRINE_NAMES(GuardrailResult, "", "pass", "flag", "mask", "block")
VITRINE_NAMES(CacheStatus, "", "hit", "miss")
VITRINE_NAMES(Retention, "keep", "probation", "envelope")
VITRINE_NAMES(Capture, "otlp_http", "otlp_grpc", "gateway", "langfuse", "sdk", "import")
VITRINE_NAMES(BodyState, "", "too_large", "omitted", "unreadable", "withheld")
VITRINE_NAMES(UsageSource, "missing", "provider", "estimated")

#undef VITRINE_NAMES

}  // namespace

}  // namespace vitrine::model
