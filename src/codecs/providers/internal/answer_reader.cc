#include "codecs/providers/internal/answer_reader.h"

#include <algorithm>

#include "codecs/content/text.h"
#include "codecs/providers/internal/lenient_json.h"
#include "codecs/providers/limits.h"
#include "syntax/base64.h"
#include "syntax/json/utf8.h"

namespace vitrine::codecs::providers {

namespace {

using syntax::JsonStatus;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
// As long as the longest of kStreamBeginnings: so many bytes tell them all apart.
constexpr size_t kTellingBytes = 6;
constexpr std::string_view kStreamBeginnings[] = {"data:", "event:", ": ", ":\n"};
constexpr std::string_view kDone = "[DONE]";

/// How many bytes stand before the answer: a byte order mark, white space. The first `from` are
/// known to.
size_t BlankBytes(std::string_view text, size_t from) {
  if (from == 0 && text.starts_with(kByteOrderMark)) from = kByteOrderMark.size();
  return std::min(text.find_first_not_of(" \t\r\n", from), text.size());
}

bool IsAws(Api api) {
  return api == Api::kConverse || api == Api::kInvoke || api == Api::kInvokeAgent ||
         api == Api::kRetrieveAndGenerate || api == Api::kInvocations;
}

/// Interfaces that stream JSON values under any content type.
bool StreamsValues(Api api) {
  return api == Api::kOllamaChat || api == Api::kOllamaGenerate || api == Api::kCohereChatV1 ||
         api == Api::kCohereGenerateV1;
}

bool IsChat(Api api) { return api == Api::kChatCompletions || api == Api::kCompletions; }

}  // namespace

AnswerReader::AnswerReader(const Route& route, CallDraft& draft)
    : route_(route),
      family_(FamilyOf(route.api)),
      draft_(draft),
      sse_(kEventBytesMax),
      frames_(kEventBytesMax),
      values_(kEventBytesMax) {
  draft_.api = route.api;
}

void AnswerReader::Begin(const ResponseHead& head) {
  status_ = head.status;
  content_type_ = FindHeader(head.headers, "content-type");
  std::ranges::transform(content_type_, content_type_.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
}

/// kUnknown where more bytes are needed. The answer does not depend on how they were cut.
AnswerReader::Framing AnswerReader::Decide(std::string_view prefix, bool is_end) const {
  std::string_view begin = prefix.substr(blank_bytes_);
  bool is_long = begin.size() >= kTellingBytes || is_end || prefix.size() > kPrefixBytesMax;
  if (begin.empty() && !is_long) return Framing::kUnknown;
  bool is_values = content_type_.contains("ndjson") || content_type_.contains("stream+json") ||
                   content_type_.contains("jsonl") || content_type_.contains("json-seq");
  if (begin.starts_with('{') || begin.starts_with('[')) {
    if (is_failure()) return Framing::kWhole;
    bool is_piecemeal_array =
        route_.asks_for_stream && begin.starts_with('[') && route_.api == Api::kGenerateContent;
    return is_values || StreamsValues(route_.api) || is_piecemeal_array ? Framing::kJsonValues
                                                                        : Framing::kWhole;
  }
  if (!is_long) return Framing::kUnknown;
  for (std::string_view beginning : kStreamBeginnings) {
    if (begin.starts_with(beginning)) return Framing::kSse;
  }
  if (content_type_.contains("amazon.eventstream")) return Framing::kEventStream;
  if (IsAws(route_.api) && prefix.starts_with(std::string_view("\0\0", 2))) {
    return Framing::kEventStream;
  }
  if (content_type_.contains("text/event-stream")) return Framing::kSse;
  return is_values ? Framing::kJsonValues : Framing::kWhole;
}

void AnswerReader::Start(Framing framing) {
  framing_ = framing;
  draft_.texts_last = framing == Framing::kWhole;
  is_stream_ = framing == Framing::kSse || framing == Framing::kEventStream ||
               (framing == Framing::kJsonValues && !StreamsValues(route_.api)) ||
               content_type_.contains("ndjson") || content_type_.contains("stream+json");
}

void AnswerReader::Feed(std::string_view piece, uint64_t offset_ns) {
  if (family_ == nullptr) return;
  has_bytes_ |= !piece.empty();
  offset_ns_ = offset_ns;
  has_delta_in_read_ = false;
  if (framing_ != Framing::kUnknown) {
    Process(piece);
    return;
  }
  if (!prefix_.empty()) prefix_.append(piece);
  std::string_view begin = prefix_.empty() ? piece : std::string_view(prefix_);
  blank_bytes_ = BlankBytes(begin, blank_bytes_);
  Framing framing = Decide(begin, false);
  if (framing == Framing::kUnknown) {
    if (prefix_.empty()) prefix_ = piece;
    return;
  }
  Start(framing);
  Process(begin);
}

/// Binary answers are not kept; only their errors are read.
bool AnswerReader::NeedsBody() const { return is_failure() || family_->read_body != nullptr; }

void AnswerReader::Process(std::string_view piece) {
  switch (framing_) {
    case Framing::kSse:
      sse_.Feed(piece);
      DrainSse();
      break;
    case Framing::kEventStream:
      frames_.Feed(piece);
      DrainFrames();
      break;
    case Framing::kJsonValues:
      values_.Feed(piece);
      DrainValues();
      break;
    default: {
      if (!NeedsBody()) return;
      size_t room = kBodyBytesMax - std::min(body_.size(), kBodyBytesMax);
      draft_.is_cut_off |= piece.size() > room;
      body_.append(piece.substr(0, room));
    }
  }
}

void AnswerReader::DrainSse() {
  for (syntax::SseEvent event; sse_.Next(event);) ReadEvent(event.name, event.data);
}

void AnswerReader::DrainFrames() {
  for (syntax::EventStreamFrame frame; frames_.Next(frame);) ReadFrame(frame);
}

void AnswerReader::DrainValues() {
  for (std::string_view value; values_.Next(value);) {
    if (is_stream_ || value_count_ > 0) {
      if (value_count_ == 1 && !is_stream_) {
        is_stream_ = true;
        ReadValue(first_value_, first_value_offset_ns_);
      }
      ReadValue(value, offset_ns_);
    } else {
      first_value_ = value;
      first_value_offset_ns_ = offset_ns_;
    }
    ++value_count_;
  }
}

void AnswerReader::ReadValue(std::string_view value, uint64_t offset_ns) {
  std::swap(offset_ns, offset_ns_);
  ReadEvent({}, value);
  std::swap(offset_ns, offset_ns_);
}

void AnswerReader::ReadFrame(const syntax::EventStreamFrame& frame) {
  if (frame.message_type == "exception" || frame.message_type == "error" ||
      frame.event_type.ends_with("xception")) {
    std::string_view type = frame.exception_type.empty() ? frame.event_type : frame.exception_type;
    scratch_.Clear();
    JsonValue message;
    if (document_.Parse(frame.payload, scratch_, LenientJson()) == JsonStatus::kOk) {
      message = document_.root()["message"];
    }
    std::string_view text = message.is_string() ? message.text() : frame.payload;
    if (text.empty()) text = frame.error_message;
    std::string kept_type(AsUtf8(type));  // The next call writes over the first one's text.
    draft_.SetError(kept_type, AsUtf8(text));
    return;
  }
  if (route_.api == Api::kInvocations) {
    ReadPassedOn(frame.payload);
    return;
  }
  if (route_.api == Api::kInvokeAgent && frame.event_type == "trace") {
    KeepAgentEvent(frame.payload);
    return;
  }
  bool is_wrapped =
      route_.api == Api::kInvokeAgent ? frame.event_type == "chunk" : family_->has_wrapped_events;
  if (!is_wrapped) {
    ReadEvent(frame.event_type, frame.payload);
    return;
  }
  scratch_.Clear();
  if (document_.Parse(frame.payload, scratch_, LenientJson()) != JsonStatus::kOk ||
      !syntax::Base64Decode(document_.root()["bytes"].text(), decoded_)) {
    ++events_skipped_;
    return;
  }
  if (route_.api == Api::kInvokeAgent) {
    draft_.appended_bytes = 0;
    draft_.Append(PartKind::kText, 0, decoded_);
    NoteDelta();
  } else {
    ReadEvent(frame.event_type, decoded_);
  }
}

void AnswerReader::KeepAgentEvent(std::string_view payload) {
  payload = AsUtf8(payload);
  if (payload.size() > kAgentTraceBytesMax - agent_event_bytes_) {
    ++events_skipped_;
    return;
  }
  agent_event_bytes_ += payload.size();
  agent_events_.push_back(draft_.arena.Copy(payload));
}

/// SageMaker passes on what a container streams, events or JSON values, cut anywhere.
void AnswerReader::ReadPassedOn(std::string_view payload) {
  if (inner_ == Framing::kUnknown) {
    size_t begin = BlankBytes(payload, 0);
    if (begin == payload.size()) return;
    bool is_json = payload[begin] == '{' || payload[begin] == '[';
    inner_ = is_json ? Framing::kJsonValues : Framing::kSse;
  }
  if (inner_ == Framing::kSse) {
    sse_.Feed(payload);
    DrainSse();
  } else {
    values_.Feed(payload);
    DrainValues();
  }
}

/// Everything that is kept of an answer is UTF-8, whatever was sent. Framing comes first: a
/// character that two reads share is whole again here.
std::string_view AnswerReader::AsUtf8(std::string_view text) {
  if (syntax::Utf8IsValid(text)) return text;
  repaired_.clear();
  syntax::AppendUtf8Repaired(repaired_, text);
  return repaired_;
}

void AnswerReader::ReadEvent(std::string_view name, std::string_view text) {
  text = AsUtf8(text);
  if (Trim(text) == kDone) {
    draft_.is_done |= IsChat(route_.api);
    return;
  }
  scratch_.Clear();
  JsonStatus status = document_.Parse(text, scratch_, LenientJson());
  if (status != JsonStatus::kOk || !document_.root().is_object()) {
    ++events_skipped_;
    return;
  }
  if (is_failure()) {
    ReadError(document_.root());
    return;
  }
  if (family_->read_event == nullptr) return;
  draft_.appended_bytes = 0;
  family_->read_event(name, document_.root(), draft_);
  NoteDelta();
}

void AnswerReader::NoteDelta() {
  if (draft_.appended_bytes == 0) return;
  if (deltas_.size() >= kDeltasMax) {
    ++deltas_dropped_;
    return;
  }
  auto size = static_cast<uint32_t>(std::min<size_t>(draft_.appended_bytes, UINT32_MAX));
  deltas_.push_back({offset_ns_, size, has_delta_in_read_});
  has_delta_in_read_ = true;
}

void AnswerReader::ReadError(JsonValue body) {
  JsonValue root = body.is_array() ? body.At(0) : body;
  JsonValue error = root["error"];
  bool is_empty = error.is_nothing() || (error.is_string() && error.text().empty());
  draft_.SetError(is_empty ? root : error);
}

/// Transcripts come as text where they are asked for as such: plain, subtitles.
bool AnswerReader::ReadText() {
  if (route_.api != Api::kTranscriptions && route_.api != Api::kTranslations) return false;
  draft_.Append(PartKind::kText, 0, AsUtf8(body_));
  draft_.is_done = true;
  return true;
}

void AnswerReader::ReadWhole() {
  draft_.texts_last = true;
  draft_.is_error |= is_failure();
  if (!NeedsBody()) {  // Sound and the like: whoever ended the answer says that it was whole.
    draft_.is_done = has_bytes_;
    draft_.is_cut_off |= !has_bytes_;
    return;
  }
  if (Trim(body_).empty()) {
    draft_.is_cut_off |= !is_failure();
    return;
  }
  syntax::JsonOptions options = LenientJson();
  options.allow_cut_off = true;
  std::string_view text = AsUtf8(body_);
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  JsonStatus status = document_.Parse(text, draft_.arena, options);
  JsonValue root = document_.root();
  bool is_tree = status == JsonStatus::kOk || status == JsonStatus::kCutOff;
  bool is_structured = is_tree && (root.is_object() || root.is_array());
  draft_.is_cut_off |= status == JsonStatus::kCutOff || (!is_structured && !is_failure());
  if (is_failure()) {
    if (is_structured) ReadError(root);
    return;
  }
  if (!is_structured) {
    bool is_text = ReadText();
    draft_.is_cut_off &= !is_text;
    events_skipped_ += is_text ? 0 : 1;
    return;
  }
  family_->read_body(root, draft_);
  draft_.is_done &= status == JsonStatus::kOk;
}

void AnswerReader::End() {
  if (family_ == nullptr) return;
  if (framing_ == Framing::kUnknown) {
    Start(Decide(prefix_, true));
    Process(prefix_);
  }
  // Not what is only an event because nothing follows: clients do not take it for one.
  draft_.has_end_marker = is_stream_ && draft_.is_done;
  has_delta_in_read_ = true;
  Framing events = inner_ == Framing::kUnknown ? framing_ : inner_;
  if (events == Framing::kSse) {
    sse_.Feed({});
    sse_.End();
    DrainSse();
  } else if (events == Framing::kJsonValues) {
    values_.Feed({});
    values_.End();
    DrainValues();
    draft_.is_cut_off |= values_.is_cut_off();
    if (value_count_ == 1 && !is_stream_) body_ = first_value_;
  }
  if (framing_ == Framing::kEventStream) {
    bool is_boundary = frames_.at_boundary();
    draft_.is_cut_off |= !is_boundary;
    bool has_marker = route_.api == Api::kConverse || route_.api == Api::kInvoke;
    if (!has_marker) draft_.is_done = is_boundary;
  }
  draft_.FinishArguments();
  if (route_.api == Api::kInvokeAgent) draft_.RepairTexts();  // Their chunks are bytes.
  if (!is_stream_) ReadWhole();
  draft_.is_error |= is_failure();
  // Servers leave the last event out, which says nothing more or what the call used.
  const bool may_lack_end =
      IsChat(route_.api) || route_.api == Api::kConverse || route_.api == Api::kInvoke;
  if (is_stream_ && may_lack_end) draft_.is_done |= draft_.AllChoicesFinished();
}

uint64_t AnswerReader::events_skipped() const {
  return events_skipped_ + sse_.skipped_count() + values_.skipped_count();
}

}  // namespace vitrine::codecs::providers
