#include "capture/scores/score_door.h"

#include "capture/scores/score_request.h"
#include "net/cors.h"
#include "net/http_error.h"
#include "syntax/json/json_writer.h"

namespace vitrine::capture {
namespace {

constexpr const char* kDoor = "scores";
constexpr const char* kPath = "/api/v1/scores";
constexpr const char* kHint = "docs/scores.md says what a score has";

net::HttpResponse Accepted(const std::vector<std::string>& ids) {
  net::HttpResponse response;
  response.headers.Add("content-type", "application/json");
  syntax::JsonWriter json(response.body);
  json.BeginObject().Member("accepted", ids.size()).Key("score_ids").BeginArray();
  for (const std::string& id : ids) json.String(id);
  json.EndArray().EndObject();
  return response;
}

}  // namespace

void ScoreDoor::AddRoutes(net::Router& router, net::WorkerPool& pool) {
  // Feedback comes from browsers too.
  net::CorsPolicy cors;
  cors.allowed_origins = {"*"};
  net::HttpHandler handler = [this](net::HttpRequest request, net::HttpResponder responder) {
    Handle(request, std::move(responder));
  };
  const net::HttpHandler wrapped = net::WithCors(cors, net::RunOn(pool, std::move(handler)));
  router.Add("POST", kPath, wrapped);
  router.Add("OPTIONS", kPath, wrapped);
}

void ScoreDoor::Refuse(const net::HttpRequest& request, net::HttpResponder responder,
                       const Error& error) {
  net::HttpResponse response = net::HttpErrorResponse(error, request.request_id, kHint);
  stats_.NoteProblem(std::string("scores ") + kPath, response.status, error.message, kHint,
                     clock_.Now());
  responder.Send(std::move(response));
}

void ScoreDoor::Handle(const net::HttpRequest& request, net::HttpResponder responder) {
  model::SpanBatch batch;
  batch.received = clock_.Now();
  auto project = admission_(request);
  if (!project) return Refuse(request, std::move(responder), project.error());
  batch.project = *std::move(project);
  auto ids = ReadScores(request.body, batch.received, batch);
  const auto count_loss = [this, project = batch.project, time = batch.received](
                              const Error& error, uint64_t rejected) {
    // Who is to come again has lost nothing yet.
    if (error.code == ErrorCode::kUnavailable) return;
    stats_.CountLoss(
        project,
        {.door = kDoor, .reason = ErrorCodeName(error.code), .time = time, .rejected = rejected});
  };
  if (!ids) {
    count_loss(ids.error(), 1);
    return Refuse(request, std::move(responder), ids.error());
  }
  batch.counts.push_back({.door = kDoor, .time = batch.received, .accepted = ids->size()});
  sink_.Accept(batch, [this, request, ids = *std::move(ids), count_loss,
                       responder = std::move(responder)](Result<void> stored) mutable {
    if (!stored) {
      count_loss(stored.error(), ids.size());
      return Refuse(request, std::move(responder), stored.error());
    }
    responder.Send(Accepted(ids));
  });
}

}  // namespace vitrine::capture
