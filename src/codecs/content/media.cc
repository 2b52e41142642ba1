// Images, audio and files inside parts.
#include "codecs/content/content_reader.h"
#include "codecs/content/text.h"
#include "syntax/base64.h"

namespace vitrine::codecs {

namespace {

using syntax::JsonValue;

std::string_view ModalityOf(std::string_view media_type) {
  if (media_type.starts_with("image/")) return "image";
  if (media_type.starts_with("audio/")) return "audio";
  if (media_type.starts_with("video/")) return "video";
  return media_type.empty() ? std::string_view() : "document";
}

struct Format {
  std::string_view name, media_type;
};
// Bare format names of OpenAI's input_audio and Bedrock's image, document and video blocks.
constexpr Format kFormats[] = {
    {"png", "image/png"},       {"jpeg", "image/jpeg"}, {"jpg", "image/jpeg"},
    {"gif", "image/gif"},       {"webp", "image/webp"}, {"wav", "audio/wav"},
    {"mp3", "audio/mpeg"},      {"flac", "audio/flac"}, {"ogg", "audio/ogg"},
    {"opus", "audio/ogg"},      {"pcm16", "audio/L16"}, {"pdf", "application/pdf"},
    {"csv", "text/csv"},        {"txt", "text/plain"},  {"md", "text/markdown"},
    {"html", "text/html"},      {"mp4", "video/mp4"},   {"webm", "video/webm"},
    {"mov", "video/quicktime"},
};

std::string_view MediaTypeMember(JsonValue part) {
  return FirstOf(part, "mime_type", "mimeType", "media_type", "mediaType", "contentType").text();
}

}  // namespace

std::string_view MediaTypeOf(std::string_view format) {
  for (const Format& known : kFormats) {
    if (EqualsIgnoreCase(known.name, format)) return known.media_type;
  }
  return {};
}

std::optional<std::string_view> DecodeBase64(std::string_view text, Arena& arena) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (text.size() % 4 == 1) text.remove_suffix(1);  // Cut by the sender; one sextet is no byte.
  auto bytes = syntax::Base64Decode(text);
  if (!bytes) return std::nullopt;
  return arena.Copy(*bytes);
}

void ContentReader::ReadMedia(std::string_view modality, std::string_view media_type,
                              std::string_view data, std::string_view transcript) {
  if (StartsWithIgnoreCase(data, "data:")) {
    const size_t comma = data.find(',');
    const std::string_view head =
        comma == std::string_view::npos ? std::string_view() : data.substr(5, comma - 5);
    if (head.ends_with(";base64")) {
      std::string_view type = head.substr(0, head.find(';'));
      if (!type.empty()) media_type = type;
      data.remove_prefix(comma + 1);
    } else {
      builder_.AddUri(modality, media_type, data, transcript);
      return;
    }
  } else if (data.substr(0, 32).contains("://")) {
    builder_.AddUri(modality, media_type, data, transcript);
    return;
  }
  if (modality.empty()) modality = ModalityOf(media_type);
  bool is_masked = data == "__REDACTED__";  // OpenInference; it happens to be base64.
  if (auto bytes = DecodeBase64(data, arena_); bytes && !bytes->empty() && !is_masked) {
    builder_.AddBlob(modality, media_type, *bytes, transcript);
  } else {
    // "__REDACTED__", a path, a placeholder.
    builder_.AddUri(modality, media_type, data, transcript);
  }
}

void ContentReader::ReadSource(std::string_view modality, JsonValue source) {
  std::string_view media_type = MediaTypeMember(source);
  if (JsonValue file = FirstOf(source, "file_id", "fileId"); file.is_string()) {
    builder_.AddFile(modality, media_type, file.text());
  } else if (JsonValue location = source["s3Location"]; location.is_object()) {
    builder_.AddUri(modality, media_type, location["uri"].text());
  } else if (source["type"].text() == "text") {
    builder_.AddText(source["data"].text());
  } else if (source["type"].text() == "content") {
    ReadParts(source["content"]);
  } else if (JsonValue data = FirstOf(source, "data", "bytes", "url", "uri"); data.is_string()) {
    ReadMedia(modality, media_type, data.text());
  } else {
    builder_.AddOther(source);
  }
}

