#include "query/reprice.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <tuple>

#include "query/filter/filter.h"
#include "query/internal/line_feed.h"
#include "query/limits.h"
#include "query/sql_text.h"
#include "syntax/json/json_document.h"

namespace vitrine::query {
namespace {

using syntax::JsonValue;

// An arena keeps what it has; a new one every so often bounds what names and price ids take.
constexpr size_t kArenaBytesMax = 1 << 20;

/// In the order that CallReader takes them.
constexpr const char* kColumns =
    "reinterpretAsInt64(start_time), kind, status, provider, request_model, response_model, "
    "rare['deployment_id'], rare['region'], rare['service_tier'], rare['speed'], "
    "rare['inference_geo'], rare['price_model'], toUInt8OrZero(rare['is_batch']), cache_status, "
    "input_tokens, cached_input_tokens, cache_write_tokens, "
    "toUInt64OrNull(rare['cache_write_1h_tokens']), output_tokens, reasoning_tokens, "
    "toUInt64OrNull(rare['audio_input_tokens']), toUInt64OrNull(rare['audio_output_tokens']), "
    "toUInt64OrNull(rare['image_input_tokens']), toUInt64OrNull(rare['image_output_tokens']), "
    "toUInt64OrNull(rare['web_search_requests']), "
    "toUInt64OrNull(rare['billed_input_tokens']), toUInt64OrNull(rare['billed_output_tokens']), "
    "toUInt64OrNull(rare['cached_audio_tokens']), toUInt64OrNull(rare['input_seconds']), "
    "toUInt64OrNull(rare['input_characters']), toUInt64OrNull(rare['output_images']), "
    "toUInt64OrNull(rare['pages']), toUInt64OrNull(rare['search_units']), "
    "toUInt64OrNull(rare['billed_cached_input_tokens']), "
    "toUInt64OrNull(rare['billed_cache_write_tokens']), "
    "toUInt64OrNull(rare['billed_cache_write_1h_tokens']), "
    "toUInt64OrNull(rare['largest_pass_tokens']), toUInt64OrNull(rare['smallest_pass_tokens']), "
    "price_id, cost_usd, input_cost_usd, cache_read_cost_usd, cache_write_cost_usd, "
    "output_cost_usd, saved_cost_usd";

/// Reads one row: what a price depends on, and the cost that is stored.
class CallReader {
 public:
  explicit CallReader(const JsonValue& row) : cells_(row.Elements()), at_(cells_.begin()) {}

  model::Span Read() {
    model::Span span;
    span.start = Nanos{Next().ToInt().value_or(0)};
    span.kind = Named<model::SpanKind>();
    span.status = Named<model::SpanStatus>();
    for (std::string_view* text :
         {&span.provider, &span.request_model, &span.response_model, &span.deployment_id,
          &span.region, &span.service_tier, &span.speed, &span.inference_geo, &span.price_model}) {
      *text = Next().text();
    }
    span.is_batch = Next().ToInt().value_or(0) != 0;
    span.cache_status = Named<model::CacheStatus>();
    model::Usage& usage = span.usage;
    for (model::Count* count : {&usage.input_tokens,
                                &usage.cached_input_tokens,
                                &usage.cache_write_tokens,
                                &usage.cache_write_1h_tokens,
                                &usage.output_tokens,
                                &usage.reasoning_tokens,
                                &usage.audio_input_tokens,
                                &usage.audio_output_tokens,
                                &usage.image_input_tokens,
                                &usage.image_output_tokens,
                                &usage.web_search_requests,
                                &usage.billed_input_tokens,
                                &usage.billed_output_tokens,
                                &usage.cached_audio_tokens,
                                &usage.input_seconds,
                                &usage.input_characters,
                                &usage.output_images,
                                &usage.pages,
                                &usage.search_units,
                                &usage.billed_cached_input_tokens,
                                &usage.billed_cache_write_tokens,
                                &usage.billed_cache_write_1h_tokens,
                                &usage.largest_pass_tokens,
                                &usage.smallest_pass_tokens}) {
      *count = Next().ToUint();
    }
    span.cost.price_id = Next().text();
    for (std::optional<Money>* part :
         {&span.cost.total, &span.cost.input, &span.cost.cache_read, &span.cost.cache_write,
          &span.cost.output, &span.cost.saved}) {
      const JsonValue cell = Next();
      if (cell.is_string()) *part = Money::Parse(cell.text());
    }
    complete_ = complete_ && at_ == cells_.end();
    return span;
  }
  /// False when the row had not the cells it should have.
  bool complete() const { return complete_; }

