// Message: one entry of a conversation in canonical form, and what hangs on it.
// Owner: everything borrows from the batch's arena or the request body.
//
// A message is stored as a template and its texts. The template is a JSON array of parts in which
// every string value that a reader would want to search (text, reasoning, tool arguments, tool
// responses, refusals) is replaced by kTextSlot, standing outside quotes, and every attachment hash
// by kAttachmentSlot inside quotes; `texts` are those strings, unescaped, joined by kTextSlot. A
// string that itself holds one of the two slot bytes stays in the template, escaped.
// [{"type":"text","content":\x1F}] + "hello" means [{"type":"text","content":"hello"}].
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace vitrine::model {

inline constexpr char kTextSlot = '\x1F';
inline constexpr char kAttachmentSlot = '\x1E';

/// Bytes taken out of a message. Its hash fills the template's next kAttachmentSlot.
struct Attachment {
  std::string_view media_type;
  std::string_view bytes;  ///< Decoded.
};

struct Message {
  std::string_view role;  ///< system, user, assistant, tool, input (embedding), document,
                          ///< tool_definition, or as sent.
  std::string_view name;
  std::string_view parts_template;
  std::string_view texts;
  std::span<const Attachment> attachments;
  /// Of an output message; normalised (stop, length, tool_call, content_filter, error) or empty.
  std::string_view finish_reason;
  uint32_t choice = 0;  ///< Output messages: index of the choice.
  bool is_new = false;  ///< After the last assistant message of the input, or output.
};

/// A tool call the model made in this call's output.
struct ToolCall {
  std::string_view name;
  std::string_view arguments;  ///< JSON text as sent; may be cut or invalid.
  std::string_view id;
  bool is_server_side = false;  ///< Run by the provider.
};

struct RetrievedDocument {
  std::string_view id;
  std::optional<double> score;
  std::string_view content;  ///< Goes to the content store with role `document`.
  std::string_view data_source;
  std::string_view metadata;  ///< JSON text or empty.
};

}  // namespace vitrine::model
