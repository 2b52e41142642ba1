#include "net/internal/loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "net/internal/relay_testing.h"

namespace vitrine::net::internal {
namespace {

TEST(Loop, WhatATickPostsDoesNotWaitForTheNext) {
  const auto loop = std::make_shared<Loop>(std::make_shared<ServerState>());
  int in_a_row = 0;
  std::atomic<bool> are_soon = false;
  // Nothing else wakes this loop: a task that waits does so for a whole tick. A slow machine may
  // make one late that need not be, but not all of them.
  loop->EachTick([&, raw = loop.get()] {
    raw->Post([&, posted_ms = SteadyMs()] {
      in_a_row = SteadyMs() - posted_ms < kTickMs / 2 ? in_a_row + 1 : 0;
      if (in_a_row == 4) are_soon = true;
    });
  });
  loop->Start();
  EXPECT_TRUE(WaitUntil([&are_soon] { return are_soon.load(); }));
  loop->BeginStop(SteadyMs());
  loop->Join();
}

}  // namespace
}  // namespace vitrine::net::internal
