// Files to a storage that does as it is told: whole, in parts, and nothing left where it fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>

#include "net/http_server.h"
#include "services/exports/destination.h"
#include "services/exports/multipart_upload.h"
#include "services/exports/store_client.h"

namespace vitrine::exports {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Keeps objects and uploads of a bucket. What it is asked is in `log`: "PUT key 2 (10)".
class Storage {
 public:
  Storage() {
    net::HttpServerOptions options;
    options.listeners = {{.name = "storage", .host = "127.0.0.1", .port = 0}};
    auto started = net::HttpServer::Start(
        options, [this](net::HttpRequest request, net::HttpResponder responder) {
          responder.Send(Answer(request));
        });
    EXPECT_TRUE(started);
    server_ = std::move(*started);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port(0)); }

  std::map<std::string, std::string> objects;
  std::map<std::string, std::map<int, std::string>> uploads;  ///< By "id key".
  std::vector<std::string> log;
  int failing_part = 0, failures = 0;  ///< This part fails so many times.
  bool completes = true, lists = true;
  std::function<void()> on_part = [] {};

 private:
  static std::string Parameter(const net::HttpRequest& request, const std::string& name) {
    const std::string query =
        request.target.substr(std::min(request.target.find('?') + 1, request.target.size()));
    const size_t at = ("&" + query).find("&" + name + "=");
    if (request.target.find('?') == std::string::npos || at == std::string::npos) return "";
    const std::string value = query.substr(at + name.size() + 1);
    return *net::PercentDecode(value.substr(0, value.find('&')));
  }
  net::HttpResponse Answer(const net::HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    const std::string key = request.path.substr(std::min(request.path.size(), sizeof("/bucket")));
    const std::string id = Parameter(request, "uploadId"), part = Parameter(request, "partNumber");
    log.push_back(request.method + " " + key + (id.empty() ? "" : " " + id) +
                  (part.empty() ? "" : " " + part));
    net::HttpResponse response;
    response.status = 200;
    const std::string upload = id + " " + key;
    if (request.method == "GET") {
      if (!lists) response.status = 403;
      response.body = "<ListMultipartUploadsResult>";
      for (const auto& [name, parts] : uploads) {
        const size_t blank = name.find(' ');
        response.body += "<Upload><Key>" + name.substr(blank + 1) + "</Key><UploadId>" +
                         name.substr(0, blank) + "</UploadId></Upload>";
      }
      response.body += "</ListMultipartUploadsResult>";
    } else if (request.method == "POST" && id.empty()) {
      const std::string made = "up&" + std::to_string(++made_);
      uploads[made + " " + key];
      response.body = "<X><UploadId>up&amp;" + std::to_string(made_) + "</UploadId></X>";
    } else if (request.method == "DELETE") {
      response.status = uploads.erase(upload) == 1 ? 204 : 404;
    } else if (!part.empty()) {
      on_part();
      if (std::stoi(part) == failing_part && failures-- > 0) {
        response.status = 503;
        return response;
      }
      uploads[upload][std::stoi(part)] = *request.body;
      response.headers.Add("etag", "\"tag-" + part + "\"");
    } else if (request.method == "POST") {
      if (!completes) {
        response.body = "<Error><Code>InternalError</Code></Error>";
        return response;
      }
      for (const auto& [number, bytes] : uploads[upload]) {
        EXPECT_THAT(*request.body, HasSubstr("<PartNumber>" + std::to_string(number) +
                                             "</PartNumber><ETag>&quot;tag-" +
                                             std::to_string(number) + "&quot;</ETag>"));
        objects[key] += bytes;
      }
      uploads.erase(upload);
      response.body = "<?xml?><CompleteMultipartUploadResult xmlns='x'/>";
    } else {
      objects[key] = *request.body;
    }
    return response;
  }

  std::mutex mutex_;
  int made_ = 0;
  std::unique_ptr<net::HttpServer> server_;
};

class StoreTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "store_XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Result<void> Put(const std::string& bytes, std::stop_token stop = {}) {
    std::ofstream(folder_ / "spool") << bytes;
    ObjectStore store;
    store.endpoint = storage_.url();
    store.bucket = "bucket";
    store.prefix = "a";
    store.credentials = {.region = "r", .access_key_id = "i", .secret_access_key = "s"};
    store.part_bytes = 10;
    auto destination = StoreDestination(store, nullptr, platform::SystemClock());
    EXPECT_TRUE(destination);
    return (*destination)->Put(folder_ / "spool", "b.parquet", stop);
  }

  Storage storage_;
  std::filesystem::path folder_;
};

