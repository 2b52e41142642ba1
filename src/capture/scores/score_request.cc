#include "capture/scores/score_request.h"

#include <openssl/sha.h>

#include <cmath>

#include "capture/scores/limits.h"
#include "syntax/json/json_document.h"

namespace vitrine::capture {
namespace {

using syntax::JsonValue;

constexpr std::string_view kMembers[] = {"name",        "value",      "label",  "trace_id",
                                         "span_id",     "session_id", "source", "comment",
                                         "response_id", "author",     "time",   "score_id"};
// What the tables' times hold.
constexpr Nanos kTimeMin{0};
constexpr Nanos kTimeMax{7'258'118'400ll * kNanosPerSecond};  // 2200-01-01

/// Names what a score says, where its sender gave it no id.
class ScoreName {
 public:
  explicit ScoreName(std::string_view project) { Add(project); }
  void Add(std::string_view text) {
    text_ += std::to_string(text.size());
    text_ += ':';
    text_ += text;
  }
  ContentHash Finish() const {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(text_.data()), text_.size(), digest);
    const std::string_view bytes(reinterpret_cast<const char*>(digest), ContentHash::size);
    return ContentHash::FromBytes(bytes).value_or(ContentHash{});
  }

 private:
  std::string text_;
};

class ScoreReader {
 public:
  ScoreReader(const JsonValue& object, size_t index, Nanos now, std::string_view project)
      : object_(object), index_(index), now_(now), project_(project) {}

  /// `id` is the score's id, in hexadecimal digits.
  Result<model::Score> Read(std::string& id) {
    if (!object_.is_object()) return Wrong("is an object like {\"name\":\"helpful\",\"value\":1}");
    TRY(CheckMembers());
    model::Score score;
    TRY(ReadText("name", kScoreWordBytesMax, score.name));
    if (score.name.empty()) return Wrong("has no name");
    TRY(ReadValue(score));
    TRY(ReadSubject(score));
    TRY(ReadText("source", kScoreWordBytesMax, score.source));
    TRY(ReadText("author", kScoreWordBytesMax, score.author));
    TRY(ReadText("comment", kScoreCommentBytesMax, score.comment));
    if (score.source.empty()) score.source = "api";
    TRY(ReadTime(score));
    std::string_view given;
    TRY(ReadText("score_id", kScoreIdBytesMax, given));
    id = IdOf(score, given).ToHex();
    return score;
  }

 private:
  std::unexpected<Error> Wrong(const std::string& what,
                               ErrorCode code = ErrorCode::kInvalidInput) const {
    return Fail(code, "score " + std::to_string(index_) + " " + what);
  }

  Result<void> CheckMembers() const {
    for (const auto& member : object_.Members()) {
      bool is_known = false;
      std::string names;
      for (const std::string_view name : kMembers) {
        is_known = is_known || name == member.key;
        names.append(names.empty() ? "" : ", ").append(name);
      }
      if (!is_known)
        return Wrong("has a member '" + std::string(member.key) + "'; there are: " + names);
    }
    return {};
  }

  Result<void> ReadText(std::string_view name, size_t max, std::string_view& text) const {
    const JsonValue value = object_[name];
    if (value.is_nothing()) return {};
    if (!value.is_string()) return Wrong("has a " + std::string(name) + " that is no text");
    if (value.text().size() > max) {
      return Wrong("has a " + std::string(name) + " of more than " + std::to_string(max) + " bytes",
                   ErrorCode::kLimitExceeded);
    }
    text = value.text();
    return {};
  }

  Result<void> ReadValue(model::Score& score) const {
    const JsonValue value = object_["value"];
    TRY(ReadText("label", kScoreWordBytesMax, score.label));
    if (value.is_bool()) {
      const bool is_true = value.AsBool().value_or(false);
      score.value = is_true ? 1 : 0;
      if (score.label.empty()) score.label = is_true ? "true" : "false";
    } else if (value.is_number()) {
      score.value = value.AsDouble();
      if (!std::isfinite(*score.value)) return Wrong("has a value that is no finite number");
    } else if (!value.is_nothing()) {
      return Wrong("has a value that is neither a number nor true or false; a category is a label");
    }
    if (!score.value && score.label.empty()) return Wrong("has neither a value nor a label");
    return {};
  }

