#include "net/router.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/check.h"
#include "net/http_error.h"

namespace vitrine::net {
namespace {

/// Takes the first segment off `path`, which begins with '/'.
std::string_view TakeSegment(std::string_view& path) {
  path.remove_prefix(1);
  const size_t end = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

bool IsParameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

}  // namespace

/// One segment of the patterns; a tree over all of them.
struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> parameter;
  std::unique_ptr<Node> rest;
  /// By method: the handler and the names of the pattern's parameters, in order.
  struct Route {
    HttpHandler handler;
    std::vector<std::string> names;
  };
  std::map<std::string, Route, std::less<>> routes;

  /// Finds the node of `path`; values of the parameters on the way go to `values`.
  const Node* Find(std::string_view path, std::vector<std::string>& values) const {
    if (path.empty()) return routes.empty() ? nullptr : this;
    std::string_view left = path;
    const std::string_view raw = TakeSegment(left);
    const auto segment = PercentDecode(raw);
    if (!segment) return nullptr;
    if (const auto literal = literals.find(*segment); literal != literals.end()) {
      if (const Node* found = literal->second->Find(left, values)) return found;
    }
    if (parameter && !segment->empty()) {
      values.push_back(*segment);
      if (const Node* found = parameter->Find(left, values)) return found;
      values.pop_back();
    }
    if (!rest) return nullptr;
    values.emplace_back(path.substr(1));
    return rest.get();
  }

  std::string Allowed() const {
    std::set<std::string> methods{"OPTIONS"};
    for (const auto& [method, route] : routes) methods.insert(method);
    if (methods.contains("GET")) methods.insert("HEAD");
    std::string out;
    for (const std::string& method : methods) out += (out.empty() ? "" : ", ") + method;
    return out;
  }
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::Add(std::string_view method, std::string_view pattern, HttpHandler handler) {
  VITRINE_CHECK(!pattern.empty() && pattern.front() == '/');
  Node* node = root_.get();
  std::vector<std::string> names;
  while (!pattern.empty()) {
    const std::string_view segment = TakeSegment(pattern);
    std::unique_ptr<Node>* next = nullptr;
    if (IsParameter(segment) && segment.ends_with("...}")) {
      VITRINE_CHECK(pattern.empty());
      names.emplace_back(segment.substr(1, segment.size() - 5));
      next = &node->rest;
    } else if (IsParameter(segment)) {
      names.emplace_back(segment.substr(1, segment.size() - 2));
      next = &node->parameter;
    } else {
      next = &node->literals[std::string(segment)];
    }
    if (!*next) *next = std::make_unique<Node>();
    node = next->get();
  }
  const bool added =
      node->routes.emplace(std::string(method), Node::Route{std::move(handler), std::move(names)})
          .second;
  VITRINE_CHECK(added);
}

void Router::Handle(HttpRequest request, HttpResponder responder) const {
  std::vector<std::string> values;
  const std::string raw_path(request.RawPath());
  const Node* node = raw_path.starts_with('/') ? root_->Find(raw_path, values) : nullptr;
  if (node == nullptr) {
    const Error error{ErrorCode::kNotFound, "there is nothing at " + request.path, {}};
    responder.Send(HttpErrorResponse(error, request.request_id));
    return;
  }
  auto route = node->routes.find(request.method);
  if (route == node->routes.end() && request.method == "HEAD") route = node->routes.find("GET");
  if (route == node->routes.end()) {
    HttpResponse response;
    if (request.method == "OPTIONS") {
      response.status = 204;
    } else {
      response = HttpErrorResponse(405, "unsupported",
                                   request.method + " is not possible at " + request.path,
                                   request.request_id);
    }
    response.headers.Add("allow", node->Allowed());
    responder.Send(std::move(response));
    return;
  }
  for (size_t i = 0; i < values.size(); ++i) {
    request.path_params.emplace_back(route->second.names[i], std::move(values[i]));
  }
  route->second.handler(std::move(request), std::move(responder));
}

}  // namespace vitrine::net
