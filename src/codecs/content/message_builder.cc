#include "codecs/content/message_builder.h"

#include <algorithm>
#include <cstring>

#include "syntax/json/json_writer.h"

namespace vitrine::codecs {

namespace {

using model::kAttachmentSlot;
using model::kTextSlot;
using syntax::JsonKind;
using syntax::JsonValue;

// Nearly every message is one text; its template is then this constant and costs nothing.
constexpr std::string_view kOneText = "[{\"type\":\"text\",\"content\":\x1F}]";

bool HoldsSlotByte(std::string_view text) {
  return std::memchr(text.data(), kTextSlot, text.size()) != nullptr ||
         std::memchr(text.data(), kAttachmentSlot, text.size()) != nullptr;
}

/// Markers that move through the history with each turn and are not content.
bool IsTransportKey(std::string_view key) {
  return key == "cache_control" || key == "cacheControl" || key == "cachePoint" ||
         key == "providerOptions" || key == "providerMetadata";
}

}  // namespace

void MessageBuilder::Begin() {
  template_.clear();
  texts_.clear();
  attachments_.clear();
  part_count_ = 0;
  is_one_plain_text_ = false;
}

void MessageBuilder::OpenPart(std::string_view type) {
  template_.append(part_count_++ == 0 ? "[{\"type\":" : ",{\"type\":");
  syntax::AppendJsonString(template_, type);
  is_one_plain_text_ = false;
}

void MessageBuilder::ClosePart() { template_.push_back('}'); }

void MessageBuilder::Key(std::string_view key) {
  template_.append(",\"").append(key).append("\":");
}

void MessageBuilder::TextMember(std::string_view key, std::string_view text) {
  Key(key);
  if (!text.empty() && HoldsSlotByte(text)) {
    syntax::AppendJsonString(template_, text);
    return;
  }
  template_.push_back(kTextSlot);
  texts_.push_back(text);
}

void MessageBuilder::PlainMember(std::string_view key, std::string_view text) {
  if (text.empty()) return;
  Key(key);
  syntax::AppendJsonString(template_, text);
}

void MessageBuilder::AddText(std::string_view content) {
  OpenPart("text");
  TextMember("content", content);
  ClosePart();
  is_one_plain_text_ = part_count_ == 1 && texts_.size() == 1;
}

void MessageBuilder::AddReasoning(std::string_view content, std::string_view signature) {
  OpenPart("reasoning");
  TextMember("content", content);
  PlainMember("signature", signature);
  ClosePart();
}

void MessageBuilder::AddRefusal(std::string_view content) {
  OpenPart("refusal");
  TextMember("content", content);
  ClosePart();
}

void MessageBuilder::AddToolCall(std::string_view id, std::string_view name,
                                 std::string_view arguments, bool is_server_side) {
  OpenPart("tool_call");
  PlainMember("id", id);
  PlainMember("name", name);
  TextMember("arguments", arguments);
  if (is_server_side) template_.append(",\"server_side\":true");
  ClosePart();
}

void MessageBuilder::AddToolResponse(std::string_view id, std::string_view name,
                                     std::string_view response) {
  OpenPart("tool_call_response");
  PlainMember("id", id);
  PlainMember("name", name);
  TextMember("response", response);
  ClosePart();
}

void MessageBuilder::AddBlob(std::string_view modality, std::string_view media_type,
                             std::string_view bytes, std::string_view transcript) {
  OpenPart("blob");
  PlainMember("modality", modality);
  PlainMember("mime_type", media_type);
  template_.append(",\"attachment\":\"\x1E\"");
  attachments_.push_back({media_type, bytes});
  if (!transcript.empty()) TextMember("transcript", transcript);
  ClosePart();
}

void MessageBuilder::AddUri(std::string_view modality, std::string_view media_type,
                            std::string_view uri, std::string_view transcript) {
  OpenPart("uri");
  PlainMember("modality", modality);
  PlainMember("mime_type", media_type);
  PlainMember("uri", uri);
  if (!transcript.empty()) TextMember("transcript", transcript);
  ClosePart();
}

void MessageBuilder::AddFile(std::string_view modality, std::string_view media_type,
                             std::string_view file_id, std::string_view transcript) {
  OpenPart("file");
  PlainMember("modality", modality);
  PlainMember("mime_type", media_type);
  PlainMember("file_id", file_id);
  if (!transcript.empty()) TextMember("transcript", transcript);
  ClosePart();
}

void MessageBuilder::AddToolDefinition(std::string_view name, std::string_view description,
                                       JsonValue parameters) {
  OpenPart("tool_definition");
  PlainMember("name", name);
  if (!description.empty()) TextMember("description", description);
  if (!parameters.is_nothing()) {
    Key("parameters");
    AppendJson(parameters);
  }
  ClosePart();
}

void MessageBuilder::AddOther(JsonValue part) {
  template_.append(part_count_++ == 0 ? "[" : ",");
  is_one_plain_text_ = false;
  AppendJson(part);
}

// Recursion is bounded by the document's depth_max. Strings are written anew, so that neither white
// space nor the choice of escapes makes two equal parts differ.
void MessageBuilder::AppendJson(JsonValue value) {
  switch (value.kind()) {
    case JsonKind::kString: syntax::AppendJsonString(template_, value.text()); return;
    case JsonKind::kArray: {
      template_.push_back('[');
      bool first = true;
      for (JsonValue element : value.Elements()) {
        if (!first) template_.push_back(',');
        first = false;
        AppendJson(element);
      }
      template_.push_back(']');
      return;
    }
    case JsonKind::kObject: {
      template_.push_back('{');
      bool first = true;
      for (auto [key, member] : value.Members()) {
        if (IsTransportKey(key)) continue;
        if (!first) template_.push_back(',');
        first = false;
        syntax::AppendJsonString(template_, key);
        template_.push_back(':');
        AppendJson(member);
      }
      template_.push_back('}');
      return;
    }
    case JsonKind::kDouble: {
      auto number = value.AsDouble();
      // Lenient documents hold NaN and Infinity, which JSON lacks.
      if (number && *number - *number == 0) {
        template_.append(value.raw());
      } else {
        template_.append("null");
      }
      return;
    }
    case JsonKind::kMissing: template_.append("null"); return;
    default: template_.append(value.raw());
  }
}

model::Message MessageBuilder::Finish(std::string_view role, std::string_view name) {
  model::Message message;
  message.role = role;
  message.name = name;
  if (is_one_plain_text_) {
    message.parts_template = kOneText;
  } else if (part_count_ > 0) {
    template_.push_back(']');
    message.parts_template = arena_.Copy(template_);
  } else {
    message.parts_template = "[]";
  }
  if (texts_.size() == 1) {
    message.texts = texts_.front();
  } else if (texts_.size() > 1) {
    size_t size = texts_.size() - 1;
    for (std::string_view text : texts_) size += text.size();
    char* joined = static_cast<char*>(arena_.Allocate(size, 1));
    char* at = joined;
    for (size_t i = 0; i < texts_.size(); ++i) {
      if (i > 0) *at++ = kTextSlot;
      if (!texts_[i].empty()) std::memcpy(at, texts_[i].data(), texts_[i].size());
      at += texts_[i].size();
    }
    message.texts = {joined, size};
  }
  message.attachments = arena_.CopyArray(attachments_);
  Begin();
  return message;
}

Result<std::string> PartsJson(const model::Message& message,
                              const std::vector<std::string>& attachment_names) {
  std::string json;
  std::string_view texts = message.texts;
  size_t attachment = 0;
  size_t slots_left = static_cast<size_t>(std::ranges::count(message.parts_template, kTextSlot));
  if (slots_left == 0 && !texts.empty()) {
    return Fail(ErrorCode::kCorrupt, "a message has texts but no place for them");
  }
  for (char c : message.parts_template) {
    if (c == kTextSlot) {
      size_t end = slots_left > 1 ? texts.find(kTextSlot) : texts.size();
      if (end == std::string_view::npos || (slots_left == 1 && texts.contains(kTextSlot))) {
        return Fail(ErrorCode::kCorrupt, "a message has another number of texts than places");
      }
      syntax::AppendJsonString(json, texts.substr(0, end));
      texts.remove_prefix(std::min(end + 1, texts.size()));
      --slots_left;
    } else if (c == kAttachmentSlot) {
      if (attachment == attachment_names.size()) {
        return Fail(ErrorCode::kCorrupt, "a message has more places than attachments");
      }
      json.append(attachment_names[attachment++]);
    } else {
      json.push_back(c);
    }
  }
  if (attachment != attachment_names.size()) {
    return Fail(ErrorCode::kCorrupt, "a message has more attachments than places");
  }
  return json;
}

}  // namespace vitrine::codecs
