// MessageBuilder: parts -> one model::Message whose template and texts keep their invariants.
// Owner: the message borrows from the arena and from the texts given in. Not thread-safe; Begin
// again for each message, memory is kept.
// Format: model/message.h. The template holds exactly one kTextSlot outside quotes for each text
// and one kAttachmentSlot inside quotes for each attachment, and neither byte anywhere else.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "model/message.h"
#include "syntax/json/json_document.h"

namespace vitrine::codecs {

class MessageBuilder {
 public:
  explicit MessageBuilder(Arena& arena) : arena_(arena) {}

  void Begin();

  void AddText(std::string_view content);
  void AddReasoning(std::string_view content, std::string_view signature = {});
  void AddRefusal(std::string_view content);
  /// `arguments` is a JSON text as sent.
  void AddToolCall(std::string_view id, std::string_view name, std::string_view arguments,
                   bool is_server_side = false);
  void AddToolResponse(std::string_view id, std::string_view name, std::string_view response);
  /// `bytes` are decoded already.
  void AddBlob(std::string_view modality, std::string_view media_type, std::string_view bytes,
               std::string_view transcript = {});
  void AddUri(std::string_view modality, std::string_view media_type, std::string_view uri,
              std::string_view transcript = {});
  void AddFile(std::string_view modality, std::string_view media_type, std::string_view file_id,
               std::string_view transcript = {});
  /// `parameters` is JSON or missing.
  void AddToolDefinition(std::string_view name, std::string_view description,
                         syntax::JsonValue parameters);
  /// A part of a type we do not know, as it came, without cache markers.
  void AddOther(syntax::JsonValue part);

  bool empty() const { return part_count_ == 0; }

  /// The message; its parts are gone from the builder.
  model::Message Finish(std::string_view role, std::string_view name = {});

 private:
  void OpenPart(std::string_view type);
  void ClosePart();
  void Key(std::string_view key);
  /// A member whose value is stored as a text; stays in the template if it holds a slot byte.
  void TextMember(std::string_view key, std::string_view text);
  void PlainMember(std::string_view key, std::string_view text);
  void AppendJson(syntax::JsonValue value);

  Arena& arena_;
  std::string template_;
  std::vector<std::string_view> texts_;
  std::vector<model::Attachment> attachments_;
  uint32_t part_count_ = 0;
  bool is_one_plain_text_ = false;  ///< So far: a single text part, stored as a text.
};

/// The message's parts as JSON, with `attachment_names[i]` in the place of attachment i. The reader
/// of what MessageBuilder writes: for tests and for whoever shows a message.
/// Errors: kCorrupt where slots and texts do not match.
Result<std::string> PartsJson(const model::Message& message,
                              const std::vector<std::string>& attachment_names);

}  // namespace vitrine::codecs
