#include "capture/gateway/batch_book.h"

#include <algorithm>

#include "capture/gateway/limits.h"
#include "capture/gateway/plain_text.h"
#include "syntax/compress/compress.h"

namespace vitrine::capture {

namespace {

using codecs::providers::BatchJob;
using codecs::providers::BatchStep;

/// Who a batch is for, without where its beginning stands in a trace.
CallContext WhoseOf(const CallContext& context) {
  CallContext whose = context;
  whose.trace_id = {};
  whose.parent_span_id = {};
  whose.trace_state.clear();
  whose.external_trace_id.clear();
  whose.request_id.clear();
  whose.target_url.clear();
  return whose;
}

void Set(std::string& to, std::string_view from) {
  if (!from.empty()) to = from;
}

}  // namespace

std::string BatchBook::KeyOf(const Recording& recording, std::string_view id) {
  // Ids are the provider's, and what one project sent is not for another.
  return recording.project + '\n' + recording.upstream->origin + '\n' + std::string(id);
}

void BatchBook::Note(const Recording& recording) {
  if (recording.status < 200 || recording.status >= 300) return;
  switch (codecs::providers::FindBatchRoute(recording.method, recording.target).step) {
    case BatchStep::kUpload: return NoteUpload(recording);
    case BatchStep::kJob: return NoteJobs(recording);
    default: return;
  }
}

void BatchBook::NoteUpload(const Recording& recording) {
  if (recording.is_request_left_out || recording.context->omits_request) return;
  const auto upload = PlainRequest(recording);
  const auto answer = PlainResponse(recording);
  if (!upload || !answer) return;
  const auto file = codecs::providers::BatchFileOf(*upload);
  Arena arena;
  syntax::JsonDocument document;
  if (!file || document.Parse(*answer, arena) != syntax::JsonStatus::kOk) return;
  const std::string_view id = codecs::providers::FileNameIn(document.root());
  if (!id.empty()) KeepInput(KeyOf(recording, id), std::string(*file));
}

void BatchBook::NoteJobs(const Recording& recording) {
  const auto answer = PlainResponse(recording);
  Arena arena;
  syntax::JsonDocument document;
  if (!answer || document.Parse(*answer, arena) != syntax::JsonStatus::kOk) return;
  std::vector<BatchJob> jobs = codecs::providers::ReadBatchJobs(document.root());
  const bool is_begun =
      recording.method == "POST" && jobs.size() == 1 &&
      !recording.target.substr(0, recording.target.find('?')).ends_with("/cancel");
  std::optional<std::string> body;
  if (is_begun && !recording.is_request_left_out) body = PlainRequest(recording);
  syntax::JsonDocument sent;
  const bool is_read = body && sent.Parse(*body, arena) == syntax::JsonStatus::kOk;
  if (is_read && jobs[0].input.empty())
    jobs[0].input = codecs::providers::BatchInputIn(sent.root());
  for (const BatchJob& job : jobs) Learn(recording, job, is_begun);
  if (is_read && jobs[0].input.empty() && !recording.context->omits_request &&
      codecs::providers::BatchRequestsIn(sent.root()).exists())
    KeepInput(KeyOf(recording, jobs[0].id), *body);
}

void BatchBook::Learn(const Recording& recording, const BatchJob& job, bool is_begun) {
  const std::string key = KeyOf(recording, job.id);
  auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    if (batches_.size() >= kBatchesMax) ForgetOldestBatch();
    batches_.push_back({std::make_shared<KnownBatch>(), {key}});
    found = by_key_.emplace(key, std::prev(batches_.end())).first;
  }
  Entry& entry = *found->second;
  // Whoever reads results holds what was known when they began.
  auto batch = std::make_shared<KnownBatch>(*entry.batch);
  Set(batch->id, job.id);
  Set(batch->endpoint, job.endpoint);
  Set(batch->model, job.model);
  Set(batch->input, job.input);
  if (job.created) batch->created = job.created;
  if (job.ended) batch->ended = job.ended;
  if (is_begun) batch->context = WhoseOf(*recording.context);
  entry.batch = std::move(batch);
  for (const std::string_view file : {job.output, job.errors}) {
    if (file.empty()) continue;
    std::string file_key = KeyOf(recording, file);
    if (by_key_.emplace(file_key, found->second).second) entry.keys.push_back(std::move(file_key));
  }
}

void BatchBook::ForgetOldestBatch() {
  for (const std::string& key : batches_.front().keys) by_key_.erase(key);
  batches_.pop_front();
}

void BatchBook::KeepInput(std::string key, const std::string& plain) {
  auto packed = compress::Deflate(compress::Encoding::kZstd, plain);
  if (!packed || packed->size() > kBatchInputBytesMax) return;
  const auto forget = [this](std::list<Input>::iterator input) {
    input_bytes_ -= input->packed.size();
    inputs_.erase(input);
  };
  const auto known = std::ranges::find(inputs_, key, &Input::key);
  if (known != inputs_.end()) forget(known);
  while (input_bytes_ + packed->size() > kBatchInputBytesMax || inputs_.size() >= kBatchesMax)
    forget(inputs_.begin());
  input_bytes_ += packed->size();
  inputs_.push_back({std::move(key), std::move(*packed)});
}

std::shared_ptr<const KnownBatch> BatchBook::Find(const Recording& download,
                                                  std::string_view holder) const {
  const auto found = by_key_.find(KeyOf(download, holder));
  return found == by_key_.end() ? nullptr : found->second->batch;
}

std::optional<std::string> BatchBook::InputOf(const Recording& download,
                                              const KnownBatch& batch) const {
  const std::string key = KeyOf(download, batch.input.empty() ? batch.id : batch.input);
  const auto found = std::ranges::find(inputs_, key, &Input::key);
  if (found == inputs_.end()) return std::nullopt;
  auto plain = compress::Inflate(compress::Encoding::kZstd, found->packed, kRequestBytesMax);
  if (!plain) return std::nullopt;
  return std::move(*plain);
}

}  // namespace vitrine::capture
