#include "storage/clickhouse/internal/exception_finder.h"

#include <algorithm>

#include "storage/clickhouse/limits.h"

namespace vitrine::clickhouse {
namespace {

/// How many of the last bytes may be the beginning of `marker`.
size_t OpenTail(std::string_view bytes, std::string_view marker) {
  const size_t most = std::min(bytes.size(), marker.size() - 1);
  for (size_t size = most; size > 0; --size)
    if (marker.starts_with(bytes.substr(bytes.size() - size))) return size;
  return 0;
}

}  // namespace

ExceptionFinder::ExceptionFinder(std::string_view tag) {
  if (tag.empty()) return;
  marker_ = "\r\n__exception__\r\n" + std::string(tag) + "\r\n";
  closing_ = " " + std::string(tag) + "\r\n__exception__";
}

void ExceptionFinder::Feed(std::string_view bytes,
                           const std::function<void(std::string_view)>& pass) {
  if (marker_.empty()) return pass(bytes);
  if (found_) {
    held_ += bytes.substr(0, kExceptionBytesMax - std::min(held_.size(), kExceptionBytesMax));
    return;
  }
  std::string joined;
  if (!held_.empty()) {
    joined = std::move(held_);
    held_.clear();
    joined += bytes;
    bytes = joined;
  }
  const size_t at = bytes.find(marker_);
  if (at != bytes.npos) {
    pass(bytes.substr(0, at));
    found_ = true;
    return Feed(bytes.substr(at + marker_.size()), pass);
  }
  const size_t keep = OpenTail(bytes, marker_);
  pass(bytes.substr(0, bytes.size() - keep));
  held_ = bytes.substr(bytes.size() - keep);
}

void ExceptionFinder::Finish(const std::function<void(std::string_view)>& pass) {
  if (!found_ && !held_.empty()) pass(held_);
}

std::string_view ExceptionFinder::text() const {
  std::string_view text = held_;
  if (const size_t closing = text.rfind(closing_); closing != text.npos) {
    text = text.substr(0, closing);
    const size_t line = text.rfind('\n');
    if (line != text.npos) text = text.substr(0, line);
  }
  return text;
}

}  // namespace vitrine::clickhouse
