// Result<T>: a value or an Error, for everything that can fail on outside input or outside state.
// Programmer errors use VITRINE_CHECK (base/check.h) instead. No exception crosses a room.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace vitrine {

enum class ErrorCode : uint8_t {
  kInvalidInput,   ///< The bytes or arguments are wrong; sending them again cannot help.
  kUnsupported,    ///< Well-formed, but something we do not do.
  kNotFound,       ///< The named thing does not exist.
  kConflict,       ///< The thing exists already or changed meanwhile.
  kLimitExceeded,  ///< A documented limit was passed.
  kUnavailable,    ///< Try again later; nothing was taken.
  kIo,             ///< The operating system refused a read or write.
  kCorrupt,        ///< Stored bytes fail their checks.
  kCancelled,      ///< The caller or its deadline ended the work.
  kInternal,       ///< A fault of ours.
};

/// The stable lower-case name of a code, as it stands in API errors: "invalid_input".
std::string_view ErrorCodeName(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
  std::optional<uint64_t> offset;  ///< Byte offset into the input, where one is known.
};

template <typename T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
};

template <>
class [[nodiscard]] Result<void> : public std::expected<void, Error> {
 public:
  using std::expected<void, Error>::expected;
};

/// Builds the error side of any Result.
inline std::unexpected<Error> Fail(ErrorCode code, std::string message,
                                   std::optional<uint64_t> offset = std::nullopt) {
  return std::unexpected(Error{code, std::move(message), offset});
}

}  // namespace vitrine

#define VITRINE_CONCAT_INNER(a, b) a##b
#define VITRINE_CONCAT(a, b) VITRINE_CONCAT_INNER(a, b)

/// Returns the error of a failed Result from the enclosing function.
#define TRY(expr)                                                             \
  do {                                                                        \
    auto&& try_result_ = (expr);                                              \
    if (!try_result_) return std::unexpected(std::move(try_result_).error()); \
  } while (false)

/// Assigns the value of a Result, or returns its error from the enclosing function.
#define TRY_ASSIGN(target, expr) TRY_ASSIGN_IMPL(VITRINE_CONCAT(try_value_, __LINE__), target, expr)
#define TRY_ASSIGN_IMPL(tmp, target, expr)                  \
  auto&& tmp = (expr);                                      \
  if (!tmp) return std::unexpected(std::move(tmp).error()); \
  target = std::move(*tmp)
