#include "cli/export_command.h"

#include <openssl/evp.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <memory>

#include "cli/error_place.h"
#include "cli/output.h"
#include "cli/zone_choice.h"
#include "net/http_types.h"
#include "syntax/records/record_counter.h"

namespace vitrine::cli {

namespace {

/// The server's own limit for a silence, and some.
constexpr int64_t kSilenceMs = 330'000;
/// Between two lines of progress.
constexpr std::chrono::milliseconds kProgressPause{200};

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new()) {
    EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
  }
  void Add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
  std::string Hex() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_DigestFinal_ex(context_.get(), digest, &size);
    std::string hex;
    for (unsigned int i = 0; i < size; ++i) {
      char pair[3];
      std::snprintf(pair, sizeof pair, "%02x", digest[i]);
      hex += pair;
    }
    return hex;
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

/// Where rows go: stdout, or a file that has its name only when it is whole.
class Output {
 public:
  explicit Output(std::string path) : path_(std::move(path)) {}
  ~Output() {
    if (file_ == nullptr || path_.empty()) return;
    std::fclose(file_);
    std::remove(Part().c_str());
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  Result<void> Open() {
    file_ = path_.empty() ? stdout : std::fopen(Part().c_str(), "wb");
    return file_ == nullptr ? Failed("cannot write " + Part()) : Result<void>();
  }
  Result<void> Write(std::string_view bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_) == bytes.size()) return {};
    return Failed("cannot write the output");
  }
  Result<void> Finish() {
    if (std::fflush(file_) != 0) return Failed("cannot write the output");
    if (path_.empty()) return {};
    const bool is_synced = fsync(fileno(file_)) == 0;
    const bool is_closed = std::fclose(file_) == 0;
    file_ = nullptr;
    if (is_synced && is_closed && std::rename(Part().c_str(), path_.c_str()) == 0) return {};
    auto failed = Failed("cannot write " + path_);
    std::remove(Part().c_str());
    return failed;
  }

 private:
  std::string Part() const { return path_ + ".part"; }
  static Result<void> Failed(const std::string& what) {
    const std::error_code reason(errno, std::generic_category());
    return Fail(ErrorCode::kIo, what + ": " + reason.message());
  }

  const std::string path_;
  std::FILE* file_ = nullptr;
};

/// A line on stderr that is written over, for people who wait.
class Progress {
 public:
  explicit Progress(bool is_shown) : is_shown_(is_shown) {}

  void Show(uint64_t rows, uint64_t bytes) {
    const auto now = std::chrono::steady_clock::now();
    if (!is_shown_ || now - last_ < kProgressPause) return;
    last_ = now;
    std::fprintf(stderr, "\r%llu rows, %.1f MB\033[K", static_cast<unsigned long long>(rows),
                 static_cast<double>(bytes) / 1e6);
    std::fflush(stderr);
    is_drawn_ = true;
  }
  void Clear() {
    if (is_drawn_) std::fprintf(stderr, "\r\033[K");
    is_drawn_ = false;
  }

 private:
  const bool is_shown_;
  bool is_drawn_ = false;
  std::chrono::steady_clock::time_point last_;
};

syntax::RecordFormat FormatOf(const std::string& name) {
  if (name == "csv") return syntax::RecordFormat::kCsv;
  return name == "parquet" ? syntax::RecordFormat::kParquet : syntax::RecordFormat::kJsonLines;
}

Result<TypedRange> RangeOf(const ExportOptions& options) {
  if (!options.last.empty() && !options.from.empty())
    return Fail(ErrorCode::kInvalidInput, "--last: is another word for --from; give one of them");
  TypedRange range{options.from, options.to};
  if (!options.last.empty()) range = {options.last, options.to, "--last"};
  TRY(CheckRange(range));
  return range;
}

/// What the server says it sent must be what came.
Result<uint64_t> CheckedCount(const syntax::RecordCounter& counter,
                              const net::HttpHeaders& trailers) {
  TRY_ASSIGN(const uint64_t came, counter.Total());
  const auto told = trailers.First("x-vitrine-row-count");
  if (!told)
    return Fail(ErrorCode::kCorrupt,
                "the server did not tell how many rows it sent; is a proxy "
                "between that drops trailers?");
  uint64_t sent = 0;
  std::from_chars(told->data(), told->data() + told->size(), sent);
  if (sent == came) return came;
  return Fail(ErrorCode::kCorrupt, "the server sent " + std::to_string(sent) + " rows and " +
                                       std::to_string(came) + " came");
}

Result<void> Export(ApiClient& client, const ExportOptions& options, const std::string& times,
                    Progress& progress, std::string& summary) {
  const std::string target = "/api/v1/export?unit=" + options.unit + "&format=" + options.format +
                             "&filter=" + net::PercentEncode(options.filter) + times;
  Output output(options.output);
  TRY(output.Open());
  syntax::RecordCounter counter(FormatOf(options.format));
  Sha256 checksum;
  uint64_t bytes = 0;
  net::HttpHeaders trailers;
  TRY(client.Follow(
      target,
      [&](std::string_view piece) -> Result<void> {
        counter.Feed(piece);
        checksum.Add(piece);
        bytes += piece.size();
        progress.Show(counter.so_far(), bytes);
        return output.Write(piece);
      },
      &trailers));
  TRY_ASSIGN(const uint64_t rows, CheckedCount(counter, trailers));
  TRY(output.Finish());
  summary = std::to_string(rows) + " rows, " + std::to_string(bytes) + " bytes, sha256 " +
            checksum.Hex() + (options.output.empty() ? "" : "  " + options.output);
  return {};
}

}  // namespace

int RunExport(const ReadOptions& read, const ExportOptions& options) {
  if (options.output.empty() && options.format == "parquet" && isatty(STDOUT_FILENO) != 0) {
    return ReportError({ErrorCode::kInvalidInput,
                        "Parquet is nothing for a terminal; name a file with --output",
                        {}},
                       0);
  }
  const auto range = RangeOf(options);
  if (!range) return ReportError(range.error(), 0);
  auto client = ApiClient::Open(read.server, kSilenceMs);
  if (!client) return ReportError(client.error(), 0);
  TimeZone zone;
  const ZoneNeed need{.prints_times = false, .typed = {&range->from, &range->to}};
  if (const int code = ChooseZone(read.zone, *client, need, zone); code != kExitOk) return code;
  Progress progress(isatty(STDERR_FILENO) != 0);
  std::string summary;
  const auto done =
      Export(*client, options, TimeQuery(*range, zone).value_or(""), progress, summary);
  progress.Clear();
  if (!done) {
    const int code = ReportError(done.error(), client->last_status());
    if (client->last_status() == 400) PointAt(options.filter, done.error().message);
    return code;
  }
  std::fprintf(stderr, "%s\n", summary.c_str());
  return kExitOk;
}

}  // namespace vitrine::cli
