// CallDraft: what is known of one call so far, while its answer comes in.
// Owner: one CallDecoder. Text given to it is copied; only the texts of parts and documents are
// borrowed where `texts_last` says that the document they stand in lives as long as the call. Not
// thread-safe. Facts are strings that are written over, so that a stream that repeats them takes no
// more memory.
// A streamed answer grows part by part: a delta is appended to a part that is found by its choice
// and its key (block, item or tool index), so that the steady state allocates only when a text
// doubles.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "codecs/providers/internal/partial_arguments.h"
#include "codecs/providers/model_call.h"
#include "syntax/json/json_document.h"

namespace vitrine::codecs::providers {

using syntax::JsonValue;

/// Sounds hold bytes, not text.
enum class PartKind : uint8_t { kText, kReasoning, kRefusal, kToolCall, kSound, kOther };

/// Parts without a key are found by their kind alone.
inline constexpr int64_t kNoKey = -1;

struct PartDraft {
  PartKind kind = PartKind::kText;
  uint32_t choice = 0;
  int64_t key = kNoKey;
  bool is_server_side = false;
  bool is_visible = true;  ///< Texts: counts as output text.
  std::string id, name, signature;
  std::unique_ptr<PartialArguments> partial;  ///< Arguments that come value by value.

  /// The text: one piece that lasts, or many that were put together.
  std::string_view text() const { return buffer_.empty() ? whole_ : std::string_view(buffer_); }

 private:
  friend class CallDraft;
  std::string_view whole_;
  std::string buffer_;
};

class CallDraft {
 public:
  explicit CallDraft(Arena& call_arena) : arena(call_arena) {}

  // Facts. Empty text says nothing and changes nothing.
  void SetModel(JsonValue value) { KeepFirst(model, value); }
  void SetResponseId(JsonValue value) { KeepFirst(response_id, value); }
  /// Model, id, tier and fingerprint where OpenAI-shaped objects have them.
  void ReadHead(JsonValue object);
  /// Sets text that is not there yet.
  static void KeepFirst(std::string& to, JsonValue value);
  static void KeepLast(std::string& to, JsonValue value);

  // Finish reasons.
  void SetFinish(uint32_t choice, JsonValue reason);
  bool AllChoicesFinished() const;
  bool AnyChoiceFinished() const { return any_finished_; }

  // Parts.
  /// Adds text to the choice's part of that kind and key, which is begun where there is none, or
  /// where a part of another kind came since and there is no key.
  void Append(PartKind kind, uint32_t choice, std::string_view text, int64_t key = kNoKey);
  /// Begins a part. Null where there are too many.
  PartDraft* Begin(PartKind kind, uint32_t choice, int64_t key = kNoKey);
  /// The newest part of that kind, choice and key; null where there is none.
  PartDraft* Find(PartKind kind, uint32_t choice, int64_t key);
  /// Any part of that kind and choice whose key lies in [key, key_end).
  bool Has(PartKind kind, uint32_t choice, int64_t key, int64_t key_end) const;
  /// No part can be begun any more.
  bool is_full() const;
  /// Sets the signature of a part of reasoning; null parts have none.
  void SetSignature(PartDraft* part, JsonValue signature);
  /// Adds to a part that was begun.
  void AppendTo(PartDraft& part, std::string_view text);
  /// Begins a tool call with what is known of it; arguments may follow.
  PartDraft* BeginToolCall(uint32_t choice, JsonValue id, JsonValue name, bool is_server_side,
                           int64_t key = kNoKey);
  /// Arguments as text: a string as it is, anything else as JSON.
  void AddArguments(PartDraft* call, JsonValue arguments);
  /// A part of another kind, as the provider wrote it.
  void AddOther(uint32_t choice, JsonValue part);
  /// The next piece of a spoken answer, in base64. It is no text, so no delta.
  void AddSound(uint32_t choice, std::string_view base64);
  /// One value of a call's arguments, or a piece of one, as Vertex streams them.
  void AddPartialArgument(PartDraft* call, JsonValue piece);
  /// Makes texts of arguments that came value by value.
  void FinishArguments();
  /// A tool that ran at the provider, in its own word.
  void AddServerTool(std::string_view word);
  void AddServerTool(JsonValue word) { AddServerTool(word.text()); }
  /// Forgets all parts: what follows says them anew.
  void ForgetParts();
  bool HasVisibleText() const;
  /// Makes UTF-8 of texts that were put together from bytes.
  void RepairTexts();

  // Usage.
  /// The last object stands for all before it.
  void ReplaceUsage(JsonValue usage);
  /// Known counts replace those before, field by field.
  void OverlayUsage(JsonValue usage);
  void SetUsage(const RawUsage& raw, UsageOrigin origin);
  void KeepUsageJson(JsonValue usage);

  // Errors. Of several the first counts: what follows is what came of it.
  /// An error object, an error text, or a body that is one.
  void SetError(JsonValue error);
  void SetError(std::string_view type, std::string_view message);

  Arena& arena;
  Api api = Api::kNone;
  bool texts_last = false;
  std::string_view sound_type;  ///< Of spoken answers, where the request says it.

  std::string model, response_id, response_status, service_tier, system_fingerprint,
      previous_response_id, speed, inference_geo;
  bool is_done = false;         ///< A terminal marker was seen.
  bool has_end_marker = false;  ///< As ModelCall says.
  bool is_cut_off = false;      ///< A limit was passed or bytes were wrong.
  bool is_error = false;
  std::string error_type, error_message;

  RawUsage reported;
  UsageOrigin usage_origin = UsageOrigin::kNone;
  std::string usage_json;
  std::optional<Money> reported_cost;

  std::map<uint32_t, std::string> finishes;  ///< Choices by index, with their reason or none.
  std::deque<PartDraft> parts;
  std::vector<std::string> server_tools;
  std::vector<model::RetrievedDocument> documents;
  std::optional<uint32_t> embedding_count, embedding_dimensions;
  uint64_t picture_count = 0;
  uint64_t search_count = 0;                     ///< Searches that the answer shows.
  std::map<uint32_t, uint64_t> choice_searches;  ///< Google's, by candidate: each searches itself.
  model::Count searches_billed;                  ///< As the provider counts them beside its usage.

  /// Bytes of text appended since it was last set to 0: the size of a delta.
  size_t appended_bytes = 0;

 private:
  size_t output_bytes_ = 0;
  bool any_finished_ = false;
};

}  // namespace vitrine::codecs::providers
