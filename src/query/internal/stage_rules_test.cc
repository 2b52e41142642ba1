#include "query/internal/stage_rules.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "base/arena.h"
#include "syntax/json/json_document.h"

namespace vitrine::query {
namespace {

TEST(StageRules, AreThoseOfThePages) {
  std::ifstream file(VITRINE_SOURCE_DIR "/tests/golden/stages/cases.json");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  Arena arena;
  syntax::JsonDocument document;
  ASSERT_EQ(document.Parse(text, arena), syntax::JsonStatus::kOk);
  ASSERT_GT(document.root().size(), 20u);
  for (const syntax::JsonValue row : document.root().Elements()) {
    const std::string_view stage = StageOf({row["sent"].text(), row["kind"].text(),
                                            row["name"].text(), row["before"].raw() == "true"});
    EXPECT_EQ(stage, row["stage"].is_string() ? row["stage"].text() : std::string_view())
        << row.raw();
  }
}

}  // namespace
}  // namespace vitrine::query
