#include "query/internal/cache_rules.h"

#include <algorithm>
#include <string>

namespace vitrine::query {
namespace {

constexpr int64_t kMinute = 60, kHour = 3'600;

struct Entry {
  std::string_view provider;  ///< Contained in the provider's id.
  std::string_view model;     ///< Contained in the model's name; empty: any.
  CacheRule rule;
};

constexpr std::string_view kAnthropic =
    "https://platform.claude.com/docs/en/build-with-claude/prompt-caching";
constexpr std::string_view kBedrock =
    "https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html";
constexpr std::string_view kOpenAi = "https://developers.openai.com/api/docs/guides/prompt-caching";
constexpr std::string_view kAzure =
    "https://learn.microsoft.com/azure/foundry/openai/how-to/prompt-caching";
constexpr std::string_view kGemini = "https://ai.google.dev/gemini-api/docs/caching";
constexpr std::string_view kDeepSeek = "https://api-docs.deepseek.com/guides/kv_cache";

constexpr CacheRule Claude(uint64_t minimum, std::string_view source) {
  return {"Anthropic prompt cache", minimum, 1, 5 * kMinute, kHour, false, source};
}
constexpr CacheRule Gpt(std::string_view name, std::string_view source) {
  // "5 to 10 minutes of inactivity, up to one hour": after five it may be gone.
  return {name, 1024, 128, 5 * kMinute, 24 * kHour, true, source};
}

// The first that fits. Where a provider changed a minimum, the larger one stands: what is said to
// be lost must have been possible.
constexpr Entry kEntries[] = {
    {"bedrock", "claude-haiku-4-5", Claude(4096, kBedrock)},
    {"bedrock", "claude-opus-4-5", Claude(4096, kBedrock)},
    {"bedrock", "claude-opus-4-6", Claude(4096, kBedrock)},
    {"bedrock", "claude-opus-4-7", Claude(4096, kBedrock)},
    {"bedrock", "haiku", Claude(2048, kBedrock)},
    {"bedrock", "claude", Claude(1024, kBedrock)},
    {"", "claude-haiku-4-5", Claude(4096, kAnthropic)},
    {"", "claude-opus-4-5", Claude(4096, kAnthropic)},
    {"", "claude-opus-4-6", Claude(4096, kAnthropic)},
    {"", "claude-opus-4-7", Claude(4096, kAnthropic)},
    {"", "claude-sonnet-4-6", Claude(2048, kAnthropic)},
    {"", "claude-3-haiku", Claude(2048, kAnthropic)},
    {"", "claude-3-5-haiku", Claude(2048, kAnthropic)},
    {"anthropic", "claude", Claude(1024, kAnthropic)},
    {"vertex", "claude", Claude(1024, kAnthropic)},
    {"azure", "gpt-4o", Gpt("Azure OpenAI prompt cache", kAzure)},
    {"azure", "gpt-4.1", Gpt("Azure OpenAI prompt cache", kAzure)},
    {"azure", "gpt-5", Gpt("Azure OpenAI prompt cache", kAzure)},
    {"openai", "gpt-4o", Gpt("OpenAI prompt cache", kOpenAi)},
    {"openai", "gpt-4.1", Gpt("OpenAI prompt cache", kOpenAi)},
    {"openai", "gpt-5", Gpt("OpenAI prompt cache", kOpenAi)},
    {"openai", "o1", Gpt("OpenAI prompt cache", kOpenAi)},
    {"openai", "o3", Gpt("OpenAI prompt cache", kOpenAi)},
    {"openai", "o4", Gpt("OpenAI prompt cache", kOpenAi)},
    {"",
     "gemini-2.5",
     {"Gemini implicit cache", 4096, 1, std::nullopt, std::nullopt, true, kGemini}},
    {"", "gemini-3", {"Gemini implicit cache", 4096, 1, std::nullopt, std::nullopt, true, kGemini}},
    {"deepseek",
     "",
     {"DeepSeek context cache", 64, 64, std::nullopt, std::nullopt, true, kDeepSeek}},
};

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c == '.' || c == '_' || c == '@' ? c
                                            : static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  });
  return lower;
}

}  // namespace

const CacheRule* FindCacheRule(std::string_view provider, std::string_view model) {
  const std::string p = Lower(provider), m = Lower(model);
  for (const Entry& entry : kEntries) {
    if (p.find(entry.provider) != std::string::npos && m.find(entry.model) != std::string::npos)
      return &entry.rule;
  }
  return nullptr;
}

}  // namespace vitrine::query
