#include "access/virtual_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "access/limits.h"

namespace vitrine::access {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kProviderKey = "sk-proj-the-real-key-of-the-provider";
const std::string kMaster(64, 'a'), kOtherMaster(64, 'b');

VirtualKey NewKey(const std::string& name) {
  VirtualKey key;
  key.name = name;
  key.upstream = "openai";
  key.provider_key = kProviderKey;
  return key;
}

class VirtualKeysTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "virtual_keys_XXXXXX";
    folder_ = mkdtemp(name.data());
    Open();
  }
  void TearDown() override {
    keys_.reset();
    catalog_.reset();
    fs::remove_all(folder_);
  }
  void Open(const std::string& master = kMaster) {
    keys_.reset();
    catalog_.reset();
    catalog_ = *catalog::Catalog::Open((folder_ / "catalog.sqlite").string());
    auto opened = VirtualKeys::Open({.catalog = catalog_.get(),
                                     .clock = &clock_,
                                     .random = &platform::SystemRandom(),
                                     .master_key_source = "the test"},
                                    *SecretBox::Open(master));
    ASSERT_TRUE(opened) << opened.error().message;
    keys_ = std::move(*opened);
  }
  std::string FileBytes() const {
    std::ifstream file(folder_ / "catalog.sqlite", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  fs::path folder_;
  platform::SimClock clock_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<VirtualKeys> keys_;
};

TEST_F(VirtualKeysTest, AKeyIsFoundAlsoAfterARestart) {
  VirtualKey wanted = NewKey("team-a");
  wanted.models = {"gpt-4o-mini"};
  wanted.limits = {{.window_s = 3600, .requests = 5, .tokens = {}, .dollars = Money::Parse("2.5")}};
  wanted.expires_at = Nanos{5'000'000'000};
  const auto issued = keys_->Create("p", wanted);
  ASSERT_TRUE(issued) << issued.error().message;
  EXPECT_TRUE(VirtualKeys::LooksLikeOne(issued->key)) << issued->key;
  EXPECT_TRUE(issued->key.ends_with(issued->about->end));
  for (int i = 0; i < 2; ++i) {
    const auto found = keys_->Find(issued->key);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->id, issued->about->id);
    EXPECT_EQ(found->project, "p");
    EXPECT_EQ(found->name, "team-a");
    EXPECT_EQ(found->upstream, "openai");
    EXPECT_EQ(found->provider_key, kProviderKey);
    EXPECT_EQ(found->models, wanted.models);
    EXPECT_EQ(found->limits, wanted.limits);
    EXPECT_EQ(found->expires_at, wanted.expires_at);
    Open();
  }
  std::string other = issued->key;
  other.back() = other.back() == 'A' ? 'B' : 'A';
  EXPECT_EQ(keys_->Find(other), nullptr);
  EXPECT_EQ(keys_->Find(""), nullptr);
}

TEST_F(VirtualKeysTest, TheFileHoldsNeitherKey) {
  const auto issued = keys_->Create("p", NewKey("team-a"));
  ASSERT_TRUE(issued);
  const std::string bytes = FileBytes();
  EXPECT_THAT(bytes, HasSubstr("team-a")) << "what is there is found";
  EXPECT_THAT(bytes, Not(HasSubstr(kProviderKey)));
  EXPECT_THAT(bytes, Not(HasSubstr("the-real-key")));
  EXPECT_THAT(bytes, Not(HasSubstr(issued->key)));
  EXPECT_THAT(bytes, Not(HasSubstr(issued->key.substr(3, 20))));
}

TEST_F(VirtualKeysTest, RotatingEndsTheOldKey) {
  const auto first = keys_->Create("p", NewKey("team-a"));
  clock_.Advance(7);
  const auto second = keys_->Rotate("p", first->about->id, std::nullopt);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_NE(second->key, first->key);
  const auto third = keys_->Rotate("p", first->about->id, "sk-another-one");
  ASSERT_TRUE(third);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(keys_->Find(first->key), nullptr);
    EXPECT_EQ(keys_->Find(second->key), nullptr);
    ASSERT_NE(keys_->Find(third->key), nullptr);
    EXPECT_EQ(keys_->Find(third->key)->provider_key, "sk-another-one");
    EXPECT_EQ(keys_->Find(third->key)->id, first->about->id);
    EXPECT_TRUE(keys_->Find(third->key)->rotated_at);
    Open();
  }
  EXPECT_EQ(keys_->Rotate("p", "nobody", std::nullopt).error().code, ErrorCode::kNotFound);
}

TEST_F(VirtualKeysTest, RevokedIsGone) {
  const auto issued = keys_->Create("p", NewKey("team-a"));
  ASSERT_TRUE(keys_->Revoke("p", issued->about->id));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(keys_->Find(issued->key), nullptr);
    EXPECT_TRUE(keys_->List("p").empty());
    EXPECT_EQ(keys_->Revoke("p", issued->about->id).error().code, ErrorCode::kNotFound);
    Open();
  }
}

