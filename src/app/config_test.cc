#include "app/config.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "app/data_folder.h"
#include "codecs/content/pace.h"

namespace vitrine::app {
namespace {

using testing::HasSubstr;

class ConfigTest : public testing::Test {
 protected:
  ConfigTest() {
    char name[] = "/tmp/vitrine-config-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~ConfigTest() override { std::filesystem::remove_all(folder_); }

  std::string File(const std::string& text, const std::string& name = "vitrine.toml") {
    std::ofstream(folder_ + "/" + name) << text;
    return folder_ + "/" + name;
  }
  /// Loads with these flags and variables.
  Result<Config> Load(std::vector<std::string> flags, std::vector<std::string> variables = {}) {
    std::vector<char*> environment;
    for (std::string& variable : variables) environment.push_back(variable.data());
    environment.push_back(nullptr);
    return Config::Load(flags, environment.data());
  }
  std::string Refusal(std::vector<std::string> flags, std::vector<std::string> variables = {}) {
    const auto config = Load(std::move(flags), std::move(variables));
    if (config) return "accepted";
    EXPECT_EQ(config.error().code, ErrorCode::kInvalidInput);
    return config.error().message;
  }

  std::string folder_;
};

TEST_F(ConfigTest, FlagsWinOverVariablesOverTheFileOverDefaults) {
  const std::string file = File(
      "# größer\nlisten = \"1.1.1.1:1\"\nproject = \"file\"\n[engine]\nthreads = 3\n"
      "memory = \"500MiB\"\n[otlp]\nlisten = \"\"\n");
  const auto config = Load({"--config=" + file, "--listen=3.3.3.3:3"},
                           {"VITRINE_LISTEN=2.2.2.2:2", "VITRINE_PROJECT=variable",
                            "VITRINE_URL=http://x", "VITRINE_PROJECT_OTHER=x"});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->Text("listen"), "3.3.3.3:3");
  EXPECT_EQ(config->Get("listen").origin, "flag --listen");
  EXPECT_EQ(config->Text("project"), "variable");
  EXPECT_EQ(config->Get("project").origin, "environment VITRINE_PROJECT");
  EXPECT_EQ(config->Number("engine.threads"), 3u);
  EXPECT_EQ(config->Get("engine.threads").origin, "file " + file);
  EXPECT_EQ(config->Number("engine.memory"), 500u << 20);
  EXPECT_EQ(config->Text("otlp.listen"), "");
  EXPECT_EQ(config->Get("data").origin, "default");
  EXPECT_EQ(config->Number("engine.http"), 0u);
}

TEST_F(ConfigTest, TheFileMayBeNamedByAVariable) {
  const std::string file = File("project = \"here\"\n");
  EXPECT_EQ(Load({}, {"VITRINE_CONFIG=" + file})->Text("project"), "here");
}

TEST_F(ConfigTest, KeysAreCollected) {
  const std::string file = File("[[keys]]\nkey = \"ä1\"\n[[keys]]\nkey = \"b\"\nproject = \"p\"\n");
  const auto config = Load({"--config=" + file, "--api-key=c", "--project=q"});
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_EQ(config->keys().size(), 3u);
  EXPECT_EQ(config->keys()[0].key, "ä1");
  EXPECT_EQ(config->keys()[0].project, "default");
  EXPECT_EQ(config->keys()[1].project, "p");
  EXPECT_EQ(config->keys()[2].key, "c");
  EXPECT_EQ(config->keys()[2].project, "q");
}

TEST_F(ConfigTest, MistakesNameTheirPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"listen = ", "line 1"},
      {"a = 1\nb = = 2", "line 2"},
      {"lissen = \"x\"", "there is no setting 'lissen'; there are: data, listen"},
      {"[engine]\nthread = 2", "there is no setting 'engine.thread'"},
      {"[engine]\nthreads = 2.5", "engine.threads is text or a whole number"},
      {"[engine]\nthreads = [2]", "engine.threads is text or a whole number"},
      {"[engine.threads]\na = 2", "engine.threads is text or a whole number"},
      {"[engine]\nthreads = 0", "'0' is too small; the least is 1"},
      {"[engine]\nthreads = -1", "'-1' is no whole number"},
      {"[engine]\nthreads = \"2MiB\"", "'2MiB' is no whole number"},
      {"[engine]\nmemory = \"much\"", "'much' is no size; write 512MB or 8GiB"},
      {"[engine]\nmemory = \"1MiB\"", "'1MiB' is too small; the least is 400MiB"},
      {"[engine]\nmemory = \"99999999999TiB\"", "is no size"},
      {"[engine]\nhttp = 65536", "'65536' is too large; the most is 65535"},
      {"[gateway]\nidle_timeout = 30", "'30' is no duration; write 500ms, 30s"},
      {"[gateway]\nidle_timeout = \"5ms\"", "'5ms' is too small; the least is 100ms"},
      {"[gateway]\nidle_timeout = \"2d\"", "'2d' is too large; the most is 86400000ms"},
      {"[gateway]\nstall_factor = 0", "'0' is too small; the least is 1"},
      {"project = \"a b\"", "'a b' is no name"},
      {"project = \"\"", "project (file"},
      {"listen = \"\"", "is empty"},
      {"keys = \"x\"", "[[keys]]"},
      {"[[keys]]\nkey = 1", "[[keys]] has key"},
      {"[[keys]]\nproject = \"p\"", "needs key"},
      {"[[keys]]\nkey = \"k\"\nproject = \"a b\"", "'a b' is no name"},
      {"[[keys]]\nkey = \"k\"\nrole = \"x\"", "[[keys]] has key"},
      {"listen = 'ϒ'", "letters beyond ASCII"},
      {"engine = inf", "there is no setting 'engine'"},
  };
  for (const auto& [text, expected] : cases)
    EXPECT_THAT(Refusal({"--config=" + File(text)}), HasSubstr(expected)) << text;
  EXPECT_THAT(Refusal({"--config=" + folder_ + "/none"}), HasSubstr("cannot read"));
  EXPECT_THAT(Refusal({"--config=" + folder_}), HasSubstr("cannot read"));
  EXPECT_THAT(Refusal({"--config="}), HasSubstr("needs a file"));
  EXPECT_THAT(Refusal({"--nothing=1"}), HasSubstr("there is no flag --nothing"));
  EXPECT_THAT(Refusal({"--http-threads=x"}), HasSubstr("http.threads (flag --http-threads): 'x'"));
  EXPECT_THAT(Refusal({}, {"VITRINE_HTTP_THREADS=0"}),
              HasSubstr("http.threads (environment VITRINE_HTTP_THREADS): '0' is too small"));
}

