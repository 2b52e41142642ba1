// SecretBox: seals texts with a master key, so that a file may hold them: AES-256 in GCM with a
// random nonce for each, bound to a label that is not secret (whose text it is).
// A sealed text: the byte 1, a nonce of 12 bytes, the text as it is sealed, a tag of 16 bytes.
// Owner: holds the key until it is destroyed, and wipes it then. Threads: const; any.
// Source: NIST SP 800-38D. Random nonces are safe up to 2^32 texts a key.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "platform/random.h"

namespace vitrine::access {

class SecretBox {
 public:
  static constexpr size_t kKeyBytes = 32;

  /// Reads a master key: 64 hexadecimal digits, or base64 of 32 bytes; white space around it is
  /// ignored. Errors: kInvalidInput, without a word of what was given.
  static Result<SecretBox> Open(std::string_view master_key);
  SecretBox(SecretBox&& other) noexcept;
  SecretBox& operator=(SecretBox&&) = delete;
  ~SecretBox();

  Result<std::string> Seal(std::string_view text, std::string_view label,
                           platform::Random& random) const;
  /// Errors: kCorrupt: another key sealed it, for another label, or it was changed since.
  Result<std::string> Unseal(std::string_view sealed, std::string_view label) const;

 private:
  SecretBox() = default;
  std::array<uint8_t, kKeyBytes> key_{};
};

/// A new master key, as Open reads it.
std::string NewMasterKey(platform::Random& random);

}  // namespace vitrine::access
