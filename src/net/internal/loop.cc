#include "net/internal/loop.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/check.h"
#include "base/ids.h"
#include "net/internal/connection.h"
#include "net/internal/relay.h"
#include "net/internal/resolver.h"
#include "net/internal/upstream_pool.h"

namespace vitrine::net::internal {
namespace {
thread_local Loop* current_loop = nullptr;
}  // namespace

int64_t SteadyMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void ServerState::NextRequestId(std::string& id) {
  // A bijective mix (the finaliser of MurmurHash3) of seed + counter: unique within a server, and
  // not guessable enough to be taken for one of another server.
  uint64_t z = request_id_seed + request_count.fetch_add(1, std::memory_order_relaxed);
  z = (z ^ (z >> 33)) * 0xFF51AFD7ED558CCD;
  z = (z ^ (z >> 33)) * 0xC4CEB9FE1A85EC53;
  z ^= z >> 33;
  uint8_t bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<uint8_t>(z >> (56 - 8 * i));
  id.resize(2 * sizeof(bytes));
  HexEncode(bytes, sizeof(bytes), id.data());
}

ServerState::ServerState() = default;
ServerState::~ServerState() = default;

Resolver& ServerState::resolver() {
  std::call_once(resolver_made_,
                 [this] { resolver_ = std::make_unique<Resolver>(options.lookup); });
  return *resolver_;
}

Loop::Loop(std::shared_ptr<ServerState> state)
    : state_(std::move(state)),
      upstreams_(std::make_unique<UpstreamPool>(*this)),
      wake_(poller_, ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), *this),
      scratch_(kReadBytes) {
  wake_.Want(EPOLLIN);
}

Loop::~Loop() { VITRINE_CHECK(!thread_.joinable()); }

Loop* Loop::Current() { return current_loop; }

void Loop::Start() {
  thread_ = std::thread([this] { Run(); });
}

bool Loop::Post(std::function<void()> task) {
  const bool from_here = current_loop == this;
  bool must_wake = false;
  {
    const std::scoped_lock lock(mutex_);
    if (ended_) return false;
    posted_.push_back(std::move(task));
    must_wake = !from_here && !woken_;
    woken_ = woken_ || must_wake;
  }
  if (must_wake) {
    const uint64_t one = 1;
    (void)!::write(wake_.descriptor(), &one, sizeof(one));
  }
  return true;
}

void Loop::OnReady(uint32_t) {
  uint64_t count = 0;
  (void)!::read(wake_.descriptor(), &count, sizeof(count));
  const std::scoped_lock lock(mutex_);
  woken_ = false;
}

bool Loop::RunPosted() {
  {
    const std::scoped_lock lock(mutex_);
    running_.swap(posted_);
  }
  const bool any = !running_.empty();
  for (auto& task : running_) {
    task();
    task = nullptr;  // What it held goes now, not when the round is over.
  }
  running_.clear();
  return any;
}

void Loop::Run() {
  current_loop = this;
  pthread_setname_np(pthread_self(), "http-io");
  next_tick_ms_ = SteadyMs() + kTickMs;
  while (!stopping_ || !connections_.empty()) {
    // Tasks may post tasks; sockets get their turn between two rounds.
    now_ms_ = SteadyMs();
    if (now_ms_ >= next_tick_ms_) Tick(now_ms_);
    const bool busy = RunPosted();  // What the tick posted as well.
    if (stopping_ && connections_.empty()) break;
    if (!poller_.has_more()) {
      poller_.Wait(busy ? 0 : static_cast<int>(std::max<int64_t>(next_tick_ms_ - now_ms_, 0)));
      now_ms_ = SteadyMs();
    }
    poller_.Tell();
    if (to_flush_.empty()) continue;
    // Which of their connections have closed since they were taken. The next round tells of it.
    poller_.Wait(0);
    FlushRelays();
  }
  upstreams_->Clear();
  {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
  }
  // What was posted after the last connection went: run it, so that nothing in the queue keeps
  // itself alive. It finds no connections.
  while (RunPosted()) {
  }
  current_loop = nullptr;
}

bool Loop::FlushLater(std::shared_ptr<Relay> relay) {
  if (!poller_.has_more()) return false;
  to_flush_.push_back(std::move(relay));
  return true;
}

void Loop::FlushRelays() {
  flushing_.swap(to_flush_);
  for (auto& relay : flushing_) std::exchange(relay, nullptr)->FlushRequest();
  flushing_.clear();
}

void Loop::BeginStop(int64_t deadline_ms) {
  Post([this, deadline_ms] {
    stopping_ = true;
    stop_deadline_ms_ = deadline_ms;
    for (auto at = connections_.begin(); at != connections_.end();) {
      const auto connection = *at++;
      connection->BeginStop();
    }
    upstreams_->Clear();
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
}

void Loop::Tick(int64_t now_ms) {
  const bool over = stopping_ && now_ms >= stop_deadline_ms_;
  const bool sliced = connections_.size() >= kTickSlicedFrom && !over;
  next_tick_ms_ = now_ms + (sliced ? kTickMs / static_cast<int64_t>(kTickSlices) : kTickMs);
  for (const auto& task : each_tick_) task();
  upstreams_->Tick(now_ms);
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
