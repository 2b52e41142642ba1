#include "codecs/providers/internal/partial_arguments.h"

#include <algorithm>

#include "codecs/providers/limits.h"
#include "syntax/json/json_writer.h"

namespace vitrine::codecs::providers {

namespace {

// Arguments nest a few levels; Write goes down by recursion.
constexpr size_t kPathStepsMax = 32;

}  // namespace

PartialArguments::Node* PartialArguments::Step(Node& from, std::string_view name, bool is_index) {
  for (Node& node : from.inner) {
    if (node.is_index == is_index && node.name == name) return &node;
  }
  // A list holds no members, and an object no elements.
  bool is_mixed = !from.inner.empty() && from.inner.front().is_index != is_index;
  if (node_count_ >= kPartsMax || is_mixed) return nullptr;
  ++node_count_;
  Node& added = from.inner.emplace_back();
  added.name = name;
  added.is_index = is_index;
  return &added;
}

PartialArguments::Node* PartialArguments::Find(std::string_view path) {
  if (!path.starts_with('$')) return nullptr;
  path.remove_prefix(1);
  Node* node = &root_;
  for (size_t steps = 0; node != nullptr && !path.empty(); ++steps) {
    if (steps == kPathStepsMax) return nullptr;
    if (path.starts_with('.')) {
      path.remove_prefix(1);
      std::string_view name = path.substr(0, path.find_first_of(".["));
      path.remove_prefix(name.size());
      node = name.empty() ? nullptr : Step(*node, name, false);
    } else if (path.starts_with("['") || path.starts_with("[\"")) {
      size_t end = path.find(path[1] == '\'' ? "']" : "\"]", 2);
      if (end == std::string_view::npos) return nullptr;
      node = Step(*node, path.substr(2, end - 2), false);
      path.remove_prefix(end + 2);
    } else {
      size_t end = path.find(']');
      if (!path.starts_with('[') || end == std::string_view::npos) return nullptr;
      node = Step(*node, path.substr(1, end - 1), true);
      path.remove_prefix(end + 1);
    }
  }
  return node == &root_ ? nullptr : node;
}

size_t PartialArguments::Add(syntax::JsonValue piece) {
  Node* node = Find(piece["jsonPath"].text());
  if (node == nullptr) return 0;
  if (syntax::JsonValue text = piece["stringValue"]; text.is_string()) {
    if (!node->is_text) node->value.clear();
    node->is_text = true;
    node->value.append(text.text());
    return std::max<size_t>(text.text().size(), 1);  // An empty text is a value, too.
  }
  node->is_text = false;
  node->value = "null";
  for (std::string_view key : {"numberValue", "boolValue"}) {
    syntax::JsonValue value = piece[key];
    auto number = value.ToDouble();
    bool is_plain = value.is_number() && number && *number - *number == 0;
    if (is_plain || value.ToBool()) node->value = value.raw();
  }
  return node->value.size();
}

void PartialArguments::Write(const Node& node, std::string& json) {
  if (node.inner.empty()) {
    if (node.is_text) {
      syntax::AppendJsonString(json, node.value);
    } else {
      json.append(node.value.empty() ? "null" : node.value);
    }
    return;
  }
  bool is_list = node.inner.front().is_index;
  json.push_back(is_list ? '[' : '{');
  for (const Node& inner : node.inner) {
    if (&inner != &node.inner.front()) json.push_back(',');
    if (!is_list) {
      syntax::AppendJsonString(json, inner.name);
      json.push_back(':');
    }
    Write(inner, json);
  }
  json.push_back(is_list ? ']' : '}');
}

std::string PartialArguments::Json() const {
  std::string json;
  if (root_.inner.empty()) return "{}";
  Write(root_, json);
  return json;
}

}  // namespace vitrine::codecs::providers
