// Running one statement for one client.
//
// A statement that returns rows is given `INTO OUTFILE` on a pipe of ours: the engine writes the
// complete answer in any format as it goes (its own streaming calls make every piece a document of
// its own, which breaks JSON, Parquet and headers), and a slow reader holds it back.
// Threads: the statement runs on a thread of its own, while the caller's watches the client.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "engine/internal/answer.h"
#include "engine/internal/content_coding.h"
#include "engine/internal/host.h"
#include "engine/internal/http_socket.h"
#include "engine/internal/sql_text.h"

namespace vitrine::engine {

/// Runs `sql`, whose shape is `shape`, and answers. Kills it when the client goes away.
void RunStatement(Lease& lease, std::string_view sql, const SqlShape& shape,
                  const QueryRequest& request, HttpSocket& socket, Answer& answer);

/// Runs the INSERT in `sql` (its first rows may follow it there) with the rest of `body`, and
/// answers. A body that is cut short cancels it.
void RunInsert(Lease& lease, std::string_view sql, const SqlShape& shape,
               const QueryRequest& request, RequestBody& body, Answer& answer);

}  // namespace vitrine::engine
