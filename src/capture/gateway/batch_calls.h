// BatchCalls: the results of a batch, as they pass, become calls: each result is a recording of the
// exchange that it stands for, with its request where that is known.
// The same result is the same span, however often it is fetched: its ids come from the provider's
// origin, the file (or batch) and the custom_id.
// Owner: the caller; the download must outlive it. Not thread-safe. Memory: the plain results, and
// the plain requests, while they are read.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "capture/gateway/batch_book.h"
#include "capture/gateway/recording.h"

namespace vitrine::capture {

/// True where the address of a download names the batch itself, and not a file.
bool NamesBatch(const Recording& download);

class BatchCalls {
 public:
  /// Reads what a download brought; null where it holds no results of a batch.
  static std::unique_ptr<BatchCalls> Open(const Recording& download, const BatchBook& book);

  /// The next calls; empty at the end. At least one where there is one, whatever its size.
  std::vector<std::unique_ptr<Recording>> Next(size_t count_max, size_t bytes_max);

  /// Lines that are no results, so far.
  uint64_t unread() const { return unread_; }

 private:
  struct Request {
    std::string url;
    std::string_view body;
  };

  BatchCalls(const Recording& download, std::shared_ptr<const KnownBatch> batch);

  void TakeLines(std::string plain);
  bool TakeList(const std::string& answer);
  void TakeRequests(std::string plain);
  std::unique_ptr<Recording> CallOf(const codecs::providers::BatchResult& result, size_t number);
  std::string TargetOf(const codecs::providers::BatchResult& result, const Request* request) const;
  void SetIdentity(Recording& call, std::string_view custom_id) const;
  void SetTimes(Recording& call, const codecs::providers::BatchResult& result) const;
  void SetContext(Recording& call, std::string_view custom_id) const;

  const Recording& download_;
  const codecs::providers::BatchRoute route_;
  std::shared_ptr<const KnownBatch> batch_;
  std::string holder_;   ///< Of the results: a file or the batch.
  std::string results_;  ///< What lines borrow from.
  std::vector<std::string_view> lines_;
  size_t next_ = 0;
  uint64_t unread_ = 0;
  std::string input_;  ///< What requests borrow from.
  std::unordered_map<std::string, Request> requests_;
};

}  // namespace vitrine::capture
