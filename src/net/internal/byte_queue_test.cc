#include "net/internal/byte_queue.h"

#include <gtest/gtest.h>

namespace vitrine::net::internal {
namespace {

TEST(ByteQueue, KeepsTheOrder) {
  ByteQueue queue;
  std::string in, out;
  for (size_t i = 0; i < 1000; ++i) {
    const std::string piece = std::to_string(i) + ",";
    in += piece;
    queue.Add(piece);
    const size_t taken = std::min(queue.size(), i % 7);
    out += queue.bytes().substr(0, taken);
    queue.Remove(taken);
  }
  EXPECT_FALSE(queue.empty());
  out += queue.bytes();
  EXPECT_EQ(out, in);
  queue.Remove(queue.size());
  EXPECT_TRUE(queue.empty());
}

TEST(ByteQueue, StaysSmallThoughItNeverRunsEmpty) {
  constexpr size_t kWaiting = 256 * 1024;
  ByteQueue queue;
  queue.Add(std::string(kWaiting, 'x'));
  for (int i = 0; i < 1000; ++i) {
    queue.Remove(kWaiting / 2);
    queue.Add(std::string(kWaiting / 2, 'x'));
    ASSERT_EQ(queue.size(), kWaiting);
    ASSERT_LE(queue.capacity(), 4 * kWaiting);
  }
  queue.Remove(kWaiting);
  EXPECT_LE(queue.capacity(), kReadBytes);
}

}  // namespace
}  // namespace vitrine::net::internal
