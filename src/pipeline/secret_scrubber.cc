#include "pipeline/secret_scrubber.h"

#ifdef __SSSE3__
#include <immintrin.h>
#endif

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <vector>

#include "pipeline/secret_patterns.h"

namespace vitrine::pipeline {

namespace {

constexpr bool IsWordChar(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool IsKeyChar(char c) { return IsWordChar(c) || c == '-' || c == '_'; }
constexpr bool IsTokenChar(char c) {
  return IsKeyChar(c) || c == '.' || c == '~' || c == '+' || c == '/' || c == '=';
}

/// The first four bytes of a pattern as a number, and which of them count.
struct Head {
  uint32_t value = 0;
  uint32_t mask = 0;
};

constexpr Head HeadOf(std::string_view prefix) {
  Head head;
  for (size_t i = 0; i < 4 && i < prefix.size(); ++i) {
    head.value |= static_cast<uint32_t>(static_cast<uint8_t>(prefix[i])) << (8 * i);
    head.mask |= 0xFFu << (8 * i);
  }
  return head;
}

constexpr size_t kPatternCount = std::size(kSecretPatterns);

/// First bytes of patterns, in eight groups: those of a group are alike, so that little else
/// passes for one of them.
constexpr std::string_view kGroups[] = {"s", "AB", "ey", "g", "x", "ptnl", "rfhv", "?&ab"};

constexpr size_t GroupOf(char first) {
  for (size_t group = 0; group < std::size(kGroups); ++group) {
    if (kGroups[group].find(first) != std::string_view::npos) return group;
  }
  return std::size(kGroups);
}

/// Where patterns may begin. Plain text is passed over sixteen places at a time: the first four
/// bytes of the patterns of a group are sets of nibbles, and a place is a candidate if one group
/// takes its bytes. What is left is settled by a comparison of four bytes.
struct PatternIndex {
  static constexpr size_t kHeadSize = 4;

  std::array<Head, kPatternCount> heads{};
  std::array<uint64_t, 256> by_first_byte{};  ///< Bit i: pattern i.
  /// Bit g of low[k][n]: group g has a pattern whose byte k ends in nibble n; high likewise.
  std::array<std::array<uint8_t, 16>, kHeadSize> low{}, high{};

  constexpr PatternIndex() {
    for (size_t i = 0; i < kPatternCount; ++i) {
      std::string_view prefix = kSecretPatterns[i].prefix;
      heads[i] = HeadOf(prefix);
      by_first_byte[static_cast<uint8_t>(prefix[0])] |= 1ull << i;
      for (size_t k = 0; k < kHeadSize; ++k) AddByte(GroupOf(prefix[0]), k, prefix);
    }
  }
  bool MayBegin(const char* at) const {
    uint32_t groups = 0xFF;
    for (size_t k = 0; k < kHeadSize; ++k) {
      const auto byte = static_cast<uint8_t>(at[k]);
      groups &= static_cast<uint32_t>(low[k][byte & 15]) & high[k][byte >> 4];
    }
    return groups != 0;
  }

 private:
  constexpr void AddByte(size_t group, size_t k, std::string_view prefix) {
    const auto bit = static_cast<uint8_t>(1u << group);
    for (unsigned byte = 0; byte < 256; ++byte) {
      // Behind a shorter prefix its tail begins.
      const bool fits = k < prefix.size() ? byte == static_cast<uint8_t>(prefix[k])
                                          : IsTokenChar(static_cast<char>(byte));
      if (!fits) continue;
      low[k][byte & 15] = static_cast<uint8_t>(low[k][byte & 15] | bit);
      high[k][byte >> 4] = static_cast<uint8_t>(high[k][byte >> 4] | bit);
    }
  }
};
static_assert(kPatternCount <= 64);
static_assert(std::ranges::all_of(kSecretPatterns, [](const SecretPattern& pattern) {
  return GroupOf(pattern.prefix[0]) < std::size(kGroups) && pattern.tail_min > 0;
}));

constexpr PatternIndex kIndex;

/// Places where a pattern may begin, in order.
class Candidates {
 public:
  explicit Candidates(std::string_view text) : text_(text) {}

  /// The first one at or behind `at`; the text's size when there is none.
  size_t Next(size_t at) {
#ifdef __SSSE3__
    while (at + kBlockSize + PatternIndex::kHeadSize <= text_.size()) {
      const size_t block = at / kBlockSize * kBlockSize;
      if (block != block_) {
        block_ = block;
        found_ = InBlock(text_.data() + block);
      }
      const uint32_t left = found_ >> (at - block) << (at - block);
      if (left != 0) return block + static_cast<size_t>(std::countr_zero(left));
      at = block + kBlockSize;
    }
#endif
    for (; at + PatternIndex::kHeadSize <= text_.size(); ++at) {
      if (kIndex.MayBegin(text_.data() + at)) return at;
    }
    return text_.size();
  }

 private:
#ifdef __SSSE3__
  static constexpr size_t kBlockSize = 16;

  /// Bit i: a pattern may begin at at[i]. Reads kBlockSize + kHeadSize - 1 bytes.
  static uint32_t InBlock(const char* at) {
    const __m128i nibble = _mm_set1_epi8(15);
    __m128i groups = _mm_set1_epi8(-1);
    for (size_t k = 0; k < PatternIndex::kHeadSize; ++k) {
      const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(kIndex.low[k].data()));
      const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(kIndex.high[k].data()));
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + k));
      groups = _mm_and_si128(groups, _mm_shuffle_epi8(low, _mm_and_si128(bytes, nibble)));
      groups = _mm_and_si128(
          groups, _mm_shuffle_epi8(high, _mm_and_si128(_mm_srli_epi16(bytes, 4), nibble)));
    }
    const __m128i none = _mm_cmpeq_epi8(groups, _mm_setzero_si128());
    return ~static_cast<uint32_t>(_mm_movemask_epi8(none)) & 0xFFFF;
  }

  size_t block_ = SIZE_MAX;
  uint32_t found_ = 0;
