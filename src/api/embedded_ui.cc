#include "api/embedded_ui.h"

#include <charconv>
#include <vector>

#include "net/http_error.h"
#include "syntax/compress/compress.h"

namespace vitrine::api {
namespace {

/// One file of the pages is far below this; it bounds what Inflate may make.
constexpr size_t kFileBytesMax = 64u << 20;

/// Scripts, styles and connections from here only; nobody may frame us. Images: content may refer
/// to foreign ones, which are not loaded.
constexpr const char* kPolicy =
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; media-src 'self'; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

std::vector<std::string_view> Fields(std::string_view line) {
  std::vector<std::string_view> fields;
  for (size_t at = 0; at <= line.size();) {
    const size_t end = std::min(line.find('\t', at), line.size());
    fields.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return fields;
}

std::optional<size_t> Number(std::string_view text) {
  size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string_view TakeLine(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

/// An address of a page, as its router knows them: no file name, none of the server's doors.
bool IsPageAddress(std::string_view path) {
  for (const char* door : {"/api", "/v1", "/gateway", "/otlp", "/opentelemetry"}) {
    const std::string_view name(door);
    if (path.starts_with(name) && (path.size() == name.size() || path[name.size()] == '/'))
      return false;
  }
  return path.find('.', path.rfind('/') + 1) == std::string_view::npos;
}

}  // namespace

bool TakesGzip(std::string_view accept_encoding) {
  while (!accept_encoding.empty()) {
    const size_t comma = std::min(accept_encoding.find(','), accept_encoding.size());
    std::string_view item = accept_encoding.substr(0, comma);
    accept_encoding.remove_prefix(std::min(comma + 1, accept_encoding.size()));
    const size_t semicolon = std::min(item.find(';'), item.size());
    std::string_view name = item.substr(0, semicolon);
    std::string_view weight = item.substr(semicolon);
    while (name.starts_with(' ') || name.starts_with('\t')) name.remove_prefix(1);
    while (name.ends_with(' ') || name.ends_with('\t')) name.remove_suffix(1);
    const bool refused =
        weight.find("q=0") != std::string_view::npos &&
        weight.find_first_of("123456789", weight.find("q=0")) == std::string_view::npos;
    if (net::EqualsIgnoringCase(name, "gzip") || name == "*") return !refused;
  }
  return false;
}

Result<EmbeddedUi> EmbeddedUi::Open(std::string_view pack) {
  constexpr std::string_view kMagic = "vitrine-ui 1 ";
  EmbeddedUi ui;
  std::string_view rest = pack;
  const std::string_view head = TakeLine(rest);
  const auto count = head.starts_with(kMagic) ? Number(head.substr(kMagic.size())) : std::nullopt;
  if (!count) return Fail(ErrorCode::kCorrupt, "the embedded pages are not a pack");
  std::vector<std::vector<std::string_view>> lines;
  for (size_t i = 0; i < *count; ++i) lines.push_back(Fields(TakeLine(rest)));
  if (!TakeLine(rest).empty()) return Fail(ErrorCode::kCorrupt, "the pack's index does not end");
  for (const auto& line : lines) {
    const auto offset = line.size() == 7 ? Number(line[5]) : std::nullopt;
    const auto size = line.size() == 7 ? Number(line[6]) : std::nullopt;
    if (!offset || !size || *offset > rest.size() || *size > rest.size() - *offset)
      return Fail(ErrorCode::kCorrupt, "a file of the pack lies outside of it");
    ui.files_.emplace(std::string(line[0]),
                      File{std::string(line[1]), line[2] == "gzip", line[3] == "immutable",
                           "\"" + std::string(line[4]) + "\"", rest.substr(*offset, *size)});
  }
  return ui;
}

net::HttpResponse EmbeddedUi::Answer(const net::HttpRequest& request, const File& file) const {
  net::HttpResponse response;
  response.headers.Set("content-type", file.content_type);
  response.headers.Set("etag", file.etag);
  response.headers.Set("cache-control",
                       file.is_immutable ? "public, max-age=31536000, immutable" : "no-cache");
  response.headers.Set("content-security-policy", kPolicy);
  response.headers.Set("x-content-type-options", "nosniff");
  response.headers.Set("x-frame-options", "DENY");
  response.headers.Set("referrer-policy", "no-referrer");
  response.headers.Set("cross-origin-opener-policy", "same-origin");
  if (file.is_gzip) response.headers.Set("vary", "accept-encoding");
  if (request.headers.First("if-none-match").value_or("") == file.etag) {
    response.status = 304;
    return response;
  }
  if (!file.is_gzip || TakesGzip(request.headers.First("accept-encoding").value_or(""))) {
    if (file.is_gzip) response.headers.Set("content-encoding", "gzip");
    response.static_body = file.body;
    return response;
  }
  auto inflated = compress::Inflate(compress::Encoding::kGzip, file.body, kFileBytesMax);
  if (!inflated) return net::HttpErrorResponse(inflated.error(), request.request_id);
  response.body = std::move(*inflated);
  return response;
}

std::optional<net::HttpResponse> EmbeddedUi::Serve(const net::HttpRequest& request) const {
  auto file = files_.find(request.path == "/" ? std::string_view("/index.html")
                                              : std::string_view(request.path));
  if (file == files_.end() && IsPageAddress(request.path)) file = files_.find("/index.html");
  if (file == files_.end()) return std::nullopt;
  return Answer(request, file->second);
}

}  // namespace vitrine::api
