#include "services/exports/multipart_upload.h"

#include <algorithm>
#include <vector>

#include "net/http_types.h"
#include "services/exports/limits.h"
#include "services/pause.h"

namespace vitrine::exports {

namespace {

std::string UploadQuery(const std::string& upload) {
  return "uploadId=" + net::PercentEncode(upload);
}

/// One upload, from its id to its end.
class Upload {
 public:
  Upload(StoreClient& client, std::string path, std::stop_token stop)
      : client_(client), path_(std::move(path)), stop_(std::move(stop)) {}

  Result<void> Run(std::string_view bytes) {
    AbortEarlier();
    TRY_ASSIGN(const net::HttpResponse begun,
               client_.Send({.method = "POST", .key = path_, .query = "uploads=", .stop = stop_}));
    size_t at = 0;
    const auto id = NextElement(begun.body, "UploadId", at);
    if (!id || id->empty()) {
      return Fail(ErrorCode::kCorrupt,
                  "the storage gave an upload no id: " + StoreWords(begun.body));
    }
    auto done = SendParts(*id, bytes);
    if (done) done = Complete(*id);
    if (!done) Abort(*id);
    return done;
  }

 private:
  Result<void> SendParts(const std::string& id, std::string_view bytes) {
    const uint64_t size = PartBytesOf(bytes.size(), client_.store().part_bytes);
    for (size_t begin = 0; begin < bytes.size(); begin += size) {
      if (stop_.stop_requested()) return Stopped();
      TRY_ASSIGN(std::string tag, SendPart(id, bytes.substr(begin, size)));
      tags_.push_back(std::move(tag));
    }
    return {};
  }

  /// An answer that came before the stop does not hinder it.
  static std::unexpected<Error> Stopped() { return Fail(ErrorCode::kCancelled, "stopped"); }

  /// A part that fails is sent again: the others are there already, and may be gigabytes.
  Result<std::string> SendPart(const std::string& id, std::string_view part) {
    const std::string query =
        "partNumber=" + std::to_string(tags_.size() + 1) + "&" + UploadQuery(id);
    for (int attempt = 1;; ++attempt) {
      const auto answer = client_.Send(
          {.method = "PUT", .key = path_, .query = query, .body = part, .stop = stop_});
      if (answer) {
        const auto tag = answer->headers.First("etag");
        if (tag) return std::string(*tag);
        return Fail(ErrorCode::kCorrupt, "the storage gave a part of the file no ETag");
      }
      if (attempt == kPartAttemptsMax || stop_.stop_requested())
        return std::unexpected(answer.error());
      services::Pause(kBackoffMsMin * attempt, stop_);
    }
  }

  Result<void> Complete(const std::string& id) {
    if (stop_.stop_requested()) return Stopped();
    std::string body = "<CompleteMultipartUpload>";
    for (size_t i = 0; i < tags_.size(); ++i) {
      body += "<Part><PartNumber>" + std::to_string(i + 1) + "</PartNumber><ETag>" +
              Escaped(tags_[i]) + "</ETag></Part>";
    }
    body += "</CompleteMultipartUpload>";
    TRY_ASSIGN(const net::HttpResponse answer, client_.Send({.method = "POST",
                                                             .key = path_,
                                                             .query = UploadQuery(id),
                                                             .body = body,
                                                             .stop = stop_}));
    // A storage that joins parts for long has said 200 before it knows.
    if (answer.body.find("<CompleteMultipartUploadResult") != std::string::npos) return {};
    return Fail(ErrorCode::kUnavailable,
                "the storage did not join the parts: " + StoreWords(answer.body));
  }

  /// Also when everything is stopped: parts without an end would be paid for, for ever.
  void Abort(const std::string& id) {
    (void)client_
        .Send({.method = "DELETE",
               .key = path_,
               .query = UploadQuery(id),
               .total_timeout_ms = kAbortMs})
        .has_value();
  }

  /// What a crash left of this object. Where the storage does not tell, nothing is to be done.
  void AbortEarlier() {
    const std::string key = client_.KeyOf(path_);
    const auto listed = client_.Send({.method = "GET",
                                      .key = "",
                                      .query = "prefix=" + net::PercentEncode(key) + "&uploads=",
                                      .stop = stop_});
    if (!listed) return;
    size_t at = 0;
    while (const auto upload = NextElement(listed->body, "Upload", at)) {
      size_t in_key = 0, in_id = 0;
      const auto of_key = NextElement(*upload, "Key", in_key);
      const auto id = NextElement(*upload, "UploadId", in_id);
      if (of_key == key && id) Abort(*id);
    }
  }

  static std::string Escaped(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
      switch (c) {
        case '&': escaped += "&amp;"; break;
        case '<': escaped += "&lt;"; break;
        case '>': escaped += "&gt;"; break;
        case '"': escaped += "&quot;"; break;
        default: escaped += c;
      }
    }
    return escaped;
  }

  StoreClient& client_;
  const std::string path_;
  const std::stop_token stop_;
  std::vector<std::string> tags_;
};

}  // namespace

uint64_t PartBytesOf(uint64_t file_bytes, uint64_t wanted_bytes) {
  const uint64_t least = (file_bytes + kPartsMax - 1) / kPartsMax;
  return std::max(least, wanted_bytes);
}

Result<void> UploadInParts(StoreClient& client, const std::string& path, std::string_view bytes,
                           const std::stop_token& stop) {
  if (bytes.size() > kObjectBytesMax) {
    return Fail(ErrorCode::kLimitExceeded,
                "the file has more than 5 TiB, which no storage takes as one object; export hours "
                "instead of days, or filter");
  }
  return Upload(client, path, stop).Run(bytes);
}

}  // namespace vitrine::exports
