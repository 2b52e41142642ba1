#include "codecs/content/finish_words.h"

namespace vitrine::codecs {

namespace {

using enum model::FinishReason;

struct Word {
  std::string_view raw;
  model::FinishReason reason;
};

// Compared without case and without '-', '_' and blanks.
constexpr Word kWords[] = {
    {"stop", kStop},
    {"endturn", kStop},
    {"stopsequence", kStop},
    {"end", kStop},
    {"eos", kStop},
    {"eostoken", kStop},
    {"complete", kStop},
    {"completed", kStop},
    {"finish", kStop},
    {"finished", kStop},
    {"done", kStop},
    {"success", kStop},
    {"endoftext", kStop},  // AI21
    {"length", kLength},
    {"maxtokens", kLength},
    {"maxoutputtokens", kLength},
    {"modellength", kLength},
    {"modelcontextwindowexceeded", kLength},
    {"tokenlimit", kLength},
    {"errorlimit", kLength},  // Cohere: the context is full.
    {"toolcalls", kToolCall},
    {"toolcall", kToolCall},
    {"tooluse", kToolCall},
    {"functioncall", kToolCall},
    {"functioncalls", kToolCall},
    {"contentfilter", kContentFilter},
    {"contentfiltered", kContentFilter},
    {"refusal", kContentFilter},
    {"safety", kContentFilter},
    {"recitation", kContentFilter},
    {"blocklist", kContentFilter},
    {"prohibitedcontent", kContentFilter},
    {"spii", kContentFilter},
    {"imagesafety", kContentFilter},
    {"imageprohibitedcontent", kContentFilter},
    {"imagerecitation", kContentFilter},
    {"modelarmor", kContentFilter},
    {"jailbreak", kContentFilter},
    {"guardrailintervened", kContentFilter},
    {"errortoxic", kContentFilter},
    {"error", kError},
    {"failed", kError},
    {"malformedfunctioncall", kError},
    {"unexpectedtoolcall", kError},
    {"toomanytoolcalls", kError},
    {"malformedresponse", kError},
    {"missingthoughtsignature", kError},
    {"noimage", kError},
    {"malformedmodeloutput", kError},
    {"malformedtooluse", kError},
    {"cancelled", kError},
    {"abort", kError},                       // vLLM
    {"insufficientsystemresource", kError},  // DeepSeek
    {"timeout", kError},                     // Cohere
};

bool Matches(std::string_view raw, std::string_view word) {
  size_t at = 0;
  for (char c : raw) {
    if (c == '-' || c == '_' || c == ' ') continue;
    char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    if (at == word.size() || word[at] != lower) return false;
    ++at;
  }
  return at == word.size();
}

}  // namespace

model::FinishReason NormalizeFinishReason(std::string_view raw) {
  for (std::string_view prefix : {"FinishReason.", "FINISH_REASON_"}) {
    if (raw.starts_with(prefix)) raw.remove_prefix(prefix.size());
  }
  for (const Word& word : kWords) {
    if (Matches(raw, word.raw)) return word.reason;
  }
  return kNone;
}

}  // namespace vitrine::codecs
