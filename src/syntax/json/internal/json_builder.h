// JsonBuilder: reads one JSON text into the nodes of a JsonDocument, without recursion.
// Owner: lives for one Parse. Private to syntax/json.
#pragma once

#include <string_view>

#include "syntax/json/json_document.h"

namespace vitrine::syntax {

class JsonBuilder {
 public:
  JsonBuilder(JsonDocument& document, std::string_view text, Arena& arena,
              const JsonOptions& options)
      : document_(document),
        arena_(arena),
        options_(options),
        begin_(text.data()),
        at_(text.data()),
        end_(text.data() + text.size()) {}

  /// Fills document's nodes and its status; the caller drops them where the status is a failure.
  JsonStatus Build();

 private:
  // Each step returns false when reading ends, with status_ set.
  bool ReadRoot();
  bool ReadNext();
  bool ReadValue();
  bool ReadKey();
  bool ReadString();
  bool FinishString(const char* content, bool has_escapes, bool cut_off);
  bool Unescape(std::string_view escaped, internal::JsonNode& node);
  bool ReadEscape(const char*& from, const char* end, char*& to);
  bool ReadNumber();
  bool ReadLiteral(std::string_view literal, JsonKind kind, int64_t value);
  bool Open(JsonKind kind);
  void Close(const char* end);
  void CloseCutOff();

  internal::JsonNode* Add(JsonKind kind, const char* begin, const char* end);
  void SkipSpace() {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }
  bool Stop(JsonStatus status, const char* where) {
    status_ = status;
    at_ = where;
    return false;
  }
  uint32_t Offset(const char* at) const { return static_cast<uint32_t>(at - begin_); }

  JsonDocument& document_;
  Arena& arena_;
  const JsonOptions& options_;
  const char* begin_;
  const char* at_;
  const char* end_;
  JsonStatus status_ = JsonStatus::kOk;
};

}  // namespace vitrine::syntax
