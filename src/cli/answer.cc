#include "cli/answer.h"

#include <cstdio>
#include <vector>

namespace vitrine::cli {

using syntax::JsonValue;

int Ask(ApiClient& client, const std::string& target, const std::string* post, Answer& answer) {
  auto body = post == nullptr ? client.Get(target) : client.Post(target, "application/json", *post);
  if (!body) {
    answer.refusal = body.error().message;
    return ReportError(body.error(), client.last_status());
  }
  answer.body = std::move(*body);
  if (answer.document.Parse(answer.body, answer.arena) != syntax::JsonStatus::kOk) {
    return ReportError({ErrorCode::kInternal,
                        "the answer is no JSON; is there a Vitrine server at this --url?",
                        {}},
                       client.last_status());
  }
  return kExitOk;
}

int Ask(const ReadOptions& options, const std::string& target, const std::string* post,
        Answer& answer) {
  auto client = ApiClient::Open(options.server);
  if (!client) return ReportError(client.error(), 0);
  return Ask(*client, target, post, answer);
}

bool PrintForPrograms(const ReadOptions& options, const Answer& answer, std::string_view list) {
  if (options.json) std::printf("%s\n", answer.body.c_str());
  if (options.jsonl) {
    for (const JsonValue element : answer.root()[list].Elements()) {
      std::printf("%s\n", std::string(element.raw()).c_str());
    }
  }
  return options.json || options.jsonl;
}

void PrintRowAsObject(JsonValue fields, JsonValue row, std::string_view name_member) {
  std::string line;
  syntax::JsonWriter json(line);
  json.BeginObject();
  auto cell = row.Elements().begin();
  for (const JsonValue field : fields.Elements()) {
    const JsonValue name = name_member.empty() ? field : field[name_member];
    json.Key(name.text()).Raw((*cell).raw());
    ++cell;
  }
  json.EndObject();
  std::printf("%s\n", line.c_str());
}

}  // namespace vitrine::cli
