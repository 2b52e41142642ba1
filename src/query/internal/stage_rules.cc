#include "query/internal/stage_rules.h"

#include <initializer_list>
#include <string>

namespace vitrine::query {
namespace {

/// Names under which senders give a stage.
constexpr struct {
  std::string_view sent, stage;
} kSent[] = {
    {"input_validation", "input_validation"},
    {"validation", "input_validation"},
    {"input_guardrails", "input_validation"},
    {"input_guardrail", "input_validation"},
    {"embedding", "embedding"},
    {"embed", "embedding"},
    {"search", "search"},
    {"retrieval", "search"},
    {"vector_search", "search"},
    {"hybrid", "search"},
    {"lexical", "search"},
    {"dense", "search"},
    {"rerank", "rerank"},
    {"reranking", "rerank"},
    {"assembly", "assembly"},
    {"prompt_assembly", "assembly"},
    {"generation", kGenerationStage},
    {"output_guardrails", "output_guardrails"},
    {"output_guardrail", "output_guardrails"},
    {"tools", "tools"},
    {"tool", "tools"},
};

constexpr struct {
  std::string_view kind, stage;
} kKinds[] = {
    {"embedding", "embedding"}, {"rerank", "rerank"},   {"retrieval", "search"},
    {"db", "search"},           {"prompt", "assembly"}, {"llm", kGenerationStage},
    {"tool", "tools"},
};

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string LowerText(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = Lower(c);
  return lower;
}

bool IsWordByte(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

/// Where one of the beginnings of words stands in a text of small letters.
size_t FindWord(std::string_view text, std::initializer_list<std::string_view> beginnings) {
  for (size_t at = 0; at < text.size(); ++at) {
    if (at > 0 && IsWordByte(text[at - 1])) continue;
    for (const std::string_view word : beginnings) {
      if (text.substr(at).starts_with(word)) return at;
    }
  }
  return std::string_view::npos;
}

bool HasAfter(std::string_view text, size_t at, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    if (text.find(word, at) != std::string_view::npos) return true;
  }
  return false;
}

bool IsAssembly(std::string_view name) {
  const size_t verb = FindWord(name, {"assembl", "render", "format"});
  if (verb != std::string_view::npos && HasAfter(name, verb, {"prompt", "context"})) return true;
  const size_t prompt = name.find("prompt");
  return prompt != std::string_view::npos && HasAfter(name, prompt, {"assembl", "render", "build"});
}

std::string_view SentStage(std::string_view sent) {
  std::string key;
  bool was_gap = false;
  for (const char c : sent) {
    const bool is_gap = c == ' ' || c == '-' || c == '\t' || c == '\n' || c == '\r';
    if (!is_gap || !was_gap) key += is_gap ? '_' : Lower(c);
    was_gap = is_gap;
  }
  for (const auto& entry : kSent) {
    if (entry.sent == key) return entry.stage;
  }
  return {};
}

}  // namespace

std::string_view StageOf(const StageQuestion& span) {
  if (!span.sent.empty()) {
    const std::string_view stage = SentStage(span.sent);
    if (!stage.empty()) return stage;
  }
  if (span.kind == "agent" || span.kind == "workflow") return {};
  if (span.kind == "guardrail")
    return span.is_before_first_call ? "input_validation" : "output_guardrails";
  for (const auto& entry : kKinds) {
    if (entry.kind == span.kind) return entry.stage;
  }
  const std::string name = LowerText(span.name);
  if (IsAssembly(name)) return "assembly";
  const bool validates = FindWord(name, {"validat", "sanitiz", "moderat"}) != std::string::npos;
  return validates && span.is_before_first_call ? "input_validation" : std::string_view();
}

}  // namespace vitrine::query
