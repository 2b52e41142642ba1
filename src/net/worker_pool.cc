#include "net/worker_pool.h"

#include <pthread.h>

#include <memory>
#include <utility>

#include "net/http_error.h"

namespace vitrine::net {

WorkerPool::WorkerPool(WorkerPoolOptions options) : options_(std::move(options)) {
  for (size_t i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { Run(); });
}

WorkerPool::~WorkerPool() { Stop(); }

bool WorkerPool::TrySubmit(Task& task) {
  {
    const std::scoped_lock lock(mutex_);
    if (stopped_ || queue_.size() >= options_.queue_max) return false;
    queue_.push_back(std::move(task));
  }
  wake_.notify_one();
  return true;
}

void WorkerPool::Stop() {
  std::deque<Task> dropped;  // Destroyed outside the lock: their destructors answer requests.
  {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
    dropped.swap(queue_);
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

size_t WorkerPool::queued() const {
  const std::scoped_lock lock(mutex_);
  return queue_.size();
}

void WorkerPool::Run() {
  pthread_setname_np(pthread_self(), options_.name.substr(0, 15).c_str());
  for (;;) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
      if (stopped_) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    task();
  }
}

namespace {

/// A request on its way to a worker. Whoever drops it unrun tells the client to come back, so that
/// nothing is lost at shutdown either: exporters drop their data on a 500.
struct Held {
  Held(HttpRequest the_request, HttpResponder the_responder)
      : request(std::move(the_request)), responder(std::move(the_responder)) {}
  ~Held() {
    if (taken) return;
    const Error error{ErrorCode::kUnavailable, "too many requests wait; send it again", {}};
    responder.Send(HttpErrorResponse(error, request.request_id));
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  HttpRequest request;
  HttpResponder responder;
  bool taken = false;
};

}  // namespace

HttpHandler RunOn(WorkerPool& pool, HttpHandler handler) {
  auto shared = std::make_shared<const HttpHandler>(std::move(handler));
  return [&pool, shared](HttpRequest request, HttpResponder responder) {
    auto held = std::make_unique<Held>(std::move(request), std::move(responder));
    WorkerPool::Task task = [shared, held = std::move(held)] {
      held->taken = true;
      (*shared)(std::move(held->request), std::move(held->responder));
    };
    pool.TrySubmit(task);  // A task that was not taken answers as it is destroyed here.
  };
}

}  // namespace vitrine::net
