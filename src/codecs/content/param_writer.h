// ParamWriter: request parameters as one JSON object, and the few that have columns of their own.
// Owner: names and the object borrow from the texts given in and the arena. Not thread-safe.
// Of several values for one name the first counts.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::codecs {

struct RequestParams {
  std::string_view json;  ///< JSON object of all parameters, or empty.
  std::optional<double> temperature, top_p;
  std::optional<int64_t> max_tokens, seed;
  std::optional<bool> stream;
};

/// What AddObject leaves out and opens beside what it always does. Keep the lists alive.
struct BodyWords {
  std::span<const std::string_view> left_out, opened;
};

class ParamWriter {
 public:
  explicit ParamWriter(BodyWords more = {}) : more_(more), writer_(text_) { writer_.BeginObject(); }
  ParamWriter(const ParamWriter&) = delete;
  ParamWriter& operator=(const ParamWriter&) = delete;

  /// Adds one parameter as it was sent; null says nothing.
  void Add(std::string_view name, syntax::JsonValue value);
  /// Adds the parameters in a request body of any provider: what is content, or stands elsewhere,
  /// is left out; objects that hold nothing but parameters are opened.
  void AddObject(syntax::JsonValue body);

  /// Begins a parameter whose value the caller writes; null where the name was there before.
  syntax::JsonWriter* Begin(std::string_view name);
  /// Sets the column of a parameter that has one.
  void SetColumn(std::string_view name, std::optional<double> number, std::optional<int64_t> whole,
                 std::optional<bool> flag);

  /// The parameters so far. Call once.
  RequestParams Finish(Arena& arena);

 private:
  BodyWords more_;
  std::string text_;
  syntax::JsonWriter writer_;
  std::set<std::string_view> names_;
  RequestParams params_;
};

}  // namespace vitrine::codecs
