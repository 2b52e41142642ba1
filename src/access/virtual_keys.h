// VirtualKeys: the keys of ours that stand for providers' keys. Kept in the catalog: the key that
// applications send as its hash, the provider's key sealed with the master key. In memory they lie
// open, because every call needs one.
// Owner: the app; catalog, clock and random outlive it. Threads: any; Find takes no lock that a
// change holds while it writes. Durability: what a function answered is on disk.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "access/secret_box.h"
#include "access/virtual_key.h"
#include "platform/clock.h"
#include "platform/random.h"
#include "storage/catalog/catalog.h"
#include "storage/catalog/virtual_keys.h"

namespace vitrine::access {

struct VirtualKeysOptions {
  catalog::Catalog* catalog = nullptr;
  platform::Clock* clock = nullptr;
  platform::Random* random = nullptr;  ///< Thread-safe.
  std::string master_key_source;       ///< Where the master key came from, for errors.
};

class VirtualKeys {
 public:
  /// A key that was just made. `key` is shown once; nobody can tell it again.
  struct Issued {
    std::shared_ptr<const VirtualKey> about;
    std::string key;
  };

  /// Reads what the catalog has. A master key that does not fit is no failure here: keys can be
  /// listed and revoked, and everything else answers with fault().
  /// Errors: the catalog's, kCorrupt (rows that cannot be read).
  static Result<std::unique_ptr<VirtualKeys>> Open(VirtualKeysOptions options, SecretBox box);

  /// True for texts that only a key made here looks like.
  static bool LooksLikeOne(std::string_view key);
  /// The key, expired or not; null where nobody has it (any more).
  std::shared_ptr<const VirtualKey> Find(std::string_view key) const;
  /// Whether there is a key of this id, of any project.
  bool Has(const std::string& id) const;
  /// Why no key can be used; nothing where they can.
  std::optional<Error> fault() const;

  /// Of a project, by name.
  std::vector<std::shared_ptr<const VirtualKey>> List(std::string_view project) const;
  /// Errors: kConflict (the name is taken; the master key does not fit), kLimitExceeded.
  Result<Issued> Create(std::string_view project, VirtualKey key);
  /// Makes a new key in the place of the old one, which ends at once. A provider's key that is
  /// given takes the place of the one it stands for. Errors: kNotFound, kConflict (the master key).
  Result<Issued> Rotate(std::string_view project, std::string_view id,
                        std::optional<std::string> provider_key);
  /// Errors: kNotFound.
  Result<void> Revoke(std::string_view project, std::string_view id);

 private:
  struct Held {
    std::shared_ptr<const VirtualKey> key;
    std::string hash;
  };
  struct Table {
    std::unordered_map<std::string, Held> by_id;
    std::unordered_map<std::string, std::shared_ptr<const VirtualKey>> by_hash;
  };

  VirtualKeys(VirtualKeysOptions options, SecretBox box);

  Result<void> Load();
  Result<void> TakeRows(std::vector<catalog::VirtualKeyRow> rows);
  std::shared_ptr<const Table> table() const;
  void SetTable(std::shared_ptr<const Table> table);
  Result<Held> FindHeld(std::string_view project, std::string_view id) const;
  Result<void> CheckUsable() const;
  std::string NewKey();
  std::string NewId();
  Result<catalog::VirtualKeyRow> RowOf(const VirtualKey& key, std::string_view sent) const;

  const VirtualKeysOptions options_;
  const SecretBox box_;
  std::mutex changing_;  ///< One change at a time.
  mutable std::mutex mutex_;
  std::shared_ptr<const Table> table_;
  std::optional<Error> fault_;
};

}  // namespace vitrine::access
