#include "codecs/dialects/internal/numbered.h"

#include <algorithm>

#include "codecs/content/stable_order.h"

namespace vitrine::codecs::dialects {

namespace {

using model::Value;

/// One element of a message's contents or tool calls.
struct Piece {
  uint32_t index = 0;
  bool is_call = false;
  std::string_view type, text, url, media_type, transcript, id, name, arguments, signature, data;
};

/// One attribute of a piece.
struct PieceKey {
  bool is_call = false;
  uint32_t index = 0;
  std::string_view key, text;
  const Taken* taken = nullptr;
};

struct MessageDraft {
  std::string_view role, content, name, tool_call_id, finish_reason, reasoning, refusal;
  std::string_view function_name, function_arguments;
  bool has_function = false;
  std::vector<PieceKey> keys;
  std::vector<Piece> pieces;

  void Clear() {
    role = content = name = tool_call_id = finish_reason = reasoning = refusal = {};
    function_name = function_arguments = {};
    has_function = false;
    keys.clear();
    pieces.clear();
  }
};

void StripPrefix(std::string_view& key, std::string_view prefix) {
  if (key.starts_with(prefix)) key.remove_prefix(prefix.size());
}

bool TakeCallKey(std::string_view key, std::string_view text, Piece& piece) {
  StripPrefix(key, "tool_call.");
  StripPrefix(key, "function.");
  if (key == "id") {
    piece.id = text;
  } else if (key == "name") {
    piece.name = text;
  } else if (key == "arguments" || key == "args") {
    piece.arguments = text;
  } else if (key == "reasoning_signature") {
    piece.signature = text;
  } else {
    return key == "type";
  }
  return true;
}

bool TakeContentKey(std::string_view key, std::string_view text, Piece& piece) {
  if (key.starts_with("tool_call.")) {
    if (piece.type.empty()) piece.type = "tool_use";
    return TakeCallKey(key, text, piece);
  }
  StripPrefix(key, "message_content.");
  if (key == "type") {
    piece.type = text;
  } else if (key == "text") {
    piece.text = text;
  } else if (key == "image.image.url" || key == "image.url") {
    piece.url = text;
    if (piece.type.empty()) piece.type = "image";
  } else if (key == "audio.audio.url" || key == "audio.url") {
    piece.url = text;
    if (piece.type.empty()) piece.type = "audio";
  } else if (key == "audio.audio.mime_type") {
    piece.media_type = text;
  } else if (key == "audio.audio.transcript") {
    piece.transcript = text;
  } else if (key == "id") {
    piece.id = text;
  } else if (key == "signature") {
    piece.signature = text;
  } else if (key == "data" || key == "encrypted_content") {
    piece.data = text;
  } else {
    return false;
  }
  return true;
}

/// Joins the attributes of each piece, contents before tool calls.
void JoinPieces(MessageDraft& draft, SpanWork& work) {
  StableOrder(draft.keys, [](const PieceKey& key) { return std::pair(key.is_call, key.index); });
  for (const PieceKey& key : draft.keys) {
    if (draft.pieces.empty() || draft.pieces.back().index != key.index ||
        draft.pieces.back().is_call != key.is_call) {
      Piece piece;
      piece.index = key.index;
      piece.is_call = key.is_call;
      draft.pieces.push_back(piece);
    }
    Piece& piece = draft.pieces.back();
    bool taken = key.is_call ? TakeCallKey(key.key, key.text, piece)
                             : TakeContentKey(key.key, key.text, piece);
    if (!taken) work.GiveBack(*key.taken);
  }
}

bool TakeKey(std::string_view key, std::string_view text, const Taken& taken, MessageDraft& draft) {
  StripPrefix(key, "message.");
  if (key == "role") {
    draft.role = text;
  } else if (key == "content") {
    draft.content = text;
  } else if (key == "name") {
    draft.name = text;
  } else if (key == "tool_call_id") {
    draft.tool_call_id = text;
  } else if (key == "finish_reason") {
    draft.finish_reason = text;
  } else if (key == "reasoning" || key == "reasoning_content") {
    draft.reasoning = text;
  } else if (key == "refusal") {
    draft.refusal = text;
  } else if (key == "function_call_name" || key == "function_call.name") {
    draft.function_name = text;
    draft.has_function = true;
  } else if (key == "function_call_arguments_json" || key == "function_call.arguments") {
    draft.function_arguments = text;
    draft.has_function = true;
  } else {
    bool is_call = key.starts_with("tool_calls.");
    if (!is_call && !key.starts_with("contents.")) return false;
    auto split = SplitIndex(key.substr(key.find('.') + 1));
    if (!split) return false;
    draft.keys.push_back({is_call, split->index, split->rest, text, &taken});
  }
  return true;
}

/// OpenInference writes a tool call in its place among the contents and once more in the list.
bool IsRepeatedCall(const Piece& call, const std::vector<Piece>& pieces) {
  if (!call.is_call || call.id.empty()) return false;
  constexpr size_t kLookMax = 256;  // Contents stand first; nobody calls more tools at once.
  size_t looked = 0;
  for (const Piece& other : pieces) {
    if (other.is_call || looked++ == kLookMax) return false;
    if (other.id == call.id && other.name == call.name) return true;
  }
  return false;
}

/// Pieces of no other kind are text.
bool IsText(const Piece& piece) {
  return !piece.is_call && !piece.text.empty() && piece.type != "reasoning" &&
         piece.type != "thinking" && piece.type != "refusal";
}

void AddPiece(const Piece& piece, ContentReader& reader) {
  MessageBuilder& builder = reader.builder();
  if (piece.is_call || piece.type == "tool_use" || piece.type == "tool_call") {
    builder.AddToolCall(piece.id, piece.name, piece.arguments);
  } else if (piece.type == "image" || piece.type == "audio") {
    reader.ReadMedia(piece.type, piece.media_type, piece.url, piece.transcript);
  } else if (piece.type == "reasoning" || piece.type == "thinking") {
    if (!piece.text.empty() || !piece.signature.empty()) {
      builder.AddReasoning(piece.text, piece.signature);
    }
  } else if (piece.type == "refusal") {
    builder.AddRefusal(piece.text);
  } else {
    builder.AddText(piece.text);
  }
}

/// Takes the texts among the pieces out of them, each a line.
std::string_view TakeTexts(std::vector<Piece>& pieces, Arena& arena) {
  std::string joined;
  size_t count = 0;
  for (const Piece& piece : pieces) {
    if (!IsText(piece)) continue;
    if (count++ > 0) joined.push_back('\n');
    joined.append(piece.text);
  }
  std::erase_if(pieces, IsText);
  return arena.Copy(joined);
}

void FinishDraft(MessageDraft& draft, std::string_view default_role, bool content_may_be_parts,
                 ContentReader& reader, std::vector<model::Message>& out) {
  MessageBuilder& builder = reader.builder();
  builder.Begin();
  std::string_view role = CanonicalRole(draft.role.empty() ? default_role : draft.role);
  if (!draft.reasoning.empty()) builder.AddReasoning(draft.reasoning);
  // Anthropic's tool results come in a user message.
  if (role == "user" && !draft.tool_call_id.empty()) role = "tool";
  bool is_tool = role == "tool";
  std::string_view name = draft.name;
  if (is_tool && (!draft.content.empty() || !draft.tool_call_id.empty())) {
    std::string_view response = draft.content;
    if (response.empty()) response = TakeTexts(draft.pieces, reader.arena());
    builder.AddToolResponse(draft.tool_call_id, name, response);
  } else if (content_may_be_parts && reader.LooksLikeParts(draft.content)) {
    syntax::JsonDocument& document = reader.NextDocument();
    if (document.Parse(Trim(draft.content), reader.arena()) == syntax::JsonStatus::kOk) {
      reader.ReadParts(document.root());
    }
  } else if (!draft.content.empty()) {
    builder.AddText(draft.content);
  }
  if (!draft.refusal.empty()) builder.AddRefusal(draft.refusal);
  for (const Piece& piece : draft.pieces) {
    if (!IsRepeatedCall(piece, draft.pieces)) AddPiece(piece, reader);
  }
  if (draft.has_function) {
    builder.AddToolCall({}, draft.function_name, draft.function_arguments);
  }
  if (builder.empty() && draft.finish_reason.empty()) return;
  out.push_back(builder.Finish(role, is_tool ? std::string_view() : name));
  out.back().finish_reason = draft.finish_reason;
}

}  // namespace

std::optional<IndexedKey> SplitIndex(std::string_view key) {
  IndexedKey split;
  size_t digits = 0;
  while (digits < key.size() && key[digits] >= '0' && key[digits] <= '9') {
    if (digits == 9) return std::nullopt;
    split.index = split.index * 10 + static_cast<uint32_t>(key[digits++] - '0');
  }
  if (digits == 0) return std::nullopt;
  if (digits == key.size()) return split;
  if (key[digits] != '.') return std::nullopt;
  split.rest = key.substr(digits + 1);
  return split;
}

std::vector<Indexed> OrderByIndex(std::span<const Taken> entries, SpanWork& work) {
  std::vector<Indexed> ordered;
  ordered.reserve(entries.size());
  for (const Taken& taken : entries) {
    if (auto split = SplitIndex(taken.suffix())) {
      ordered.push_back({split->index, split->rest, taken});
    } else {
      work.GiveBack(taken);
    }
  }
  StableOrder(ordered, [](const Indexed& entry) { return entry.index; });
  return ordered;
}

void ReadNumberedMessages(std::span<const Taken> entries, std::string_view role, bool is_output,
                          bool content_may_be_parts, SpanWork& work, ContentReader& reader,
                          std::vector<model::Message>& out) {
  std::vector<Indexed> ordered = OrderByIndex(entries, work);
  MessageDraft draft;
  uint32_t choice = 0;
  for (size_t i = 0; i < ordered.size(); ++i) {
    const Indexed& entry = ordered[i];
    std::string_view text = ReadText(entry.taken.value(), work.arena());
    if (!TakeKey(entry.rest, text, entry.taken, draft)) work.GiveBack(entry.taken);
    if (i + 1 < ordered.size() && ordered[i + 1].index == entry.index) continue;
    size_t before = out.size();
    JoinPieces(draft, work);
    FinishDraft(draft, role, content_may_be_parts, reader, out);
    if (is_output && out.size() > before) out.back().choice = choice++;
    draft.Clear();
  }
}

void ReadNumberedTexts(std::span<const Taken> entries, std::string_view role, SpanWork& work,
                       ContentReader& reader, std::vector<model::Message>& out) {
  for (const Indexed& entry : OrderByIndex(entries, work)) {
    if (!entry.rest.ends_with("text")) {
      work.GiveBack(entry.taken);
      continue;
    }
    reader.builder().Begin();
    reader.builder().AddText(ReadText(entry.taken.value(), work.arena()));
    out.push_back(reader.builder().Finish(role));
  }
}

void ReadNumberedTools(std::span<const Taken> entries, SpanWork& work, ContentReader& reader,
                       std::vector<model::Message>& out) {
  std::vector<Indexed> ordered = OrderByIndex(entries, work);
  std::string_view name, description, parameters;
  for (size_t i = 0; i < ordered.size(); ++i) {
    const Indexed& entry = ordered[i];
    std::string_view text = ReadText(entry.taken.value(), work.arena());
    if (entry.rest.ends_with("json_schema")) {
      if (!reader.ReadTools(entry.taken.value(), out)) {
        work.Malformed(entry.taken.attribute->key, "not JSON");
        work.GiveBack(entry.taken);
      }
    } else if (entry.rest == "name" || entry.rest == "tool.name") {
      name = text;
    } else if (entry.rest == "description" || entry.rest == "tool.description") {
      description = text;
    } else if (entry.rest == "parameters" || entry.rest == "tool.parameters" ||
               entry.rest == "arguments") {
      parameters = text;
    } else {
      work.GiveBack(entry.taken);
    }
    if (i + 1 < ordered.size() && ordered[i + 1].index == entry.index) continue;
    if (!name.empty()) {
      syntax::JsonDocument& document = reader.NextDocument();
      bool is_json = document.Parse(parameters, work.arena()) == syntax::JsonStatus::kOk;
      reader.builder().Begin();
      reader.builder().AddToolDefinition(name, description,
                                         is_json ? document.root() : syntax::JsonValue());
      out.push_back(reader.builder().Finish("tool_definition"));
    }
    name = description = parameters = {};
  }
}

void ReadNumberedDocuments(std::span<const Taken> entries, SpanWork& work,
                           std::vector<model::RetrievedDocument>& out) {
  std::vector<Indexed> ordered = OrderByIndex(entries, work);
  model::RetrievedDocument document;
  for (size_t i = 0; i < ordered.size(); ++i) {
    const Indexed& entry = ordered[i];
    const Value& value = entry.taken.value();
    std::string_view key = entry.rest;
    StripPrefix(key, "document.");
    if (key == "id") {
      document.id = ReadText(value, work.arena());
    } else if (key == "content") {
      document.content = ReadText(value, work.arena());
    } else if (key == "score") {
      document.score = ReadDouble(value);
      if (!document.score) work.GiveBack(entry.taken);
    } else if (key == "metadata") {
      document.metadata = ReadText(value, work.arena());
    } else {
      work.GiveBack(entry.taken);
    }
    if (i + 1 < ordered.size() && ordered[i + 1].index == entry.index) continue;
    out.push_back(document);
    document = {};
  }
}

}  // namespace vitrine::codecs::dialects
