// Exchange skeleton: what is kept of a recorded exchange beside its span: redacted, and with
// references in the place of the texts that the span's messages hold.
// Owner: what comes out lives in the arena. Threads: free functions.
// Format: docs/formats/exchange_skeleton.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "model/span.h"
#include "net/http_types.h"

namespace vitrine::capture {

/// A body without its content encoding.
struct PlainBody {
  std::string_view bytes;
  std::string_view content_encoding;
  model::BodyState state = model::BodyState::kKept;
};

/// What one read of the answer brought.
struct PlainPiece {
  uint64_t end = 0;  ///< In the plain body.
  uint64_t offset_ns = 0;
};

struct PlainExchange {
  std::string_view method;
  std::string_view url;  ///< Without secret parameters.
  int status = 0;
  const net::HttpHeaders& request_headers;
  const net::HttpHeaders& response_headers;
  PlainBody request, response;
  std::span<const PlainPiece> pieces;
  /// The caller's credentials. They are masked in the bodies already, where they stand plainly.
  const std::vector<std::string>& secrets;
};

/// The exchange of `span`, whose messages are final but not scrubbed yet. `arena`: of its batch.
/// An answer whose secrets may be cut in pieces by the framing of a stream is withheld.
const model::Exchange* BuildExchange(const PlainExchange& exchange, const model::Span& span,
                                     Arena& arena);

/// The bytes that a body's skeleton makes: secrets are looked for in what JSON strings mean, not in
/// how they are written, and everywhere between them. Without secrets these are the bytes given.
std::string RedactedBody(std::string_view body, const std::vector<std::string>& secrets);

}  // namespace vitrine::capture