bool ContentReader::ReadMediaPart(std::string_view type, JsonValue part) {
  std::string_view media_type = MediaTypeMember(part);
  std::string_view transcript = part["transcript"].text();
  if (type == "blob") {
    ReadMedia(part["modality"].text(), media_type, FirstOf(part, "content", "data").text(),
              transcript);
  } else if (type == "uri") {
    builder_.AddUri(part["modality"].text(), media_type, FirstOf(part, "uri", "url").text(),
                    transcript);
  } else if (type == "binary") {
    ReadMedia(ModalityOf(media_type), media_type, FirstOf(part, "content", "data").text());
  } else if (type == "image_url" || type == "input_image" || type == "image-url" ||
             type == "audio-url" || type == "video-url" || type == "document-url" ||
             type == "audio_url" || type == "video_url") {
    std::string_view modality = type == "input_image" ? "image" : type.substr(0, 5);
    if (type.starts_with("document")) modality = "document";
    JsonValue url = FirstOf(part, type, "image_url", "url");
    if (url.is_object()) url = url["url"];
    if (url.is_string()) {
      ReadMedia(modality, media_type, url.text());
    } else {
      builder_.AddFile(modality, media_type, part["file_id"].text());
    }
  } else if (type == "input_audio" || type == "audio") {
    JsonValue audio = FirstOf(part, "input_audio", "audio");
    if (!audio.is_object()) audio = part;
    std::string_view format = audio["format"].text();
    if (media_type.empty()) media_type = MediaTypeMember(audio);
    if (media_type.empty()) media_type = MediaTypeOf(format);
    if (transcript.empty()) transcript = audio["transcript"].text();
    if (JsonValue data = FirstOf(audio, "data", "url"); data.is_string()) {
      ReadMedia("audio", media_type, data.text(), transcript);
    } else if (audio["id"].is_string()) {
      builder_.AddFile("audio", media_type, audio["id"].text(), transcript);
    } else {
      return false;
    }
  } else if (type == "image" || type == "document" || type == "video" || type == "media") {
    std::string_view modality = type == "media" ? ModalityOf(media_type) : type;
    JsonValue source = part["source"];
    JsonValue inner = FirstOf(part, "image", "data", "url", "file_uri", "image_url");
    if (inner.is_object() && inner["url"].is_string()) inner = inner["url"];
    if (source.is_object()) {
      ReadSource(modality, source);
    } else if (inner.is_string()) {
      ReadMedia(modality, media_type, inner.text());
    } else {
      return false;
    }
  } else if (type == "file" || type == "input_file") {
    JsonValue file = part["file"].is_object() ? part["file"] : part;
    std::string_view modality = part["modality"].text();
    if (modality.empty()) modality = ModalityOf(media_type);
    if (JsonValue data = FirstOf(file, "file_data", "data", "file_url", "url"); data.is_string()) {
      ReadMedia(modality, media_type, data.text());
    } else if (JsonValue id = FirstOf(file, "file_id", "fileId", "id"); id.is_string()) {
      builder_.AddFile(modality, media_type, id.text(), transcript);
    } else {
      return false;
    }
  } else {
    return false;
  }
  return true;
}

bool ContentReader::ReadBedrockPart(JsonValue part) {
  for (std::string_view modality : {"image", "document", "video", "audio"}) {
    JsonValue block = part[modality];
    if (!block.is_object() || !block["source"].is_object()) continue;
    std::string_view media_type = MediaTypeOf(block["format"].text());
    JsonValue source = block["source"];
    if (JsonValue bytes = source["bytes"]; bytes.is_string()) {
      ReadMedia(modality, media_type, bytes.text());
    } else {
      ReadSource(modality, source);
    }
    return true;
  }
  for (auto [name, alternative] :
       {std::pair{"inlineData", "inline_data"}, std::pair{"fileData", "file_data"}}) {
    JsonValue block = FirstOf(part, name, alternative);
    if (!block.is_object()) continue;
    std::string_view media_type = MediaTypeMember(block);
    JsonValue data = FirstOf(block, "data", "fileUri", "file_uri");
    if (block["data"].is_string()) {
      ReadMedia(ModalityOf(media_type), media_type, data.text());
    } else {
      builder_.AddUri(ModalityOf(media_type), media_type, data.text());
    }
    return true;
  }
  return false;
}

}  // namespace vitrine::codecs