TEST_F(VirtualKeysTest, ProjectsDoNotSeeEachOthers) {
  const auto issued = keys_->Create("p", NewKey("team-a"));
  EXPECT_TRUE(keys_->Create("q", NewKey("team-a")));
  EXPECT_EQ(keys_->Create("p", NewKey("team-a")).error().code, ErrorCode::kConflict);
  EXPECT_EQ(keys_->List("p").size(), 1u);
  EXPECT_EQ(keys_->List("q").size(), 1u);
  EXPECT_EQ(keys_->Revoke("q", issued->about->id).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(keys_->Rotate("q", issued->about->id, std::nullopt).error().code, ErrorCode::kNotFound);
  EXPECT_NE(keys_->Find(issued->key), nullptr);
}

TEST_F(VirtualKeysTest, AnotherMasterKeyIsToldAndTheOldOneStillFits) {
  const auto issued = keys_->Create("p", NewKey("team-a"));
  Open(kOtherMaster);
  ASSERT_TRUE(keys_->fault());
  EXPECT_THAT(keys_->fault()->message, HasSubstr("the master key (the test) is not the one"));
  ASSERT_NE(keys_->Find(issued->key), nullptr);
  EXPECT_EQ(keys_->Find(issued->key)->provider_key, "");
  EXPECT_EQ(keys_->List("p").size(), 1u);
  EXPECT_EQ(keys_->Create("p", NewKey("b")).error().code, ErrorCode::kConflict);
  EXPECT_EQ(keys_->Rotate("p", issued->about->id, "sk-another-one").error().code,
            ErrorCode::kConflict);
  Open();
  EXPECT_FALSE(keys_->fault());
  EXPECT_EQ(keys_->Find(issued->key)->provider_key, kProviderKey);
  // Whoever lost it revokes all, and begins with the new one.
  Open(kOtherMaster);
  ASSERT_TRUE(keys_->Revoke("p", issued->about->id));
  const auto fresh = keys_->Create("p", NewKey("team-a"));
  ASSERT_TRUE(fresh) << fresh.error().message;
  EXPECT_FALSE(keys_->fault());
  Open(kOtherMaster);
  EXPECT_FALSE(keys_->fault());
  EXPECT_EQ(keys_->Find(fresh->key)->provider_key, kProviderKey);
}

TEST_F(VirtualKeysTest, ASealOfAnotherRowDoesNotOpen) {
  const auto a = keys_->Create("p", NewKey("a")), b = keys_->Create("p", NewKey("b"));
  {
    auto work = catalog_->Begin();
    ASSERT_TRUE(
        work->Change("UPDATE virtual_keys SET sealed = (SELECT sealed FROM virtual_keys "
                     "WHERE name = 'b') WHERE name = 'a'",
                     {}));
    ASSERT_TRUE(work->Commit());
  }
  Open();
  EXPECT_FALSE(keys_->fault());
  EXPECT_EQ(keys_->Find(a->key)->provider_key, "");
  EXPECT_EQ(keys_->Find(b->key)->provider_key, kProviderKey);
  // Given anew, it works again.
  EXPECT_FALSE(keys_->Rotate("p", a->about->id, std::nullopt));
  EXPECT_TRUE(keys_->Rotate("p", a->about->id, kProviderKey));
}

TEST(VirtualKeyTest, WhatIsWrongIsNamed) {
  const auto fault = [](std::string_view body) {
    const auto read = ReadNewVirtualKey(body);
    return read ? std::string("taken") : read.error().message;
  };
  const auto with = [](const std::string& more) {
    return R"({"name":"n","upstream":"openai","provider_key":"sk-0123456789")" + more + "}";
  };
  EXPECT_EQ(fault(with("")), "taken");
  EXPECT_EQ(fault(with(R"(,"models":["a"],"limits":[{"window_s":60,"dollars":"0.5"}],
      "expires_at":"2030-01-31T00:00:00Z")")),
            "taken");
  EXPECT_THAT(fault("[]"), HasSubstr("JSON object"));
  EXPECT_THAT(fault(R"({"upstream":"openai","provider_key":"sk-0123456789"})"), HasSubstr("name:"));
  EXPECT_THAT(fault(R"({"name":"n","provider_key":"sk-0123456789"})"), HasSubstr("upstream:"));
  EXPECT_THAT(fault(R"({"name":"n","upstream":"openai"})"), HasSubstr("provider_key:"));
  EXPECT_THAT(fault(R"({"name":"n","upstream":"openai","provider_key":"with\nlines-in-it"})"),
              HasSubstr("provider_key:"));
  EXPECT_THAT(fault(with(R"(,"limit":[])")), HasSubstr("limit: is not known; there are name"));
  EXPECT_THAT(fault(with(R"(,"models":"a")")), HasSubstr("models:"));
  EXPECT_THAT(fault(with(R"(,"limits":[{"window_s":60}])")), HasSubstr("limits:"));
  EXPECT_THAT(fault(with(R"(,"limits":[{"requests":1}])")), HasSubstr("limits.window_s:"));
  EXPECT_THAT(fault(with(R"(,"limits":[{"window_s":1,"dollars":"-1"}])")),
              HasSubstr("limits.dollars:"));
  EXPECT_THAT(fault(with(R"(,"expires_at":"tomorrow")")), HasSubstr("expires_at:"));
  // Errors do not repeat what may be a key.
  EXPECT_THAT(fault(R"({"name":"n","upstream":"u","provider_key":"sk-secret with blanks"})"),
              Not(HasSubstr("sk-secret")));
  EXPECT_THAT(fault(R"({"provider_key":"sk-secret-0123456789",)"), Not(HasSubstr("sk-secret")));
  EXPECT_FALSE(*ReadRotation(""));
  EXPECT_FALSE(*ReadRotation("{}"));
  EXPECT_EQ(**ReadRotation(R"({"provider_key":"sk-0123456789"})"), "sk-0123456789");
  EXPECT_FALSE(ReadRotation(R"({"key":"x"})"));
}

}  // namespace
}  // namespace vitrine::access