  Result<void> ReadSubject(model::Score& score) const {
    std::string_view trace, span;
    TRY(ReadText("trace_id", kScoreIdBytesMax, trace));
    TRY(ReadText("span_id", kScoreIdBytesMax, span));
    TRY(ReadText("session_id", kScoreIdBytesMax, score.session_id));
    TRY(ReadText("response_id", kScoreIdBytesMax, score.response_id));
    if (!span.empty() && trace.empty())
      return Wrong("has a span_id without the trace_id that it belongs to");
    if (int{!trace.empty()} + int{!score.session_id.empty()} + int{!score.response_id.empty()} != 1)
      return Wrong("is of one thing: trace_id, trace_id and span_id, session_id or response_id");
    if (!trace.empty()) {
      const auto id = TraceId::FromHex(trace);
      if (!id || !*id) return Wrong("has a trace_id that is not 32 hexadecimal digits");
      score.trace_id = *id;
    }
    if (!span.empty()) {
      const auto id = SpanId::FromHex(span);
      if (!id || !*id) return Wrong("has a span_id that is not 16 hexadecimal digits");
      score.span_id = *id;
    }
    return {};
  }

  Result<void> ReadTime(model::Score& score) const {
    const JsonValue value = object_["time"];
    score.time = now_;
    if (value.is_nothing()) return {};
    const auto time = value.is_string() ? ParseRfc3339(value.text()) : std::nullopt;
    if (!time || *time < kTimeMin || *time > kTimeMax)
      return Wrong("has a time that is not like 2026-11-21T01:31:07Z");
    score.time = *time;
    return {};
  }

  ContentHash IdOf(const model::Score& score, std::string_view given) const {
    if (const auto id = ContentHash::FromHex(given); id && *id) return *id;
    ScoreName name(project_);
    name.Add(given);
    if (given.empty()) {
      name.Add(score.trace_id.AsBytes());
      name.Add(score.span_id.AsBytes());
      for (const std::string_view text :
           {score.session_id, score.response_id, score.name, score.source, score.author})
        name.Add(text);
      name.Add(std::to_string(score.time.since_epoch));
      // Of scores that came at one moment, each is one.
      if (object_["time"].is_nothing()) name.Add(std::to_string(index_));
    }
    return name.Finish();
  }

  const JsonValue& object_;
  size_t index_;
  Nanos now_;
  std::string_view project_;
};

}  // namespace

Result<std::vector<std::string>> ReadScores(std::shared_ptr<const std::string> body, Nanos now,
                                            model::SpanBatch& batch) {
  if (body->size() > kScoresBodyBytesMax)
    return Fail(ErrorCode::kLimitExceeded, "the body has more than 4 MiB; send fewer scores");
  syntax::JsonDocument document;
  if (document.Parse(*body, batch.arena) != syntax::JsonStatus::kOk || !document.root().is_object())
    return Fail(ErrorCode::kInvalidInput,
                "the body is JSON like {\"name\":\"helpful\",\"value\":1,\"trace_id\":\"…\"} or "
                "{\"scores\":[…]}",
                document.error_offset());
  const JsonValue list = document.root()["scores"];
  if (list.exists() && (!list.is_array() || document.root().size() != 1))
    return Fail(ErrorCode::kInvalidInput, "scores: is a list, and stands alone in the body");
  if (list.size() > kScoresMax) {
    return Fail(ErrorCode::kLimitExceeded,
                "scores: has at most " + std::to_string(kScoresMax) + " in one request");
  }
  std::vector<JsonValue> objects;
  for (const JsonValue object : list.Elements()) objects.push_back(object);
  if (!list.exists()) objects.push_back(document.root());
  std::vector<std::string> ids;
  std::vector<model::Score> scores;
  for (size_t i = 0; i < objects.size(); ++i) {
    std::string& id = ids.emplace_back();
    TRY_ASSIGN(model::Score score, ScoreReader(objects[i], i, now, batch.project).Read(id));
    score.id = batch.arena.Copy(id);
    scores.push_back(score);
  }
  batch.bodies.push_back(std::move(body));
  batch.scores.insert(batch.scores.end(), scores.begin(), scores.end());
  return ids;
}

}  // namespace vitrine::capture
