#include "capture/gateway/exchange_skeleton.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "capture/gateway/limits.h"
#include "capture/gateway/secret_headers.h"
#include "model/message_texts.h"
#include "pipeline/secret_scrubber.h"
#include "syntax/base64.h"
#include "syntax/skeleton.h"

namespace vitrine::capture {

namespace {

using model::ContentList;
using model::ContentRef;
using model::Span;
using syntax::JsonEscapeStyle;
using syntax::SkeletonForm;
using syntax::SkeletonReference;

/// The scrubber of the pipeline, and the caller's own credentials.
class Redactor {
 public:
  Redactor(const std::vector<std::string>& secrets, Arena& arena)
      : secrets_(secrets), arena_(arena) {}

  /// What the pipeline will make of this text; the same view where it is nothing else.
  std::string_view Scrubbed(std::string_view text) {
    return scrubber_.ScrubText(text, arena_, count_);
  }
  /// The same; and without credentials that an escape hid from a look at the bytes.
  std::string_view Unmasked(std::string_view text) {
    if (HoldsSecret(text)) {
      std::string masked(text);
      MaskSecrets(secrets_, masked);
      text = arena_.Copy(masked);
      ++count_;
    }
    return Scrubbed(text);
  }
  bool HoldsSecret(std::string_view text) const {
    return std::ranges::any_of(secrets_, [&](const auto& secret) { return text.contains(secret); });
  }
  void Count(uint32_t more = 1) { count_ += more; }
  uint32_t TakeCount() { return std::exchange(count_, 0); }

 private:
  pipeline::SecretScrubber scrubber_;
  const std::vector<std::string>& secrets_;
  Arena& arena_;
  uint32_t count_ = 0;
};

/// Bytes that were replaced by more or fewer: from `end` on, places are `by` further.
struct Shift {
  uint64_t end = 0;
  int64_t by = 0;
};

struct Found {
  ContentRef content;
  uint32_t text = 0;
};

/// Texts by which content of the span may be found in its bodies.
class ContentIndex {
 public:
  struct Plain {
    std::string_view text;
    Found found;
  };

  const Found* Text(std::string_view text) const { return Look(texts_, text); }
  const Found* Attachment(std::string_view bytes) const { return Look(attachments_, bytes); }
  bool has_attachments() const { return !attachments_.empty(); }
  bool has_json() const { return !json_.empty(); }
  /// The longest JSON value of a message that stands at the head of `bytes`.
  const Plain* Json(std::string_view bytes) const {
    if (bytes.size() < kReferencedBytesMin) return nullptr;
    const auto same_head = json_.find(bytes.substr(0, kReferencedBytesMin));
    if (same_head == json_.end()) return nullptr;
    const Plain* longest = nullptr;
    for (const Plain& plain : same_head->second) {
      if ((longest == nullptr || plain.text.size() > longest->text.size()) &&
          bytes.starts_with(plain.text))
        longest = &plain;
    }
    return longest;
  }

  void AddText(std::string_view text, const Found& found) {
    if (text.size() >= kReferencedBytesMin) texts_.try_emplace(text, found);
  }
  void AddAttachment(std::string_view bytes, const Found& found) {
    if (bytes.size() >= kReferencedBytesMin) attachments_.try_emplace(bytes, found);
  }
  void AddJson(std::string_view text, const Found& found) {
    std::vector<Plain>& same_head = json_[text.substr(0, kReferencedBytesMin)];
    // More with one head are rare, and each is compared where any of them may stand.
    if (same_head.size() < kSameHeadsMax) same_head.push_back({text, found});
  }

 private:
  static constexpr size_t kSameHeadsMax = 16;
  using Map = std::unordered_map<std::string_view, Found>;
  static const Found* Look(const Map& map, std::string_view key) {
    const auto found = map.find(key);
    return found == map.end() ? nullptr : &found->second;
  }
  Map texts_, attachments_;
  std::unordered_map<std::string_view, std::vector<Plain>> json_;
};

/// Numbers contents in the order in which skeletons first refer to them.
class ContentNumbers {
 public:
  uint32_t Of(const ContentRef& content) {
    const auto [found, is_new] =
        numbers_.try_emplace(std::tuple(content.list, content.position, content.attachment),
                             static_cast<uint32_t>(contents_.size()));
    if (is_new) contents_.push_back(content);
    return found->second;
  }
  const std::vector<ContentRef>& contents() const { return contents_; }

