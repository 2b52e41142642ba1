// BodyReader: frames one message with Boost.Beast, which sees only heads that passed the gate.
// The head is fed first, as it was received, so that Beast must agree with the gate on every
// message; the body's bytes then go to a sink.
// Owner: keeps no bytes. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "net/http_types.h"

namespace vitrine::net::internal {

enum class BodyState : uint8_t {
  kNeedMore,   ///< The message goes on.
  kDone,       ///< The message is complete; bytes that were not consumed belong to the next one.
  kTooLarge,   ///< The body is over the limit.
  kRefused,    ///< The sink said no.
  kMalformed,  ///< The framing is wrong, or Beast disagrees with the gate.
};

class BodyReader {
 public:
  enum class Kind : uint8_t { kRequest, kResponse, kResponseWithoutBody };
  /// Takes body bytes; false ends the message with kRefused.
  using Sink = std::function<bool(std::string_view)>;

  BodyReader(Kind kind, std::optional<uint64_t> body_bytes_max, Sink sink);
  ~BodyReader();
  BodyReader(BodyReader&&) noexcept;
  BodyReader& operator=(BodyReader&&) noexcept;

  struct Fed {
    size_t consumed = 0;
    BodyState state = BodyState::kNeedMore;
  };
  /// Feeds bytes that follow what was consumed so far. The first call takes the whole head.
  /// With kNeedMore, unconsumed bytes must come again, with more behind them.
  Fed Feed(std::string_view bytes);
  /// The peer closed: kDone where that is how the message ends, else kMalformed.
  BodyState FeedEnd();

  /// What stood behind a chunked body; complete with kDone.
  const HttpHeaders& trailers() const;
  bool chunked() const;
  std::optional<uint64_t> content_length() const;
  bool keep_alive() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vitrine::net::internal
