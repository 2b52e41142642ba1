// Signature version 4 of AWS, for requests that are sent with credentials of the server.
// Threads: free functions. Source: AWS General Reference, "Signature Version 4 signing process";
// the path is encoded once more than it is sent, but for S3, which takes it as it is.
#pragma once

#include <string>
#include <string_view>

#include "base/time.h"
#include "net/http_types.h"

namespace vitrine::upstream {

struct AwsCredentials {
  std::string region;
  std::string access_key_id, secret_access_key;
  std::string session_token = {};  ///< Of temporary credentials; empty for lasting ones.
  bool operator==(const AwsCredentials&) const = default;
};

struct AwsRequest {
  std::string_view method;
  std::string_view target;  ///< Path and query as they are sent.
  std::string_view body;
};

/// Signs a request: takes every other signature out of `headers`, which have Host, and adds its
/// own. What is signed: Host, Content-Type, everything called x-amz-…, target and body. For "s3"
/// the path must be escaped, each byte that is not unreserved, and X-Amz-Content-Sha256 is added.
void SignForAws(const AwsCredentials& credentials, std::string_view service, Nanos now,
                const AwsRequest& request, net::HttpHeaders& headers);

}  // namespace vitrine::upstream
