// How a call's recording begins, and what of its request goes on to the upstream.
// Threads: free functions.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "capture/gateway/call_keys.h"
#include "capture/gateway/recording_queue.h"
#include "net/http_types.h"
#include "upstream/upstream_table.h"

namespace vitrine::capture {

/// A recording of a request whose head is known: without credentials, which it only remembers to
/// mask. The target is left to the caller.
std::unique_ptr<Recording> MakeRecording(const net::HttpRequest& head, const CallContext& context,
                                         std::shared_ptr<const upstream::Upstream> upstream,
                                         const std::string& project);

/// Adds the server's own credentials, which an upstream may echo as well. `key` may be null.
void AddSecretsOf(const upstream::Upstream& upstream, const CallKey* key,
                  std::vector<std::string>& secrets);

/// The headers as the upstream gets them: with its own Host, without what speaks to the gateway.
net::HttpHeaders HeadersFor(const upstream::Upstream& upstream, const net::HttpHeaders& headers);

/// Hands over the recording of a call that no relay made. Its end and status are set.
void RecordWhole(RecordingQueue& queue, std::unique_ptr<Recording> recording,
                 const std::string& request_body, const std::string& response_body,
                 std::vector<Recording::Piece> pieces);

}  // namespace vitrine::capture
