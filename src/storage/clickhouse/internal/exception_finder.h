// ExceptionFinder: tells result bytes from the exception block that ClickHouse puts after them when
// a statement fails in the middle:
//   CR LF "__exception__" CR LF TAG CR LF text LF size " " TAG CR LF "__exception__" CR LF
// TAG is announced in the answer's head, so no result can imitate it.
// Threads: one at a time.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace vitrine::clickhouse {

class ExceptionFinder {
 public:
  /// Without a tag nothing is ever found.
  explicit ExceptionFinder(std::string_view tag);

  /// Takes bytes and passes on what is certainly not the block.
  void Feed(std::string_view bytes, const std::function<void(std::string_view)>& pass);
  /// The end came without a block: passes on what was held back.
  void Finish(const std::function<void(std::string_view)>& pass);

  bool found() const { return found_; }
  /// The exception's text, without the block's frame.
  std::string_view text() const;

 private:
  std::string marker_;
  std::string closing_;
  std::string held_;  ///< A possible beginning of the marker; after it, the exception.
  bool found_ = false;
};

}  // namespace vitrine::clickhouse
