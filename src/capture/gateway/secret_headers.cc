#include "capture/gateway/secret_headers.h"

#include <algorithm>
#include <span>

#include "pipeline/secret_scrubber.h"

namespace vitrine::capture {

namespace {

// A credential is longer; a shorter "key" ("test", "none", "ollama") would star out words of text.
constexpr size_t kSecretBytesMin = 12;
// Beside the names that the pipeline knows.
constexpr std::string_view kSecretHeaders[] = {
    "x-auth-token",  "x-access-token", "x-amz-content-sha256",
    "x-api-token",   "token",          "x-goog-iam-authorization-token",
    "x-vitrine-key", "x-csrf-token",   "x-subscription-token",
    "x-token",       "x-key",          "x-secret"};
constexpr std::string_view kSecretParameters[] = {"key",
                                                  "api_key",
                                                  "api-key",
                                                  "apikey",
                                                  "access_token",
                                                  "token",
                                                  "sig",
                                                  "signature",
                                                  "x-amz-signature",
                                                  "x-amz-credential",
                                                  "x-amz-security-token",
                                                  "code",
                                                  "subscription-key",
                                                  "auth",
                                                  "password",
                                                  "secret",
                                                  "client_secret",
                                                  "x-goog-signature",
                                                  "x-goog-credential"};

bool IsOneOf(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::any_of(
      names, [name](std::string_view other) { return net::EqualsIgnoringCase(name, other); });
}

bool IsSecretParameter(std::string_view name) { return IsOneOf(name, kSecretParameters); }

/// Calls `visit(name, value, offset of the value)` for each parameter of a URL.
template <typename Visit>
void ForEachParameter(std::string_view url, Visit visit) {
  size_t at = url.find('?');
  while (at != std::string_view::npos && at + 1 < url.size()) {
    const size_t begin = at + 1;
    at = url.find('&', begin);
    const std::string_view pair = url.substr(begin, at == std::string_view::npos ? at : at - begin);
    const size_t equals = pair.find('=');
    if (equals != std::string_view::npos)
      visit(pair.substr(0, equals), pair.substr(equals + 1), begin + equals + 1);
  }
}

}  // namespace

bool IsSecretHeader(std::string_view name) {
  return pipeline::SecretScrubber::IsSecretName(name) || IsOneOf(name, kSecretHeaders);
}

std::vector<std::string> SecretsOf(const net::HttpHeaders& headers, std::string_view target) {
  std::vector<std::string> secrets;
  const auto add = [&secrets](std::string_view secret) {
    if (secret.size() >= kSecretBytesMin) secrets.emplace_back(secret);
  };
  for (const net::HttpHeader& header : headers) {
    if (!IsSecretHeader(header.name)) continue;
    std::string_view value = header.value;
    // "Bearer KEY", "Basic …": the scheme is no secret. Longer forms have no single secret word.
    const size_t blank = value.find(' ');
    if (blank != std::string_view::npos && value.find(' ', blank + 1) == std::string_view::npos)
      value.remove_prefix(blank + 1);
    add(value);
  }
  ForEachParameter(target, [&add](std::string_view name, std::string_view value, size_t) {
    if (!IsSecretParameter(name)) return;
    add(value);
    if (const auto decoded = net::PercentDecode(value); decoded && *decoded != value) add(*decoded);
  });
  return secrets;
}

void MaskSecrets(const std::vector<std::string>& secrets, std::string& text) {
  for (const std::string& secret : secrets) {
    for (size_t at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + secret.size())) {
      std::fill_n(text.begin() + static_cast<ptrdiff_t>(at), secret.size(), '*');
    }
  }
}

std::string WithoutSecretParameters(std::string_view url) {
  std::string clean;
  size_t copied = 0;
  ForEachParameter(url, [&](std::string_view name, std::string_view value, size_t offset) {
    if (!IsSecretParameter(name) || value.empty()) return;
    clean.append(url.substr(copied, offset - copied)).append(pipeline::kScrubbed);
    copied = offset + value.size();
  });
  return clean.append(url.substr(copied));
}

}  // namespace vitrine::capture
