// price_lines: answers price questions, one JSON object a line, for differential_test.py.
// In:
// {"provider","response_model","request_model","region","tier","geo","time","batch","tokens":{…},"units":{…}}
// Out: {"total","input","cache_read","cache_write","output","price_id","match"} or {"reason"};
// money in nano-USD.
#include <simdjson.h>

#include <iostream>

#include "pipeline/price_table.h"

namespace {

using simdjson::dom::object;
using vitrine::model::PriceQuery;

std::string_view TextOf(const object& line, std::string_view key) {
  std::string_view text;
  return line[key].get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

uint64_t* UnitOf(PriceQuery& query, std::string_view name) {
  auto& units = query.units;
  if (name == "output_images") return &units.output_images;
  if (name == "input_images") return &units.input_images;
  if (name == "input_seconds") return &units.input_seconds;
  if (name == "output_seconds") return &units.output_seconds;
  if (name == "input_characters") return &units.input_characters;
  if (name == "output_characters") return &units.output_characters;
  if (name == "pages") return &units.pages;
  if (name == "queries") return &units.queries;
  if (name == "sessions") return &units.sessions;
  if (name == "web_searches") return &units.web_searches;
  return nullptr;
}

uint64_t* BucketOf(PriceQuery& query, std::string_view name) {
  for (const auto& bucket : vitrine::model::BucketsByName()) {
    if (bucket.name == name) return &(query.tokens.*bucket.count);
  }
  return nullptr;
}

bool ReadCounts(const object& line, PriceQuery& query) {
  object counts;
  if (line["tokens"].get(counts) == simdjson::SUCCESS) {
    for (auto [name, value] : counts) {
      uint64_t* count = BucketOf(query, name);
      if (count == nullptr) return false;
      *count += value.get_uint64().value_unsafe();
    }
  }
  if (line["units"].get(counts) == simdjson::SUCCESS) {
    for (auto [name, value] : counts) {
      uint64_t* unit = UnitOf(query, name);
      if (unit == nullptr) return false;
      *unit = value.get_uint64().value_unsafe();
    }
  }
  return true;
}

void Print(const vitrine::pipeline::PriceAnswer& answer) {
  if (!answer.call) {
    std::cout << "{\"reason\":\"" << Name(answer.reason) << "\"}\n";
    return;
  }
  const auto& call = *answer.call;
  std::cout << "{\"total\":" << call.total.nano_usd << ",\"input\":" << call.input.nano_usd
            << ",\"cache_read\":" << call.cache_read.nano_usd
            << ",\"cache_write\":" << call.cache_write.nano_usd
            << ",\"output\":" << call.output.nano_usd << ",\"price_id\":\"" << call.price_id()
            << "\",\"match\":\"" << Name(call.match) << "\"}\n";
}

}  // namespace

int main() {
  auto table = vitrine::pipeline::PriceTable::BuiltIn();
  if (!table) {
    std::cerr << table.error().message << "\n";
    return 1;
  }
  simdjson::dom::parser parser;
  for (std::string text; std::getline(std::cin, text);) {
    object line;
    PriceQuery query;
    if (parser.parse(text).get(line) != simdjson::SUCCESS || !ReadCounts(line, query)) {
      std::cerr << "not a question: " << text << "\n";
      return 1;
    }
    query.provider = TextOf(line, "provider");
    query.response_model = TextOf(line, "response_model");
    query.request_model = TextOf(line, "request_model");
    query.region = TextOf(line, "region");
    query.service_tier = TextOf(line, "tier");
    query.inference_geo = TextOf(line, "geo");
    query.start = vitrine::ParseRfc3339(TextOf(line, "time")).value_or(vitrine::Nanos{});
    Print((*table)->Answer(query));
  }
  return 0;
}