 private:
  JsonValue Next() {
    if (at_ == cells_.end()) {
      complete_ = false;
      return {};
    }
    const JsonValue cell = *at_;
    ++at_;
    return cell;
  }
  template <typename Enum>
  Enum Named() {
    return model::FromName<Enum>(Next().text()).value_or(Enum{});
  }

  JsonValue::ElementRange cells_;
  JsonValue::ElementIterator at_;
  bool complete_ = true;
};

bool SameCost(const model::Cost& a, const model::Cost& b) {
  return a.total == b.total && a.input == b.input && a.cache_read == b.cache_read &&
         a.cache_write == b.cache_write && a.output == b.output && a.saved == b.saved &&
         a.price_id == b.price_id;
}

Result<void> AddTo(Money& sum, const std::optional<Money>& part) {
  if (part && __builtin_add_overflow(sum.nano_usd, part->nano_usd, &sum.nano_usd)) {
    return Fail(ErrorCode::kLimitExceeded,
                "the costs add up to more than 9.2 billion dollars; ask for a shorter time");
  }
  return {};
}

Result<void> AddTo(std::optional<Money>& sum, const std::optional<Money>& part) {
  if (!part) return {};
  Money total = sum.value_or(Money{});
  TRY(AddTo(total, part));
  sum = total;
  return {};
}

/// Sums by model and price.
class Comparison {
 public:
  Result<void> Add(const model::Span& span, const model::Cost& old_cost,
                   model::UnpricedReason reason) {
    const model::Cost& new_cost = span.cost;
    ++report_.calls;
    if (!old_cost.total) ++report_.unpriced_before;
    if (!new_cost.total) ++report_.unpriced_after;
    TRY(AddTo(report_.old_cost, old_cost.total));
    TRY(AddTo(report_.new_cost, new_cost.total));
    if (SameCost(old_cost, new_cost)) return {};
    ++report_.changed_calls;
    if (!old_cost.total && new_cost.total) ++report_.newly_priced;
    if (old_cost.total && !new_cost.total) ++report_.newly_unpriced;
    const auto model = span.response_model.empty() ? span.request_model : span.response_model;
    // Whether there is a cost belongs to the key: a cache hit has one without a price.
    const Key key{span.provider,
                  model,
                  old_cost.price_id,
                  new_cost.price_id,
                  new_cost.total ? model::UnpricedReason::kNone : reason,
                  old_cost.total.has_value(),
                  new_cost.total.has_value()};
    auto found = changes_.find(key);
    if (found == changes_.end()) {
      if (changes_.size() >= kRepriceChangesMax) {
        return Fail(ErrorCode::kLimitExceeded,
                    "more than 20,000 different changes of price; ask "
                    "for a shorter time");
      }
      found = changes_.emplace(OwnKey(key), RepriceChange()).first;
    }
    RepriceChange& change = found->second;
    ++change.calls;
    TRY(AddTo(change.old_cost, old_cost.total));
    return AddTo(change.new_cost, new_cost.total);
  }