 private:
  std::map<std::tuple<ContentList, uint32_t, uint32_t>, uint32_t> numbers_;
  std::vector<ContentRef> contents_;
};

bool LooksLikeBase64(std::string_view text) {
  const auto is_digit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/' || c == '-' || c == '_';
  };
  return text.size() >= kReferencedBytesMin &&
         std::ranges::all_of(text.substr(0, kReferencedBytesMin), is_digit);
}

/// One body on its way to a skeleton. JSON strings are found by their quotes alone, so that streams
/// of events, cut-off answers and what is no JSON at all take the same way.
class BodyWalk {
 public:
  /// Without `index` everything is literal.
  BodyWalk(std::string_view body, Redactor& redactor, const ContentIndex* index,
           ContentNumbers* numbers)
      : body_(body), redactor_(redactor), index_(index), numbers_(numbers) {}

  void Run() {
    size_t at = 0;
    while (at < body_.size()) {
      const size_t quote = std::min(body_.find('"', at), body_.size());
      if (TakeJson(at, quote)) {
        at = done_;
        continue;
      }
      if (quote == body_.size()) break;
      size_t end = quote + 1;
      if (!FindEnd(end)) {
        at = end;  // Not a string: what follows is looked at as it is.
        continue;
      }
      Between(quote + 1);
      String(body_.substr(quote + 1, end - quote - 1));
      at = done_ + 1;
    }
    Between(body_.size());
  }

  const std::string& skeleton() const { return writer_.bytes(); }
  uint64_t size_bytes() const { return size_; }
  const std::vector<Shift>& shifts() const { return shifts_; }

 private:
  /// Moves `end` to the quote that closes a string, or to where it is clear that none does.
  bool FindEnd(size_t& end) const {
    for (; end < body_.size(); ++end) {
      const char c = body_[end];
      if (c == '"') return true;
      if (c == '\n') return false;
      if (c == '\\') ++end;
    }
    end = body_.size();
    return false;
  }

  /// Looks for a JSON value of a message between two strings. It may hold strings of its own.
  bool TakeJson(size_t begin, size_t end) {
    if (index_ == nullptr || !index_->has_json()) return false;
    for (size_t at = begin; at < end; ++at) {
      if (body_[at] != '{' && body_[at] != '[') continue;
      const ContentIndex::Plain* plain = index_->Json(body_.substr(at));
      if (plain == nullptr) continue;
      Between(at);
      Refer(plain->found, SkeletonForm::kPlain, 0, plain->text);
      done_ += plain->text.size();
      return true;
    }
    return false;
  }

  /// Everything up to `end` that is not inside of a string.
  void Between(size_t end) {
    const std::string_view bytes = body_.substr(done_, end - done_);
    Put(bytes, redactor_.Scrubbed(bytes));
  }

  void String(std::string_view inside) {
    const bool has_escapes = inside.contains('\\');
    JsonEscapeStyle style = 0;
    std::string_view text = inside;
    if (has_escapes) {
      unescaped_.clear();
      style = syntax::UnescapeJson(inside, unescaped_);
      text = unescaped_;
    }
    std::string_view clean = has_escapes ? redactor_.Unmasked(text) : redactor_.Scrubbed(text);
    if (IsSecretMember(inside)) {
      clean = pipeline::kScrubbed;
      redactor_.Count();
    }
    previous_ = inside;
    const bool is_changed = clean.data() != text.data() || clean.size() != text.size();
    if (is_changed || (index_ != nullptr && inside.size() >= kReferencedBytesMin)) {
      if (ReferToText(inside, clean, style, is_changed)) return;
      if (!is_changed && ReferToAttachment(inside, clean, style)) return;
    }
    if (is_changed) {
      escaped_.clear();
      syntax::AppendJsonEscaped(escaped_, clean, style);
      Put(inside, escaped_);
    } else {
      Put(inside, inside);
    }
  }

  bool ReferToText(std::string_view inside, std::string_view clean, JsonEscapeStyle style,
                   bool is_changed) {
    const Found* found = index_ == nullptr ? nullptr : index_->Text(clean);
    if (found == nullptr) return false;
    escaped_.clear();
    syntax::AppendJsonEscaped(escaped_, clean, style);
    if (!is_changed && escaped_ != inside) return false;
    Refer(*found, SkeletonForm::kEscaped, style, escaped_);
    Moved(inside.size(), escaped_.size());
    return true;
  }

  /// Bytes in base64, alone or as a data URL.
  bool ReferToAttachment(std::string_view inside, std::string_view text, JsonEscapeStyle style) {
    if (index_ == nullptr || !index_->has_attachments()) return false;
    constexpr std::string_view kMark = ";base64,";
    const size_t mark = text.starts_with("data:") ? text.find(kMark) : std::string_view::npos;
    const size_t begin = mark == std::string_view::npos ? 0 : mark + kMark.size();
    if (!LooksLikeBase64(text.substr(begin))) return false;
    const auto bytes = syntax::Base64Decode(text.substr(begin));
    const Found* found = bytes ? index_->Attachment(*bytes) : nullptr;
    if (found == nullptr) return false;
    std::string prefix, encoded;
    syntax::AppendJsonEscaped(prefix, text.substr(0, begin), style);
    if (!inside.starts_with(prefix)) return false;
    for (const SkeletonForm form :
         {SkeletonForm::kBase64, SkeletonForm::kBase64Url, SkeletonForm::kBase64UrlBare}) {
      encoded.clear();
      syntax::AppendReferenced(encoded, {.form = form, .style = style}, *bytes);
      if (encoded != inside.substr(prefix.size())) continue;
      Put(prefix, prefix);
      Refer(*found, form, style, encoded);
      done_ += encoded.size();
      return true;
    }
    return false;
  }

