// PriceTable: what a model call costs, from the built-in table and the user's overrides.
// Owner: whoever holds the shared pointer; rows and price ids live as long. A table never changes;
// PriceBook swaps whole tables. Threads: const functions from any thread at once; the memo inside
// is lock-free. Rules: docs/prices.md. Source: WIRE-FORMATS 8.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "model/price.h"
#include "pipeline/price_overrides.h"

namespace vitrine::pipeline {

/// A price, or why there is none.
struct PriceAnswer {
  std::optional<model::PricedCall> call;
  model::UnpricedReason reason = model::UnpricedReason::kNone;
};

class PriceTable {
 public:
  /// Reads a table from its two files' text.
  /// Errors: kInvalidInput where the text is not a table or a name points to no row.
  static Result<std::shared_ptr<const PriceTable>> Load(std::string_view rows_jsonl,
                                                        std::string_view names_jsonl,
                                                        const PriceOverrides& overrides = {});

  /// The table this program was built with, and the user's overrides on top.
  static Result<std::shared_ptr<const PriceTable>> BuiltIn(const PriceOverrides& overrides = {});

  ~PriceTable();
  PriceTable(const PriceTable&) = delete;
  PriceTable& operator=(const PriceTable&) = delete;

  /// The price of a call, or nothing where it is not known. Zero only where nothing is paid.
  /// Lifetime: the row in the answer belongs to this table.
  std::optional<model::PricedCall> PriceCall(const model::PriceQuery& query) const;
  /// The same, with the reason where there is no price.
  PriceAnswer Answer(const model::PriceQuery& query) const;

  /// The row that a stored price_id names, or null. Overrides that were since changed are not here.
  const model::PriceRow* FindById(std::string_view price_id) const;
  /// Every row: built-in in the table's order, then overrides.
  std::span<const model::PriceRow> rows() const;
  /// Changes whenever any row or name does: stored with priced rows, compared when repricing.
  std::string_view version() const;

 private:
  struct Parts;
  explicit PriceTable(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

/// The table in use. Readers take a snapshot for each batch; a new table takes over for the next.
class PriceBook {
 public:
  using Watcher = std::function<void(const PriceTable& before, const PriceTable& after)>;

  explicit PriceBook(std::shared_ptr<const PriceTable> table) : table_(std::move(table)) {}

  std::shared_ptr<const PriceTable> snapshot() const {
    std::lock_guard lock(mutex_);
    return table_;
  }
  void Replace(std::shared_ptr<const PriceTable> table) {
    const std::lock_guard replacing(replacing_);
    const auto after = table;
    {
      std::lock_guard lock(mutex_);
      table_.swap(table);
    }
    if (watcher_) watcher_(*table, *after);
  }
  /// One at a time; it is told of every replacement, one after the other, and may take snapshots.
  /// Nothing ends the earlier one, which is not at work any more when this returns.
  void Watch(Watcher watcher) const {
    const std::lock_guard replacing(replacing_);
    watcher_ = std::move(watcher);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const PriceTable> table_;
  mutable std::mutex replacing_;  ///< Taken before mutex_.
  mutable Watcher watcher_;
};

}  // namespace vitrine::pipeline