#endif
  std::string_view text_;
};

uint32_t LoadHead(std::string_view text, size_t at) {
  uint32_t head = 0;
  std::memcpy(&head, text.data() + at, std::min<size_t>(4, text.size() - at));
  return head;
}

struct Match {
  size_t begin = 0;  ///< Of what is replaced.
  size_t end = 0;
};

/// A word goes on before this place. In JSON text the letter of a short escape is none of a word:
/// the key in "\nsk-..." is behind a line's end.
bool FollowsWord(std::string_view text, size_t at) {
  if (at == 0 || !IsWordChar(text[at - 1])) return false;
  const bool is_escape =
      at > 1 && text[at - 2] == '\\' && std::string_view("nrtbf").contains(text[at - 1]);
  return !is_escape;
}

bool MatchPattern(const SecretPattern& pattern, std::string_view text, size_t at, Match& match) {
  if (!text.substr(at).starts_with(pattern.prefix)) return false;
  if (IsWordChar(pattern.prefix[0]) && FollowsWord(text, at)) return false;
  size_t begin = at + pattern.prefix.size();
  size_t end = begin;
  auto* is_tail = pattern.keep_prefix || pattern.prefix == "eyJhbGciOi" ? IsTokenChar : IsKeyChar;
  while (end < text.size() && is_tail(text[end])) ++end;
  // Real keys are random: a tail without a digit is a word in kebab case.
  std::string_view tail = text.substr(begin, end - begin);
  if (tail.size() < pattern.tail_min || tail.find_first_of("0123456789") == std::string_view::npos)
    return false;
  match = {pattern.keep_prefix ? begin : at, end};
  return true;
}

/// The secret that begins at `at`, if one of `candidates` does.
bool MatchAt(std::string_view text, size_t at, uint64_t candidates, Match& match) {
  uint32_t head = LoadHead(text, at);
  for (; candidates != 0; candidates &= candidates - 1) {
    auto i = static_cast<size_t>(std::countr_zero(candidates));
    if ((head & kIndex.heads[i].mask) != kIndex.heads[i].value) continue;
    if (MatchPattern(kSecretPatterns[i], text, at, match)) return true;
  }
  return false;
}

/// Whether `text` is `name`, which is in lower case with '-' for '_'. Asked of every header and
/// attribute: without a copy.
bool IsName(std::string_view text, std::string_view name) {
  return std::ranges::equal(text, name, [](char c, char wanted) {
    return (c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c == '_' ? '-' : c) == wanted;
  });
}

