#include "query/exchange.h"

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "model/message_texts.h"
#include "query/limits.h"
#include "query/sql_text.h"
#include "query/trace_place.h"
#include "storage/clickhouse/native_reader.h"
#include "syntax/base64.h"
#include "syntax/json/json_writer.h"
#include "syntax/json/utf8.h"
#include "syntax/skeleton.h"

namespace vitrine::query {
namespace {

using clickhouse::NativeReadBlock;
using clickhouse::NativeValues;
using syntax::JsonWriter;
using syntax::SkeletonReference;

/// Hashes of one statement; its text must stay under ClickHouse's 256 KiB.
constexpr size_t kHashesPerStatement = 2'000;

// The columns of the statement below, in its order.
constexpr size_t kMethod = 0, kUrl = 1, kStatus = 2, kDay = 3, kContentHashes = 4, kPieceEnds = 5,
                 kPieceOffsets = 6, kRequestSide = 7, kResponseSide = 13;
// What each side has, from its first column on.
constexpr size_t kNames = 0, kValues = 1, kSkeleton = 2, kSize = 3, kEncoding = 4, kLeftOut = 5;

constexpr const char* kSelect =
    "SELECT CAST(method, 'String'), url, status, toUInt16(day), content_hashes, piece_ends, "
    "piece_offsets_us, "
    "CAST(request_header_names, 'Array(String)'), request_header_values, request_skeleton, "
    "request_size, CAST(request_content_encoding, 'String'), CAST(request_left_out, 'String'), "
    "CAST(response_header_names, 'Array(String)'), response_header_values, response_skeleton, "
    "response_size, CAST(response_content_encoding, 'String'), CAST(response_left_out, 'String') "
    "FROM vitrine.exchange_rows WHERE project = ";

/// What skeletons refer to, as it is stored.
struct Content {
  std::string parts_template, texts;
  bool is_attachment = false;  ///< Its bytes are in `texts`.
};
using Contents = std::map<std::string, Content>;  ///< By hex hash.

/// One exchange, borrowing from the engine's answer.
class ExchangeRow {
 public:
  explicit ExchangeRow(const NativeReadBlock& block) : block_(block) {}

  std::string_view Text(size_t column) const { return At(column).Text(0); }
  template <typename T>
  T Number(size_t column) const {
    return At(column).Fixed<T>(0);
  }
  std::vector<std::string> Hashes() const {
    std::vector<std::string> hashes;
    const NativeValues& values = At(kContentHashes);
    const auto [begin, end] = values.RangeOf(0);
    for (size_t i = begin; i < end; ++i)
      hashes.push_back(ContentHash::FromBytes(values.parts[0].Bytes(i))->ToHex());
    return hashes;
  }
  std::vector<uint64_t> Numbers(size_t column) const {
    std::vector<uint64_t> numbers;
    const auto [begin, end] = At(column).RangeOf(0);
    for (size_t i = begin; i < end; ++i) numbers.push_back(At(column).parts[0].Fixed<uint64_t>(i));
    return numbers;
  }
  std::vector<std::string_view> Texts(size_t column) const {
    std::vector<std::string_view> texts;
    const auto [begin, end] = At(column).RangeOf(0);
    for (size_t i = begin; i < end; ++i) texts.push_back(At(column).parts[0].Text(i));
    return texts;
  }

