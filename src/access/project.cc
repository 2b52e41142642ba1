#include "access/project.h"

#include <algorithm>

namespace vitrine::access {

bool IsProjectName(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= kProjectNameSizeMax && std::ranges::all_of(name, allowed);
}

Result<std::string> ProjectOf(const net::HttpRequest& request, std::string_view fallback) {
  const auto header = request.headers.First("x-vitrine-project");
  const auto query = request.Query("project");
  if (header && query && *header != *query) {
    return Fail(ErrorCode::kInvalidInput,
                "the header x-vitrine-project and the parameter project name different projects");
  }
  const std::string_view name = header ? *header : query ? *query : fallback;
  if (!IsProjectName(name)) {
    return Fail(ErrorCode::kInvalidInput,
                "a project's name is 1 to 64 letters, digits, '.', '_' or '-'");
  }
  return std::string(name);
}

}  // namespace vitrine::access
