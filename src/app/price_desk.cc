#include "app/price_desk.h"

#include <algorithm>
#include <filesystem>

#include "app/whole_file.h"

namespace vitrine::app {

namespace {

using pipeline::PriceOverrides;
using pipeline::PriceTable;

// Prices are no secret.
constexpr unsigned kFileMode = 0644;

bool SameSlot(const model::PriceRow& a, const model::PriceRow& b) {
  return a.provider == b.provider && a.model == b.model && a.region == b.region &&
         a.effective_from == b.effective_from && a.mode == b.mode &&
         a.above_input_tokens == b.above_input_tokens;
}

PriceOverrides Together(const PriceOverrides& file, const PriceOverrides& api) {
  PriceOverrides all = file;
  // The API wins over the file for the same slot: it is the later word.
  for (const model::PriceRow& row : api.rows) {
    std::erase_if(all.rows, [&](const model::PriceRow& other) { return SameSlot(row, other); });
    all.rows.push_back(row);
  }
  all.deployments.insert(all.deployments.end(), api.deployments.begin(), api.deployments.end());
  return all;
}

}  // namespace

Result<std::unique_ptr<PriceDesk>> PriceDesk::Open(const std::string& json_path,
                                                   const std::string& toml_path) {
  std::unique_ptr<PriceDesk> desk(new PriceDesk());
  desk->json_path_ = json_path;
  if (!toml_path.empty()) {
    TRY_ASSIGN(std::string text, ReadWhole(toml_path));
    auto parsed = pipeline::ParsePriceOverridesToml(text);
    if (!parsed) return Fail(parsed.error().code, toml_path + ": " + parsed.error().message);
    desk->from_file_ = std::move(*parsed);
  }
  if (std::filesystem::exists(json_path)) {
    TRY_ASSIGN(std::string text, ReadWhole(json_path));
    auto parsed = pipeline::ParsePriceOverridesJson(text);
    if (!parsed) return Fail(parsed.error().code, json_path + ": " + parsed.error().message);
    desk->from_api_ = std::move(*parsed);
  }
  TRY_ASSIGN(auto table, PriceTable::BuiltIn(Together(desk->from_file_, desk->from_api_)));
  desk->book_ = std::make_unique<pipeline::PriceBook>(std::move(table));
  return desk;
}

std::optional<model::PriceRow> PriceDesk::Find(std::string_view price_id) const {
  auto table = book_->snapshot();
  const model::PriceRow* row = table->FindById(price_id);
  return row == nullptr ? std::nullopt : std::optional(*row);
}

void PriceDesk::Visit(const std::function<bool(const model::PriceRow&)>& visit) const {
  auto table = book_->snapshot();
  for (const model::PriceRow& row : table->rows()) {
    if (!visit(row)) return;
  }
}

std::vector<model::PriceRow> PriceDesk::Overrides() const {
  std::vector<model::PriceRow> rows;
  Visit([&](const model::PriceRow& row) {
    if (row.is_override) rows.push_back(row);
    return true;
  });
  return rows;
}

Result<void> PriceDesk::Apply(PriceOverrides changed) {
  TRY_ASSIGN(auto table, PriceTable::BuiltIn(Together(from_file_, changed)));
  TRY(WriteWhole(json_path_, pipeline::PriceOverridesText(changed), kFileMode));
  from_api_ = std::move(changed);
  book_->Replace(std::move(table));
  return {};
}

Result<void> PriceDesk::Put(std::string_view json) {
  TRY_ASSIGN(PriceOverrides added, pipeline::ParsePriceOverridesJson(json));
  std::lock_guard lock(mutex_);
  return Apply(Together(from_api_, added));
}

Result<void> PriceDesk::Remove(std::string_view price_id) {
  std::lock_guard lock(mutex_);
  auto row = Find(price_id);
  PriceOverrides left = from_api_;
  size_t removed =
      row ? std::erase_if(left.rows,
                          [&](const model::PriceRow& other) { return SameSlot(*row, other); })
          : 0;
  if (removed == 0) return Fail(ErrorCode::kNotFound, "no override of the API has this price_id");
  return Apply(std::move(left));
}

}  // namespace vitrine::app
