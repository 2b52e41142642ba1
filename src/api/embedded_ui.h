// EmbeddedUi: the built pages inside the program, and how they are served.
// Owner: borrows the pack, which is part of the program. Threads: const after construction.
// Format: tools/embed_ui.py. Bodies are gzip where that is smaller; clients that do not take gzip
// get them inflated.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_types.h"

namespace vitrine::api {

class EmbeddedUi {
 public:
  struct File {
    std::string content_type;
    bool is_gzip = false;
    bool is_immutable = false;  ///< Its name changes with its content.
    std::string etag;           ///< Quoted.
    std::string_view body;
  };

  /// Errors: kCorrupt.
  static Result<EmbeddedUi> Open(std::string_view pack);

  bool empty() const { return files_.empty(); }
  /// The answer to GET `path`: the file, the start page for paths that are a page's address, or
  /// nothing.
  std::optional<net::HttpResponse> Serve(const net::HttpRequest& request) const;

 private:
  net::HttpResponse Answer(const net::HttpRequest& request, const File& file) const;

  std::map<std::string, File, std::less<>> files_;
};

/// True when the header takes gzip.
bool TakesGzip(std::string_view accept_encoding);

}  // namespace vitrine::api
