// Poller: one epoll, level-triggered, and what it watches. A descriptor that keeps its interest
// costs no system call between two events. Owner: a Watch owns its descriptor and must end before
// its poller and its owner. Threads: one; the loop's. Source: epoll(7).
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace vitrine::net::internal {

class Poller;

/// Whoever is told when a descriptor is ready.
class Watched {
 public:
  /// `events` are EPOLLIN, EPOLLOUT, … that were asked for, and EPOLLERR and EPOLLHUP.
  virtual void OnReady(uint32_t events) = 0;

 protected:
  ~Watched() = default;
};

/// A descriptor and what is wanted of it.
class Watch {
 public:
  /// Takes the descriptor over; wants nothing yet.
  Watch(Poller& poller, int descriptor, Watched& owner)
      : poller_(poller), owner_(owner), descriptor_(descriptor) {}
  ~Watch() { Close(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  /// Says which events are wanted from now on. Nothing (0) means nothing: not even errors.
  void Want(uint32_t events);
  uint32_t wanted() const { return wanted_; }
  int descriptor() const { return descriptor_; }
  /// Closes the descriptor; nothing more is reported. Repeating it does nothing.
  void Close();

 private:
  friend class Poller;

  Poller& poller_;
  Watched& owner_;
  int descriptor_;
  uint32_t wanted_ = 0;
};

class Poller {
 public:
  Poller();
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  /// Waits until something is ready, at most `timeout_ms`.
  void Wait(int timeout_ms);
  /// Tells the owners of what is.
  void Tell();
  /// Whether some are still to be told, beside the one that is being told.
  bool has_more() const { return batch_next_ < batch_size_; }
  /// Whether this one is among them.
  bool IsReady(const Watch& watch) const;

 private:
  friend class Watch;
  void Set(Watch& watch, uint32_t events) const;
  /// Forgets events of this batch that were not delivered yet.
  void Forget(const Watch& watch);

  int epoll_;
  std::array<epoll_event, 256> batch_{};
  size_t batch_next_ = 0;
  size_t batch_size_ = 0;
};

}  // namespace vitrine::net::internal
