#include "services/exports/destination.h"
#include "services/exports/mapped_file.h"
#include "services/exports/multipart_upload.h"
#include "services/exports/store_client.h"

namespace vitrine::exports {

namespace {

class Store final : public Destination {
 public:
  Store(const ObjectStore& store, const upstream::Upstream& endpoint, platform::Clock& clock)
      : client_(store, endpoint, clock) {}

  Result<void> Put(const std::string& spool, const std::string& path,
                   const std::stop_token& stop) override {
    TRY_ASSIGN(const MappedFile file, MappedFile::Open(spool));
    if (file.bytes().size() > client_.store().part_bytes)
      return UploadInParts(client_, path, file.bytes(), stop);
    TRY(client_.Send({.method = "PUT", .key = path, .body = file.bytes(), .stop = stop}));
    return {};
  }

  std::string name() const override {
    const ObjectStore& store = client_.store();
    return "s3://" + store.bucket + (store.prefix.empty() ? "" : "/" + store.prefix);
  }

 private:
  StoreClient client_;
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
