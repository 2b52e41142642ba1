// The nouns of HTTP shared by server and client: headers, request, response.
// Owner: everything owns its bytes, except HttpResponse::static_body. Threads: plain values.
// Source: RFC 9110 (semantics).
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vitrine::net {

/// Compares as HTTP compares field names: ASCII letters without case.
bool EqualsIgnoringCase(std::string_view a, std::string_view b);

/// One field. Borrows from the HttpHeaders it is of, until that changes.
struct HttpHeader {
  std::string_view name;
  std::string_view value;
};

/// Header fields in the order of the wire; names compare without case. All of them lie in one text,
/// because every call's are copied several times.
class HttpHeaders {
 public:
  class Iterator;

  HttpHeaders() = default;
  HttpHeaders(std::initializer_list<HttpHeader> fields);

  /// Makes room for `count` fields of `bytes` in all.
  void Reserve(size_t count, size_t bytes);
  /// `name` and `value` must not be of these headers.
  void Add(std::string_view name, std::string_view value);
  /// Replaces every field of this name by one. `value` must not be of these headers.
  void Set(std::string_view name, std::string_view value);
  void Remove(std::string_view name);

  std::optional<std::string_view> First(std::string_view name) const;
  std::vector<std::string_view> All(std::string_view name) const;
  bool Has(std::string_view name) const { return First(name).has_value(); }

  /// Forgets all, and keeps its storage.
  void clear() {
    text_.clear();
    fields_.clear();
  }

  size_t size() const { return fields_.size(); }
  bool empty() const { return fields_.empty(); }
  /// Of names and values.
  size_t bytes() const { return text_.size(); }
  Iterator begin() const;
  Iterator end() const;

 private:
  /// Where a name begins in `text_`, and its value after it.
  struct Field {
    uint32_t begin = 0, name_size = 0, value_size = 0;
  };
  HttpHeader At(size_t index) const {
    const Field& field = fields_[index];
    const std::string_view text = text_;
    return {text.substr(field.begin, field.name_size),
            text.substr(field.begin + field.name_size, field.value_size)};
  }

  std::string text_;
  std::vector<Field> fields_;
};

class HttpHeaders::Iterator {
 public:
  using value_type = HttpHeader;
  using reference = HttpHeader;
  using difference_type = std::ptrdiff_t;
  using iterator_category = std::input_iterator_tag;
  struct pointer {
    HttpHeader field;
    const HttpHeader* operator->() const { return &field; }
  };

  Iterator(const HttpHeaders& headers, size_t index) : headers_(&headers), index_(index) {}
  HttpHeader operator*() const { return headers_->At(index_); }
  pointer operator->() const { return {headers_->At(index_)}; }
  Iterator& operator++() {
    ++index_;
    return *this;
  }
  Iterator operator++(int) { return {*headers_, index_++}; }
  bool operator==(const Iterator& other) const { return index_ == other.index_; }

 private:
  const HttpHeaders* headers_;
  size_t index_;
};

inline HttpHeaders::Iterator HttpHeaders::begin() const { return {*this, 0}; }
inline HttpHeaders::Iterator HttpHeaders::end() const { return {*this, fields_.size()}; }

using HttpPairs = std::vector<std::pair<std::string, std::string>>;

/// How a request came in.
struct HttpTransport {
  std::string listener;   ///< Name of the listener, as configured.
  int version_minor = 1;  ///< 0 for HTTP/1.0, 1 for HTTP/1.1.
  bool is_unix_socket = false;
  bool is_loopback = false;  ///< Peer address is 127.0.0.0/8 or ::1, or a Unix socket.
};

/// A request that was read completely and passed the strict gate.
struct HttpRequest {
  std::string method;  ///< As sent; methods have case.
  std::string target;  ///< Origin form as sent, still percent-encoded: "/a%2Fb?x=1".
  std::string path;    ///< Percent-decoded path, for matching and people. For parameters
                       ///< that may hold an encoded slash use the router's path_params.
  HttpPairs query;     ///< Decoded ('+' is a space), in order, names may repeat.
  /// Without the fields that Connection named: those end here (RFC 9110 section 7.6.1).
  HttpHeaders headers;
  std::shared_ptr<const std::string> body;  ///< Never null. Content-Encoding is not undone.
  std::string remote_address;               ///< "127.0.0.1:51234", "[::1]:51234" or "unix".
  std::string request_id;                   ///< Made by the server, echoed as x-request-id.
  HttpTransport transport;
  HttpPairs path_params;  ///< Filled by Router.

  /// The first query parameter of this name.
  std::optional<std::string_view> Query(std::string_view name) const;
  std::vector<std::string_view> QueryAll(std::string_view name) const;
  /// The path parameter of this name; empty when the pattern has none.
  std::string_view PathParam(std::string_view name) const;
  /// The target without its query, still percent-encoded.
  std::string_view RawPath() const;
  /// The target's query without '?', still percent-encoded.
  std::string_view RawQuery() const;
};

/// A whole response. Content-Length, Date, Connection and x-request-id are the server's business.
struct HttpResponse {
  int status = 200;
  HttpHeaders headers;
  std::string body;
  HttpHeaders trailers;  ///< What came behind the body of an answer that was received.
  /// Sent instead of `body` when `body` is empty. Must live as long as the process (embedded
  /// files), so that nothing is copied.
  std::string_view static_body;

  static HttpResponse Text(int status, std::string body);
  static HttpResponse Json(int status, std::string body);
};

/// "Not Found" for 404; "Unknown" for codes without a registered phrase.
std::string_view HttpReasonPhrase(int status);

/// Decodes %XX (and '+' as space when asked). Nothing on a malformed escape or %00.
std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_space = false);
/// Escapes everything but RFC 3986 unreserved characters.
std::string PercentEncode(std::string_view text);
/// "a=1&b=%20" to pairs. Nothing on malformed escapes.
std::optional<HttpPairs> ParseQuery(std::string_view raw_query);

}  // namespace vitrine::net