  /// True for the value of a member whose name says that it is a secret.
  bool IsSecretMember(std::string_view inside) const {
    constexpr size_t kBetweenMax = 8;  // The quotes, a colon, and white space.
    if (inside.empty() || previous_.empty()) return false;
    const char* behind = previous_.data() + previous_.size();
    const auto between = static_cast<size_t>(inside.data() - behind);
    if (between > kBetweenMax || !pipeline::SecretScrubber::IsSecretName(previous_)) return false;
    size_t colons = 0;
    for (size_t i = 1; i + 1 < between; ++i) {
      if (behind[i] == ':') {
        ++colons;
      } else if (behind[i] != ' ' && behind[i] != '\t' && behind[i] != '\n') {
        return false;
      }
    }
    return colons == 1;
  }

  void Refer(const Found& found, SkeletonForm form, JsonEscapeStyle style, std::string_view makes) {
    writer_.Reference(
        {.content = numbers_->Of(found.content), .text = found.text, .form = form, .style = style});
    size_ += makes.size();
  }
  /// Takes `bytes` as they are, or what stands in their place.
  void Put(std::string_view bytes, std::string_view clean) {
    writer_.Literal(clean);
    size_ += clean.size();
    Moved(bytes.size(), clean.size());
  }
  void Moved(size_t from, size_t to) {
    done_ += from;
    if (from == to) return;
    shift_ += static_cast<int64_t>(to) - static_cast<int64_t>(from);
    shifts_.push_back({done_, shift_});
  }

  std::string_view body_;
  Redactor& redactor_;
  const ContentIndex* index_;
  ContentNumbers* numbers_;
  syntax::SkeletonWriter writer_;
  size_t done_ = 0;  ///< Bytes of the body that are in the skeleton.
  uint64_t size_ = 0;
  int64_t shift_ = 0;
  std::vector<Shift> shifts_;
  std::string_view previous_;  ///< The string before.
  std::string unescaped_, escaped_;
};

/// Fills an index with what a span holds, scrubbed as the pipeline will scrub it.
class ContentGatherer {
 public:
  ContentGatherer(ContentIndex& index, Redactor& redactor) : index_(index), redactor_(redactor) {}

  void Gather(const Span& span) {
    Messages(ContentList::kInputMessages, span.input_messages);
    redactor_.TakeCount();
    Messages(ContentList::kOutputMessages, span.output_messages);
    output_redactions_ = redactor_.TakeCount();
    for (const model::Message& message : span.output_messages)
      output_holds_secret_ |= redactor_.HoldsSecret(message.texts);
    Messages(ContentList::kToolDefinitions, span.tool_definitions);
    for (uint32_t i = 0; i < span.documents.size(); ++i) {
      const std::string_view text = redactor_.Scrubbed(span.documents[i].content);
      // Stored as one text, which such a byte would cut.
      if (!text.contains(model::kTextSlot)) index_.AddText(text, {{ContentList::kDocuments, i}});
    }
    redactor_.TakeCount();
  }
  uint32_t output_redactions() const { return output_redactions_; }
  bool output_holds_secret() const { return output_holds_secret_; }

 private:
  void Messages(ContentList list, std::span<const model::Message> messages) {
    for (uint32_t i = 0; i < messages.size(); ++i) Message({list, i}, messages[i]);
  }
  void Message(ContentRef place, const model::Message& message) {
    const std::string_view parts = redactor_.Scrubbed(message.parts_template);
    std::string_view texts = redactor_.Scrubbed(message.texts);
    const uint32_t count = model::TextCount(parts);
    for (uint32_t i = 0; i < count; ++i) {
      const size_t end = std::min(texts.find(model::kTextSlot), texts.size());
      index_.AddText(texts.substr(0, end), {place, i});
      Json(texts.substr(0, end), {place, i});
      texts.remove_prefix(std::min(end + 1, texts.size()));
    }
    if (place.list == ContentList::kToolDefinitions) {
      if (const auto parameters = model::TextAt(parts, texts, count))
        Json(*parameters, {place, count});
    }
    for (uint32_t i = 0; i < message.attachments.size(); ++i) {
      place.attachment = i + 1;
      index_.AddAttachment(message.attachments[i].bytes, {place, 0});
    }
  }
  /// Arguments of tools and schemas stand in some bodies as they are.
  void Json(std::string_view text, const Found& found) {
    if (text.size() < kReferencedBytesMin || (text[0] != '{' && text[0] != '[')) return;
    const uint32_t before = redactor_.TakeCount();
    BodyWalk walk(text, redactor_, nullptr, nullptr);
    walk.Run();
    // As the redaction of the body would have it; a secret within leaves it to the walk.
    if (redactor_.TakeCount() == 0) index_.AddJson(text, found);
    redactor_.Count(before);
  }

