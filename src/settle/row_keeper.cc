#include "settle/row_keeper.h"

#include <vector>

namespace vitrine::settle {

namespace {

using Texts = std::span<const std::string_view>;

/// Copies what is text; hashes and numbers of a built row are values, or in the arena already.
class TextKeeper {
 public:
  explicit TextKeeper(Arena& arena) : arena_(arena) {}

  void Lc(const char*, std::string_view& v) { v = arena_.Copy(v); }
  void Str(const char*, std::string_view& v) { v = arena_.Copy(v); }
  void StrArray(const char*, Texts& v) {
    if (v.empty()) return;
    texts_.clear();
    for (std::string_view text : v) texts_.push_back(arena_.Copy(text));
    v = arena_.CopyArray(texts_);
  }
  void LcArray(const char* name, Texts& v) { StrArray(name, v); }
  void Map(const char* name, Texts& keys, Texts& values) {
    StrArray(name, keys);
    StrArray(name, values);
  }
  void HashArray(const char*, std::span<const ContentHash>&) {}
  void U32Array(const char*, std::span<const uint32_t>&) {}
  void F64Array(const char*, std::span<const double>&) {}
  void Day(const char*, int32_t&) {}
  void Time(const char*, Nanos&) {}
  void Id(const char*, auto&) {}
  void Enum(const char*, auto&) {}
  void U16(const char*, uint16_t&) {}
  void U32(const char*, uint32_t&) {}
  void U64(const char*, uint64_t&) {}
  void Bool(const char*, bool&) {}
  void OptBool(const char*, auto&) {}
  void OptU32(const char*, auto&) {}
  void OptU64(const char*, auto&) {}
  void OptI64(const char*, auto&) {}
  void OptF64(const char*, auto&) {}
  void OptMoney(const char*, auto&) {}

 private:
  Arena& arena_;
  std::vector<std::string_view> texts_;
};

}  // namespace

void KeepRow(storage::StoredSpan& row, Arena& arena) {
  const std::string_view project = row.project;
  TextKeeper keeper(arena);
  row.project = {};
  storage::DescribeColumns(keeper, row);
  row.project = project;
  model::Span& span = row.span;
  span.input_messages = span.output_messages = span.tool_definitions = {};
  span.tool_calls = {};
  span.documents = {};
  span.attributes = span.resource = {};
  span.events = {};
  span.links = {};
  span.timeline = {};
  span.exchange = nullptr;
}

model::Score KeptScore(model::Score score, Arena& arena) {
  // A new field does not compile until it is thought of here.
  auto& [id, trace_id, span_id, session_id, response_id, name, label, comment, source, author,
         evaluator_version, judge_model, value, time] = score;
  for (std::string_view* text : {&id, &session_id, &response_id, &name, &label, &comment, &source,
                                 &author, &evaluator_version, &judge_model}) {
    *text = arena.Copy(*text);
  }
  return score;
}

}  // namespace vitrine::settle
