#include "cli/keys_command.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "cli/answer.h"
#include "cli/output.h"
#include "cli/typed_time.h"
#include "cli/zone_choice.h"
#include "net/http_types.h"
#include "platform/clock.h"

namespace vitrine::cli {

namespace {

using syntax::JsonValue;
using syntax::JsonWriter;

constexpr const char* kPath = "/api/v1/gateway/keys";

struct Period {
  std::string_view name;
  int64_t seconds;
};
constexpr Period kPeriods[] = {
    {"minute", 60}, {"hour", 3600}, {"day", 86'400}, {"month", 30 * 86'400}};

/// Never an argument's own text: those show in the list of processes and in histories.
Result<std::string> ReadProviderKey(const std::string& where) {
  std::string key;
  if (where == "-") {
    std::getline(std::cin, key);
  } else if (where.starts_with("env:")) {
    const char* found = std::getenv(where.c_str() + 4);
    if (found != nullptr) key = found;
  } else if (where.starts_with("file:")) {
    std::ifstream file(where.substr(5));
    std::getline(file, key);
  } else {
    return Fail(ErrorCode::kInvalidInput,
                "--provider-key: is - (a line of stdin), env:NAME or file:PATH, never the key "
                "itself, which others could read in the list of processes");
  }
  while (key.ends_with('\r') || key.ends_with(' ')) key.pop_back();
  if (key.empty()) return Fail(ErrorCode::kInvalidInput, "--provider-key: " + where + " is empty");
  return key;
}

/// A number as JSON has it; what is none goes as text, and the server says so.
void NumberMember(JsonWriter& json, std::string_view name, const std::string& text) {
  if (text.empty()) return;
  char* end = nullptr;
  const long long number = std::strtoll(text.c_str(), &end, 10);
  if (*end == '\0') {
    json.Member(name, number);
  } else {
    json.Member(name, text);
  }
}

void WriteLimits(JsonWriter& json, const NewKeyOptions& key) {
  if (key.requests.empty() && key.tokens.empty() && key.dollars.empty()) return;
  int64_t seconds = 0;
  for (const Period& period : kPeriods) {
    if (period.name == key.per) seconds = period.seconds;
  }
  json.Key("limits").BeginArray().BeginObject().Member("window_s", seconds);
  NumberMember(json, "requests", key.requests);
  NumberMember(json, "tokens", key.tokens);
  if (!key.dollars.empty()) json.Member("dollars", key.dollars);
  json.EndObject().EndArray();
}

std::string LimitText(JsonValue limit) {
  std::string text;
  const auto add = [&text](const std::string& part) {
    text += (text.empty() ? "" : " or ") + part;
  };
  if (!limit["requests"].is_nothing()) add(Cell(limit["requests"]) + " requests");
  if (!limit["tokens"].is_nothing()) add(Cell(limit["tokens"]) + " tokens");
  if (!limit["dollars"].is_nothing()) add("$" + Printable(limit["dollars"].text()));
  const int64_t seconds = limit["window_s"].AsInt().value_or(0);
  for (const Period& period : kPeriods) {
    if (period.seconds == seconds) return text + " a " + std::string(period.name);
  }
  return text + " in " + std::to_string(seconds) + " s";
}

/// The elements in one cell; `none` where there are none.
template <typename Show>
std::string Joined(JsonValue list, const char* none, Show show) {
  std::string text;
  for (const JsonValue element : list.Elements())
    text += (text.empty() ? "" : ", ") + show(element);
  return text.empty() ? none : text;
}

/// Makes a moment of a day, a month or a time without an offset; the rest is the server's to read.
int ReadExpiry(const ReadOptions& options, std::string& expires_at) {
  if (!DependsOnZone(expires_at)) return kExitOk;
  auto client = ApiClient::Open(options.server);
  if (!client) return ReportError(client.error(), 0);
  TimeZone zone;
  const int code = ChooseZone(options.zone, *client, {.typed = {&expires_at}}, zone);
  if (code != kExitOk) return code;
  const auto time = ParseTypedTime(expires_at, platform::SystemClock().Now(), zone);
  if (!time) return ReportError(time.error(), 0);
  expires_at = FormatRfc3339(*time);
  return kExitOk;
}

/// Prints the key of an answer.
int Issue(const ReadOptions& options, const std::string& target, const std::string& body) {
  Answer answer;
  const int code = Ask(options, target, &body, answer);
  if (code != kExitOk) return code;
  if (PrintForPrograms(options, answer, "")) return kExitOk;
  std::printf("%s\n", Printable(answer.root()["key"].text()).c_str());
  std::fprintf(stderr, "vitrine: this key is shown once; it is '%s', id %s\n",
               Printable(answer.root()["about"]["name"].text()).c_str(),
               Printable(answer.root()["about"]["id"].text()).c_str());
  return kExitOk;
}

}  // namespace

int RunKeysList(const ReadOptions& options) {
  auto client = ApiClient::Open(options.server);
  if (!client) return ReportError(client.error(), 0);
  Answer answer;
  const int code = Ask(*client, kPath, nullptr, answer);
  if (code != kExitOk) return code;
  if (const JsonValue fault = answer.root()["fault"]; !fault.is_nothing())
    std::fprintf(stderr, "vitrine: %s\n", Printable(fault.text()).c_str());
  if (PrintForPrograms(options, answer, "keys")) return kExitOk;
  if (answer.root()["keys"].is_nothing() || answer.root()["keys"].raw() == "[]") {
    std::fprintf(stderr, "there are no keys; vitrine keys create makes one\n");
    return kExitOk;
  }
  TimeZone zone;
  const ZoneNeed need{.prints_times = true, .typed = {}};
  if (const int chosen = ChooseZone(options.zone, *client, need, zone); chosen != kExitOk)
    return chosen;
  std::vector<std::vector<std::string>> rows = {{"name", "upstream", "key", "id", "models",
                                                 "limits", "expires",
                                                 "created (" + zone.name() + ")"}};
  for (const JsonValue key : answer.root()["keys"].Elements()) {
    rows.push_back(
        {Cell(key["name"]), Cell(key["upstream"]), "…" + Cell(key["key_end"]), Cell(key["id"]),
         Joined(key["models"], "all", [](JsonValue model) { return Cell(model); }),
         Joined(key["limits"], "none", LimitText),
         key["expires_at"].is_nothing() ? "never" : ShownTime(key["expires_at"].text(), zone),
         ShownTime(key["created_at"].text(), zone)});
  }
  PrintTable(rows);
  return kExitOk;
}

int RunKeysCreate(const ReadOptions& options, const NewKeyOptions& key) {
  auto provider_key = ReadProviderKey(key.provider_key);
  if (!provider_key) return ReportError(provider_key.error(), 0);
  std::string expires_at = key.expires_at;
  if (const int code = ReadExpiry(options, expires_at); code != kExitOk) return code;
  std::string body;
  JsonWriter json(body);
  json.BeginObject()
      .Member("name", key.name)
      .Member("upstream", key.upstream)
      .Member("provider_key", *provider_key);
  json.Key("models").BeginArray();
  for (const std::string& model : key.models) json.String(model);
  json.EndArray();
  WriteLimits(json, key);
  if (!expires_at.empty()) json.Member("expires_at", expires_at);
  json.EndObject();
  return Issue(options, kPath, body);
}

int RunKeysRotate(const ReadOptions& options, const std::string& id,
                  const std::string& provider_key) {
  std::string body = "{}";
  if (!provider_key.empty()) {
    auto read = ReadProviderKey(provider_key);
    if (!read) return ReportError(read.error(), 0);
    body.clear();
    JsonWriter(body).BeginObject().Member("provider_key", *read).EndObject();
  }
  return Issue(options, std::string(kPath) + "/" + net::PercentEncode(id) + "/rotate", body);
}

int RunKeysRevoke(const ReadOptions& options, const std::string& id) {
  auto client = ApiClient::Open(options.server);
  if (!client) return ReportError(client.error(), 0);
  auto answer = client->Delete(std::string(kPath) + "/" + net::PercentEncode(id));
  if (!answer) return ReportError(answer.error(), client->last_status());
  std::fprintf(stderr, "vitrine: revoked; calls with this key are refused from now on\n");
  return kExitOk;
}

}  // namespace vitrine::cli
