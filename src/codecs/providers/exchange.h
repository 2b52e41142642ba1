// Exchange: an HTTP request to a model provider, and the head of its answer, as plain views.
// Owner: the caller. Values only; bodies have no content encoding any more.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace vitrine::codecs::providers {

struct HeaderField {
  std::string_view name;  ///< Any case.
  std::string_view value;
};

struct ProviderRequest {
  std::string_view method;
  std::string_view url;  ///< Absolute, or a path with its query where `kind` is known.
  /// What answers there, where the configuration says so ("bedrock", "ollama", "openai"); else the
  /// host decides.
  std::string_view kind;
  std::span<const HeaderField> headers;
  std::string_view body;
};

struct ResponseHead {
  uint16_t status = 200;
  std::span<const HeaderField> headers;
};

/// The value of the first header of that name, without case; empty where there is none.
std::string_view FindHeader(std::span<const HeaderField> headers, std::string_view name);

}  // namespace vitrine::codecs::providers
