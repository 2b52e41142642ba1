// LateAnswers: calls that are answered before they are done (OpenAI's Responses with `background`),
// joined with the answer that is fetched later. Asking whether a call is done is no call; the first
// fetch of a final answer writes the call again, under its own ids, with everything it then says.
// Owner: the writer. Not thread-safe. In memory alone: a call that outlives the server stays as it
// was. Bounds: kLateCallsMax calls, kLateCallBytesMax of their requests; the oldest go first.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "capture/gateway/recording.h"

namespace vitrine::capture {

class LateAnswers {
 public:
  /// Learns of calls that run on. Where the exchange fetched the final answer of one, that call
  /// with this answer; else null. Everything else costs a look at its path.
  std::unique_ptr<Recording> Note(const Recording& recording);

  size_t count() const { return calls_.size(); }

 private:
  struct Waiting {
    std::string key;
    std::unique_ptr<Recording> call;
    size_t bytes;
  };

  static std::string KeyOf(const Recording& recording, std::string_view id);
  void NoteBegun(const Recording& recording);
  void Keep(std::string key, std::unique_ptr<Recording> call);
  void Forget(std::list<Waiting>::iterator waiting);

  std::list<Waiting> calls_;  ///< Oldest first.
  std::unordered_map<std::string, std::list<Waiting>::iterator> by_key_;
  size_t bytes_ = 0;
};

}  // namespace vitrine::capture
