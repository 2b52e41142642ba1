// Texts of the demo: what users ask, what tools answer, what documents say. Word tables and
// templates, put together by a seed.
#pragma once

#include <string>
#include <vector>

#include "cli/demo/demo_random.h"

namespace vitrine::cli {

struct DemoDomain {
  std::string_view service;
  std::string_view feature;
  std::string_view system_prompt;
  std::vector<std::string_view> questions;  ///< {x} is a subject.
  std::vector<std::string_view> subjects;
  std::vector<std::pair<std::string_view, std::string_view>> tools;  ///< Name and description.
  std::vector<std::string_view>
      facts;  ///< Sentences of documents and tool answers; {x} is the subject.
};

const std::vector<DemoDomain>& DemoDomains();

/// The template with its subject filled in.
std::string Fill(std::string_view pattern, std::string_view subject);
/// Some sentences of a domain.
std::string Paragraph(const DemoDomain& domain, std::string_view subject, int64_t sentences,
                      DemoRandom& random);

}  // namespace vitrine::cli
