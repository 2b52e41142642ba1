#include "storage/catalog/virtual_keys.h"

namespace vitrine::catalog {

namespace {

std::optional<Nanos> TimeOrNothing(const Row& row, int column) {
  return row.IsNull(column) ? std::nullopt : std::optional(Nanos{row.Int(column)});
}

Argument TimeOrNull(const std::optional<Nanos>& time) {
  return time ? Argument(time->since_epoch) : Argument(nullptr);
}

}  // namespace

Result<std::vector<VirtualKeyRow>> ReadVirtualKeys(const Transaction& work) {
  std::vector<VirtualKeyRow> keys;
  TRY(
      work.Read("SELECT id, project, name, upstream, hash, shown_end, sealed, models, limits, "
                "expires_at, created_at, rotated_at FROM virtual_keys ORDER BY id",
                {}, [&](const Row& row) {
                  keys.push_back({.id = row.Text(0),
                                  .project = row.Text(1),
                                  .name = row.Text(2),
                                  .upstream = row.Text(3),
                                  .hash = row.Text(4),
                                  .end = row.Text(5),
                                  .sealed = row.Text(6),
                                  .models = row.Text(7),
                                  .limits = row.Text(8),
                                  .expires_at = TimeOrNothing(row, 9),
                                  .created_at = {row.Int(10)},
                                  .rotated_at = TimeOrNothing(row, 11)});
                }));
  return keys;
}

Result<void> AddVirtualKey(Transaction& work, const VirtualKeyRow& key) {
  TRY(
      work.Change("INSERT INTO virtual_keys(id, project, name, upstream, hash, shown_end, sealed, "
                  "models, limits, expires_at, created_at, rotated_at) "
                  "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                  {key.id, key.project, key.name, key.upstream, Blob(key.hash), key.end,
                   Blob(key.sealed), key.models, key.limits, TimeOrNull(key.expires_at),
                   key.created_at.since_epoch, TimeOrNull(key.rotated_at)}));
  return {};
}

Result<void> ReplaceVirtualKeySecrets(Transaction& work, const VirtualKeyRow& key) {
  TRY(
      work.Change("UPDATE virtual_keys SET hash = ?, shown_end = ?, sealed = ?, rotated_at = ? "
                  "WHERE id = ?",
                  {Blob(key.hash), key.end, Blob(key.sealed), TimeOrNull(key.rotated_at), key.id}));
  return {};
}

Result<bool> RemoveVirtualKey(Transaction& work, std::string_view id) {
  TRY_ASSIGN(const int64_t removed, work.Change("DELETE FROM virtual_keys WHERE id = ?", {id}));
  return removed != 0;
}

Result<std::optional<std::string>> ReadSealedProof(const Transaction& work) {
  std::optional<std::string> sealed;
  TRY(work.Read("SELECT sealed FROM master_key_proof", {},
                [&](const Row& row) { sealed = row.Text(0); }));
  return sealed;
}

Result<void> WriteSealedProof(Transaction& work, std::string_view sealed) {
  TRY(
      work.Change("INSERT INTO master_key_proof(id, sealed) VALUES(1, ?) "
                  "ON CONFLICT(id) DO UPDATE SET sealed = excluded.sealed",
                  {Blob(sealed)}));
  return {};
}

}  // namespace vitrine::catalog
