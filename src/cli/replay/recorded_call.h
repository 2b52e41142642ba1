// RecordedCall: one exchange with a provider as the server keeps it, to be given again.
// Owner: values. Threads: free functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/http_types.h"
#include "syntax/json/json_document.h"

namespace vitrine::cli {

struct RecordedCall {
  /// Where a piece of the answer ends, and when it came, since the request's head.
  struct Piece {
    uint64_t end = 0;
    int64_t offset_ns = 0;
  };

  std::string name;          ///< "TRACE/SPAN", for people.
  std::string method;        ///< "POST".
  std::string target;        ///< Path and query as the provider got them, without secrets.
  std::string request_body;  ///< Decoded and redacted.
  int status = 0;            ///< 0: no answer came.
  net::HttpHeaders headers;  ///< Of the answer; as it was recorded, without its encoding.
  std::string body;
  std::vector<Piece> pieces;
  bool is_broken = false;  ///< The answer ended before its end.
};

/// Reads an answer of GET /api/v1/exchanges/….
/// Errors: kNotFound (a body is not kept, and why), kInvalidInput (it is no such answer).
Result<RecordedCall> ReadRecordedCall(syntax::JsonValue exchange);

}  // namespace vitrine::cli
