// PartialArguments: the arguments of a tool call that come value by value, each with its path, a
// text in pieces.
// Owner: itself; nothing borrows from it. Not thread-safe. Bounds: kPartsMax values, kPathStepsMax
// steps.
// Format: Vertex's {"jsonPath":"$.a.b[0]","stringValue":"x","willContinue":true}; paths are RFC
// 9535's with names and indexes alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "syntax/json/json_document.h"

namespace vitrine::codecs::providers {

class PartialArguments {
 public:
  /// Adds one value, or the next piece of a text. Bytes of it that a model wrote; 0 where there are
  /// too many values or the path is none.
  size_t Add(syntax::JsonValue piece);
  /// The object so far.
  std::string Json() const;

 private:
  struct Node {
    std::string name;       ///< Of a member; an index as it is written.
    bool is_index = false;  ///< It stands in a list.
    bool is_text = false;
    std::string value;  ///< Text, or JSON.
    std::vector<Node> inner;
  };

  Node* Step(Node& from, std::string_view name, bool is_index);
  Node* Find(std::string_view path);
  static void Write(const Node& node, std::string& json);

  Node root_;
  size_t node_count_ = 0;
};

}  // namespace vitrine::codecs::providers
