// Link templates: addresses of other programs, with places for what a trace is called. A page makes
// links of them; only http and https, and nothing that a trace says can change where one leads.
// Owner: values. Threads: free functions. Format: docs/dashboards.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "syntax/json/json_document.h"

namespace vitrine::boards {

struct LinkTemplate {
  std::string name, url;
};

/// Reads [{"name","url"}]. Errors: kInvalidInput naming the template and what is wrong with it.
Result<std::vector<LinkTemplate>> ReadLinkTemplates(const syntax::JsonValue& list);
std::string LinkTemplatesJson(const std::vector<LinkTemplate>& templates);

}  // namespace vitrine::boards