  RepriceReport Finish() && {
    for (auto& [key, change] : changes_) {
      std::tie(change.provider, change.model, change.old_price_id, change.new_price_id,
               change.reason, std::ignore, std::ignore) = key;
      report_.changes.push_back(std::move(change));
    }
    const auto difference = [](const RepriceChange& change) {
      return std::abs(change.new_cost.value_or(Money{}).nano_usd -
                      change.old_cost.value_or(Money{}).nano_usd);
    };
    // Equal differences by their key. (clang refuses stable_sort of libstdc++ 12.)
    const auto order = [&](const RepriceChange& a, const RepriceChange& b) {
      const auto left = difference(a), right = difference(b);
      if (left != right) return left > right;
      return std::tie(a.provider, a.model, a.old_price_id, a.new_price_id, a.reason) <
             std::tie(b.provider, b.model, b.old_price_id, b.new_price_id, b.reason);
    };
    std::ranges::sort(report_.changes, order);
    return std::move(report_);
  }

 private:
  template <typename Text>
  using KeyOf = std::tuple<Text, Text, Text, Text, model::UnpricedReason, bool, bool>;
  using Key = KeyOf<std::string_view>;

  static KeyOf<std::string> OwnKey(const Key& key) {
    return std::apply(
        [](auto provider, auto model, auto old_id, auto new_id, auto... rest) {
          return KeyOf<std::string>{std::string(provider), std::string(model), std::string(old_id),
                                    std::string(new_id), rest...};
        },
        key);
  }
  struct Less {
    using is_transparent = void;
    bool operator()(const auto& a, const auto& b) const { return a < b; }
  };

  RepriceReport report_;
  std::map<KeyOf<std::string>, RepriceChange, Less> changes_;
};

SqlText Statement(const RepriceRequest& request) {
  SqlText sql;
  CallFilter terms = request.terms;
  terms.project = request.project;
  terms.from = request.from;
  terms.to = request.to;
  sql << "SELECT " << kColumns << " FROM vitrine.span_rows FINAL WHERE ";
  AppendCallConditions(sql, terms);
  FilterScope scope;
  scope.project = request.project;
  scope.from = request.from;
  scope.to = request.to;
  AppendFilter(sql, terms.expression, scope);
  sql << " FORMAT JSONCompactEachRow";
  return sql;
}

}  // namespace

Result<RepriceReport> Reprice(clickhouse::Client& client, const RepriceRequest& request,
                              const PriceFunction& price) {
  if (request.from && request.to && *request.from >= *request.to)
    return Fail(ErrorCode::kInvalidInput, "from is not before to");
  Comparison comparison;
  LineFeed lines;
  Arena arena;
  syntax::JsonDocument document;
  Result<void> taken;
  const auto take = [&](std::string_view line) {
    if (!taken || line.empty()) return;
    if (arena.reserved_bytes() > kArenaBytesMax) {
      document.Clear();
      arena = Arena();
    }
    if (document.Parse(line, arena) != syntax::JsonStatus::kOk) {
      taken = std::unexpected(document.error());
      return;
    }
    CallReader reader(document.root());
    model::Span span = reader.Read();
    if (!reader.complete()) {
      taken = Fail(ErrorCode::kInternal, "unexpected row of calls: " + std::string(line));
      return;
    }
    const model::Cost old_cost = span.cost;
    const model::UnpricedReason reason = price(span, arena);
    taken = comparison.Add(span, old_cost, reason);
  };
  const SqlText sql = Statement(request);
  clickhouse::QueryOptions options = QuestionOptions(sql);
  for (auto& [name, value] : options.settings) {
    if (name == "max_execution_time") value = std::to_string(kRepriceTimeMax.count());
  }
  options.timeout = kRepriceStallMax;
  options.cancel = request.cancel;
  const auto streamed = client.Stream(
      sql.sql(),
      [&](std::string_view bytes) {
        lines.Feed(bytes, take);
        return taken.has_value();
      },
      options);
  TRY(taken);
  if (!streamed) return std::unexpected(QuestionError(streamed.error()));
  return std::move(comparison).Finish();
}

}  // namespace vitrine::query
