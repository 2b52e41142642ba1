#include "services/boards/link_templates.h"

#include <algorithm>
#include <array>

#include "services/boards/internal/body.h"
#include "services/boards/limits.h"
#include "syntax/json/json_writer.h"

namespace vitrine::boards {
namespace {

constexpr std::array<std::string_view, 5> kPlaces = {"trace_id", "span_id", "session_id", "service",
                                                     "release"};

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return lower;
}

/// Host and port, which no value of a trace may be a part of, and no name of a user either.
Result<void> CheckHost(std::string_view host, const std::string& place) {
  const bool is_plain = std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == ':' || c == '[' || c == ']';
  });
  if (!host.empty() && host.front() != ':' && is_plain) return {};
  return Wrong(place +
               ": a host stands behind ://, of letters, digits, '.' and '-', without any {…}");
}

Result<void> CheckPlaces(std::string_view rest, const std::string& place) {
  while (true) {
    const size_t open = rest.find_first_of("{}");
    if (open == std::string_view::npos) return {};
    const size_t close = rest.find('}', open);
    const bool is_place = rest[open] == '{' && close != std::string_view::npos;
    const std::string_view name = is_place ? rest.substr(open + 1, close - open - 1) : "";
    if (std::ranges::find(kPlaces, name) == kPlaces.end()) {
      return Wrong(place +
                   ": the places are {trace_id}, {span_id}, {session_id}, {service}, {release}; "
                   "write other braces as %7B and %7D");
    }
    rest.remove_prefix(close + 1);
  }
}

Result<void> CheckUrl(std::string_view url, const std::string& place) {
  const size_t colon = url.find("://");
  const std::string scheme = colon == std::string_view::npos ? "" : Lower(url.substr(0, colon));
  if (scheme != "http" && scheme != "https")
    return Wrong(place + ": begins with https:// or http://");
  const bool is_address = std::ranges::all_of(url, [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != 0x7F && c != '"' && c != '<' && c != '>' &&
           c != '\\' && c != '^' && c != '`';
  });
  if (!is_address)
    return Wrong(place + ": blanks, quotes, <, > and \\ are written as %20 and so on");
  const std::string_view behind = url.substr(colon + 3);
  const size_t host_size = std::min(behind.find_first_of("/?#"), behind.size());
  TRY(CheckHost(behind.substr(0, host_size), place));
  return CheckPlaces(behind.substr(host_size), place);
}

}  // namespace

Result<std::vector<LinkTemplate>> ReadLinkTemplates(const syntax::JsonValue& list) {
  std::vector<LinkTemplate> templates;
  if (!list.is_array()) return Wrong("link_templates: is a list of {\"name\",\"url\"}");
  if (list.size() > kLinkTemplatesMax) {
    return Fail(ErrorCode::kLimitExceeded,
                "link_templates: has at most " + std::to_string(kLinkTemplatesMax) + " entries");
  }
  for (const syntax::JsonValue element : list.Elements()) {
    const std::string place = "link_templates[" + std::to_string(templates.size()) + "]";
    if (!element.is_object()) return Wrong(place + ": is an object with name and url");
    TRY(CheckMembers(element, place + ": ", "name, url"));
    LinkTemplate link;
    TRY_ASSIGN(link.name, ReadText(element["name"], {place + ".name", kNameSizeMax}));
    TRY_ASSIGN(link.url, ReadText(element["url"], {place + ".url", kLinkUrlSizeMax}));
    TRY(CheckUrl(link.url, place + ".url"));
    for (const LinkTemplate& other : templates)
      if (other.name == link.name) return Wrong(place + ".name: another link has it");
    templates.push_back(std::move(link));
  }
  return templates;
}

std::string LinkTemplatesJson(const std::vector<LinkTemplate>& templates) {
  std::string text;
  syntax::JsonWriter json(text);
  json.BeginArray();
  for (const LinkTemplate& link : templates)
    json.BeginObject().Member("name", link.name).Member("url", link.url).EndObject();
  json.EndArray();
  return text;
}

}  // namespace vitrine::boards
