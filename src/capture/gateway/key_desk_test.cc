// Virtual keys through the real door.
#include "capture/gateway/key_desk.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "capture/gateway/gateway_testing.h"

namespace vitrine::capture {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kProviderKey = "real-key-0123456789-of-the-provider";
constexpr const char* kPath = "/gateway/up/v1/chat/completions";

class KeyDeskTest : public GatewayTest {
 protected:
  void SetUp() override {
    GatewayTest::SetUp();
    std::string name = testing::TempDir() + "key_desk_XXXXXX";
    folder_ = mkdtemp(name.data());
    catalog_ = *catalog::Catalog::Open((folder_ / "catalog.sqlite").string());
    Open(std::string(64, 'a'));
  }
  void TearDown() override {
    GatewayTest::TearDown();
    door_.reset();
    keys_.reset();
    catalog_.reset();
    fs::remove_all(folder_);
  }
  void Open(const std::string& master) {
    keys_ = *access::VirtualKeys::Open({.catalog = catalog_.get(),
                                        .clock = &platform::SystemClock(),
                                        .random = &platform::SystemRandom(),
                                        .master_key_source = "the test"},
                                       *access::SecretBox::Open(master));
  }
  access::VirtualKeys::Issued Issue(access::VirtualKey key = {}) {
    if (key.name.empty()) key.name = "team-a";
    if (key.upstream.empty()) key.upstream = "up";
    key.provider_key = kProviderKey;
    auto issued = keys_->Create("p", std::move(key));
    EXPECT_TRUE(issued) << issued.error().message;
    return *issued;
  }
  void StartDoor(std::vector<upstream::UpstreamSetting> more = {}) {
    GatewayOptions options;
    options.virtual_keys = keys_.get();
    options.upstreams = std::move(more);
    options.allowed_targets = "llm.example.com";
    net::HttpResponse answer = net::HttpResponse::Json(200, std::string(kAnswer));
    answer.headers.Add("x-echo", kProviderKey);
    StartWith(answer, std::move(options));
  }
  net::HttpResponse Call(const std::string& key, const std::string& path = kPath,
                         net::HttpHeaders headers = {}, std::string_view body = kQuestion) {
    headers.Add("authorization", "Bearer " + key);
    return Post(path, body, std::move(headers));
  }

