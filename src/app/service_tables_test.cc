// [forward.NAME] and [export.NAME] as the configuration file has them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "app/config.h"

namespace vitrine::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class ServiceTablesTest : public testing::Test {
 protected:
  ServiceTablesTest() {
    char name[] = "/tmp/vitrine-tables-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~ServiceTablesTest() override { std::filesystem::remove_all(folder_); }

  Result<Config> Load(const std::string& text) {
    const std::string file = folder_ + "/vitrine.toml";
    std::ofstream(file) << text;
    char* nothing[] = {nullptr};
    return Config::Load({"--config=" + file}, nothing);
  }
  std::string Refusal(const std::string& text) {
    const auto config = Load(text);
    return config ? "accepted" : config.error().message;
  }

  std::string folder_;
};

TEST_F(ServiceTablesTest, ATargetOfForwardingIsRead) {
  std::ofstream(folder_ + "/token") << "Bearer from-a-file\n";
  const auto config = Load(
      "[forward.west]\nurl = \"https://c.example/v1/traces\"\ncompression = \"zstd\"\n"
      "headers = { authorization = \"file:" +
      folder_ +
      "/token\", x-scope = \"7\" }\n"
      "filter = \"kind:llm\"\nproject = \"shop\"\ncontent = \"none\"\nqueue_max = \"64MiB\"\n"
      "wait = \"2s\"\n[forward.numbers]\nmetrics_url = \"https://c.example/v1/metrics\"\n"
      "interval = \"30s\"\n");
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_EQ(config->forward().size(), 2u);
  const forward::ForwardSetting& west = config->forward()[1];
  EXPECT_EQ(west.name, "west");
  EXPECT_EQ(west.url, "https://c.example/v1/traces");
  EXPECT_THAT(west.headers,
              ElementsAre(Pair("authorization", "Bearer from-a-file"), Pair("x-scope", "7")));
  EXPECT_EQ(west.compression, compress::Encoding::kZstd);
  EXPECT_EQ(west.filter, "kind:llm");
  EXPECT_EQ(west.project, "shop");
  EXPECT_FALSE(west.sends_content);
  EXPECT_EQ(west.queue_bytes_max, 64u << 20);
  EXPECT_EQ(west.wait_ms, 2'000);
  const forward::ForwardSetting& numbers = config->forward()[0];
  EXPECT_EQ(numbers.url, "");
  EXPECT_EQ(numbers.metrics_interval_ms, 30'000);
  EXPECT_TRUE(numbers.sends_content);
}

TEST_F(ServiceTablesTest, WhatIsWrongIsNamed) {
  const std::string good = "[forward.a]\nurl = \"http://x/v1/traces\"\n";
  EXPECT_THAT(Refusal("forward = 3\n"), HasSubstr("as [forward.NAME]"));
  EXPECT_THAT(Refusal("[forward.\"a/b\"]\nurl = \"http://x\"\n"), HasSubstr("the name is 1 to 64"));
  EXPECT_THAT(Refusal(good + "url2 = \"x\"\n"), HasSubstr("[forward.a]: url2 is not known"));
  EXPECT_THAT(Refusal(good + "wait = \"2h\"\n"), HasSubstr("wait is at most 60s"));
  EXPECT_THAT(Refusal(good + "interval = \"1ms\"\n"), HasSubstr("interval is at least 1s"));
  EXPECT_THAT(Refusal(good + "queue_max = \"big\"\n"), HasSubstr("queue_max is a size, as 512MB"));
  EXPECT_THAT(Refusal(good + "headers = { a = \"env:NOT_SET_ANYWHERE\" }\n"),
              HasSubstr("[forward.a] headers: a names the environment variable"));
  const std::string file = "[export.a]\nfolder = \"/x\"\n";
  EXPECT_THAT(Refusal("[export.a]\n"), HasSubstr("[export.a]: needs either folder or s3"));
  EXPECT_THAT(Refusal(file + "since = \"yesterday\"\n"), HasSubstr("since is a time"));
  EXPECT_THAT(Refusal(file + "catch_up = \"1h\"\n"), HasSubstr("catch_up is at least one period"));
  EXPECT_THAT(Refusal(file + "format = \"xml\"\n"), HasSubstr("format is one of parquet, jsonl"));
  EXPECT_THAT(Refusal("[export.a.s3]\nendpoint = \"http://x\"\nbucket = \"b\"\n"),
              HasSubstr("[export.a] s3: region is missing"));
}

TEST_F(ServiceTablesTest, AnExportIsRead) {
  const auto config = Load(
      "[export.lake]\nwhat = \"calls\"\nfilter = \"model:m\"\nevery = \"1d\"\nformat = \"csv\"\n"
      "delay = \"1h\"\ncatch_up = \"30d\"\nsince = \"2026-11-01T00:00:00Z\"\nproject = \"shop\"\n"
      "[export.lake.s3]\nendpoint = \"https://s3.example\"\nbucket = \"b\"\nprefix = \"a/b/\"\n"
      "region = \"r\"\naccess_key = \"k\"\nsecret_key = \"s\"\n[export.disk]\nfolder = \"/x\"\n");
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_EQ(config->exports().size(), 2u);
  const exports::ExportSetting& lake = config->exports()[1];
  EXPECT_EQ(lake.what, exports::ExportWhat::kCalls);
  EXPECT_EQ(lake.format, query::ExportFormat::kCsv);
  EXPECT_EQ(lake.every_ns, kNanosPerDay);
  EXPECT_EQ(lake.delay_ns, 3'600 * kNanosPerSecond);
  EXPECT_EQ(lake.catch_up_ns, 30 * kNanosPerDay);
  EXPECT_EQ(lake.since, ParseRfc3339("2026-11-01T00:00:00Z"));
  EXPECT_EQ(lake.project, "shop");
  EXPECT_EQ(lake.store.prefix, "a/b");
  EXPECT_EQ(lake.store.credentials.secret_access_key, "s");
  const exports::ExportSetting& disk = config->exports()[0];
  EXPECT_EQ(disk.folder, "/x");
  EXPECT_EQ(disk.what, exports::ExportWhat::kSpans);
  EXPECT_EQ(disk.format, query::ExportFormat::kParquet);
  EXPECT_EQ(disk.every_ns, 3'600 * kNanosPerSecond);
}

}  // namespace
}  // namespace vitrine::app
