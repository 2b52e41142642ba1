// PriceDesk: the price table in use and the user's own rows: those of a file, read at start, and
// those of the API, kept in the data folder. Owner: the server. Threads: every function from any
// thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/price_overrides.h"
#include "pipeline/price_table.h"

namespace vitrine::app {

class PriceDesk {
 public:
  /// Reads `toml_path` (empty: none) and `json_path` (made with the first change).
  /// Errors: kInvalidInput naming the file and the field.
  static Result<std::unique_ptr<PriceDesk>> Open(const std::string& json_path,
                                                 const std::string& toml_path);

  const pipeline::PriceBook& book() const { return *book_; }
  std::optional<model::PriceRow> Find(std::string_view price_id) const;
  void Visit(const std::function<bool(const model::PriceRow&)>& visit) const;
  /// Rows of the user, file and API.
  std::vector<model::PriceRow> Overrides() const;
  /// Takes rows in; durable when it returns. Errors: kInvalidInput, kIo.
  Result<void> Put(std::string_view json);
  /// Errors: kNotFound (no such row of the API), kIo.
  Result<void> Remove(std::string_view price_id);

 private:
  PriceDesk() = default;
  /// Puts the rows in use and, if that works, on disk.
  Result<void> Apply(pipeline::PriceOverrides changed);

  std::string json_path_;
  mutable std::mutex mutex_;
  pipeline::PriceOverrides from_file_, from_api_;
  std::unique_ptr<pipeline::PriceBook> book_;
};

}  // namespace vitrine::app
