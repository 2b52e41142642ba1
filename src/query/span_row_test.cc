#include "query/span_row.h"

#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/random.h"
#include "query/internal/engine_test.h"
#include "query/sql_text.h"
#include "storage/schema/span_table_writer.h"

namespace vitrine::query {
namespace {

using storage::StoredSpan;
using syntax::JsonValue;

constexpr int64_t kBase = 1'750'000'000 * kNanosPerSecond;

/// The visitor that gives every field some value, or none.
class RandomFiller {
 public:
  RandomFiller(platform::SeededRandom& random, Arena& arena) : random_(random), arena_(arena) {}

  // clang-format off
  void Lc(const char*, std::string_view& v) { v = Text(); }
  void Str(const char*, std::string_view& v) { v = Text(); }
  void Day(const char*, int32_t&) {}
  void Time(const char*, Nanos& v) { v = {kBase + static_cast<int64_t>(random_.Below(1'000'000'000'000))}; }
  template <typename T> void Id(const char*, T& v) { if (random_.OneIn(2)) v = Hash<T>(); }
  void U16(const char*, uint16_t& v) { v = static_cast<uint16_t>(random_.Below(3) * 200); }
  void U32(const char*, uint32_t& v) { v = static_cast<uint32_t>(random_.Below(5)); }
  void U64(const char*, uint64_t& v) { v = random_.Below(1000); }
  void Bool(const char*, bool& v) { v = random_.OneIn(2); }
  template <typename T> void Enum(const char*, T& v) { v = static_cast<T>(random_.Below(3)); }
  void OptBool(const char*, std::optional<bool>& v) { Maybe(v, random_.OneIn(2)); }
  void OptU32(const char*, std::optional<uint32_t>& v) { Maybe(v, static_cast<uint32_t>(random_.Below(4'000'000'000))); }
  void OptU64(const char*, std::optional<uint64_t>& v) { Maybe(v, random_.Below(1'000)); }
  void OptI64(const char*, std::optional<int64_t>& v) { Maybe(v, static_cast<int64_t>(random_.Next() >> 4)); }
  void OptF64(const char*, std::optional<double>& v) { Maybe(v, Double()); }
  void OptMoney(const char*, std::optional<Money>& v) { Maybe(v, Money{static_cast<int64_t>(random_.Below(3'000'000'000))}); }
  void StrArray(const char*, std::span<const std::string_view>& v) { v = Texts(random_.Below(3)); }
  void LcArray(const char*, std::span<const std::string_view>& v) { v = Texts(random_.Below(3)); }
  void U32Array(const char*, std::span<const uint32_t>& v) { v = List<uint32_t>(random_.Below(3), [&] { return static_cast<uint32_t>(random_.Below(9)); }); }
  void F64Array(const char*, std::span<const double>& v) { v = List<double>(random_.Below(3), [&] { return Double(); }); }
  void HashArray(const char*, std::span<const ContentHash>& v) { v = List<ContentHash>(random_.Below(4), [&] { return Hash<ContentHash>(); }); }
  void Map(const char*, std::span<const std::string_view>& keys, std::span<const std::string_view>& values) {
    keys = arena_.CopyArray(std::vector<std::string_view>{"a", "b\"c", "\u00e9"});
    values = Texts(3);
  }
  // clang-format on
  void InputHashes(std::span<const ContentHash>& hashes, uint32_t& new_from) {
    HashArray("", hashes);
    new_from = static_cast<uint32_t>(random_.Below(hashes.size() + 1));
  }

  double Double() {
    constexpr double kDoubles[] = {0, 1, 0.1, -2.5, 1e21, 3e-7, 123456.789, 1.0 / 3};
    return kDoubles[random_.Below(std::size(kDoubles))];
  }
  std::string_view Text() {
    constexpr std::string_view kTexts[] = {
        "", "", "plain", "\"quoted\" \\ / \b\f\n\r\t", "\u00e9 \u4e2d \U0001f600", "\x01\x1f<&>"};
    return kTexts[random_.Below(std::size(kTexts))];
  }
  std::span<const std::string_view> Texts(size_t count) {
    return List<std::string_view>(count, [&] { return Text(); });
  }

 private:
  template <typename T, typename Value>
  void Maybe(std::optional<T>& to, Value value) {
    if (random_.OneIn(2)) to = static_cast<T>(value);
  }
  template <typename T>
  T Hash() {
    T id;
    random_.Fill(id.bytes.data(), T::size);
    return id;
  }
  template <typename T, typename Make>
  std::span<const T> List(size_t count, const Make& make) {
    std::vector<T> values;
    for (size_t i = 0; i < count; ++i) values.push_back(make());
    return arena_.CopyArray(values);
  }
  platform::SeededRandom& random_;
  Arena& arena_;
};

/// A row with its identity set, and documents whose lists are as long as one another.
StoredSpan RandomSpan(uint64_t number, platform::SeededRandom& random, Arena& arena) {
  StoredSpan row;
  RandomFiller filler(random, arena);
  storage::DescribeColumns(filler, row);
  row.project = "row";
  row.day = static_cast<int32_t>(row.span.start.since_epoch / kNanosPerDay);
  for (size_t i = 0; i < 8; ++i)
    row.span.span_id.bytes[i] = static_cast<uint8_t>(number >> (8 * (7 - i)));
  row.is_deleted = row.span.is_fragment = false;
  const size_t count = row.documents.ids.size();
  row.documents.data_sources = filler.Texts(count);
  row.documents.metadata = filler.Texts(count);
  std::vector<double> scores;
  std::vector<ContentHash> hashes(count);
  for (size_t i = 0; i < count; ++i) {
    scores.push_back(random.OneIn(3) ? std::nan("") : filler.Double());
    if (random.OneIn(2)) random.Fill(hashes[i].bytes.data(), ContentHash::size);
  }
  row.documents.scores = arena.CopyArray(scores);
  row.documents.hashes = arena.CopyArray(hashes);
  return row;
}

/// The same value, however its number or its text is written.
bool IsSame(const JsonValue& a, const JsonValue& b) {
  if (a.is_string() || b.is_string()) return a.is_string() && b.is_string() && a.text() == b.text();
  if (a.is_number() && b.is_number() && a.raw() != b.raw()) return a.AsDouble() == b.AsDouble();
  if (a.is_array() && b.is_array() && a.size() == b.size()) {
    for (size_t i = 0; i < a.size(); ++i) {
      if (!IsSame(a.At(i), b.At(i))) return false;
    }
    return true;
  }
  if (a.is_object() && b.is_object() && a.size() == b.size()) {
    auto other = b.Members().begin();
    for (const auto [key, value] : a.Members()) {
      const auto [other_key, other_value] = *other;
      if (key != other_key || !IsSame(value, other_value)) return false;
      ++other;
    }
    return true;
  }
  return a.raw() == b.raw();
}

class SpanRowTest : public EngineTest {
 protected:
  static void SetUpTestSuite() { StartEngine(); }
};

TEST_F(SpanRowTest, IsTheRowOfTheView) {
  constexpr uint64_t kRows = 400;
  platform::SeededRandom random(20261123);
  Arena arena;
  storage::SpanTableWriter writer;
  std::vector<std::string> ours;
  for (uint64_t i = 0; i < kRows; ++i) {
    const StoredSpan row = RandomSpan(i, random, arena);
    writer.Append(row);
    ours.push_back(SpanRowJson(row));
  }
  const auto block = writer.Take();
  const auto inserted =
      client_->InsertNative("vitrine.span_rows", block.ColumnList(), block.Serialize());
  ASSERT_TRUE(inserted) << inserted.error().message;
  SqlText sql;
  sql << "SELECT * FROM vitrine.spans WHERE project = 'row' ORDER BY span_id FORMAT JSONEachRow";
  const auto views = AskLines(*client_, sql);
  ASSERT_TRUE(views) << views.error().message;
  ASSERT_EQ(views->size(), kRows);
  for (uint64_t i = 0; i < kRows; ++i) {
    syntax::JsonDocument our, view;
    ASSERT_EQ(our.Parse(ours[i], arena), syntax::JsonStatus::kOk) << ours[i];
    ASSERT_EQ(view.Parse((*views)[i], arena), syntax::JsonStatus::kOk);
    ASSERT_EQ(our.root().size(), view.root().size());
    auto other = view.root().Members().begin();
    for (const auto [key, value] : our.root().Members()) {
      const auto [other_key, other_value] = *other;
      ASSERT_EQ(key, other_key);
      EXPECT_TRUE(IsSame(value, other_value))
          << key << ": " << value.raw() << ", in the view " << other_value.raw();
      ++other;
    }
  }
}

}  // namespace
}  // namespace vitrine::query
