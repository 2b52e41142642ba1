// Virtual keys: what applications have in the place of a provider's key. The key itself is here as
// its hash alone, the provider's key sealed: this file's reader learns neither.
// Owner: values. Threads: free functions within the caller's Transaction.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "storage/catalog/catalog.h"

namespace vitrine::catalog {

struct VirtualKeyRow {
  std::string id, project, name, upstream;
  std::string hash;            ///< Of the key that applications send, bytes.
  std::string end;             ///< Its last letters, for people.
  std::string sealed;          ///< The provider's key, bytes.
  std::string models, limits;  ///< JSON lists.
  std::optional<Nanos> expires_at;
  Nanos created_at;
  std::optional<Nanos> rotated_at;
};

/// Of every project, by id.
Result<std::vector<VirtualKeyRow>> ReadVirtualKeys(const Transaction& work);
/// Errors: kConflict (the project has a key of that name), the Transaction's.
Result<void> AddVirtualKey(Transaction& work, const VirtualKeyRow& key);
/// Writes hash, end, sealed and rotated_at anew.
Result<void> ReplaceVirtualKeySecrets(Transaction& work, const VirtualKeyRow& key);
/// False where there is none.
Result<bool> RemoveVirtualKey(Transaction& work, std::string_view id);

/// Something sealed, by which a master key shows that it fits; nothing before the first.
Result<std::optional<std::string>> ReadSealedProof(const Transaction& work);
Result<void> WriteSealedProof(Transaction& work, std::string_view sealed);

}  // namespace vitrine::catalog
