#include "net/internal/poller.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace vitrine::net::internal {

void Watch::Want(uint32_t events) {
  if (events == wanted_ || descriptor_ < 0) return;
  poller_.Set(*this, events);
  wanted_ = events;
}

void Watch::Close() {
  if (descriptor_ < 0) return;
  // Closing alone takes a socket off the epoll only where no other process has it: a child that was
  // forked a moment ago would keep its events coming, for a watch that is gone.
  Want(0);
  poller_.Forget(*this);
  ::close(std::exchange(descriptor_, -1));
}

Poller::Poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) { VITRINE_CHECK(epoll_ >= 0); }
Poller::~Poller() { ::close(epoll_); }

void Poller::Set(Watch& watch, uint32_t events) const {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &watch;
  int operation = EPOLL_CTL_MOD;
  if (watch.wanted_ == 0) operation = EPOLL_CTL_ADD;
  // A descriptor without interest would still report errors, again and again.
  if (events == 0) operation = EPOLL_CTL_DEL;
  VITRINE_CHECK(::epoll_ctl(epoll_, operation, watch.descriptor_, &event) == 0);
}

void Poller::Forget(const Watch& watch) {
  for (size_t i = batch_next_; i < batch_size_; ++i) {
    if (batch_[i].data.ptr == &watch) batch_[i].data.ptr = nullptr;
  }
}

bool Poller::IsReady(const Watch& watch) const {
  return std::any_of(batch_.begin() + static_cast<std::ptrdiff_t>(batch_next_),
                     batch_.begin() + static_cast<std::ptrdiff_t>(batch_size_),
                     [&watch](const epoll_event& event) { return event.data.ptr == &watch; });
}

void Poller::Wait(int timeout_ms) {
  const int got = ::epoll_wait(epoll_, batch_.data(), static_cast<int>(batch_.size()), timeout_ms);
  batch_size_ = got > 0 ? static_cast<size_t>(got) : 0;
  batch_next_ = 0;
}

void Poller::Tell() {
  while (batch_next_ < batch_size_) {
    const epoll_event& event = batch_[batch_next_++];
    auto* watch = static_cast<Watch*>(event.data.ptr);
    if (watch == nullptr || watch->wanted_ == 0) continue;
    // An owner that was called before in this batch may have lost interest since.
    const uint32_t events = event.events & (watch->wanted_ | EPOLLERR | EPOLLHUP);
    if (events != 0) watch->owner_.OnReady(events);
  }
}

}  // namespace vitrine::net::internal
