#include "services/forward/position_file.h"

#include <gtest/gtest.h>

#include "platform/sim_file.h"

namespace vitrine::forward {
namespace {

using platform::SimFileSystem;

Position Some() {
  Position position;
  position.log_id.bytes[3] = 9;
  position.next_lsn = 41;
  position.spans_sent = 1;
  position.spans_filtered = 2;
  position.spans_refused = 3;
  position.spans_dropped = UINT64_MAX / 4;
  return position;
}

TEST(PositionFile, ReadsBackWhatWasWrittenLastAlsoAfterACrash) {
  SimFileSystem files(1);
  ASSERT_TRUE(files.CreateDirectory("forward"));
  ASSERT_TRUE(files.SyncDirectory("."));
  const PositionFile file("forward", "west", files);
  const auto none = file.Read();
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
  Position position = Some();
  ASSERT_TRUE(file.Write(position));
  position.next_lsn = 42;
  ASSERT_TRUE(file.Write(position));
  files.Kill();
  files.Restart();
  const auto read = file.Read();
  ASSERT_TRUE(read && *read);
  EXPECT_EQ(**read, position);
  EXPECT_FALSE(*PositionFile("forward", "east", files).Read());
}

TEST(PositionFile, AHalfWrittenOneThatACrashLeftIsReplaced) {
  SimFileSystem files(1);
  ASSERT_TRUE(files.CreateDirectory("forward"));
  ASSERT_TRUE((*files.Open("forward/west.new", platform::OpenMode::kCreate))->WriteAt(0, "{\"ver"));
  const PositionFile file("forward", "west", files);
  EXPECT_FALSE(*file.Read());
  ASSERT_TRUE(file.Write(Some()));
  EXPECT_EQ(**file.Read(), Some());
}

TEST(PositionFile, WhatIsNoPositionIsToldFromWhatIsNewer) {
  SimFileSystem files(1);
  ASSERT_TRUE(files.CreateDirectory("forward"));
  const auto code_of = [&](const std::string& name, std::string_view text) {
    EXPECT_TRUE((*files.Open("forward/" + name, platform::OpenMode::kCreate))->WriteAt(0, text));
    const auto read = PositionFile("forward", name, files).Read();
    EXPECT_FALSE(read) << text;
    return read ? ErrorCode::kInternal : read.error().code;
  };
  EXPECT_EQ(code_of("a", ""), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of("b", "{\"version\":1,"), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of("c", "{\"version\":1,\"log_id\":\"00\",\"next_lsn\":1}"), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of("d", "{\"version\":2}"), ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace vitrine::forward