/// Names whose value is a secret, in lower case with '-' for '_'; matched as the whole name or
/// behind a dot.
constexpr std::string_view kSecretNames[] = {"authorization",
                                             "proxy-authorization",
                                             "cookie",
                                             "set-cookie",
                                             "api-key",
                                             "x-api-key",
                                             "apikey",
                                             "x-goog-api-key",
                                             "access-token",
                                             "client-secret",
                                             "secret-access-key",
                                             "aws-secret-access-key",
                                             "aws-session-token",
                                             "x-amz-security-token",
                                             "helicone-auth",
                                             "x-portkey-api-key",
                                             "x-portkey-virtual-key",
                                             "x-portkey-aws-secret-access-key",
                                             "x-portkey-aws-session-token",
                                             "x-portkey-vertex-service-account-json",
                                             "x-portkey-azure-ad-token",
                                             "password",
                                             "x-stainless-api-key",
                                             "openai-api-key",
                                             "anthropic-api-key",
                                             "ocp-apim-subscription-key"};

/// Replaces every occurrence of known secrets.
std::string_view WithoutKnown(std::string_view text, std::span<const std::string> secrets,
                              Arena& arena, uint32_t& count) {
  std::string clean;
  for (const std::string& secret : secrets) {
    std::string_view rest = clean.empty() ? text : std::string_view(clean);
    std::string next;
    for (size_t at = rest.find(secret); at != std::string_view::npos; at = rest.find(secret)) {
      next.append(rest.substr(0, at)).append(kScrubbed);
      rest.remove_prefix(at + secret.size());
      ++count;
    }
    if (!next.empty()) clean = next.append(rest);
  }
  return clean.empty() ? text : arena.Copy(clean);
}

/// Scrubs every text of one span that a sender can fill with `scrub(text) -> text`, which counts
/// what it replaced in span.redactions.
template <typename Scrub>
class SpanScrub {
 public:
  SpanScrub(Scrub scrub, model::Span& span, Arena& arena)
      : scrub_(std::move(scrub)), span_(span), arena_(arena) {}

  void Run() {
    model::Span& s = span_;
    for (std::string_view* text : {&s.name,
                                   &s.status_message,
                                   &s.error_text,
                                   &s.params,
                                   &s.prompt_variables,
                                   &s.input_preview,
                                   &s.output_preview,
                                   &s.retrieval_query,
                                   &s.user_id,
                                   &s.session_id,
                                   &s.feature,
                                   &s.flags,
                                   &s.experiment,
                                   &s.release,
                                   &s.environment,
                                   &s.service,
                                   &s.trace_name,
                                   &s.trace_state,
                                   &s.request_id,
                                   &s.prompt_name,
                                   &s.prompt_version,
                                   &s.request_model,
                                   &s.response_model,
                                   &s.response_id,
                                   &s.previous_response_id,
                                   &s.conversation_id,
                                   &s.external_trace_id,
                                   &s.external_span_id,
                                   &s.deployment_id,
                                   &s.price_model,
                                   &s.system_fingerprint,
                                   &s.agent_name,
                                   &s.agent_id,
                                   &s.workflow_name,
                                   &s.tool_name,
                                   &s.tool_call_id,
                                   &s.guardrail_name,
                                   &s.data_source}) {
      Text(*text);
    }
    Each(s.tags, [&](std::string_view& tag) { Text(tag); });
    Each(s.finish_reasons_raw, [&](std::string_view& reason) { Text(reason); });
    Messages(s.input_messages);
    Messages(s.output_messages);
    Messages(s.tool_definitions);
    ToolCalls();
    Documents();
    Attributes(s.attributes);
    Attributes(s.resource);
    Events();
    Links();
    Exchange();
  }

 private:
  void Text(std::string_view& text) {
    if (!text.empty()) text = scrub_(text);
  }

