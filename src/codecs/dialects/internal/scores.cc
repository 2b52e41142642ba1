// Scores that stand on a span.
#include "codecs/dialects/internal/numbered.h"
#include "codecs/dialects/internal/readers.h"
#include "codecs/dialects/internal/resolve.h"

namespace vitrine::codecs::dialects {

namespace {

using model::Score;

std::string_view SourceOfAnnotator(std::string_view kind) {
  if (EqualsIgnoreCase(kind, "human")) return "annotation";
  if (EqualsIgnoreCase(kind, "llm")) return "judge";
  return "heuristic";
}

/// OpenInference:
/// annotations.N.annotation.{name,label,score,explanation,annotator_kind,identifier}.
void ReadAnnotations(SpanWork& work, const model::Span& span, std::string_view target,
                     std::vector<Score>& scores) {
  std::vector<Taken> mine;
  for (const Taken& taken : work.Collected(Field::kAnnotations)) {
    if (taken.rule->name == target) mine.push_back(taken);
  }
  std::vector<Indexed> ordered = OrderByIndex(mine, work);
  Score score;
  std::string_view prefix_seen;
  for (size_t i = 0; i < ordered.size(); ++i) {
    const Indexed& entry = ordered[i];
    std::string_view key = entry.rest.substr(entry.rest.find('.') + 1);
    prefix_seen = entry.taken.rule->key;
    const model::Value& value = entry.taken.value();
    if (key == "name") {
      score.name = ReadText(value, work.arena());
    } else if (key == "label") {
      score.label = ReadText(value, work.arena());
    } else if (key == "score") {
      score.value = ReadDouble(value);
    } else if (key == "explanation") {
      score.comment = ReadText(value, work.arena());
    } else if (key == "annotator_kind") {
      score.source = SourceOfAnnotator(ReadText(value, work.arena()));
    } else if (key == "identifier") {
      score.author = ReadText(value, work.arena());
    } else {
      work.GiveBack(entry.taken);
    }
    bool more = i + 1 < ordered.size() && ordered[i + 1].index == entry.index &&
                ordered[i + 1].taken.rule->key == prefix_seen;
    if (more) continue;
    score.time = span.end;
    if (target != "session") score.trace_id = span.trace_id;
    if (target == "span") score.span_id = span.span_id;
    if (target == "session") score.session_id = span.session_id;
    if (score.source.empty()) score.source = "heuristic";
    if (!score.name.empty()) scores.push_back(score);
    score = {};
  }
}

Score OnSpan(const model::Span& span, std::string_view name, std::string_view source) {
  Score score;
  score.trace_id = span.trace_id;
  score.span_id = span.span_id;
  score.session_id = span.session_id;
  score.response_id = span.response_id;
  score.name = name;
  score.source = source;
  score.time = span.end;
  return score;
}

void SetValue(const model::Value& value, Arena& arena, Score& score) {
  if (auto flag = value.type == model::ValueType::kBool ? ReadBool(value) : std::nullopt) {
    score.value = *flag ? 1 : 0;
  } else if (auto number = ReadDouble(value)) {
    score.value = number;
  } else {
    score.label = ReadText(value, arena);
  }
}

}  // namespace

void AppendScores(SpanWork& work, const model::Span& span, std::vector<Score>& scores) {
  Arena& arena = work.arena();
  for (const Taken& taken : work.Collected(Field::kOnlineEval)) {
    Score score = OnSpan(span, taken.suffix(), "heuristic");
    SetValue(taken.value(), arena, score);
    scores.push_back(score);
  }
  if (const Taken& rating = work.At(Field::kUserRating)) {
    Score score = OnSpan(span, "user_feedback.rating", "feedback");
    SetValue(rating.value(), arena, score);
    score.author = span.user_id;
    score.comment = work.Text(Field::kUserRatingComment);
    scores.push_back(score);
  }
  if (work.Has(Field::kEvaluationName)) {
    Score score = OnSpan(span, work.Text(Field::kEvaluationName), "heuristic");
    score.value = work.Number(Field::kEvaluationValue);
    score.label = work.Text(Field::kEvaluationLabel);
    score.comment = work.Text(Field::kEvaluationComment);
    scores.push_back(score);
  }
  if (!work.HasCollected(Field::kAnnotations)) return;
  for (std::string_view target : {"span", "trace", "session"}) {
    ReadAnnotations(work, span, target, scores);
  }
}

}  // namespace vitrine::codecs::dialects
