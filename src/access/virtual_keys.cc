#include "access/virtual_keys.h"

#include <openssl/sha.h>

#include <algorithm>
#include <tuple>

#include "access/limits.h"
#include "base/ids.h"
#include "syntax/base64.h"

namespace vitrine::access {

namespace {

constexpr std::string_view kPrefix = "vk_";
constexpr size_t kKeyRandomBytes = 32;
/// Base64 of 32 bytes without its padding.
constexpr size_t kKeyTailChars = 43;
constexpr size_t kShownEndChars = 4;
constexpr std::string_view kProofLabel = "vitrine master key", kProofText = "fits";

/// Random keys of 256 bits need no slow hash: there is nothing to guess.
std::string HashOf(std::string_view key) {
  std::string hash(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const uint8_t*>(key.data()), key.size(),
         reinterpret_cast<uint8_t*>(hash.data()));
  return hash;
}

bool IsKeyChar(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

template <typename List, typename Read>
Result<List> ReadList(const std::string& text, Read read) {
  Arena arena;
  syntax::JsonDocument document;
  if (document.Parse(text, arena) != syntax::JsonStatus::kOk)
    return Fail(ErrorCode::kCorrupt, "the catalog: a virtual key's list is no JSON");
  return read(document.root());
}

}  // namespace

VirtualKeys::VirtualKeys(VirtualKeysOptions options, SecretBox box)
    : options_(std::move(options)), box_(std::move(box)), table_(std::make_shared<const Table>()) {}

Result<std::unique_ptr<VirtualKeys>> VirtualKeys::Open(VirtualKeysOptions options, SecretBox box) {
  std::unique_ptr<VirtualKeys> keys(new VirtualKeys(std::move(options), std::move(box)));
  TRY(keys->Load());
  return keys;
}

Result<void> VirtualKeys::Load() {
  TRY_ASSIGN(const catalog::Transaction work, options_.catalog->Begin());
  TRY_ASSIGN(const auto proof, catalog::ReadSealedProof(work));
  TRY_ASSIGN(auto rows, catalog::ReadVirtualKeys(work));
  if (proof && !rows.empty() && !box_.Unseal(*proof, kProofLabel)) {
    fault_ = Error{ErrorCode::kConflict,
                   "the master key (" + options_.master_key_source +
                       ") is not the one that the virtual keys were sealed with, so none of them "
                       "can be used; start the server with that one again (VITRINE_MASTER_KEY, "
                       "master_key, or the file master.key of the data folder), or revoke them all",
                   {}};
  }
  return TakeRows(std::move(rows));
}

Result<void> VirtualKeys::TakeRows(std::vector<catalog::VirtualKeyRow> rows) {
  auto table = std::make_shared<Table>();
  for (catalog::VirtualKeyRow& row : rows) {
    auto key = std::make_shared<VirtualKey>();
    TRY_ASSIGN(key->models, ReadList<std::vector<std::string>>(row.models, ReadModels));
    TRY_ASSIGN(key->limits, ReadList<std::vector<KeyLimit>>(row.limits, ReadLimits));
    // One that does not open is there without it, and says so when it is used.
    if (auto open = box_.Unseal(row.sealed, row.id)) key->provider_key = std::move(*open);
    key->id = std::move(row.id);
    key->project = std::move(row.project);
    key->name = std::move(row.name);
    key->upstream = std::move(row.upstream);
    key->end = std::move(row.end);
    key->expires_at = row.expires_at;
    key->created_at = row.created_at;
    key->rotated_at = row.rotated_at;
    table->by_hash.emplace(row.hash, key);
    table->by_id.emplace(key->id, Held{key, row.hash});
  }
  SetTable(std::move(table));
  return {};
}

bool VirtualKeys::LooksLikeOne(std::string_view key) {
  return key.size() == kPrefix.size() + kKeyTailChars && key.starts_with(kPrefix) &&
         std::ranges::all_of(key.substr(kPrefix.size()), IsKeyChar);
}

std::shared_ptr<const VirtualKeys::Table> VirtualKeys::table() const {
  const std::lock_guard lock(mutex_);
  return table_;
}

void VirtualKeys::SetTable(std::shared_ptr<const Table> table) {
  const std::lock_guard lock(mutex_);
  table_ = std::move(table);
}

std::shared_ptr<const VirtualKey> VirtualKeys::Find(std::string_view key) const {
  if (!LooksLikeOne(key)) return nullptr;
  const auto known = table();
  const auto found = known->by_hash.find(HashOf(key));
  return found == known->by_hash.end() ? nullptr : found->second;
}

bool VirtualKeys::Has(const std::string& id) const { return table()->by_id.contains(id); }

std::optional<Error> VirtualKeys::fault() const {
  const std::lock_guard lock(mutex_);
  return fault_;
}

std::vector<std::shared_ptr<const VirtualKey>> VirtualKeys::List(std::string_view project) const {
  std::vector<std::shared_ptr<const VirtualKey>> keys;
  for (const auto& [id, held] : table()->by_id) {
    if (held.key->project == project) keys.push_back(held.key);
  }
  std::ranges::sort(keys, {}, [](const auto& key) { return std::tie(key->name, key->id); });
  return keys;
}

Result<void> VirtualKeys::CheckUsable() const {
  if (auto known = fault()) return std::unexpected(std::move(*known));
  return {};
}

std::string VirtualKeys::NewKey() {
  std::string bytes(kKeyRandomBytes, '\0');
  options_.random->Fill(bytes.data(), bytes.size());
  std::string tail = syntax::Base64Encode(bytes);
  tail.resize(kKeyTailChars);
  std::ranges::replace(tail, '+', '-');
  std::ranges::replace(tail, '/', '_');
  return std::string(kPrefix) + tail;
}

std::string VirtualKeys::NewId() {
  SpanId id;
  do options_.random->Fill(id.bytes.data(), id.bytes.size());
  while (!id);
  return id.ToHex();
}

Result<catalog::VirtualKeyRow> VirtualKeys::RowOf(const VirtualKey& key,
                                                  std::string_view sent) const {
  catalog::VirtualKeyRow row;
  row.id = key.id;
  row.project = key.project;
  row.name = key.name;
  row.upstream = key.upstream;
  row.hash = HashOf(sent);
  row.end = key.end;
  TRY_ASSIGN(row.sealed, box_.Seal(key.provider_key, key.id, *options_.random));
  row.models = ModelsJson(key);
  row.limits = LimitsJson(key);
  row.expires_at = key.expires_at;
  row.created_at = key.created_at;
  row.rotated_at = key.rotated_at;
  return row;
}

Result<VirtualKeys::Issued> VirtualKeys::Create(std::string_view project, VirtualKey key) {
  const std::lock_guard lock(changing_);
  const auto before = table();
  const bool is_first = before->by_id.empty();
  // Where there is nothing to open any more, any master key fits.
  if (!is_first) TRY(CheckUsable());
  if (before->by_id.size() >= kVirtualKeysMax) {
    return Fail(ErrorCode::kLimitExceeded, "there are " + std::to_string(kVirtualKeysMax) +
                                               " virtual keys already; revoke some");
  }
  for (const auto& known : List(project)) {
    if (known->name != key.name) continue;
    return Fail(ErrorCode::kConflict, "name: the project has a key '" + key.name +
                                          "' already; rotate it, or choose another name");
  }
  const std::string sent = NewKey();
  key.id = NewId();
  key.project = project;
  key.end = sent.substr(sent.size() - kShownEndChars);
  key.created_at = options_.clock->Now();
  TRY_ASSIGN(const catalog::VirtualKeyRow row, RowOf(key, sent));
  TRY_ASSIGN(catalog::Transaction work, options_.catalog->Begin());
  if (is_first) {
    TRY_ASSIGN(const std::string proof, box_.Seal(kProofText, kProofLabel, *options_.random));
    TRY(catalog::WriteSealedProof(work, proof));
  }
  TRY(catalog::AddVirtualKey(work, row));
  TRY(work.Commit());
  auto after = std::make_shared<Table>(*before);
  auto about = std::make_shared<const VirtualKey>(std::move(key));
  after->by_hash.emplace(row.hash, about);
  after->by_id.emplace(about->id, Held{about, row.hash});
  {
    const std::lock_guard changed(mutex_);
    table_ = std::move(after);
    fault_.reset();
  }
  return Issued{std::move(about), sent};
}

Result<VirtualKeys::Held> VirtualKeys::FindHeld(std::string_view project,
                                                std::string_view id) const {
  const auto known = table();
  const auto found = known->by_id.find(std::string(id));
  if (found == known->by_id.end() || found->second.key->project != project)
    return Fail(ErrorCode::kNotFound, "the project has no virtual key '" + std::string(id) + "'");
  return found->second;
}

Result<VirtualKeys::Issued> VirtualKeys::Rotate(std::string_view project, std::string_view id,
                                                std::optional<std::string> provider_key) {
  const std::lock_guard lock(changing_);
  TRY(CheckUsable());
  TRY_ASSIGN(const Held held, FindHeld(project, id));
  VirtualKey key = *held.key;
  if (provider_key) key.provider_key = std::move(*provider_key);
  if (key.provider_key.empty()) {
    return Fail(ErrorCode::kConflict,
                "the provider's key of '" + key.name +
                    "' cannot be opened any more; give it again as provider_key");
  }
  const std::string sent = NewKey();
  key.end = sent.substr(sent.size() - kShownEndChars);
  key.rotated_at = options_.clock->Now();
  TRY_ASSIGN(const catalog::VirtualKeyRow row, RowOf(key, sent));
  TRY_ASSIGN(catalog::Transaction work, options_.catalog->Begin());
  TRY(catalog::ReplaceVirtualKeySecrets(work, row));
  TRY(work.Commit());
  auto after = std::make_shared<Table>(*table());
  auto about = std::make_shared<const VirtualKey>(std::move(key));
  after->by_hash.erase(held.hash);
  after->by_hash.emplace(row.hash, about);
  after->by_id[about->id] = Held{about, row.hash};
  SetTable(std::move(after));
  return Issued{std::move(about), sent};
}

Result<void> VirtualKeys::Revoke(std::string_view project, std::string_view id) {
  const std::lock_guard lock(changing_);
  TRY_ASSIGN(const Held held, FindHeld(project, id));
  TRY_ASSIGN(catalog::Transaction work, options_.catalog->Begin());
  TRY(catalog::RemoveVirtualKey(work, id));
  TRY(work.Commit());
  auto after = std::make_shared<Table>(*table());
  after->by_hash.erase(held.hash);
  after->by_id.erase(held.key->id);
  SetTable(std::move(after));
  return {};
}

}  // namespace vitrine::access
