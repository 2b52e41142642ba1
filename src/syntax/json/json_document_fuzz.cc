// Any text as JSON: simdjson and we agree on what is JSON and what it says; tolerant modes yield
// valid JSON.
#include <simdjson.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "syntax/json/json_document.h"
#include "syntax/json/utf8.h"

namespace {

using namespace vitrine;
using syntax::JsonDocument;
using syntax::JsonKind;
using syntax::JsonStatus;
using syntax::JsonValue;

void Require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

void Compare(JsonValue ours, simdjson::dom::element theirs) {
  switch (theirs.type()) {
    case simdjson::dom::element_type::OBJECT: {
      auto member = ours.Members().begin();
      Require(ours.is_object(), "kind: object");
      size_t count = 0;
      for (auto [key, value] : simdjson::dom::object(theirs)) {
        Require(count++ < ours.size(), "more members");
        Require((*member).key == key, "key");
        Compare((*member).value, value);
        ++member;
      }
      Require(count == ours.size(), "fewer members");
      return;
    }
    case simdjson::dom::element_type::ARRAY: {
      auto element = ours.Elements().begin();
      Require(ours.is_array(), "kind: array");
      size_t count = 0;
      for (auto value : simdjson::dom::array(theirs)) {
        Require(count++ < ours.size(), "more elements");
        Compare(*element, value);
        ++element;
      }
      Require(count == ours.size(), "fewer elements");
      return;
    }
    case simdjson::dom::element_type::STRING:
      Require(ours.AsString() == std::string_view(theirs), "string");
      return;
    case simdjson::dom::element_type::INT64:
      // "-0" is a double for us.
      Require(ours.ToInt() == int64_t(theirs), "int64");
      return;
    case simdjson::dom::element_type::UINT64:
      Require(ours.ToUint() == uint64_t(theirs), "uint64");
      return;
    case simdjson::dom::element_type::DOUBLE:
      Require(ours.AsDouble() == double(theirs), "double");
      return;
    case simdjson::dom::element_type::BOOL: Require(ours.AsBool() == bool(theirs), "bool"); return;
    case simdjson::dom::element_type::NULL_VALUE: Require(ours.is_null(), "null"); return;
  }
}

/// A tree in whatever mode prints as JSON that parses strictly and prints the same again.
void CheckPrint(JsonValue root) {
  std::string printed;
  AppendJson(printed, root);
  Arena arena;
  JsonDocument again;
  Require(again.Parse(printed, arena) == JsonStatus::kOk, "own print does not parse");
  std::string second;
  AppendJson(second, again.root());
  Require(printed == second, "own print changes");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  Arena arena;
  JsonDocument document;
  JsonStatus status = document.Parse(text, arena);
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  auto error = parser.parse(text.data(), text.size()).get(element);
  if (error == simdjson::SUCCESS) {
    if (status != JsonStatus::kTooDeep) {
      Require(status == JsonStatus::kOk, "only simdjson accepts");
      Compare(document.root(), element);
    }
  } else if (status == JsonStatus::kOk) {
    // It refuses what is not UTF-8, numbers beyond 64 bits or beyond double, and half surrogate
    // pairs; we take those.
    bool explained = error == simdjson::NUMBER_ERROR || !syntax::Utf8IsValid(text) ||
                     text.find("\\u") != std::string_view::npos;
    Require(explained, "only we accept");
  }
  if (status == JsonStatus::kOk) CheckPrint(document.root());
  for (bool lenient : {false, true}) {
    status = document.Parse(text, arena, {.allow_cut_off = true, .lenient = lenient});
    if (status == JsonStatus::kOk || status == JsonStatus::kCutOff) CheckPrint(document.root());
  }
  return 0;
}
