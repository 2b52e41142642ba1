// KeyRing: the API keys of the configuration, and what a request's key lets it do.
// Owner: the app. Threads: const after construction; any thread.
// A key travels as `Authorization: Bearer KEY` or as the password of `Authorization: Basic`, so
// that browsers, Langfuse SDKs and OTLP exporters can all send it, or as `x-vitrine-key: KEY`.
// Below /gateway/ Authorization is the provider's: there it is x-vitrine-key, `Helicone-Auth:
// Bearer KEY` or x-portkey-api-key. Comparing takes the same time wherever two keys differ. Source:
// RFC 6750, RFC 7617.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http_types.h"

namespace vitrine::access {

struct ApiKey {
  std::string key;
  std::string project;
};

/// True when `a` equals `b`; the time depends on `b`'s length alone.
bool EqualsInConstantTime(std::string_view a, std::string_view b);

class KeyRing {
 public:
  /// Whether the server has this name besides localhost.
  using HasName = std::function<bool(std::string_view host)>;
  /// Without keys every request is let in, and names its project itself.
  KeyRing(std::vector<ApiKey> keys, std::string default_project, HasName has_name = {});

  /// Refuses a request whose key is missing or unknown, as an HttpServer's `admit`: before its
  /// body is read. /livez and /readyz need no key: probes have none, and they tell no content.
  std::optional<net::HttpResponse> Admit(const net::HttpRequest& head) const;

  /// The project of an admitted request. Errors: kInvalidInput (its name), kNotFound (no key).
  Result<std::string> Project(const net::HttpRequest& request) const;

  /// Without keys nothing tells a program from a web page whose name was made to point at this
  /// machine (DNS rebinding), but that such a page calls the server by that name.
  /// Errors: kInvalidInput (a name that is not the server's).
  Result<void> CheckHost(const net::HttpRequest& request) const;

  bool has_keys() const { return !keys_.empty(); }
  const std::string& default_project() const { return default_project_; }

 private:
  const ApiKey* Find(const net::HttpRequest& request) const;

  std::vector<ApiKey> keys_;
  std::string default_project_;
  HasName has_name_;
};

}  // namespace vitrine::access
