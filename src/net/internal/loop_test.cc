#include "net/internal/loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "net/internal/relay_testing.h"

namespace vitrine::net::internal {
namespace {

TEST(Loop, WhatATickPostsDoesNotWaitForTheNext) {
  const auto loop = std::make_shared<Loop>(std::make_shared<ServerState>());
  std::atomic<bool> was_soon = false;
  // Nothing else wakes this loop: a task that waits does so for a whole tick, each time. Once is
  // enough to show that it need not, however slow the machine is otherwise.
  loop->EachTick([&was_soon, raw = loop.get()] {
    raw->Post([&was_soon, posted_ms = SteadyMs()] {
      if (SteadyMs() - posted_ms < kTickMs / 2) was_soon = true;
    });
  });
  loop->Start();
  EXPECT_TRUE(WaitUntil([&was_soon] { return was_soon.load(); }));
  loop->BeginStop(SteadyMs());
  loop->Join();
}

}  // namespace
}  // namespace vitrine::net::internal
