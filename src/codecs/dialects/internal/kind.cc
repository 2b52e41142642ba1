#include "codecs/dialects/internal/kind.h"

#include "codecs/dialects/internal/readers.h"
#include "codecs/dialects/internal/rules.h"

namespace vitrine::codecs::dialects {

namespace {

using model::SpanKind;

const KindWord* FindWord(std::span<const KindWord> words, std::string_view word) {
  for (const KindWord& known : words) {
    if (EqualsIgnoreCase(known.word, word)) return &known;
  }
  return nullptr;
}

const KindWord* FindWord(SpanWork& work, Field field, std::span<const KindWord> words) {
  if (!work.Has(field)) return nullptr;
  return FindWord(words, work.UnquotedText(field));
}

/// Langfuse's Python SDK up to 3.3 sent type `span` on generations; later ones and JS do not. An
/// unnamed version is taken for an old one: those that name none are.
bool IsMistypedGeneration(SpanWork& work, const ResourceFacts& resource, const ScopeFacts& scope) {
  if (resource.sdk_language != "python" || work.Text(Field::kLangfuseType) != "span") return false;
  bool is_old = scope.version.empty() || scope.version.starts_with("3.0") ||
                scope.version.starts_with("3.1.") || scope.version.starts_with("3.2.") ||
                scope.version.starts_with("3.3.0") || scope.version.starts_with("2.");
  bool has_generation_key = work.Has(Field::kUsageDetails) || work.Has(Field::kCostDetails) ||
                            work.Has(Field::kParamsJson) || work.Has(Field::kFirstTokenAt) ||
                            work.Has(Field::kAnyModel);
  return is_old && has_generation_key;
}

/// The AI SDK joins operation and function id by a blank: "ai.embed.doEmbed my-function".
const KindWord* AiOperation(SpanWork& work) {
  std::string_view operation = work.Text(Field::kAiOperation);
  return FindWord(AiOperationWords(), operation.substr(0, operation.find(' ')));
}

const KindWord* ByName(std::string_view name) {
  for (const KindWord& known : SpanNamePrefixes()) {
    if (StartsWithIgnoreCase(name, known.word)) return &known;
  }
  return nullptr;
}

bool HasUsage(const SpanWork& work) {
  return work.Has(Field::kInputTokens) || work.Has(Field::kOutputTokens) ||
         work.Has(Field::kUsageDetails) || work.Has(Field::kUsageJson);
}

bool HasModel(const SpanWork& work) {
  return work.Has(Field::kRequestModel) || work.Has(Field::kResponseModel) ||
         work.Has(Field::kAnyModel);
}

bool HasConversation(const SpanWork& work) {
  return work.HasCollected(Field::kInputNumbered) || work.HasCollected(Field::kOutputNumbered) ||
         work.HasCollected(Field::kPromptNumbered) ||
         work.HasCollected(Field::kCompletionNumbered) || work.Has(Field::kAnswerText) ||
         work.Has(Field::kFinishReasons);
}

/// Without a word that names the kind: what else only one kind of span has.
KindVerdict Guess(const OtlpSpan& span, SpanWork& work, const ScopeFacts& scope) {
  bool is_native = (scope.dialects & DialectBit(Dialect::kAnthropic)) != 0;
  if (work.Has(Field::kGuardrailResult) || work.Has(Field::kGuardrailFlag)) {
    return {SpanKind::kGuardrail};
  }
  if (work.Has(Field::kToolName) || work.Has(Field::kToolCallId)) return {SpanKind::kTool};
  if (work.Has(Field::kConversation)) return {SpanKind::kAgent, true};
  if (work.HasCollected(Field::kRerankInputNumbered) ||
      work.HasCollected(Field::kRerankOutputNumbered) || work.Has(Field::kRanking)) {
    return {SpanKind::kRerank};
  }
  if (work.HasCollected(Field::kEmbeddingsNumbered) || work.Has(Field::kEmbeddingInput)) {
    return {SpanKind::kEmbedding};
  }
  if (work.HasCollected(Field::kDocumentsNumbered) || work.Has(Field::kDocumentsJson) ||
      work.Has(Field::kQuery) || work.Has(Field::kTopK) || work.Has(Field::kChunkCount) ||
      work.Has(Field::kVectorTopK)) {
    return {SpanKind::kRetrieval};
  }
  // Anthropic's SDK names an operation on every model call; the rest is plumbing (models.list).
  bool is_plumbing = is_native || work.Has(Field::kDbSystem);
  bool is_call = HasUsage(work) || (HasModel(work) && HasConversation(work)) ||
                 (HasConversation(work) && !work.Has(Field::kFinalResult));
  if (is_call && !is_plumbing) return {SpanKind::kLlm, false, false, true};
  if (work.Has(Field::kDbSystem)) return {SpanKind::kDb, true};
  if (work.Has(Field::kHttpMethod) || work.Has(Field::kHttpStatus)) {
    return {SpanKind::kHttp, true, true};
  }
  if (const KindWord* word = ByName(span.name)) return {word->kind, word->is_aggregate};
  if (work.Speaks(Dialect::kOpenaiAgents) && work.Has(Field::kProvider)) {
    return {SpanKind::kAgent, true};
  }
  if (HasModel(work) && work.HasCollected(Field::kInputContent)) {
    return {SpanKind::kLlm, false, false, true};
  }
  return {SpanKind::kOther, true};
}

}  // namespace

KindVerdict ClassifyKind(const OtlpSpan& span, SpanWork& work, const ResourceFacts& resource,
                         const ScopeFacts& scope) {
  // LiteLLM and Spring AI put a model call's keys on spans that are none.
  const KindWord* name = ByName(span.name);
  if (name != nullptr && name->kind == SpanKind::kHttp) return {SpanKind::kHttp, true, true};
  if (IsMistypedGeneration(work, resource, scope)) return {SpanKind::kLlm};
  const KindWord* word = FindWord(work, Field::kLangfuseType, LangfuseTypeWords());
  // Langfuse's `span` is what its SDK calls everything; a more specific word goes before it.
  const KindWord* langfuse_span =
      word != nullptr && word->kind == SpanKind::kOther ? word : nullptr;
  if (langfuse_span != nullptr) word = nullptr;
  if (!word) word = FindWord(work, Field::kOpeninferenceKind, OpeninferenceKindWords());
  if (!word) word = FindWord(work, Field::kLangsmithKind, LangsmithKindWords());
  if (!word) word = FindWord(work, Field::kMlflowType, MlflowTypeWords());
  if (!word) word = FindWord(work, Field::kSpringKind, SpringKindWords());
  if (!word && work.At(Field::kOperation) && !work.At(Field::kOperation).rule->keep) {
    word = FindWord(work, Field::kOperation, OperationWords());
  }
  if (!word) word = FindWord(work, Field::kTraceloopKind, TraceloopKindWords());
  if (!word) word = AiOperation(work);
  if (!word) word = FindWord(work, Field::kLmnrType, LmnrTypeWords());
  if (!word) word = FindWord(work, Field::kGenkitType, GenkitTypeWords());
  if (!word) word = FindWord(work, Field::kRequestType, RequestTypeWords());
  if (!word && work.Text(Field::kMcpMethod) == "tools/call") return {SpanKind::kTool};
  if (word) {
    bool repeats_paid_call = word->word == "fetch_response";
    return {word->kind, word->is_aggregate, repeats_paid_call};
  }
  if (langfuse_span != nullptr) return {langfuse_span->kind, true};
  return Guess(span, work, scope);
}

}  // namespace vitrine::codecs::dialects
