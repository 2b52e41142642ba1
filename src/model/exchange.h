// Exchange: the HTTP exchange of one call as it passed the gateway, after redaction.
// Owner: everything borrows from the batch's arena or bodies. Values only.
//
// A body is kept as a skeleton (syntax/skeleton.h, docs/formats/exchange_skeleton.md): its bytes,
// in which long texts that the span's messages hold are replaced by references to `contents`.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace vitrine::model {

/// Why a body is not there. Stored: never renumber.
enum class BodyState : uint8_t {
  kKept,
  kTooLarge,    ///< Beyond the limits of recording.
  kOmitted,     ///< The caller asked for it.
  kUnreadable,  ///< Its content encoding could not be undone.
  kWithheld,    ///< A secret in it is cut in pieces by the framing of a stream.
};

/// The lists of a span that hold content. Stored: never renumber.
enum class ContentList : uint8_t {
  kInputMessages,
  kOutputMessages,
  kToolDefinitions,
  kDocuments,
};

/// "", "too_large", "omitted", "unreadable", "withheld".
std::string_view Name(BodyState value);
template <typename Enum>
std::optional<Enum> FromName(std::string_view name);

/// Something of the span that skeletons refer to.
struct ContentRef {
  ContentList list = ContentList::kInputMessages;
  uint32_t position = 0;
  uint32_t attachment = 0;  ///< 0: the message itself; else 1 + index of its attachment.
};

struct HeaderPair {
  std::string_view name;  ///< Lower case.
  std::string_view value;
};

struct ExchangeBody {
  std::string_view skeleton;
  uint64_t size_bytes = 0;            ///< Of the body that the skeleton makes.
  std::string_view content_encoding;  ///< In which it was sent; the skeleton is of the plain body.
  BodyState state = BodyState::kKept;
};

struct Exchange {
  std::string_view method;
  std::string_view url;
  uint16_t status = 0;                                            ///< Of the answer; 0: none came.
  std::span<const HeaderPair> request_headers, response_headers;  ///< In wire order.
  ExchangeBody request, response;
  std::span<const ContentRef> contents;
  /// Where each read of the answer ended in the plain body, and when, from the span's start.
  std::span<const uint64_t> piece_ends, piece_offsets_ns;
};

}  // namespace vitrine::model
