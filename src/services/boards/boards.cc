#include "services/boards/boards.h"

#include "base/check.h"
#include "services/boards/dashboard_document.h"
#include "services/boards/internal/body.h"
#include "services/boards/limits.h"

namespace vitrine::boards {
namespace {

Error NoDashboard(const Address& address) {
  return {ErrorCode::kNotFound, "there is no dashboard " + std::string(address.id) + " here", {}};
}

Result<void> CheckVersion(const Dashboard& stored, int64_t changed) {
  if (stored.version == changed) return {};
  return Fail(ErrorCode::kConflict,
              "somebody changed this dashboard meanwhile: it has version " +
                  std::to_string(stored.version) + ", and this change was made to version " +
                  std::to_string(changed) + "; load it again and repeat the change");
}

}  // namespace

Boards::Boards(BoardsOptions options) : options_(std::move(options)) {
  VITRINE_CHECK(options_.catalog != nullptr && options_.clock != nullptr &&
                options_.random != nullptr && options_.check_time_zone);
}

std::string Boards::NewId() {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string id;
  for (uint64_t number = options_.random->Next64(); id.size() < 16; number >>= 4)
    id.push_back(kDigits[number & 0xF]);
  return id;
}

Result<std::vector<Dashboard>> Boards::Dashboards(std::string_view project) {
  TRY_ASSIGN(const catalog::Transaction work, options_.catalog->Begin());
  return catalog::ListDashboards(work, project);
}

Result<Dashboard> Boards::FindDashboard(const Address& address) {
  TRY_ASSIGN(const catalog::Transaction work, options_.catalog->Begin());
  TRY_ASSIGN(auto found, catalog::FindDashboard(work, address.project, address.id));
  if (!found) return std::unexpected(NoDashboard(address));
  return *std::move(found);
}

Result<Dashboard> Boards::AddDashboard(std::string_view project, std::string_view body) {
  TRY_ASSIGN(DashboardDocument document, ReadDashboard(body));
  TRY_ASSIGN(catalog::Transaction work, options_.catalog->Begin());
  TRY_ASSIGN(const auto others, catalog::ListDashboards(work, project));
  if (others.size() >= kDashboardsMax) {
    return Fail(ErrorCode::kLimitExceeded, "this project has " + std::to_string(kDashboardsMax) +
                                               " dashboards; remove one first");
  }
  const Nanos now = options_.clock->Now();
  Dashboard dashboard{.id = NewId(),
                      .version = 1,
                      .name = std::move(document.name),
                      .panel_count = document.panel_count,
                      .body = std::move(document.body),
                      .created_at = now,
                      .updated_at = now};
  TRY(catalog::AddDashboard(work, project, dashboard));
  TRY(work.Commit());
  return dashboard;
}

Result<Dashboard> Boards::ReplaceDashboard(const Address& address, std::string_view body) {
  TRY_ASSIGN(DashboardDocument document, ReadDashboard(body));
  if (!document.version) return Wrong("version: is the version that you changed, as GET told it");
  TRY_ASSIGN(catalog::Transaction work, options_.catalog->Begin());
  TRY_ASSIGN(auto found, catalog::FindDashboard(work, address.project, address.id));
  if (!found) return std::unexpected(NoDashboard(address));
  TRY(CheckVersion(*found, *document.version));
  Dashboard dashboard{.id = std::string(address.id),
                      .version = found->version + 1,
                      .name = std::move(document.name),
                      .panel_count = document.panel_count,
                      .body = std::move(document.body),
                      .created_at = found->created_at,
                      .updated_at = options_.clock->Now()};
  TRY(catalog::ReplaceDashboard(work, address.project, dashboard));
  TRY(work.Commit());
  return dashboard;
}

Result<void> Boards::RemoveDashboard(const Address& address) {
  TRY_ASSIGN(catalog::Transaction work, options_.catalog->Begin());
  TRY_ASSIGN(const bool was_there, catalog::RemoveDashboard(work, address.project, address.id));
  if (!was_there) return std::unexpected(NoDashboard(address));
  return work.Commit();
}

}  // namespace vitrine::boards
