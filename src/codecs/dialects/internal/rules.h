// Rules: the attribute vocabularies as tables, one per family. A new dialect is one more table in
// AllRuleTables and a fixture below tests/golden/dialects.
// Owner: static data. Threads: read-only.
#pragma once

#include <span>

#include "codecs/dialects/internal/fields.h"
#include "model/span.h"

namespace vitrine::codecs::dialects {

std::span<const Rule> GenAiRules();
std::span<const Rule> GenAiUsageRules();
std::span<const Rule> OpeninferenceRules();
std::span<const Rule> OpenllmetryRules();
std::span<const Rule> AiSdkRules();
std::span<const Rule> LangfuseRules();
std::span<const Rule> FrameworkRules();
std::span<const Rule> PlainRules();

std::span<const std::span<const Rule>> AllRuleTables();

/// What a word of some vocabulary says about the kind of a span.
struct KindWord {
  std::string_view word;
  model::SpanKind kind;
  bool is_aggregate = false;  ///< Its usage, where it has any, repeats that of its children.
};

/// gen_ai.operation.name, of every generation and as seen in the wild.
std::span<const KindWord> OperationWords();
/// AI SDK operation ids.
std::span<const KindWord> AiOperationWords();
/// The *.kind and *.type attributes, lower-cased.
std::span<const KindWord> OpeninferenceKindWords();
std::span<const KindWord> LangfuseTypeWords();
std::span<const KindWord> TraceloopKindWords();
std::span<const KindWord> LangsmithKindWords();
std::span<const KindWord> MlflowTypeWords();
std::span<const KindWord> SpringKindWords();
std::span<const KindWord> LmnrTypeWords();
std::span<const KindWord> GenkitTypeWords();
std::span<const KindWord> RequestTypeWords();
/// Beginnings of span names that senders use where no attribute tells the kind.
std::span<const KindWord> SpanNamePrefixes();

/// Instrumentation scopes that fix a dialect or a convention of counting.
struct ScopeRule {
  std::string_view prefix;  ///< Of the scope's name.
  Dialect dialect;
  bool exclusive_input = false;  ///< Input tokens leave out what came from or went to the cache.
  bool is_whole_name = false;
};
std::span<const ScopeRule> ScopeRules();

}  // namespace vitrine::codecs::dialects
