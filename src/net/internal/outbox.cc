#include "net/internal/outbox.h"

#include <algorithm>

namespace vitrine::net::internal {

void Outbox::Add(std::string_view bytes) {
  if (bytes.empty()) return;
  size_ += bytes.size();
  if (borrowed_count_ > 0) {
    std::string_view& last = borrowed_[borrowed_count_ - 1];
    if (last.data() + last.size() == bytes.data()) {
      last = {last.data(), last.size() + bytes.size()};
      return;
    }
  }
  if (borrowed_count_ == kBorrowedMax) Keep();
  borrowed_[borrowed_count_++] = bytes;
}

void Outbox::Keep() {
  if (borrowed_count_ == 0) return;
  for (size_t i = 0; i < borrowed_count_; ++i) kept_.Add(borrowed_[i]);
  borrowed_count_ = 0;
}

std::span<iovec> Outbox::Gather(std::array<iovec, kPiecesMax>& to) const {
  size_t count = 0;
  const auto add = [&to, &count](std::string_view bytes) {
    to[count++] = {const_cast<char*>(bytes.data()), bytes.size()};
  };
  if (!kept_.empty()) add(kept_.bytes());
  for (size_t i = 0; i < borrowed_count_; ++i) add(borrowed_[i]);
  return std::span(to).first(count);
}

void Outbox::Written(size_t size) {
  size_ -= size;
  const size_t of_kept = std::min(size, kept_.size());
  kept_.Remove(of_kept);
  size -= of_kept;
  size_t gone = 0;
  while (gone < borrowed_count_ && size >= borrowed_[gone].size()) size -= borrowed_[gone++].size();
  std::move(borrowed_.begin() + gone, borrowed_.begin() + borrowed_count_, borrowed_.begin());
  borrowed_count_ -= gone;
  if (borrowed_count_ > 0) borrowed_[0].remove_prefix(size);
}

void Outbox::Clear() {
  kept_.Clear();
  borrowed_count_ = 0;
  size_ = 0;
}

}  // namespace vitrine::net::internal
