// EngineTest: tests of questions against a real engine with the schema in it. Skipped where
// vitrine-engine or libchdb.so is not built (VITRINE_ENGINE names another one).
// Owner: a suite its engine, from SetUpTestSuite, which calls StartEngine, to its end.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "base/arena.h"
#include "storage/clickhouse/client.h"
#include "storage/clickhouse/engine_process.h"
#include "storage/schema/schema.h"
#include "syntax/json/json_document.h"

namespace vitrine::query {

class EngineTest : public testing::Test {
 protected:
  static std::string EngineProgram() {
    if (const char* named = std::getenv("VITRINE_ENGINE")) return named;
    std::error_code error;
    const auto folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
    const bool built = std::filesystem::exists(folder / "vitrine-engine", error) &&
                       std::filesystem::exists(folder / "libchdb.so", error);
    return built ? (folder / "vitrine-engine").string() : std::string();
  }
  static void StartEngine() {
    if (EngineProgram().empty()) return;
    std::string pattern = std::filesystem::temp_directory_path() / "vitrine-query-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    clickhouse::EngineProcessOptions options;
    options.program = EngineProgram();
    options.data_path = folder_ / "data";
    options.socket_path = folder_ / "engine.sock";
    auto started = clickhouse::EngineProcess::Start(std::move(options));
    ASSERT_TRUE(started);
    process_ = std::move(*started);
    clickhouse::Endpoint endpoint;
    endpoint.unix_path = folder_ / "engine.sock";
    client_ = std::make_unique<clickhouse::Client>(endpoint);
    ASSERT_TRUE(process_->WaitReady(std::chrono::seconds(60)));
    for (const auto& statements : {storage::TableStatements(), storage::ViewStatements()}) {
      for (const std::string& sql : statements) Run(sql);
    }
  }
  static void TearDownTestSuite() {
    client_.reset();
    process_.reset();
    std::error_code error;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, error);
    folder_.clear();
  }
  void SetUp() override {
    if (!client_) GTEST_SKIP() << "vitrine-engine or libchdb.so is not built";
  }
  static void Run(const std::string& sql) {
    const auto done = client_->Execute(sql);
    ASSERT_TRUE(done) << done.error().message << "\n" << sql;
  }
  /// A member of an object, as it is written there.
  static std::string Field(const std::string& json, std::string_view name) {
    Arena arena;
    syntax::JsonDocument document;
    EXPECT_EQ(document.Parse(json, arena), syntax::JsonStatus::kOk) << json;
    return std::string(document.root()[name].raw());
  }

  static inline std::filesystem::path folder_;
  static inline std::unique_ptr<clickhouse::EngineProcess> process_;
  static inline std::unique_ptr<clickhouse::Client> client_;
};

}  // namespace vitrine::query
