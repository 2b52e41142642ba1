#include "access/secret_box.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "syntax/base64.h"

namespace vitrine::access {
namespace {

using testing::HasSubstr;

const std::string kHex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

TEST(SecretBoxTest, OpensWhatItSealed) {
  platform::SeededRandom random(1);
  const auto box = SecretBox::Open(kHex);
  ASSERT_TRUE(box);
  for (const std::string& text :
       {std::string("sk-proj-secret"), std::string(), std::string(5000, 'x')}) {
    const auto sealed = box->Seal(text, "label", random);
    ASSERT_TRUE(sealed);
    EXPECT_EQ(sealed->size(), text.size() + 29);
    EXPECT_TRUE(text.empty() || !sealed->contains(text));
    EXPECT_EQ(*box->Unseal(*sealed, "label"), text);
  }
}

TEST(SecretBoxTest, SealsTheSameTextAnewEachTime) {
  platform::SeededRandom random(1);
  const auto box = SecretBox::Open(kHex);
  std::set<std::string> sealed;
  for (int i = 0; i < 100; ++i) sealed.insert(*box->Seal("text", "label", random));
  EXPECT_EQ(sealed.size(), 100u);
}

TEST(SecretBoxTest, RefusesEverythingElse) {
  platform::SeededRandom random(1);
  const auto box = SecretBox::Open(kHex);
  const std::string sealed = *box->Seal("text", "label", random);
  EXPECT_EQ(box->Unseal(sealed, "other").error().code, ErrorCode::kCorrupt);
  const auto other = SecretBox::Open(NewMasterKey(random));
  EXPECT_EQ(other->Unseal(sealed, "label").error().code, ErrorCode::kCorrupt);
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(box->Unseal(changed, "label")) << i;
    EXPECT_FALSE(box->Unseal(sealed.substr(0, i), "label")) << i;
  }
  EXPECT_FALSE(box->Unseal(sealed + "x", "label"));
}

// Sealed by node's and Python's AES-256-GCM with this key, nonce, text and label.
TEST(SecretBoxTest, IsWhatOthersCallAes256Gcm) {
  const std::string inside =
      *syntax::Base64Decode("AQABAgMEBQYHCAkKCzdwuW2sgadprSry8iPk8aGwBVIW19vtrAQIx9A=");
  const auto box = SecretBox::Open(kHex);
  EXPECT_EQ(*box->Unseal(inside, "id"), "provider key");
}

TEST(SecretBoxTest, ReadsMasterKeysInBothSpellings) {
  platform::SeededRandom random(1);
  const std::string sealed = *SecretBox::Open(kHex)->Seal("text", "label", random);
  for (const std::string& same :
       {" " + kHex + "\n", std::string("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")}) {
    const auto box = SecretBox::Open(same);
    ASSERT_TRUE(box) << same;
    EXPECT_EQ(*box->Unseal(sealed, "label"), "text");
  }
  for (const char* wrong : {"", "password", "0001", "AAECAwQFBgcICQoLDA0ODw=="}) {
    const auto box = SecretBox::Open(wrong);
    ASSERT_FALSE(box) << wrong;
    EXPECT_THAT(box.error().message, HasSubstr("openssl rand -hex 32"));
    EXPECT_TRUE(*wrong == '\0' || !box.error().message.contains(wrong));
  }
}

}  // namespace
}  // namespace vitrine::access
