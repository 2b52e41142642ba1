// How a call's recording begins, and what of its request goes on to the upstream.
// Threads: free functions.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "capture/gateway/recording_queue.h"
#include "net/http_types.h"
#include "upstream/upstream_table.h"

namespace vitrine::capture {

/// A recording of a request whose head is known. Its head is still to be read: that costs as much
/// as relaying it, and is for the writer. Shape: `headers` as they came; `target` as the caller
/// sent it, where it goes to the upstream.
std::unique_ptr<Recording> MakeRecording(RecordingQueue& queue, std::string_view method,
                                         std::string_view target, const net::HttpHeaders& headers);

/// Reads what the caller said about the call from the headers, and takes out of them what speaks to
/// the gateway and what is a credential; credentials are remembered to be masked. Repeating it does
/// nothing.
void ReadHead(Recording& recording);

/// The headers as the upstream gets them: with its own Host, without what speaks to the gateway.
net::HttpHeaders HeadersFor(const upstream::Upstream& upstream, const net::HttpHeaders& headers);

/// Hands over the recording of a call that no relay made. Its end and status are set.
void RecordWhole(RecordingQueue& queue, std::unique_ptr<Recording> recording,
                 const std::string& request_body, const std::string& response_body,
                 std::vector<Recording::Piece> pieces);

}  // namespace vitrine::capture
