// LineFeed: lines out of an answer that comes in pieces. Private to query.
// Owner: keeps what is left of the last piece; a line is borrowed until `visit` returns.
#pragma once

#include <string>
#include <string_view>

namespace vitrine::query {

class LineFeed {
 public:
  /// Calls `visit(line)` for each line that `bytes` completes.
  template <typename Visit>
  void Feed(std::string_view bytes, const Visit& visit) {
    while (!bytes.empty()) {
      const size_t end = bytes.find('\n');
      if (end == std::string_view::npos) {
        carry_ += bytes;
        return;
      }
      if (carry_.empty()) {
        visit(bytes.substr(0, end));
      } else {
        carry_ += bytes.substr(0, end);
        visit(std::string_view(carry_));
        carry_.clear();
      }
      bytes.remove_prefix(end + 1);
    }
  }

 private:
  std::string carry_;
};

}  // namespace vitrine::query