 private:
  const NativeValues& At(size_t column) const { return block_.columns[column].values; }
  const NativeReadBlock& block_;
};

void AppendHashes(SqlText& sql, std::span<const std::string> hashes) {
  for (size_t i = 0; i < hashes.size(); ++i)
    sql << (i == 0 ? "" : ", ") << "toFixedString(unhex('" << hashes[i] << "'), 16)";
}

/// Asks for those of `hashes` that are not there yet; `select` has a hash and two texts.
Result<void> ReadContents(clickhouse::Client& client, std::string_view project,
                          std::string_view select, std::string_view condition,
                          const std::vector<std::string>& hashes, Contents& contents) {
  std::vector<std::string> missing;
  std::ranges::copy_if(hashes, std::back_inserter(missing),
                       [&](const std::string& hash) { return !contents.contains(hash); });
  std::ranges::sort(missing);
  missing.erase(std::ranges::unique(missing).begin(), missing.end());
  for (size_t begin = 0; begin < missing.size(); begin += kHashesPerStatement) {
    const size_t count = std::min(kHashesPerStatement, missing.size() - begin);
    SqlText sql;
    sql << select << " WHERE project = ";
    sql.Param(project) << " AND hash IN (";
    AppendHashes(sql, std::span(missing).subspan(begin, count));
    sql << ")" << condition << " LIMIT 1 BY hash FORMAT Native";
    TRY_ASSIGN(const std::string native, AskText(client, sql));
    TRY_ASSIGN(const auto blocks, clickhouse::ParseNative(native));
    for (const NativeReadBlock& block : blocks) {
      const auto& columns = block.columns;
      for (size_t i = 0; i < block.rows; ++i) {
        contents[std::string(columns[0].values.Text(i))] = {
            std::string(columns[1].values.Text(i)), std::string(columns[2].values.Text(i)),
            columns[3].values.Fixed<uint8_t>(i) != 0};
      }
    }
  }
  return {};
}

/// Content lies under the exchange's own day, unless it was moved there later.
Result<Contents> ReadContents(clickhouse::Client& client, std::string_view project, uint16_t day,
                              const std::vector<std::string>& hashes) {
  constexpr std::string_view kMessages =
      "SELECT lower(hex(hash)), parts_template, texts, toUInt8(0) FROM vitrine.message_rows";
  constexpr std::string_view kAttachments =
      "SELECT lower(hex(hash)), '', bytes, toUInt8(1) FROM vitrine.attachment_rows";
  Contents contents;
  if (hashes.size() > kMessagesMax)
    return Fail(ErrorCode::kLimitExceeded, "this call has more than 20,000 messages");
  const std::string on_its_day = " AND day = toDate(" + std::to_string(day) + ")";
  for (const std::string_view select : {kMessages, kAttachments})
    TRY(ReadContents(client, project, select, on_its_day, hashes, contents));
  for (const std::string_view select : {kMessages, kAttachments})
    TRY(ReadContents(client, project, select, "", hashes, contents));
  return contents;
}

/// The texts of contents, cut apart once.
class TextFinder {
 public:
  TextFinder(const std::vector<std::string>& hashes, const Contents& contents)
      : hashes_(hashes), contents_(contents), texts_(hashes.size()) {}

  Result<std::string_view> Find(const SkeletonReference& reference) {
    if (reference.content >= hashes_.size())
      return Fail(ErrorCode::kCorrupt, "a skeleton refers to a content that it does not have");
    const std::string& hash = hashes_[reference.content];
    const auto found = contents_.find(hash);
    if (found == contents_.end()) {
      missing_.push_back(hash);
      return Fail(ErrorCode::kNotFound, "the content " + hash + " is not stored any more");
    }
    const Content& content = found->second;
    if (content.is_attachment) return std::string_view(content.texts);
    auto& texts = texts_[reference.content];
    if (texts.empty()) {
      for (uint32_t i = 0;; ++i) {
        const auto text = model::TextAt(content.parts_template, content.texts, i);
        if (!text) break;
        texts.push_back(*text);
      }
    }
    if (reference.text >= texts.size())
      return Fail(ErrorCode::kCorrupt, "a skeleton refers to a text that its message has not");
    return texts[reference.text];
  }
  const std::vector<std::string>& missing() const { return missing_; }

