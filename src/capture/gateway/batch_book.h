// BatchBook: the batches that began, were asked about or got their requests through the gateway, so
// that their results can be told apart from other files and joined with what was asked.
// Owner: the writer. Not thread-safe. In memory alone: a batch that outlives the server has its
// answers without its prompts. Bounds: kBatchesMax batches, kBatchInputBytesMax of packed requests;
// the oldest go first.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "capture/gateway/recording.h"
#include "codecs/providers/batch.h"

namespace vitrine::capture {

struct KnownBatch {
  std::string id, endpoint, model;
  std::string input;  ///< The file of its requests; empty: they came with its beginning.
  std::optional<Nanos> created, ended;
  /// Of the request that began it, without what places that one in a trace; unset where nobody saw
  /// it.
  std::optional<CallContext> context;
};

class BatchBook {
 public:
  /// Learns what a recorded exchange says about batches; everything else costs a look at its path.
  void Note(const Recording& recording);

  /// The batch with these results: by the id of their file, or its own. Null: not known.
  std::shared_ptr<const KnownBatch> Find(const Recording& download, std::string_view holder) const;
  /// The requests of a batch: lines of a file, or the body that began it. Nothing: not known.
  std::optional<std::string> InputOf(const Recording& download, const KnownBatch& batch) const;

  size_t input_bytes() const { return input_bytes_; }

 private:
  struct Entry {
    std::shared_ptr<KnownBatch> batch;
    std::vector<std::string> keys;
  };
  struct Input {
    std::string key, packed;
  };

  static std::string KeyOf(const Recording& recording, std::string_view id);
  void NoteUpload(const Recording& recording);
  void NoteJobs(const Recording& recording);
  void Learn(const Recording& recording, const codecs::providers::BatchJob& job, bool is_begun);
  void KeepInput(std::string key, const std::string& plain);
  void ForgetOldestBatch();

  std::list<Entry> batches_;  ///< Oldest first.
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
  std::list<Input> inputs_;  ///< Oldest first.
  size_t input_bytes_ = 0;
};

}  // namespace vitrine::capture
