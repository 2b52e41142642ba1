#include "net/internal/relay_head.h"

#include <algorithm>
#include <array>
#include <vector>

namespace vitrine::net::internal {
namespace {

constexpr auto kConnectionFields = std::to_array<std::string_view>(
    {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"});

/// Those, and what the Connection of these headers names.
class ConnectionFields {
 public:
  explicit ConnectionFields(const HttpHeaders& headers) {
    ForEachConnectionOption(headers, [this](std::string_view option) { named_.push_back(option); });
  }
  bool Has(std::string_view name) const {
    const auto is_name = [name](std::string_view other) { return EqualsIgnoringCase(name, other); };
    return IsConnectionField(name) || std::any_of(named_.begin(), named_.end(), is_name);
  }

 private:
  std::vector<std::string_view> named_;
};

void AppendField(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

bool IsContentLength(std::string_view name) { return EqualsIgnoringCase(name, "content-length"); }

/// True when none of the fields says how a message is framed or what becomes of its connection.
bool AreEndToEnd(const HttpHeaders& headers) {
  return std::none_of(headers.begin(), headers.end(), [](const HttpHeader& field) {
    return IsConnectionField(field.name) || IsContentLength(field.name);
  });
}

}  // namespace

bool IsConnectionField(std::string_view name) {
  const auto is_name = [name](std::string_view other) { return EqualsIgnoringCase(name, other); };
  return std::any_of(kConnectionFields.begin(), kConnectionFields.end(), is_name) ||
         (name.size() > 6 && EqualsIgnoringCase(name.substr(0, 6), "proxy-"));
}

void RemoveConnectionNamed(HttpHeaders& headers) {
  std::vector<std::string> named;
  ForEachConnectionOption(headers, [&named](std::string_view option) {
    if (!IsConnectionField(option) && !EqualsIgnoringCase(option, "close")) {
      named.emplace_back(option);
    }
  });
  for (const std::string& name : named) headers.Remove(name);
}

bool AreSendableFields(const HttpHeaders& headers) {
  return std::all_of(headers.begin(), headers.end(), [](const HttpHeader& field) {
    return IsToken(field.name) && IsFieldValue(field.value);
  });
}

Result<std::string> SerializeRelayRequest(const RelayPlan& plan, const Framing& framing,
                                          std::string_view upgrade) {
  const bool is_sendable = IsToken(plan.method) && plan.method != "CONNECT" &&
                           IsTarget(plan.target) && AreSendableFields(plan.headers) &&
                           AreSendableFields(plan.response_headers);
  if (!is_sendable) {
    return Fail(ErrorCode::kInvalidInput, "the method, target or a header cannot be sent");
  }
  if (!AreEndToEnd(plan.response_headers)) {
    return Fail(ErrorCode::kInvalidInput, "the answer's framing is not the plan's to say");
  }
  if (plan.headers.All("host").size() != 1) {
    return Fail(ErrorCode::kInvalidInput, "the request needs exactly one Host");
  }
  std::string head;
  head.reserve(512);
  head.append(plan.method).append(" ").append(plan.target).append(" HTTP/1.1\r\n");
  for (const HttpHeader& field : plan.headers) {
    if (IsConnectionField(field.name) || IsContentLength(field.name)) continue;
    AppendField(head, field.name, field.value);
  }
  if (framing.chunked) AppendField(head, "transfer-encoding", "chunked");
  if (framing.content_length) {
    AppendField(head, "content-length", std::to_string(*framing.content_length));
  }
  if (!upgrade.empty()) {
    AppendField(head, "connection", "upgrade");
    AppendField(head, "upgrade", upgrade);
  }
  head.append("\r\n");
  return head;
}

std::string SerializeRelayResponse(const RelayResponseParts& parts) {
  const ResponseHead& head = *parts.head;
  std::string out;
  out.reserve(512);
  out.append("HTTP/1.1 ").append(std::to_string(head.status)).append(" ");
  out.append(head.reason).append("\r\n");
  const ConnectionFields connection(head.headers);
  for (const HttpHeader& field : head.headers) {
    // RFC 9110 section 8.6: not even a zero.
    if ((head.status == 204 || parts.drops_length) && IsContentLength(field.name)) continue;
    const bool goes_along = !connection.Has(field.name) ||
                            // It announces trailers, and goes where they go.
                            (parts.chunked && EqualsIgnoringCase(field.name, "trailer")) ||
                            (parts.is_upgrade && EqualsIgnoringCase(field.name, "upgrade"));
    if (goes_along) AppendField(out, field.name, field.value);
  }
  for (const HttpHeader& field : *parts.added) AppendField(out, field.name, field.value);
  if (parts.chunked) AppendField(out, "transfer-encoding", "chunked");
  if (parts.is_upgrade) {
    AppendField(out, "connection", "upgrade");
  } else if (parts.close) {
    AppendField(out, "connection", "close");
  } else if (parts.says_keep_alive) {
    AppendField(out, "connection", "keep-alive");
  }
  out.append("\r\n");
  return out;
}

std::string_view RequestedUpgrade(const HttpHeaders& headers, std::string_view allowed) {
  if (allowed.empty()) return {};
  bool says_upgrade = false;
  ForEachConnectionOption(headers, [&says_upgrade](std::string_view option) {
    says_upgrade = says_upgrade || EqualsIgnoringCase(option, "upgrade");
  });
  const auto protocols = headers.All("upgrade");
  if (!says_upgrade || protocols.size() != 1) return {};
  return EqualsIgnoringCase(protocols.front(), allowed) ? protocols.front() : std::string_view();
}

}  // namespace vitrine::net::internal