  ContentIndex& index_;
  Redactor& redactor_;
  uint32_t output_redactions_ = 0;
  bool output_holds_secret_ = false;
};

std::span<const model::HeaderPair> KeptHeaders(const net::HttpHeaders& headers,
                                               const std::vector<std::string>& secrets,
                                               Arena& arena) {
  std::vector<model::HeaderPair> kept;
  for (const net::HttpHeader& header : headers) {
    if (IsSecretHeader(header.name)) continue;
    std::string name(header.name), value(header.value);
    for (char& c : name) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    }
    MaskSecrets(secrets, value);
    kept.push_back({arena.Copy(name), arena.Copy(value)});
  }
  return arena.CopyArray(kept);
}

model::ExchangeBody BodyOf(const PlainBody& plain, const BodyWalk& walk, Arena& arena) {
  return {arena.Copy(walk.skeleton()), walk.size_bytes(), arena.Copy(plain.content_encoding),
          plain.state};
}

void CopyPieces(std::span<const PlainPiece> pieces, const std::vector<Shift>& shifts,
                model::Exchange& exchange, Arena& arena) {
  std::vector<uint64_t> ends, offsets;
  auto next = shifts.begin();
  int64_t by = 0;
  for (const PlainPiece& piece : pieces) {
    for (; next != shifts.end() && next->end <= piece.end; ++next) by = next->by;
    // A read that ended within what was replaced by less would end before the one before it.
    const auto end = static_cast<uint64_t>(static_cast<int64_t>(piece.end) + by);
    ends.push_back(std::max(ends.empty() ? 0 : ends.back(), end));
    offsets.push_back(piece.offset_ns);
  }
  exchange.piece_ends = arena.CopyArray(ends);
  exchange.piece_offsets_ns = arena.CopyArray(offsets);
}

}  // namespace

const model::Exchange* BuildExchange(const PlainExchange& plain, const Span& span, Arena& arena) {
  Redactor redactor(plain.secrets, arena);
  ContentIndex index;
  ContentGatherer gatherer(index, redactor);
  gatherer.Gather(span);
  ContentNumbers numbers;
  model::Exchange exchange;
  exchange.method = arena.Copy(plain.method);
  exchange.url = arena.Copy(plain.url);
  exchange.status = static_cast<uint16_t>(plain.status);
  exchange.request_headers = KeptHeaders(plain.request_headers, plain.secrets, arena);
  exchange.response_headers = KeptHeaders(plain.response_headers, plain.secrets, arena);

  BodyWalk request(plain.request.bytes, redactor, &index, &numbers);
  request.Run();
  exchange.request = BodyOf(plain.request, request, arena);

  redactor.TakeCount();
  BodyWalk response(plain.response.bytes, redactor, &index, &numbers);
  response.Run();
  // The answer's texts hold more secrets than its strings: some are spread over several. In a
  // stream any of them may be, whatever the numbers say.
  const uint32_t found = redactor.TakeCount();
  const bool is_spread = span.stream.value_or(false) ? gatherer.output_redactions() > 0
                                                     : gatherer.output_redactions() > found;
  if (gatherer.output_holds_secret() || is_spread) {
    exchange.response = {
        {}, 0, arena.Copy(plain.response.content_encoding), model::BodyState::kWithheld};
  } else {
    exchange.response = BodyOf(plain.response, response, arena);
    CopyPieces(plain.pieces, response.shifts(), exchange, arena);
  }
  exchange.contents = arena.CopyArray(numbers.contents());
  return arena.CopyArray(std::span<const model::Exchange>(&exchange, 1)).data();
}

std::string RedactedBody(std::string_view body, const std::vector<std::string>& secrets) {
  Arena arena;
  Redactor redactor(secrets, arena);
  BodyWalk walk(body, redactor, nullptr, nullptr);
  walk.Run();
  // Nothing is referred to, so only its own mark is doubled.
  auto bytes = syntax::Reassemble(walk.skeleton(), SIZE_MAX, [](const SkeletonReference&) {
    return Result<std::string_view>(std::string_view());
  });
  return bytes ? *bytes : std::string();
}

}  // namespace vitrine::capture
