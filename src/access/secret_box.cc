#include "access/secret_box.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstring>
#include <memory>

#include "base/ids.h"
#include "syntax/base64.h"

namespace vitrine::access {

namespace {

constexpr char kVersion = 1;
constexpr size_t kNonceBytes = 12, kTagBytes = 16;
constexpr size_t kHeadBytes = 1 + kNonceBytes;

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const uint8_t* Bytes(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}
uint8_t* Bytes(std::string& text) { return reinterpret_cast<uint8_t*>(text.data()); }

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

}  // namespace

Result<SecretBox> SecretBox::Open(std::string_view master_key) {
  const std::string_view text = Trimmed(master_key);
  SecretBox box;
  if (text.size() == 2 * kKeyBytes && HexDecode(text, box.key_.data(), kKeyBytes)) return box;
  auto bytes = syntax::Base64Decode(text);
  const bool is_key = bytes && bytes->size() == kKeyBytes;
  if (is_key) std::memcpy(box.key_.data(), bytes->data(), kKeyBytes);
  if (bytes) OPENSSL_cleanse(bytes->data(), bytes->size());
  if (is_key) return box;
  return Fail(ErrorCode::kInvalidInput,
              "the master key is 64 hexadecimal digits, or base64 of 32 bytes; make one with "
              "`openssl rand -hex 32`");
}

SecretBox::SecretBox(SecretBox&& other) noexcept : key_(other.key_) {
  OPENSSL_cleanse(other.key_.data(), other.key_.size());
}

SecretBox::~SecretBox() { OPENSSL_cleanse(key_.data(), key_.size()); }

Result<std::string> SecretBox::Seal(std::string_view text, std::string_view label,
                                    platform::Random& random) const {
  std::string sealed(kHeadBytes + text.size() + kTagBytes, '\0');
  sealed[0] = kVersion;
  random.Fill(sealed.data() + 1, kNonceBytes);
  const Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  uint8_t* out = Bytes(sealed) + kHeadBytes;
  int size = 0, rest = 0;
  const bool is_sealed =
      context != nullptr &&
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key_.data(),
                         Bytes(sealed) + 1) == 1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &size, Bytes(label),
                        static_cast<int>(label.size())) == 1 &&
      EVP_EncryptUpdate(context.get(), out, &size, Bytes(text), static_cast<int>(text.size())) ==
          1 &&
      EVP_EncryptFinal_ex(context.get(), out + size, &rest) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, out + text.size()) == 1;
  if (!is_sealed) return Fail(ErrorCode::kInternal, "AES-256-GCM failed to seal");
  return sealed;
}

Result<std::string> SecretBox::Unseal(std::string_view sealed, std::string_view label) const {
  const auto corrupt = [] {
    return Fail(ErrorCode::kCorrupt,
                "what is sealed does not open: another master key sealed it, or it was changed");
  };
  if (sealed.size() < kHeadBytes + kTagBytes || sealed[0] != kVersion) return corrupt();
  const std::string_view inside = sealed.substr(kHeadBytes, sealed.size() - kHeadBytes - kTagBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  std::string text(inside.size() + kTagBytes, '\0');  // No pointer of an empty text.
  const Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int size = 0, rest = 0;
  const bool is_open =
      context != nullptr &&
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key_.data(),
                         Bytes(sealed) + 1) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &size, Bytes(label),
                        static_cast<int>(label.size())) == 1 &&
      EVP_DecryptUpdate(context.get(), Bytes(text), &size, Bytes(inside),
                        static_cast<int>(inside.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context.get(), Bytes(text) + size, &rest) == 1;
  if (!is_open) return corrupt();
  text.resize(inside.size());
  return text;
}

std::string NewMasterKey(platform::Random& random) {
  std::array<uint8_t, SecretBox::kKeyBytes> key;
  random.Fill(key.data(), key.size());
  std::string hex(2 * key.size(), '\0');
  HexEncode(key.data(), key.size(), hex.data());
  OPENSSL_cleanse(key.data(), key.size());
  return hex;
}

}  // namespace vitrine::access
