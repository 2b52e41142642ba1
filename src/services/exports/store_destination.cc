#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "net/http_client.h"
#include "services/exports/destination.h"
#include "services/exports/limits.h"
#include "syntax/json/utf8.h"
#include "upstream/aws_signature.h"
#include "upstream/upstream_table.h"

namespace vitrine::exports {

namespace {

/// A file's bytes without a copy of them in memory: they are read as they are signed and sent.
class MappedFile {
 public:
  static Result<MappedFile> Open(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status{};
    if (descriptor < 0 || ::fstat(descriptor, &status) != 0) {
      if (descriptor >= 0) ::close(descriptor);
      return Fail(ErrorCode::kIo, "cannot read " + path);
    }
    MappedFile file;
    file.size_ = static_cast<size_t>(status.st_size);
    if (file.size_ > 0) {
      file.bytes_ = ::mmap(nullptr, file.size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
    }
    ::close(descriptor);
    if (file.bytes_ == MAP_FAILED) {
      file.bytes_ = nullptr;
      return Fail(ErrorCode::kIo, "cannot map " + path);
    }
    return file;
  }
  MappedFile(MappedFile&& other) noexcept
      : bytes_(std::exchange(other.bytes_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile() {
    if (bytes_ != nullptr) ::munmap(bytes_, size_);
  }
  std::string_view bytes() const { return {static_cast<const char*>(bytes_), size_}; }

 private:
  MappedFile() = default;
  void* bytes_ = nullptr;
  size_t size_ = 0;
};

/// The path of an object: each segment escaped, as S3 signs it.
std::string TargetOf(const std::string& base, const ObjectStore& store, const std::string& path) {
  std::string target = base + "/" + net::PercentEncode(store.bucket);
  for (std::string_view rest : {std::string_view(store.prefix), std::string_view(path)}) {
    while (!rest.empty()) {
      const std::string_view segment = rest.substr(0, rest.find('/'));
      rest.remove_prefix(std::min(rest.size(), segment.size() + 1));
      if (!segment.empty()) target.append("/").append(net::PercentEncode(std::string(segment)));
    }
  }
  return target;
}

class Store final : public Destination {
 public:
  Store(ObjectStore store, const upstream::Upstream& endpoint, platform::Clock& clock)
      : store_(std::move(store)),
        base_(endpoint.base_path),
        authority_(endpoint.authority),
        clock_(clock),
        client_(OptionsOf(endpoint)) {}

  Result<void> Put(const std::string& spool, const std::string& path,
                   const std::stop_token& stop) override {
    TRY_ASSIGN(const MappedFile file, MappedFile::Open(spool));
    if (file.bytes().size() > kObjectBytesMax) {
      return Fail(ErrorCode::kLimitExceeded,
                  "the file has more than 5 GiB, which no storage takes at once; export hours "
                  "instead of days, or filter");
    }
    net::HttpClientRequest request;
    request.method = "PUT";
    request.target = TargetOf(base_, store_, path);
    request.body = file.bytes();
    request.stop = stop;
    request.headers.Add("host", authority_);
    request.headers.Add("content-type", "application/octet-stream");
    upstream::SignForAws(store_.credentials, "s3", clock_.Now(),
                         {request.method, request.target, request.body}, request.headers);
    TRY_ASSIGN(const net::HttpResponse answer, client_.Send(request));
    if (answer.status >= 200 && answer.status < 300) return {};
    std::string said;
    syntax::AppendUtf8Repaired(said, std::string_view(answer.body).substr(0, kErrorBytesShown));
    std::ranges::replace_if(said, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    return Fail(ErrorCode::kUnavailable,
                "the storage answered " + std::to_string(answer.status) + ": " + said);
  }

  std::string name() const override {
    return "s3://" + store_.bucket + (store_.prefix.empty() ? "" : "/" + store_.prefix);
  }

 private:
  static net::HttpClientOptions OptionsOf(const upstream::Upstream& endpoint) {
    net::HttpClientOptions options;
    options.endpoint.host = endpoint.endpoint->host;
    options.endpoint.port = endpoint.endpoint->port;
    options.endpoint.tls = endpoint.endpoint->tls;
    options.connect_timeout_ms = kStorageConnectMs;
    options.io_timeout_ms = kStorageIoMs;
    options.connections_kept_max = 1;
    options.response_bytes_max = kAnswerBytesMax;
    return options;
  }

  const ObjectStore store_;
  const std::string base_, authority_;
  platform::Clock& clock_;
  net::HttpClient client_;
};

}  // namespace

Result<std::unique_ptr<Destination>> StoreDestination(const ObjectStore& store,
                                                      std::shared_ptr<net::UpstreamTls> tls,
                                                      platform::Clock& clock) {
  TRY_ASSIGN(const upstream::Upstream endpoint,
             upstream::ParseUpstream("endpoint", "s3", store.endpoint, tls));
  return std::make_unique<Store>(store, endpoint, clock);
}

}  // namespace vitrine::exports