TEST_F(StoreTest, AShortFileIsOneRequest) {
  ASSERT_TRUE(Put("0123456789"));
  EXPECT_THAT(storage_.log, ElementsAre("PUT a/b.parquet"));
  EXPECT_EQ(storage_.objects["a/b.parquet"], "0123456789");
  ASSERT_TRUE(Put(""));
  EXPECT_EQ(storage_.objects["a/b.parquet"], "");
}

TEST_F(StoreTest, ALongOneGoesInParts) {
  const auto put = Put("0123456789abcdefghijXYZ");
  ASSERT_TRUE(put) << put.error().message;
  EXPECT_EQ(storage_.objects["a/b.parquet"], "0123456789abcdefghijXYZ");
  EXPECT_THAT(storage_.log, ElementsAre("GET ", "POST a/b.parquet", "PUT a/b.parquet up&1 1",
                                        "PUT a/b.parquet up&1 2", "PUT a/b.parquet up&1 3",
                                        "POST a/b.parquet up&1"));
  EXPECT_TRUE(storage_.uploads.empty());
}

TEST_F(StoreTest, APartThatFailsIsSentAgain) {
  storage_.failing_part = 2;
  storage_.failures = 1;
  ASSERT_TRUE(Put("0123456789abcdefghijXYZ"));
  EXPECT_EQ(storage_.objects["a/b.parquet"], "0123456789abcdefghijXYZ");
  EXPECT_EQ(std::ranges::count(storage_.log, "PUT a/b.parquet up&1 1"), 1);
  EXPECT_EQ(std::ranges::count(storage_.log, "PUT a/b.parquet up&1 2"), 2);
}

TEST_F(StoreTest, WhatFailsForGoodLeavesNothing) {
  storage_.failing_part = 2;
  storage_.failures = kPartAttemptsMax;
  const auto put = Put("0123456789abcdefghijXYZ");
  ASSERT_FALSE(put);
  EXPECT_THAT(put.error().message, HasSubstr("answered 503"));
  EXPECT_EQ(storage_.log.back(), "DELETE a/b.parquet up&1");
  EXPECT_TRUE(storage_.uploads.empty());
  EXPECT_TRUE(storage_.objects.empty());
}

TEST_F(StoreTest, PartsThatAreNotJoinedAreAFailure) {
  storage_.completes = false;
  const auto put = Put("0123456789abcdefghijXYZ");
  ASSERT_FALSE(put);
  EXPECT_THAT(put.error().message, HasSubstr("InternalError"));
  EXPECT_TRUE(storage_.uploads.empty());
}

TEST_F(StoreTest, WhatACrashLeftGoesFirst) {
  storage_.uploads["old a/b.parquet"][1] = "left";
  storage_.uploads["other a/b.parquet.more"][1] = "somebody else's";
  ASSERT_TRUE(Put("0123456789abcdef"));
  EXPECT_EQ(storage_.uploads.size(), 1u);
  EXPECT_TRUE(storage_.uploads.contains("other a/b.parquet.more"));
  // A key that may not list is no hindrance.
  storage_.lists = false;
  ASSERT_TRUE(Put("0123456789abcdef"));
}

TEST_F(StoreTest, AStopTakesThePartsAway) {
  std::stop_source stop;
  storage_.on_part = [&] { stop.request_stop(); };
  ASSERT_FALSE(Put("0123456789abcdefghijXYZ", stop.get_token()));
  EXPECT_TRUE(storage_.uploads.empty());
  EXPECT_TRUE(storage_.objects.empty());
}

TEST(PartBytes, GrowWithTheFile) {
  EXPECT_EQ(PartBytesOf(1, 100), 100u);
  EXPECT_EQ(PartBytesOf(kPartsMax * 100, 100), 100u);
  EXPECT_EQ(PartBytesOf(kPartsMax * 100 + 1, 100), 101u);
  EXPECT_LE(PartBytesOf(kObjectBytesMax, kPartBytesDefault), kPartBytesMax);
}

TEST(StoreClient, ElementsOfAnAnswer) {
  size_t at = 0;
  const std::string xml = "<A><B>1 &lt;&amp;&gt;</B><B></B></A><B>cut";
  EXPECT_EQ(NextElement(xml, "B", at), "1 <&>");
  EXPECT_EQ(NextElement(xml, "B", at), "");
  EXPECT_EQ(NextElement(xml, "B", at), std::nullopt);
}

}  // namespace
}  // namespace vitrine::exports
