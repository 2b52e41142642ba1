#include "engine/internal/query_request.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "engine/limits.h"
#include "platform/random.h"
#include "syntax/base64.h"

namespace vitrine::engine {
namespace {

using Refused = std::unexpected<Refusal>;

bool IsSettingName(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
  });
}

bool IsOn(std::string_view value) { return value == "1" || value == "true"; }

/// A random id in the form of a UUID, version 4.
std::string NewQueryId() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string id = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
  std::array<uint8_t, 36> drawn;
  platform::SystemRandom().Fill(drawn.data(), drawn.size());
  for (size_t i = 0; i < id.size(); ++i) {
    if (id[i] == 'x') id[i] = kDigits[drawn[i] & 15];
    if (id[i] == 'y') id[i] = kDigits[8 + (drawn[i] & 3)];
  }
  return id;
}

/// The one user is `default`, without a password, as libchdb has no other.
std::expected<void, Refusal> CheckUser(const HttpHead& head) {
  std::string user(head.parameter("user"));
  if (user.empty()) user = head.header("x-clickhouse-user");
  if (const std::string_view value = head.header("authorization"); value.starts_with("Basic ")) {
    const auto decoded = syntax::Base64Decode(value.substr(6));
    if (!decoded) return Refused({516, "AUTHENTICATION_FAILED", "malformed Authorization header"});
    user = decoded->substr(0, decoded->find(':'));
  }
  if (user.empty() || user == "default") return {};
  return Refused({516, "AUTHENTICATION_FAILED",
                  user + ": Authentication failed: the embedded engine knows only the user "
                         "`default`, without a password"});
}

std::expected<bool, Refusal> ReadSession(std::string_view name, const std::string& value,
                                         QueryRequest& request) {
  if (name == "session_id") {
    request.session_id = value;
  } else if (name == "session_check") {
    request.session_check = IsOn(value);
  } else if (name == "close_session") {
    request.close_session = IsOn(value);
  } else if (name == "session_timeout") {
    const auto [end, error] =
        std::from_chars(value.data(), value.data() + value.size(), request.session_timeout_s);
    if (error != std::errc() || *end != '\0' || request.session_timeout_s < 1 ||
        request.session_timeout_s > kSessionTimeoutMaxS)
      return Refused({374, "INVALID_SESSION_TIMEOUT", "session_timeout must be 1 to 3600 seconds"});
  } else {
    return false;
  }
  return true;
}

/// Names that clients send for the protocol and that mean nothing here.
constexpr std::array<std::string_view, 7> kIgnored = {"user",
                                                      "password",
                                                      "quota_key",
                                                      "buffer_size",
                                                      "stacktrace",
                                                      "client_protocol_version",
                                                      "send_progress_in_http_headers"};

std::expected<void, Refusal> ReadParameter(const std::string& name, const std::string& value,
                                           QueryRequest& request, bool& compress) {
  const auto session = ReadSession(name, value, request);
  if (!session) return std::unexpected(session.error());
  if (*session || std::ranges::find(kIgnored, name) != kIgnored.end()) return {};
  if (name == "query") {
    request.query = value;
  } else if (name == "query_id") {
    request.query_id = value;
  } else if (name == "database") {
    request.database = value;
  } else if (name == "default_format") {
    request.default_format = value;
  } else if (name == "wait_end_of_query") {
    request.wait_end_of_query = IsOn(value);
  } else if (name == "enable_http_compression") {
    compress = IsOn(value);
  } else if (name.starts_with("param_")) {
    request.params.emplace_back(name.substr(6), value);
  } else if (name == "compress" || name == "decompress") {
    if (IsOn(value))
      return Refused({48, "NOT_IMPLEMENTED",
                      name + "=1 (ClickHouse's own block compression) is not available in the "
                             "embedded engine: use Content-Encoding and Accept-Encoding"});
  } else if (name == "role") {
    return Refused({48, "NOT_IMPLEMENTED", "roles are not available in the embedded engine"});
  } else if (name == "query_cache_tag") {
    return Refused({36, "BAD_ARGUMENTS", "query_cache_tag is used by the embedded engine itself"});
  } else if (!IsSettingName(name)) {
    return Refused({115, "UNKNOWN_SETTING", "Unknown setting '" + name + "'"});
  } else {
    request.settings.emplace_back(name, value);
  }
  return {};
}

}  // namespace

std::expected<QueryRequest, Refusal> ReadQueryRequest(const HttpHead& head) {
  if (auto user = CheckUser(head); !user) return std::unexpected(user.error());
  QueryRequest request;
  request.session_timeout_s = kSessionTimeoutDefaultS;
  bool compress = false;
  if (const auto database = head.header("x-clickhouse-database"); !database.empty())
    request.database = database;
  request.header_format = head.header("x-clickhouse-format");
  if (!request.header_format.empty()) request.default_format = request.header_format;
  for (const auto& [name, value] : head.parameters)
    if (auto read = ReadParameter(name, value, request, compress); !read)
      return std::unexpected(read.error());
  if (request.query_id.empty()) request.query_id = NewQueryId();
  // It comes back in a header.
  if (std::ranges::any_of(request.query_id, [](char c) { return c < ' ' || c == '\x7f'; }))
    return Refused({36, "BAD_ARGUMENTS", "query_id must be printable"});
  if (request.database.empty()) request.database = "default";
  if (compress) request.answer_coding = ChooseCoding(head.header("accept-encoding"));
  const bool has_readonly = std::ranges::any_of(
      request.settings, [](const auto& setting) { return setting.first == "readonly"; });
  if (head.method != "POST" && !has_readonly) request.settings.emplace_back("readonly", "2");
  return request;
}

}  // namespace vitrine::engine