 private:
  const std::vector<std::string>& hashes_;
  const Contents& contents_;
  std::vector<std::vector<std::string_view>> texts_;
  std::vector<std::string> missing_;
};

void WriteOrNull(JsonWriter& json, std::string_view key, std::string_view text) {
  if (text.empty()) {
    json.Key(key).Null();
  } else {
    json.Member(key, text);
  }
}

void WriteHeaders(JsonWriter& json, const ExchangeRow& row, size_t side) {
  const auto names = row.Texts(side + kNames), values = row.Texts(side + kValues);
  json.Key("headers").BeginArray();
  for (size_t i = 0; i < std::min(names.size(), values.size()); ++i)
    json.BeginArray().String(names[i]).String(values[i]).EndArray();
  json.EndArray();
}

/// Text as it is, bytes in base64, null where it is not there (and why).
Result<void> WriteBody(JsonWriter& json, const ExchangeRow& row, size_t side, TextFinder& texts) {
  const std::string_view left_out = row.Text(side + kLeftOut);
  const std::string_view skeleton = row.Text(side + kSkeleton);
  auto body =
      syntax::Reassemble(skeleton, kExchangeBodyBytesMax,
                         [&](const SkeletonReference& reference) { return texts.Find(reference); });
  if (!body && body.error().code != ErrorCode::kNotFound) return std::unexpected(body.error());
  json.Key("body");
  const bool is_there = body && (left_out.empty() || !body->empty());
  const bool is_text = is_there && syntax::Utf8IsValid(*body);
  if (!is_there) {
    json.Null().Key("body_encoding").Null();
  } else if (is_text) {
    json.String(*body).Member("body_encoding", "utf-8");
  } else {
    json.String(syntax::Base64Encode(*body)).Member("body_encoding", "base64");
  }
  json.Member("body_size", row.Number<uint64_t>(side + kSize));
  WriteOrNull(json, "left_out", body ? left_out : std::string_view("content_missing"));
  return {};
}

Result<std::string> WriteExchange(const ExchangeRow& row, TextFinder& texts) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  json.Key("request").BeginObject();
  json.Member("method", row.Text(kMethod)).Member("url", row.Text(kUrl));
  WriteHeaders(json, row, kRequestSide);
  TRY(WriteBody(json, row, kRequestSide, texts));
  json.EndObject();
  const uint16_t status = row.Number<uint16_t>(kStatus);
  json.Key("response").BeginObject();
  json.Member("status", status == 0 ? std::optional<uint16_t>() : status);
  WriteHeaders(json, row, kResponseSide);
  TRY(WriteBody(json, row, kResponseSide, texts));
  json.EndObject();
  json.Key("pieces").BeginArray();
  constexpr uint64_t kNanosPerMicro = 1000;
  const auto ends = row.Numbers(kPieceEnds), offsets = row.Numbers(kPieceOffsets);
  for (size_t i = 0; i < std::min(ends.size(), offsets.size()); ++i) {
    json.BeginObject().Member("end", ends[i]).Member("offset_ns", offsets[i] * kNanosPerMicro);
    json.EndObject();
  }
  json.EndArray();
  json.Key("content_encoding").BeginObject();
  WriteOrNull(json, "request", row.Text(kRequestSide + kEncoding));
  WriteOrNull(json, "response", row.Text(kResponseSide + kEncoding));
  json.EndObject();
  json.Key("missing_content").BeginArray();
  for (const std::string& hash : texts.missing()) json.String(hash);
  json.EndArray().EndObject();
  return out;
}

/// The newest version, or no row, as the engine sent it.
Result<std::string> ReadRow(clickhouse::Client& client, std::string_view project,
                            const TracePlace& place, SpanId span_id) {
  SqlText sql;
  // Binary ids, as the table is sorted; the newest version without FINAL, which reads all of them.
  (sql << kSelect).Param(project);
  sql << " AND trace_id = toFixedString(unhex('" << place.trace_id.ToHex()
      << "'), 16) AND span_id = toFixedString(unhex('" << span_id.ToHex() << "'), 8)";
  AppendTraceDays(sql, place);
  sql << " ORDER BY version DESC LIMIT 1 FORMAT Native";
  return AskText(client, sql);
}

}  // namespace

Result<std::string> ExchangeJson(clickhouse::Client& client, std::string_view project,
                                 TraceId trace_id, SpanId span_id) {
  TRY_ASSIGN(TracePlace place, FindPlace(client, project, trace_id));
  TRY_ASSIGN(std::string native, ReadRow(client, project, place, span_id));
  // It lies elsewhere where the span was sent twice at once, with starts of two days.
  if (native.empty() && place.place) {
    place.place.reset();
    TRY_ASSIGN(native, ReadRow(client, project, place, span_id));
  }
  TRY_ASSIGN(const auto blocks, clickhouse::ParseNative(native));
  const auto block =
      std::ranges::find_if(blocks, [](const NativeReadBlock& b) { return b.rows > 0; });
  if (block == blocks.end()) {
    return Fail(ErrorCode::kNotFound,
                "there is no HTTP exchange of span " + span_id.ToHex() + " in the trace " +
                    trace_id.ToHex() +
                    " of this project; only calls that came through the gateway have one");
  }
  const ExchangeRow row(*block);
  const std::vector<std::string> hashes = row.Hashes();
  Contents contents;
  if (!hashes.empty()) {
    TRY_ASSIGN(contents, ReadContents(client, project, row.Number<uint16_t>(kDay), hashes));
  }
  TextFinder texts(hashes, contents);
  return WriteExchange(row, texts);
}

}  // namespace vitrine::query