TEST_F(ConfigTest, DefaultsPassTheirOwnChecks) {
  const auto config = Load({"--config=" + File("")});
  ASSERT_TRUE(config);
  // What net does by itself is what the settings say.
  const net::RelayTimeouts timeouts;
  EXPECT_EQ(config->Number("gateway.connect_timeout"), static_cast<uint64_t>(timeouts.connect_ms));
  EXPECT_EQ(config->Number("gateway.tls_timeout"), static_cast<uint64_t>(timeouts.tls_ms));
  EXPECT_EQ(config->Number("gateway.send_timeout"), static_cast<uint64_t>(timeouts.send_ms));
  EXPECT_EQ(config->Number("gateway.first_byte_timeout"),
            static_cast<uint64_t>(timeouts.first_byte_ms));
  EXPECT_EQ(config->Number("gateway.idle_timeout"), static_cast<uint64_t>(timeouts.idle_ms));
  const codecs::StallRule stalls;
  EXPECT_EQ(config->Number("gateway.stall_min") * 1'000'000, stalls.min_ns);
  EXPECT_EQ(config->Number("gateway.stall_factor"), stalls.medians);
}

TEST_F(ConfigTest, ADataFolderHasOneUser) {
  const std::string path = folder_ + "/data";
  {
    const auto first = OpenDataFolder(path);
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(first->content_key.size(), 32u);
    const auto second = OpenDataFolder(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kConflict);
    EXPECT_THAT(second.error().message, HasSubstr("in use by process " + std::to_string(getpid())));
    const auto key = first->content_key;
    EXPECT_EQ(std::filesystem::file_size(path + "/content.key"), 32u);
  }
  EXPECT_TRUE(OpenDataFolder(path));
}

TEST_F(ConfigTest, WhatAKilledServerLeftIsWaitedFor) {
  const std::string path = folder_ + "/data";
  ASSERT_TRUE(OpenDataFolder(path));
  const pid_t gone = fork();
  if (gone == 0) _exit(0);
  ASSERT_EQ(waitpid(gone, nullptr, 0), gone);
  File(std::to_string(gone) + "\n", "data/lock");
  const int remnant = open((path + "/lock").c_str(), O_RDWR);
  ASSERT_EQ(flock(remnant, LOCK_EX), 0);
  std::jthread ends([remnant] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    close(remnant);
  });
  EXPECT_TRUE(OpenDataFolder(path));
}

TEST_F(ConfigTest, ADataFolderOfAnotherVersionIsLeftAlone) {
  const std::string path = folder_ + "/data";
  ASSERT_TRUE(OpenDataFolder(path));
  File("2\n", "data/format");
  const auto opened = OpenDataFolder(path);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("has format '2', and this program reads 1"));
  File("1\n", "data/format");
  File("short", "data/content.key");
  EXPECT_EQ(OpenDataFolder(path).error().code, ErrorCode::kCorrupt);
}

TEST_F(ConfigTest, ADataFolderThatCannotBeMadeSaysSo) {
  const std::string file = File("", "file");
  for (const std::string& path : {file, file + "/below"}) {
    const auto opened = OpenDataFolder(path);
    ASSERT_FALSE(opened) << path;
    EXPECT_EQ(opened.error().code, ErrorCode::kIo);
    EXPECT_THAT(opened.error().message, HasSubstr("choose another folder with --data"));
  }
}

}  // namespace
}  // namespace vitrine::app
