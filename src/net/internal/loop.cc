#include "net/internal/loop.h"

#include <pthread.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <chrono>

#include "base/check.h"
#include "base/ids.h"
#include "net/internal/connection.h"

namespace vitrine::net::internal {
namespace {
thread_local Loop* current_loop = nullptr;
}  // namespace

int64_t SteadyMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::string ServerState::NextRequestId() {
  // A bijective mix (the finaliser of MurmurHash3) of seed + counter: unique within a server, and
  // not guessable enough to be taken for one of another server.
  uint64_t z = request_id_seed + request_count.fetch_add(1, std::memory_order_relaxed);
  z = (z ^ (z >> 33)) * 0xFF51AFD7ED558CCD;
  z = (z ^ (z >> 33)) * 0xC4CEB9FE1A85EC53;
  z ^= z >> 33;
  std::string hex(16, '\0');
  uint8_t bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<uint8_t>(z >> (56 - 8 * i));
  HexEncode(bytes, sizeof(bytes), hex.data());
  return hex;
}

Loop::Loop(std::shared_ptr<ServerState> state)
    : state_(std::move(state)),
      guard_(boost::asio::make_work_guard(context_)),
      tick_timer_(context_),
      scratch_(kReadBytes) {}

Loop::~Loop() { VITRINE_CHECK(!thread_.joinable()); }

Loop* Loop::Current() { return current_loop; }

void Loop::Start() {
  thread_ = std::thread([this] { Run(); });
}

bool Loop::Post(std::function<void()> task) {
  const std::scoped_lock lock(mutex_);
  if (ended_) return false;
  boost::asio::post(context_, std::move(task));
  return true;
}

void Loop::Run() {
  current_loop = this;
  pthread_setname_np(pthread_self(), "http-io");
  ScheduleTick();
  context_.run();
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
  }
  // What was posted after the last connection went: run it, so that nothing in the queue keeps
  // itself alive. It finds no connections.
  context_.restart();
  context_.poll();
  current_loop = nullptr;
}

void Loop::BeginStop(int64_t deadline_ms) {
  Post([this, deadline_ms] {
    stopping_ = true;
    stop_deadline_ms_ = deadline_ms;
    for (auto at = connections_.begin(); at != connections_.end();) {
      const auto connection = *at++;
      connection->BeginStop();
    }
    EndIfEmpty();
  });
}

void Loop::Join() {
  VITRINE_CHECK(current_loop != this);
  if (thread_.joinable()) thread_.join();
}

void Loop::Adopt(int socket, Origin origin) {
  if (stopping_) {
    ::close(socket);
    state_->connections.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  auto connection = std::make_shared<Connection>(*this, socket, std::move(origin));
  connections_.push_back(connection);
  connection->Start(std::prev(connections_.end()));
}

void Loop::Remove(Connection& connection) {
  if (next_tick_ == connection.position()) ++next_tick_;
  connections_.erase(connection.position());
  state_->connections.fetch_sub(1, std::memory_order_relaxed);
  EndIfEmpty();
}

void Loop::EndIfEmpty() {
  if (!stopping_ || !connections_.empty()) return;
  guard_.reset();
  tick_timer_.cancel();
}

void Loop::ScheduleTick() {
  const bool sliced = connections_.size() >= kTickSlicedFrom;
  tick_timer_.expires_after(
      std::chrono::milliseconds(sliced ? kTickMs / static_cast<int64_t>(kTickSlices) : kTickMs));
  tick_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || (stopping_ && connections_.empty())) return;
    Tick();
    if (!stopping_ || !connections_.empty()) ScheduleTick();
  });
}

void Loop::Tick() {
  const int64_t now_ms = SteadyMs();
  const bool over = stopping_ && now_ms >= stop_deadline_ms_;
  const bool sliced = connections_.size() >= kTickSlicedFrom && !over;
  size_t left = sliced ? connections_.size() / kTickSlices + 1 : connections_.size();
  // Closing removes a connection from the list, and next_tick_ steps over it.
  if (!sliced) next_tick_ = connections_.begin();
  for (; left > 0 && !connections_.empty(); --left) {
    if (next_tick_ == connections_.end()) next_tick_ = connections_.begin();
    const auto connection = *next_tick_++;
    if (over) {
      connection->Close();
    } else {
      connection->Tick(now_ms);
    }
  }
}

}  // namespace vitrine::net::internal
