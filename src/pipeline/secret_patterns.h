// Secret patterns: how provider keys and tokens begin and what they are made of.
// A pattern matches `prefix`, then at least `tail_min` characters of its alphabet, at a place not
// preceded by a letter or digit. Source: the key formats the providers document for their consoles
// and secret scanners.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vitrine::pipeline {

struct SecretPattern {
  std::string_view prefix;
  size_t tail_min;
  bool keep_prefix = false;  ///< "Bearer " and the like stay, so that people see what was there.
};

// Longest first where one prefix opens another. Tails are of [A-Za-z0-9_-] and, for Bearer and
// Basic, also . ~ + / =.
inline constexpr SecretPattern kSecretPatterns[] = {
    {"sk-ant-", 20},      // Anthropic
    {"sk-proj-", 20},     // OpenAI
    {"sk-svcacct-", 20},  // OpenAI
    {"sk-or-v1-", 20},    // OpenRouter
    {"sk-lf-", 20},       // Langfuse
    {"sk-", 20},          // OpenAI, DeepSeek, Moonshot and others
    {"ek_", 30},          // OpenAI, for a browser's realtime session
    {"AIza", 35},         // Google
    {"ya29.", 20},        // Google OAuth
    {"AKIA", 16},         // AWS
    {"ASIA", 16},         // AWS
    {"gsk_", 20},         // Groq
    {"xai-", 20},         // xAI
    {"hf_", 20},          // Hugging Face
    {"pplx-", 20},        // Perplexity
    {"r8_", 20},          // Replicate
    {"fw_", 20},          // Fireworks
    {"tgp_v1_", 20},      // Together
    {"nvapi-", 20},       // NVIDIA
    {"ghp_", 30},         // GitHub
    {"github_pat_", 30},  // GitHub
    {"xoxb-", 20},        // Slack
    {"xoxp-", 20},        // Slack
    {"lsv2_", 20},        // LangSmith
    {"vk_", 40},          // Vitrine's virtual keys
    {"sk_live_", 16},     // Stripe
    {"rk_live_", 16},     // Stripe
    {"eyJhbGciOi", 40},   // a JSON web token
    {"Bearer ", 16, true}, {"bearer ", 16, true},  {"Basic ", 16, true},
    {"?key=", 16, true},  // Google's key in a URL
    {"&key=", 16, true},   {"api_key=", 16, true}, {"api-key=", 16, true},
};

}  // namespace vitrine::pipeline
