// Secret headers: what must be taken out of a recording before anybody reads it, beside what the
// pipeline's scrubber finds by its looks: the caller's own credentials, whatever they look like.
// Threads: free functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/http_types.h"

namespace vitrine::capture {

/// True for headers whose value is a credential.
bool IsSecretHeader(std::string_view name);

/// The credentials in a request: of secret headers (without the scheme's word), and of secret
/// parameters of the target. Short ones are left out: they would be found in any text.
std::vector<std::string> SecretsOf(const net::HttpHeaders& headers, std::string_view target);

/// Overwrites each secret in `text` with stars. The length stays, so that offsets into it do.
void MaskSecrets(const std::vector<std::string>& secrets, std::string& text);

/// A URL or target in which the values of secret parameters (key, token, signature, …) are
/// "[scrubbed]".
std::string WithoutSecretParameters(std::string_view url);

}  // namespace vitrine::capture
