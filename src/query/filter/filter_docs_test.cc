// docs/filter.md lists every field and every word of `has:` as the table of fields has them.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "query/filter/filter_field.h"

namespace vitrine::query {
namespace {

std::string TypeText(const FilterField& field) {
  switch (field.type) {
    case FieldType::kText: return "text";
    case FieldType::kId: return "hexadecimal digits";
    case FieldType::kNumber: return "number";
    case FieldType::kDuration: return "duration";
    case FieldType::kMoney: return "money";
    case FieldType::kBool: return "truth";
    case FieldType::kTime: return "time";
    case FieldType::kScore: return "number or text";
    case FieldType::kAttribute: return "text or number";
    case FieldType::kHas: return "see below";
    case FieldType::kEnum: break;
  }
  std::string values;
  for (const std::string_view value : field.values) (values += values.empty() ? "" : ", ") += value;
  return values;
}

std::string PlaceText(const FilterField& field) {
  switch (field.place) {
    case FieldPlace::kSpan: return "a span";
    case FieldPlace::kBoth: return "a span, the trace";
    case FieldPlace::kTrace:
    case FieldPlace::kKindCount: return "the trace";
  }
  return {};
}

std::string FieldTable() {
  std::string table =
      "| field | also | values | of | means | example |\n|---|---|---|---|---|---|\n";
  for (const FilterField& field : FilterFields()) {
    std::string aliases;
    if (!field.aliases.empty()) {
      for (const std::string_view alias : SplitAt(field.aliases, ' '))
        aliases += (aliases.empty() ? "`" : ", `") + std::string(alias) + "`";
    }
    table += "| `" + std::string(field.name) + "` | " + aliases + " | " + TypeText(field) + " | " +
             PlaceText(field) + " | " + std::string(field.meaning) + " | `" +
             std::string(field.example) + "` |\n";
  }
  return table;
}

std::string HasTable() {
  std::string table = "| word | means |\n|---|---|\n";
  for (const HasWord& word : HasWords())
    table += "| `" + std::string(word.name) + "` | " + std::string(word.meaning) + " |\n";
  return table;
}

/// What stands between two marks of the page.
std::string Section(const std::string& page, const std::string& name) {
  const std::string open = "<!-- " + name + " -->\n", close = "<!-- /" + name + " -->";
  const size_t begin = page.find(open), end = page.find(close);
  if (begin == std::string::npos || end == std::string::npos) return {};
  return page.substr(begin + open.size(), end - begin - open.size());
}

TEST(FilterDocsTest, ThePageListsWhatThereIs) {
  std::ifstream file(VITRINE_SOURCE_DIR "/docs/filter.md");
  std::stringstream page;
  page << file.rdbuf();
  EXPECT_EQ(Section(page.str(), "fields"), FieldTable()) << "docs/filter.md should have:\n"
                                                         << FieldTable();
  EXPECT_EQ(Section(page.str(), "has"), HasTable()) << "docs/filter.md should have:\n"
                                                    << HasTable();
}

}  // namespace
}  // namespace vitrine::query
