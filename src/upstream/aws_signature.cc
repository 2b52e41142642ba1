#include "upstream/aws_signature.h"

#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>
#include <vector>

namespace vitrine::upstream {

namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kScopeEnd = "aws4_request";
// What another signature, made for another host, has left.
constexpr std::string_view kOfSignatures[] = {"authorization", "x-amz-date", "x-amz-security-token",
                                              "x-amz-content-sha256"};

std::string Hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex.push_back(kDigits[byte >> 4]);
    hex.push_back(kDigits[byte & 15]);
  }
  return hex;
}

std::string Sha256Hex(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return Hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string Hmac(std::string_view key, std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), nullptr);
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// "20150830T123600Z".
std::string TimeText(Nanos now) {
  const auto seconds = static_cast<std::time_t>(now.since_epoch / 1'000'000'000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &utc)};
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return lower;
}

/// The value without blanks around it, and with one where there were several.
std::string Squeezed(std::string_view value) {
  std::string squeezed;
  for (const char c : value) {
    const bool is_blank = c == ' ' || c == '\t';
    if (is_blank && (squeezed.empty() || squeezed.back() == ' ')) continue;
    squeezed.push_back(is_blank ? ' ' : c);
  }
  if (squeezed.ends_with(' ')) squeezed.pop_back();
  return squeezed;
}

/// The path without empty segments, "." and "..", each byte of it escaped.
std::string CanonicalPath(std::string_view path) {
  std::vector<std::string_view> segments;
  const bool ends_open = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
  while (!path.empty()) {
    path.remove_prefix(std::min<size_t>(path.size(), path.starts_with('/') ? 1 : 0));
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (!segment.empty() && segment != ".") {
      segments.push_back(segment);
    }
  }
  std::string canonical;
  for (const std::string_view segment : segments)
    canonical.append("/").append(net::PercentEncode(segment));
  return ends_open || canonical.empty() ? canonical + "/" : canonical;
}

std::string CanonicalQuery(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  const auto encoded = [](std::string_view text) {
    return net::PercentEncode(net::PercentDecode(text).value_or(std::string(text)));
  };
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::string_view name = pair.substr(0, pair.find('='));
    const std::string_view value = pair.substr(std::min(pair.size(), name.size() + 1));
    pairs.emplace_back(encoded(name), encoded(value));
  }
  std::ranges::sort(pairs);
  std::string canonical;
  for (const auto& [name, value] : pairs)
    canonical.append(canonical.empty() ? "" : "&").append(name).append("=").append(value);
  return canonical;
}

struct SignedHeaders {
  std::string names;  ///< "host;x-amz-date".
  std::string lines;  ///< "host:example.com\nx-amz-date:…\n".
};

SignedHeaders HeadersToSign(const net::HttpHeaders& headers) {
  std::vector<std::pair<std::string, std::string>> fields;
  for (const net::HttpHeader& header : headers) {
    std::string name = Lower(header.name);
    const bool is_signed = name == "host" || name == "content-type" || name.starts_with("x-amz-");
    if (!is_signed) continue;
    const auto same =
        std::ranges::find(fields, name, [](const auto& field) { return field.first; });
    if (same == fields.end()) {
      fields.emplace_back(std::move(name), Squeezed(header.value));
    } else {
      same->second.append(",").append(Squeezed(header.value));
    }
  }
  std::ranges::sort(fields);
  SignedHeaders to_sign;
  for (const auto& [name, value] : fields) {
    to_sign.names.append(to_sign.names.empty() ? "" : ";").append(name);
    to_sign.lines.append(name).append(":").append(value).append("\n");
  }
  return to_sign;
}

}  // namespace

void SignForAws(const AwsCredentials& credentials, std::string_view service, Nanos now,
                const AwsRequest& request, net::HttpHeaders& headers) {
  for (const std::string_view name : kOfSignatures) headers.Remove(name);
  const std::string time = TimeText(now);
  const std::string day = time.substr(0, 8);
  headers.Add("X-Amz-Date", time);
  if (!credentials.session_token.empty())
    headers.Add("X-Amz-Security-Token", credentials.session_token);
  const bool is_s3 = service == "s3";
  const std::string body_hash = Sha256Hex(request.body);
  if (is_s3) headers.Add("X-Amz-Content-Sha256", body_hash);
  const SignedHeaders to_sign = HeadersToSign(headers);
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  const std::string_view query =
      request.target.substr(std::min(request.target.size(), path.size() + 1));
  std::string canonical(request.method);
  canonical.append("\n").append(is_s3 ? std::string(path) : CanonicalPath(path)).append("\n");
  canonical.append(CanonicalQuery(query)).append("\n").append(to_sign.lines).append("\n");
  canonical.append(to_sign.names).append("\n").append(body_hash);

  std::string scope = day;
  scope.append("/").append(credentials.region).append("/").append(service).append("/");
  scope.append(kScopeEnd);
  std::string text(kAlgorithm);
  text.append("\n").append(time).append("\n").append(scope).append("\n");
  text.append(Sha256Hex(canonical));
  std::string key = Hmac("AWS4" + credentials.secret_access_key, day);
  for (const std::string_view part : {std::string_view(credentials.region), service, kScopeEnd})
    key = Hmac(key, part);
  std::string authorization(kAlgorithm);
  authorization.append(" Credential=").append(credentials.access_key_id).append("/").append(scope);
  authorization.append(", SignedHeaders=").append(to_sign.names);
  authorization.append(", Signature=").append(Hex(Hmac(key, text)));
  headers.Add("Authorization", authorization);
}

}  // namespace vitrine::upstream
