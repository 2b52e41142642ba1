#include "net/internal/loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "net/internal/relay_testing.h"

namespace vitrine::net::internal {
namespace {

TEST(Loop, WhatATickPostsDoesNotWaitForTheNext) {
  const auto loop = std::make_shared<Loop>(std::make_shared<ServerState>());
  int ticks = 0;
  std::atomic<bool> in_one_tick = false;
  loop->EachTick([&, raw = loop.get()] {
    const int tick = ++ticks;
    // Of two tasks, one posted by the other, no tick may come between: unless the thread was held
    // up for as long as a tick, which the next tick tries again.
    raw->Post([&, raw, tick] {
      raw->Post([&, tick] {
        if (tick == ticks) in_one_tick = true;
      });
    });
  });
  loop->Start();
  EXPECT_TRUE(WaitUntil([&in_one_tick] { return in_one_tick.load(); }));
  loop->BeginStop(SteadyMs());
  loop->Join();
}

}  // namespace
}  // namespace vitrine::net::internal
