// The scores door's reader on any body: it ends, takes all or nothing, and keeps its promises.
#include <cmath>
#include <cstdlib>

#include "capture/scores/limits.h"
#include "capture/scores/score_request.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vitrine;
  const auto body = std::make_shared<const std::string>(reinterpret_cast<const char*>(data), size);
  model::SpanBatch batch;
  const auto ids = capture::ReadScores(body, Nanos{1}, batch);
  if (!ids) {
    if (!batch.scores.empty() || ids.error().message.empty()) abort();
    return 0;
  }
  if (ids->size() != batch.scores.size() || ids->size() > capture::kScoresMax) abort();
  for (size_t i = 0; i < ids->size(); ++i) {
    const model::Score& score = batch.scores[i];
    if (score.id != (*ids)[i] || score.id.size() != 32 || score.name.empty()) abort();
    if (score.name.size() > capture::kScoreWordBytesMax) abort();
    if (score.value ? !std::isfinite(*score.value) : score.label.empty()) abort();
    const int subjects = (score.trace_id ? 1 : 0) + (score.session_id.empty() ? 0 : 1) +
                         (score.response_id.empty() ? 0 : 1);
    if (subjects != 1 || (score.span_id && !score.trace_id)) abort();
  }
  return 0;
}
