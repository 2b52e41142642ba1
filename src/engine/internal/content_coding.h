// Content codings of request and answer bodies, as streams: gzip, deflate and zstd.
// Threads: one at a time per object. Source: RFC 1950, RFC 1952, RFC 8878.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/internal/http_socket.h"

namespace vitrine::engine {

enum class Coding { kIdentity, kGzip, kDeflate, kZstd };

/// The coding of a Content-Encoding value. Errors: kUnsupported.
Result<Coding> ParseCoding(std::string_view content_encoding);
/// The best coding an Accept-Encoding value allows: zstd, then gzip, then deflate, else identity.
Coding ChooseCoding(std::string_view accept_encoding);
/// The Content-Encoding value; empty for identity.
std::string_view CodingName(Coding coding);

/// Turns coded bytes into plain ones, a bounded piece at a time.
class Inflater {
 public:
  virtual ~Inflater() = default;
  /// Gives coded bytes; they stay valid until NeedsInput is true again.
  virtual void SetInput(std::string_view bytes) = 0;
  virtual bool needs_input() const = 0;
  /// Writes at most kIoBufferBytes to `out` (replacing it). Errors: kInvalidInput.
  virtual Result<void> Step(std::string& out) = 0;
  /// True at the end of a member or frame, where the stream may end.
  virtual bool complete() const = 0;

  static std::unique_ptr<Inflater> Make(Coding coding);  ///< Not for identity.
};

/// Turns plain bytes into coded ones.
class Deflater {
 public:
  virtual ~Deflater() = default;
  /// Appends what is ready to `out`.
  virtual void Feed(std::string_view bytes, std::string& out) = 0;
  /// Appends everything that is left, so that a reader sees all of it; `end` ends the stream.
  virtual void Flush(bool end, std::string& out) = 0;

  static std::unique_ptr<Deflater> Make(Coding coding);  ///< Not for identity.
};

/// The plain body of a request.
class RequestBody {
 public:
  /// `socket` must live longer. Errors: kUnsupported (the coding).
  static Result<RequestBody> Open(HttpSocket& socket, const HttpHead& head);

  /// The next plain bytes; empty at the end. Valid until the next call.
  /// Errors: as HttpSocket::ReadBody; kInvalidInput (broken or truncated coding).
  Result<std::string_view> Next();

 private:
  explicit RequestBody(HttpSocket& socket) : socket_(&socket) {}

  HttpSocket* socket_;
  std::unique_ptr<Inflater> inflater_;
  std::string plain_;
};

}  // namespace vitrine::engine