  fs::path folder_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<access::VirtualKeys> keys_;
};

TEST_F(KeyDeskTest, TheProviderGetsItsKeyAndNobodyElse) {
  const auto issued = Issue();
  StartDoor();
  EXPECT_EQ(Call(issued.key).status, 200);
  ASSERT_EQ(seen_.size(), 1u);
  EXPECT_EQ(seen_[0].headers.First("authorization"), "Bearer " + std::string(kProviderKey));
  ASSERT_EQ(Spans().size(), 1u);
  const model::Span& span = Spans()[0];
  EXPECT_EQ(Attribute(span, "vitrine.gateway.key"), "team-a");
  EXPECT_EQ(span.input_preview, "Hi");
  for (const model::HeaderPair& header : span.exchange->response_headers)
    EXPECT_THAT(std::string(header.value), Not(HasSubstr("real-key"))) << header.name;
}

TEST_F(KeyDeskTest, RevokedAndExpiredKeysAreRefusedInClearWords) {
  const auto issued = Issue();
  access::VirtualKey old;
  old.name = "old";
  old.expires_at = Nanos{1};
  const auto expired = Issue(old);
  StartDoor();
  EXPECT_EQ(Call(issued.key).status, 200);
  ASSERT_TRUE(keys_->Revoke("p", issued.about->id));
  const net::HttpResponse refused = Call(issued.key);
  EXPECT_EQ(refused.status, 401);
  EXPECT_THAT(refused.body, HasSubstr("it was revoked or rotated"));
  const net::HttpResponse late = Call(expired.key);
  EXPECT_EQ(late.status, 401);
  EXPECT_THAT(late.body, HasSubstr("'old' expired at 1970-01-01"));
  EXPECT_EQ(seen_.size(), 1u) << "a dead key goes to no provider";
}

TEST_F(KeyDeskTest, AMasterKeyThatDoesNotFitIsSaidToCallers) {
  const auto issued = Issue();
  Open(std::string(64, 'b'));
  StartDoor();
  const net::HttpResponse refused = Call(issued.key);
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(refused.body, HasSubstr("master key"));
  EXPECT_EQ(seen_.size(), 0u);
}

TEST_F(KeyDeskTest, AKeyReachesItsUpstreamAlone) {
  const auto issued = Issue();
  StartDoor({{.name = "other", .url = "http://127.0.0.1:1", .kind = "openai"}});
  EXPECT_EQ(Call(issued.key, "/gateway/other/v1/chat/completions").status, 401);
  // Nor where a header says.
  const net::HttpResponse named =
      Call(issued.key, kPath, {{"x-vitrine-target-url", "https://llm.example.com"}});
  EXPECT_EQ(named.status, 403);
  EXPECT_THAT(named.body, HasSubstr("'up' alone"));
  EXPECT_EQ(seen_.size(), 0u);
}

TEST_F(KeyDeskTest, KeysAreForOneServer) {
  StartDoor({{.name = "other", .url = "http://127.0.0.1:1", .kind = "openai"},
             {.name = "chat", .url = "", .targets = {{"openai", "", 1}, {"other", "", 1}}}});
  EXPECT_TRUE(door_->CheckTakesKey("up"));
  EXPECT_TRUE(door_->CheckTakesKey("openai"));
  EXPECT_THAT(door_->CheckTakesKey("chat").error().message, HasSubstr("several targets"));
  EXPECT_THAT(door_->CheckTakesKey("azure").error().message, HasSubstr("which host"));
  EXPECT_EQ(door_->CheckTakesKey("nobody").error().code, ErrorCode::kNotFound);
}

TEST_F(KeyDeskTest, ModelsAndLimitsHold) {
  access::VirtualKey limited;
  limited.name = "limited";
  limited.models = {"gpt-4o-mini"};
  limited.limits = {
      {.window_s = 86'400 * 300, .requests = 2, .tokens = std::nullopt, .dollars = std::nullopt}};
  const auto issued = Issue(limited);
  const auto free = Issue();
  StartDoor();
  EXPECT_EQ(Call(issued.key, kPath, {}, R"({"model":"gpt-4o","messages":[]})").status, 403);
  EXPECT_EQ(Call(issued.key).status, 200);
  EXPECT_EQ(Call(issued.key).status, 200);
  const net::HttpResponse refused = Call(issued.key);
  EXPECT_EQ(refused.status, 429);
  EXPECT_THAT(refused.body, HasSubstr("the limit 'limited' of 2 requests"));
  EXPECT_TRUE(refused.headers.Has("retry-after"));
  EXPECT_EQ(Call(free.key).status, 200) << "of the other key alone";
  // Another key for the same limits: what was used stays used.
  const auto rotated = keys_->Rotate("p", issued.about->id, std::nullopt);
  EXPECT_EQ(Call(rotated->key).status, 429);
}

TEST_F(KeyDeskTest, DollarsAreCountedAsTheyWereSpent) {
  access::VirtualKey limited;
  limited.name = "limited";
  // The answer costs $0.0000165.
  limited.limits = {{.window_s = 86'400 * 300,
                     .requests = std::nullopt,
                     .tokens = std::nullopt,
                     .dollars = Money::Parse("0.00004")}};
  const auto issued = Issue(limited);
  StartDoor();
  int served = 0;
  for (int i = 0; i < 6; ++i) {
    const uint64_t before = door_->counts().written;
    if (Call(issued.key, kPath, {}, R"({"model":"gpt-4o-mini","max_tokens":1,"messages":[]})")
            .status == 200)
      ++served;
    // What it cost is known when it is durable.
    for (int wait = 0; wait < 500 && door_->counts().written == before; ++wait)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(served, 3);
}

TEST_F(KeyDeskTest, OtherKeysGoThrough) {
  StartDoor();
  EXPECT_EQ(Call("sk-of-the-caller-0123456789").status, 200);
  EXPECT_EQ(Call("vk_short").status, 200) << "somebody else's key may begin so";
  EXPECT_EQ(seen_.size(), 2u);
}

}  // namespace
}  // namespace vitrine::capture
