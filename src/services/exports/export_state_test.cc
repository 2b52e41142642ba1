#include "services/exports/export_state.h"

#include <gtest/gtest.h>

#include "platform/sim_file.h"

namespace vitrine::exports {
namespace {

TEST(ExportState, ReadsBackWhatWasWrittenAndKnowsWhatIsNone) {
  platform::SimFileSystem files(1);
  ASSERT_TRUE(files.CreateDirectory("exports"));
  const ExportState state("exports", "lake", files);
  EXPECT_FALSE(*state.Read());
  const Nanos next = *ParseRfc3339("2026-11-21T10:00:00Z");
  ASSERT_TRUE(state.Write(Nanos{0}));
  ASSERT_TRUE(state.Write(next));
  EXPECT_EQ(*state.Read(), next);
  const auto code_of = [&](const std::string& name, std::string_view text) {
    EXPECT_TRUE((*files.Open("exports/" + name, platform::OpenMode::kCreate))->WriteAt(0, text));
    const auto read = ExportState("exports", name, files).Read();
    return read ? ErrorCode::kInternal : read.error().code;
  };
  EXPECT_EQ(code_of("a", "{\"version\":1}"), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of("b", ""), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of("c", "{\"version\":2,\"next_period\":\"\"}"), ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace vitrine::exports
