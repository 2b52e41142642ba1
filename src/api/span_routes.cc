// One span with its content; attachments; the raw exchange; the file that makes a call again.
#include "api/internal/routes.h"
#include "api/price_json.h"
#include "query/attachments.h"
#include "query/exchange.h"
#include "query/reproduce.h"
#include "query/span_content.h"
#include "query/span_json.h"

namespace vitrine::api {
namespace {

query::PriceJson PriceJsonOf(const Routes& routes) {
  return [&services = routes.services()](std::string_view price_id) {
    const auto row = services.find_price(price_id);
    std::string text;
    syntax::JsonWriter json(text);
    if (row) {
      WritePrice(json, *row);
    } else {
      // An override that was changed since: what is known is its name.
      json.BeginObject().Member("price_id", price_id).Key("provider").Null();
      json.Key("model").Null().Key("effective_from").Null().Key("tier").Null();
      json.Key("rates").BeginObject().EndObject().EndObject();
    }
    return text;
  };
}

Result<net::HttpResponse> Span(const Routes& routes, const Question& question) {
  TRY_ASSIGN(const SpanAddress address, SpanAddressOf(question));
  TRY_ASSIGN(const auto content,
             query::ReadSpan(routes.engine(), question.project, address.trace_id, address.span_id));
  TRY_ASSIGN(std::string body, query::SpanDetailJson(content, PriceJsonOf(routes)));
  return JsonAnswer(std::move(body));
}

Result<net::HttpResponse> Exchange(const Routes& routes, const Question& question) {
  TRY_ASSIGN(const SpanAddress address, SpanAddressOf(question));
  TRY_ASSIGN(std::string body, query::ExchangeJson(routes.engine(), question.project,
                                                   address.trace_id, address.span_id));
  return JsonAnswer(std::move(body));
}

Result<net::HttpResponse> Reproduce(const Routes& routes, const Question& question) {
  TRY_ASSIGN(const SpanAddress address, SpanAddressOf(question));
  TRY_ASSIGN(std::string body,
             query::ReproduceDocument(routes.engine(), question.project, address.trace_id,
                                      address.span_id, PriceJsonOf(routes)));
  net::HttpResponse response = JsonAnswer(std::move(body));
  response.headers.Set("content-disposition", "attachment; filename=\"vitrine-" +
                                                  address.trace_id.ToHex() + "-" +
                                                  address.span_id.ToHex() + ".json\"");
  return response;
}

/// Media types a browser shows without running anything. Everything else is offered as a file: a
/// page or a drawing with scripts, sent by an observed application, must not run under our name.
bool IsShown(std::string_view media_type) {
  const std::string_view type = media_type.substr(0, media_type.find(';'));
  if (type == "image/svg+xml") return false;
  for (const char* harmless :
       {"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"}) {
    if (type == harmless) return true;
  }
  return type.starts_with("audio/") || type.starts_with("video/");
}

bool IsHeaderValue(std::string_view text) {
  for (const char c : text) {
    if (c < ' ' || c > '~') return false;
  }
  return !text.empty() && text.size() <= 200;
}

Result<net::HttpResponse> Attachment(const Routes& routes, const Question& question) {
  const auto hash = ContentHash::FromHex(question.request.PathParam("hash"));
  if (!hash)
    return Fail(ErrorCode::kInvalidInput, "an attachment's hash has 32 hexadecimal digits");
  TRY_ASSIGN(auto attachment, query::ReadAttachment(routes.engine(), question.project, *hash));
  net::HttpResponse response;
  const bool shown = IsHeaderValue(attachment.media_type) && IsShown(attachment.media_type);
  response.headers.Set("content-type", shown ? attachment.media_type : "application/octet-stream");
  if (!shown) {
    response.headers.Set("content-disposition", "attachment; filename=\"" + hash->ToHex() + "\"");
  }
  response.headers.Set("content-security-policy", "default-src 'none'; sandbox");
  response.headers.Set("x-content-type-options", "nosniff");
  // A hash means the same bytes for ever, to whoever may read them.
  response.headers.Set("cache-control", "private, max-age=31536000, immutable");
  response.body = std::move(attachment.bytes);
  return response;
}

}  // namespace

void AddSpanRoutes(Routes& routes) {
  routes.Ask("GET", "/api/v1/spans/{trace_id}/{span_id}", {},
             [&routes](const Question& question) { return Span(routes, question); });
  routes.Ask("GET", "/api/v1/spans/{trace_id}/{span_id}/reproduce", {},
             [&routes](const Question& question) { return Reproduce(routes, question); });
  routes.Ask("GET", "/api/v1/exchanges/{trace_id}/{span_id}", {},
             [&routes](const Question& question) { return Exchange(routes, question); });
  routes.Ask("GET", "/api/v1/attachments/{hash}", {},
             [&routes](const Question& question) { return Attachment(routes, question); });
}

}  // namespace vitrine::api
