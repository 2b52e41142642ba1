// The part of Boards about saved views.
#include <algorithm>

#include "services/boards/boards.h"
#include "services/boards/internal/body.h"
#include "services/boards/limits.h"

namespace vitrine::boards {
namespace {

struct ViewRequest {
  SavedView view;
  std::optional<size_t> position;
};

/// The path of a page of ours: nothing that leads to another host.
Result<std::string> ReadPage(const syntax::JsonValue& value) {
  TRY_ASSIGN(std::string page, ReadText(value, {"page", kPagePathSizeMax}));
  if (!page.starts_with('/') || page.starts_with("//") ||
      page.find_first_of("?#\\") != std::string::npos) {
    return Wrong("page: is the path of a page, like /calls; what it is asked stands in query");
  }
  return page;
}

Result<ViewRequest> ReadView(std::string_view body) {
  Arena arena;
  syntax::JsonDocument document;
  TRY(ReadBody(body, arena, document));
  const syntax::JsonValue root = document.root();
  TRY(CheckMembers(root, "", "name, page, query, position"));
  ViewRequest request;
  TRY_ASSIGN(request.view.name, ReadText(root["name"], {"name", kNameSizeMax}));
  TRY_ASSIGN(request.view.page, ReadPage(root["page"]));
  TRY_ASSIGN(request.view.query,
             ReadText(root["query"],
                      {.name = "query", .size_max = kPageQuerySizeMax, .may_be_empty = true}));
  if (request.view.query.starts_with('?') || request.view.query.find('#') != std::string::npos)
    return Wrong("query: is like filter=status:error&range=7d, without ? and #");
  if (!root["position"].is_nothing()) {
    TRY_ASSIGN(const int64_t position, ReadNumber(root["position"], {"position", 0, kViewsMax}));
    request.position = static_cast<size_t>(position);
  }
  return request;
}

Error NameTaken(const std::string& name) {
  return {ErrorCode::kConflict, "another view of this project is called '" + name + "'", {}};
}

/// Puts the view with this id where it was asked to stand.
Result<void> Move(catalog::Transaction& work, std::string_view project, const std::string& id,
                  size_t position) {
  TRY_ASSIGN(std::vector<SavedView> views, catalog::ListViews(work, project));
  const auto at = std::ranges::find(views, id, &SavedView::id);
  const auto from = at - views.begin();
  const auto to = static_cast<std::ptrdiff_t>(std::min(position, views.size() - 1));
  const auto first = views.begin();
  if (from < to) std::rotate(first + from, first + from + 1, first + to + 1);
  if (to < from) std::rotate(first + to, first + from, first + from + 1);
  return catalog::OrderViews(work, project, views);
}

}  // namespace

Result<std::vector<SavedView>> Boards::Views(std::string_view project) {
  TRY_ASSIGN(const catalog::Transaction work, options_.catalog->Begin());
  return catalog::ListViews(work, project);
}

Result<SavedView> Boards::AddView(std::string_view project, std::string_view body) {
  TRY_ASSIGN(ViewRequest request, ReadView(body));
  SavedView& view = request.view;
  TRY_ASSIGN(catalog::Transaction work, options_.catalog->Begin());
  TRY_ASSIGN(const auto others, catalog::ListViews(work, project));
  if (others.size() >= kViewsMax) {
    return Fail(ErrorCode::kLimitExceeded,
                "this project has " + std::to_string(kViewsMax) + " views; remove one first");
  }
  if (std::ranges::find(others, view.name, &SavedView::name) != others.end())
    return std::unexpected(NameTaken(view.name));
  view.id = NewId();
  view.created_at = view.updated_at = options_.clock->Now();
  TRY(catalog::AddView(work, project, view));
  if (request.position) TRY(Move(work, project, view.id, *request.position));
  TRY(work.Commit());
  return std::move(view);
}

Result<SavedView> Boards::ReplaceView(const Address& address, std::string_view body) {
  TRY_ASSIGN(ViewRequest request, ReadView(body));
  SavedView& view = request.view;
  TRY_ASSIGN(catalog::Transaction work, options_.catalog->Begin());
  TRY_ASSIGN(const auto views, catalog::ListViews(work, address.project));
  const auto stored = std::ranges::find(views, address.id, &SavedView::id);
  if (stored == views.end())
    return Fail(ErrorCode::kNotFound, "there is no view " + std::string(address.id) + " here");
  const auto same_name = std::ranges::find(views, view.name, &SavedView::name);
  if (same_name != views.end() && same_name != stored) return std::unexpected(NameTaken(view.name));
  view.id = stored->id;
  view.created_at = stored->created_at;
  view.updated_at = options_.clock->Now();
  TRY(catalog::ReplaceView(work, address.project, view));
  if (request.position) TRY(Move(work, address.project, view.id, *request.position));
  TRY(work.Commit());
  return std::move(view);
}

Result<void> Boards::RemoveView(const Address& address) {
  TRY_ASSIGN(catalog::Transaction work, options_.catalog->Begin());
  TRY_ASSIGN(const bool was_there, catalog::RemoveView(work, address.project, address.id));
  if (!was_there)
    return Fail(ErrorCode::kNotFound, "there is no view " + std::string(address.id) + " here");
  return work.Commit();
}

}  // namespace vitrine::boards
