// The one place where errors become HTTP: code to status, Error to JSON body.
// Source: docs/ARCHITECTURE.md "HTTP API".
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_types.h"

namespace vitrine::net {

/// The status of an error. What a client should send again is 503 or 504, never 500, because
/// OTLP clients drop their data on 500.
int HttpStatusOf(ErrorCode code);

/// {"error":{"code","message","hint","request_id"}} with the status of the code; Retry-After where
/// the status asks to come back. An empty hint is null.
HttpResponse HttpErrorResponse(const Error& error, std::string_view request_id,
                               std::string_view hint = {});
/// The same body with a status of the caller's choice and any stable code name.
HttpResponse HttpErrorResponse(int status, std::string_view code, std::string_view message,
                               std::string_view request_id, std::string_view hint = {});

}  // namespace vitrine::net