  /// Scrubs items one by one; the array is copied only when one of them changed.
  template <typename T>
  void Each(std::span<const T>& items, auto&& scrub) {
    std::vector<T> changed;
    for (size_t i = 0; i < items.size(); ++i) {
      const uint32_t before = span_.redactions;
      T item = items[i];
      scrub(item);
      if (span_.redactions == before) continue;
      if (changed.empty()) changed.assign(items.begin(), items.end());
      changed[i] = item;
    }
    if (!changed.empty()) items = arena_.CopyArray(changed);
  }
  void Messages(std::span<const model::Message>& messages) {
    Each(messages, [&](model::Message& message) {
      Text(message.name);
      Text(message.parts_template);
      Text(message.texts);
    });
  }
  void ToolCalls() {
    Each(span_.tool_calls, [&](model::ToolCall& call) {
      Text(call.arguments);
      Text(call.name);
      Text(call.id);
    });
  }
  void Documents() {
    Each(span_.documents, [&](model::RetrievedDocument& document) {
      Text(document.id);
      Text(document.content);
      Text(document.data_source);
      Text(document.metadata);
    });
  }
  void Attributes(std::span<const model::Attribute>& attributes) {
    Each(attributes, [&](model::Attribute& attribute) {
      if (SecretScrubber::IsSecretName(attribute.key)) {
        attribute.value = model::Value::String(kScrubbed);
        ++span_.redactions;
      } else {
        Text(attribute.value.text);
      }
    });
  }
  /// Bodies come without secrets; this catches what whoever made them did not know of. References
  /// within skeletons hold digits, which begin no secret.
  void Exchange() {
    if (span_.exchange == nullptr) return;
    const uint32_t before = span_.redactions;
    model::Exchange exchange = *span_.exchange;
    Text(exchange.url);
    Text(exchange.request.skeleton);
    Text(exchange.response.skeleton);
    for (auto* headers : {&exchange.request_headers, &exchange.response_headers}) {
      Each(*headers, [&](model::HeaderPair& header) {
        if (SecretScrubber::IsSecretName(header.name)) {
          header.value = kScrubbed;
          ++span_.redactions;
        } else {
          Text(header.value);
        }
      });
    }
    if (span_.redactions == before) return;
    span_.exchange = arena_.CopyArray(std::span<const model::Exchange>(&exchange, 1)).data();
  }
  void Events() {
    Each(span_.events, [&](model::SpanEvent& event) {
      Text(event.name);
      Attributes(event.attributes);
    });
  }
  void Links() {
    Each(span_.links, [&](model::SpanLink& link) {
      Text(link.trace_state);
      Attributes(link.attributes);
    });
  }

  Scrub scrub_;
  model::Span& span_;
  Arena& arena_;
};

}  // namespace

bool SecretScrubber::IsSecretName(std::string_view key) {
  size_t dot = key.find_last_of('.');
  std::string_view last = dot == std::string_view::npos ? key : key.substr(dot + 1);
  if (last.size() < 6) return false;
  return std::ranges::any_of(kSecretNames,
                             [last](std::string_view name) { return IsName(last, name); });
}

std::string_view SecretScrubber::ScrubText(std::string_view text, Arena& arena,
                                           uint32_t& count) const {
  std::string clean;
  size_t copied = 0;
  Candidates candidates(text);
  for (size_t at = candidates.Next(0); at < text.size(); at = candidates.Next(at)) {
    Match match;
    if (!MatchAt(text, at, kIndex.by_first_byte[static_cast<uint8_t>(text[at])], match)) {
      ++at;
      continue;
    }
    clean.append(text.substr(copied, match.begin - copied)).append(kScrubbed);
    copied = at = match.end;
    ++count;
  }
  if (copied == 0) return text;
  clean.append(text.substr(copied));
  return arena.Copy(clean);
}

void SecretScrubber::Scrub(model::Span& span, Arena& arena) const {
  const auto scrub = [&](std::string_view text) { return ScrubText(text, arena, span.redactions); };
  SpanScrub(scrub, span, arena).Run();
}

void SecretScrubber::Scrub(model::Score& score, Arena& arena) const {
  uint32_t count = 0;
  for (std::string_view* text : {&score.session_id, &score.response_id, &score.name, &score.label,
                                 &score.comment, &score.author, &score.evaluator_version}) {
    *text = ScrubText(*text, arena, count);
  }
}

void SecretScrubber::ScrubKnown(model::Span& span, Arena& arena,
                                std::span<const std::string> secrets) const {
  if (secrets.empty()) return;
  std::vector<std::string> forms;
  for (const std::string& secret : secrets) {
    forms.push_back(secret);
    // What JSON may escape of a credential's characters.
    std::string escaped;
    for (const char c : secret)
      escaped += c == '/' || c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
    if (escaped != secret) forms.push_back(std::move(escaped));
  }
  const auto scrub = [&](std::string_view text) {
    return WithoutKnown(text, forms, arena, span.redactions);
  };
  SpanScrub(scrub, span, arena).Run();
}

}  // namespace vitrine::pipeline
