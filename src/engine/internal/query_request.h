// QueryRequest: what one HTTP request asks of ClickHouse, read from its URL and headers.
// Source: ClickHouse's HTTP interface. Threads: values.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "engine/internal/content_coding.h"
#include "engine/internal/host.h"
#include "engine/internal/http_head.h"

namespace vitrine::engine {

struct QueryRequest {
  std::string query;  ///< The URL's `query`; the body may follow it.
  std::string query_id;
  std::string database = "default";
  std::string default_format = "TabSeparated";
  std::string header_format;  ///< X-ClickHouse-Format.
  std::string session_id;
  int64_t session_timeout_s = 0;
  bool session_check = false;
  bool close_session = false;
  bool wait_end_of_query = false;
  Coding answer_coding = Coding::kIdentity;
  NamedValues settings;
  NamedValues params;
};

/// An error with ClickHouse's code and name, for the answer.
struct Refusal {
  int code = 0;
  std::string name;
  std::string message;
};

/// Reads a request. GET and HEAD may not change anything: they get readonly=2, as in ClickHouse.
std::expected<QueryRequest, Refusal> ReadQueryRequest(const HttpHead& head);

}  // namespace vitrine::engine
