#include "cli/cli.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "cli/call_commands.h"
#include "cli/command_info.h"
#include "cli/completions.h"
#include "cli/demo/demo_command.h"
#include "cli/export_command.h"
#include "cli/help_text.h"
#include "cli/keys_command.h"
#include "cli/man_page.h"
#include "cli/mcp_command.h"
#include "cli/query_command.h"
#include "cli/read_commands.h"
#include "cli/top_command.h"
#include "model/span.h"

namespace vitrine::cli {

namespace {

constexpr const char* kFromMeaning =
    "started at or after: a time, a day, a month, today, yesterday, or an age like 24h";

/// What the flags of the command in use are read into.
struct Parsed {
  DemoOptions demo;
  ReadOptions read;
  TraceFilterOptions filter;
  CallFilterOptions calls;
  TailOptions tail;
  RepriceOptions reprice;
  ReplayOptions replay;
  QueryOptions query;
  TopOptions top;
  ExportOptions exported;
  NewKeyOptions key;
  std::string text, span;
  std::vector<std::string> list;
  bool unpriced = false;
  std::function<int()> run;
};

CLI::Option* Value(CLI::App& command, const char* name, auto& target, const char* value_name,
                   const char* meaning) {
  return command.add_option(name, target, meaning)->type_name(value_name);
}

void AddServerFlags(CLI::App& command, ServerOptions& server) {
  Value(command, "--url", server.url, "URL", "address of the server")
      ->envname("VITRINE_URL")
      ->capture_default_str();
  Value(command, "--key", server.key, "KEY", "API key")->envname("VITRINE_API_KEY");
  Value(command, "--project", server.project, "NAME", "project")
      ->envname("VITRINE_PROJECT")
      ->capture_default_str();
}

void AddZoneFlags(CLI::App& command, ZoneOptions& zone) {
  command.add_flag("--utc", zone.utc, "days and times are UTC");
  // The other name is what `query` alone had before.
  Value(command, "--zone,--time-zone", zone.name, "ZONE",
        "days and times are those of Europe/Berlin, say (the project's when not said)")
      ->envname("VITRINE_ZONE");
}

void AddReadFlags(CLI::App& command, ReadOptions& read) {
  AddServerFlags(command, read.server);
  auto* json = command.add_flag("--json", read.json, "print the server's answer as it is");
  command.add_flag("--jsonl", read.jsonl, "print one JSON object a row")->excludes(json);
}

/// The names of the enumerators up to the last one; not that of the first where it is empty.
template <typename Enum>
std::vector<std::string> NamesUpTo(Enum last) {
  std::vector<std::string> names;
  for (int value = 0; value <= static_cast<int>(last); ++value) {
    const std::string_view name = model::Name(static_cast<Enum>(value));
    if (!name.empty()) names.emplace_back(name);
  }
  return names;
}

void AddTraces(CLI::App& app, Parsed& parsed) {
  CLI::App* command = app.add_subcommand("traces", "list traces, newest first");
  TraceFilterOptions& filter = parsed.filter;
  AddReadFlags(*command, parsed.read);
  AddZoneFlags(*command, parsed.read.zone);
  Value(*command, "filter", filter.filter, "FILTER",
        "a filter (docs/filter.md); words alone are searched in prompts and answers");
  Value(*command, "--from", filter.from, "TIME", kFromMeaning);
  Value(*command, "--to", filter.to, "TIME", "started before");
  Value(*command, "--status", filter.status, "STATUS", "with an error in any span, or without")
      ->check(CLI::IsMember({"ok", "error"}));
  Value(*command, "--model", filter.model, "MODEL", "a model one of its calls used");
  Value(*command, "--service", filter.service, "NAME", "a service one of its spans is from");
  Value(*command, "--user", filter.user, "ID", "of this user");
  Value(*command, "--session", filter.session, "ID", "of this session");
  Value(*command, "--environment", filter.environment, "NAME", "from this environment");
  Value(*command, "--release", filter.release, "NAME", "from this release");
  Value(*command, "--feature", filter.feature, "NAME", "of this feature");
  Value(*command, "--kind", filter.kind, "KIND", "with a span of this kind")
      ->check(CLI::IsMember(NamesUpTo(model::SpanKind::kDb)));
  Value(*command, "--limit", filter.limit, "N", "at most this many")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  command->footer(
      "vitrine traces --status error --from 24h\n"
      "vitrine traces 'kind:llm cost_usd>0.05 -status:error \"refund policy\"' --jsonl");
  command->callback([&] { parsed.run = [&] { return RunTraces(parsed.read, filter); }; });
}

void AddCallFlags(CLI::App& command, CallFilterOptions& filter, std::vector<std::string> kinds) {
  Value(command, "--status", filter.status, "STATUS", "failed, or not")
      ->check(CLI::IsMember({"ok", "error"}));
  Value(command, "--error-type", filter.error_type, "TYPE", "failed in this way")
      ->check(CLI::IsMember(NamesUpTo(model::ErrorType::kOther)));
  Value(command, "--model", filter.model, "MODEL", "of this model, requested or answering");
  Value(command, "--provider", filter.provider, "NAME", "of this provider");
  Value(command, "--service", filter.service, "NAME", "from this service");
  Value(command, "--user", filter.user, "ID", "of this user");
  Value(command, "--session", filter.session, "ID", "of this session");
  Value(command, "--environment", filter.environment, "NAME", "from this environment");
  Value(command, "--release", filter.release, "NAME", "from this release");
  Value(command, "--feature", filter.feature, "NAME", "of this feature");
  Value(command, "--capture", filter.capture, "DOOR", "that came through this door")
      ->check(CLI::IsMember(NamesUpTo(model::Capture::kImport)));
  Value(command, "--kind", filter.kind, "KIND", "of this kind")
      ->check(CLI::IsMember(std::move(kinds)));
  Value(command, "--stream", filter.stream, "BOOL", "with a streamed answer, or without")
      ->check(CLI::IsMember({"true", "false"}));
}

void AddCalls(CLI::App& app, Parsed& parsed) {
  CLI::App* command = app.add_subcommand("calls", "list model calls, newest first");
  CallFilterOptions& filter = parsed.calls;
  AddReadFlags(*command, parsed.read);
  AddZoneFlags(*command, parsed.read.zone);
  Value(*command, "filter", filter.filter, "FILTER",
        "a filter (docs/filter.md); words alone are searched in prompts and answers");
  Value(*command, "--from", filter.from, "TIME", kFromMeaning);
  Value(*command, "--to", filter.to, "TIME", "started before");
  AddCallFlags(*command, filter, {"llm", "embedding", "rerank"});
  Value(*command, "--limit", filter.limit, "N", "at most this many")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  command->footer(
      "vitrine calls --status error --from 1h\n"
      "vitrine calls 'model:gpt-4o* ttft>2s has:tool_call' --jsonl");
  command->callback([&] { parsed.run = [&] { return RunCalls(parsed.read, filter); }; });
}

void AddTail(CLI::App& app, Parsed& parsed) {
  CLI::App* command = app.add_subcommand("tail", "print model calls as they come in");
  AddServerFlags(*command, parsed.read.server);
  auto* json = command->add_flag("--json", parsed.read.json, "print one JSON object a call");
  command->add_flag("--jsonl", parsed.read.jsonl, "the same")->excludes(json);
  AddZoneFlags(*command, parsed.read.zone);
  Value(*command, "filter", parsed.calls.filter, "FILTER", "which: service:shop status:error");
  AddCallFlags(*command, parsed.calls, NamesUpTo(model::SpanKind::kDb));
  command->add_flag("--all", parsed.tail.all, "every span, not only model calls");
  Value(*command, "--limit", parsed.tail.limit, "N", "end after this many")
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000}));
  command->footer(
      "vitrine tail --status error\nvitrine tail --jsonl | jq .cost_usd\n"
      "It goes on until interrupted, also when the server was restarted.");
  command->callback(
      [&] { parsed.run = [&] { return RunTail(parsed.read, parsed.calls, parsed.tail); }; });
}

void AddQuestions(CLI::App& app, Parsed& parsed) {
  AddTraces(app, parsed);
  AddCalls(app, parsed);
  AddTail(app, parsed);
  CLI::App* command = app.add_subcommand("trace", "show one trace as a tree");
  AddReadFlags(*command, parsed.read);
  Value(*command, "id", parsed.text, "ID", "trace id, 32 hexadecimal digits")->required();
  command->footer(
      "vitrine trace 0af7651916cd43dd8448eb211c80319c\n"
      "vitrine trace $(vitrine traces --status error --limit 1 --jsonl | jq -r .trace_id)");
  command->callback([&] { parsed.run = [&] { return RunTrace(parsed.read, parsed.text); }; });

  command = app.add_subcommand("exchange", "show the HTTP exchange of a call through the gateway");
  AddReadFlags(*command, parsed.read);
  Value(*command, "trace", parsed.text, "TRACE", "trace id, 32 hexadecimal digits")->required();
  Value(*command, "span", parsed.span, "SPAN", "span id, 16 hexadecimal digits")->required();
  command->footer(
      "vitrine exchange 0af7651916cd43dd8448eb211c80319c b7ad6b7169203331\n"
      "vitrine exchange 0af7651916cd43dd8448eb211c80319c b7ad6b7169203331 --json");
  command->callback(
      [&] { parsed.run = [&] { return RunExchange(parsed.read, parsed.text, parsed.span); }; });

  command = app.add_subcommand("sql", "ask in SQL over the public views");
  AddReadFlags(*command, parsed.read);
  Value(*command, "query", parsed.text, "QUERY", "one SELECT statement")->required();
  Value(*command, "--param", parsed.list, "NAME=VALUE",
        "value of {NAME:Type} in the query; repeatable")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->footer(
      "vitrine sql 'SELECT request_model, count(), sum(cost_usd) FROM calls GROUP BY 1'\n"
      "vitrine sql 'SELECT count() FROM spans WHERE user_id = {u:String}' --param u=ann");
  command->callback(
      [&] { parsed.run = [&] { return RunSql(parsed.read, parsed.text, parsed.list); }; });

  command = app.add_subcommand("doctor", "list attributes that no rule maps, and malformed ones");
  AddReadFlags(*command, parsed.read);
  command->footer(
      "vitrine doctor\n"
      "vitrine doctor --jsonl | jq -r .attribute");
  command->callback([&] { parsed.run = [&] { return RunDoctor(parsed.read); }; });

  command = app.add_subcommand("prices", "look into the price table, or list what has no price");
  AddReadFlags(*command, parsed.read);
  AddZoneFlags(*command, parsed.read.zone);
  Value(*command, "words", parsed.text, "WORDS", "part of a provider's and model's name");
  command->add_flag("--unpriced", parsed.unpriced, "models with calls that have no price");
  command->footer(
      "vitrine prices gpt-4o\n"
      "vitrine prices --unpriced");
  command->callback(
      [&] { parsed.run = [&] { return RunPrices(parsed.read, parsed.text, parsed.unpriced); }; });

  command = app.add_subcommand("reprice",
                               "show what stored calls would cost under the prices in use now");
  AddReadFlags(*command, parsed.read);
  AddZoneFlags(*command, parsed.read.zone);
  command->add_flag("--dry-run", parsed.reprice.dry_run, "change nothing; needed");
  Value(*command, "--from", parsed.reprice.from, "TIME",
        "calls started at or after: a time, a day, a month, or an age like 7d");
  Value(*command, "--to", parsed.reprice.to, "TIME", "calls started before");
  command->footer("vitrine reprice --dry-run --from 30d");
  command->callback([&] { parsed.run = [&] { return RunReprice(parsed.read, parsed.reprice); }; });
}

void AddKeys(CLI::App& app, Parsed& parsed) {
  CLI::App* keys = app.add_subcommand("keys", "virtual keys of the gateway");
  keys->require_subcommand(1);
  keys->footer(
      "vitrine keys create team-a --upstream openai --provider-key env:OPENAI_API_KEY\n"
      "vitrine keys list");
  constexpr const char* kFrom =
      "where the provider's key is: - (a line of stdin), env:NAME or file:PATH";
  NewKeyOptions& key = parsed.key;
  CLI::App* list = keys->add_subcommand("list", "list them; none shows itself");
  AddReadFlags(*list, parsed.read);
  AddZoneFlags(*list, parsed.read.zone);
  list->footer("vitrine keys list --json");
  list->callback([&] { parsed.run = [&] { return RunKeysList(parsed.read); }; });

  CLI::App* create = keys->add_subcommand("create", "make one, and print it once");
  AddReadFlags(*create, parsed.read);
  AddZoneFlags(*create, parsed.read.zone);
  Value(*create, "name", key.name, "NAME", "what it is called")->required();
  Value(*create, "--upstream", key.upstream, "NAME", "the upstream it is for")->required();
  Value(*create, "--provider-key", key.provider_key, "WHERE", kFrom)->required();
  Value(*create, "--model", key.models, "NAME", "a model it may ask; again for more; else all");
  Value(*create, "--requests", key.requests, "N", "requests it may make");
  Value(*create, "--tokens", key.tokens, "N", "tokens it may use");
  Value(*create, "--dollars", key.dollars, "USD", "dollars it may spend");
  Value(*create, "--per", key.per, "PERIOD", "in which time")
      ->check(CLI::IsMember({"minute", "hour", "day", "month"}))
      ->capture_default_str();
  Value(*create, "--expires", key.expires_at, "TIME",
        "when it ends: 2030-01-31T00:00:00Z, 2030-01-31");
  create->footer(
      "vitrine keys create team-a --upstream openai --provider-key env:OPENAI_API_KEY "
      "--dollars 5 --per day");
  create->callback([&] { parsed.run = [&] { return RunKeysCreate(parsed.read, parsed.key); }; });

  CLI::App* rotate = keys->add_subcommand("rotate", "make a new key in the place of one");
  AddReadFlags(*rotate, parsed.read);
  Value(*rotate, "id", parsed.text, "ID", "id of the key, as keys list shows it")->required();
  Value(*rotate, "--provider-key", key.provider_key, "WHERE", kFrom);
  rotate->footer(
      "vitrine keys rotate 7b1f0c52\n"
      "vitrine keys rotate 7b1f0c52 --provider-key env:OPENAI_API_KEY");
  rotate->callback([&] {
    parsed.run = [&] { return RunKeysRotate(parsed.read, parsed.text, parsed.key.provider_key); };
  });

  CLI::App* revoke = keys->add_subcommand("revoke", "end one at once");
  AddServerFlags(*revoke, parsed.read.server);
  Value(*revoke, "id", parsed.text, "ID", "id of the key, as keys list shows it")->required();
  revoke->footer("vitrine keys revoke 7b1f0c52");
  revoke->callback([&] { parsed.run = [&] { return RunKeysRevoke(parsed.read, parsed.text); }; });
}

void AddReplay(CLI::App& app, const Program& program, Parsed& parsed) {
  ReplayOptions& replay = parsed.replay;
  CLI::App* command =
      app.add_subcommand("replay-server", "serve a session's recorded answers as a provider");
  AddServerFlags(*command, replay.server);
  Value(*command, "--session", replay.session, "ID", "the session whose calls are given again")
      ->required();
  Value(*command, "--listen", replay.listen, "HOST:PORT",
        "address of this machine; port 0 takes a free one")
      ->capture_default_str();
  auto* by_hash =
      command->add_flag("--by-hash")->description("the answer to the same request; the default");
  command->add_flag("--order", replay.in_order, "the next answer of the same path, in order")
      ->excludes(by_hash);
  command
      ->add_option_function<std::string>(
          "--timing",
          [&replay](const std::string& how) { replay.keeps_timing = how == "original"; },
          "pieces at the pace they came, or at full speed")
      ->type_name("HOW")
      ->check(CLI::IsMember({"full", "original"}))
      ->default_str("full");
  command->footer(
      "vitrine replay-server --project shop --session s-17 --timing original\n"
      "OPENAI_BASE_URL=http://127.0.0.1:7081/v1 python agent.py\n"
      "It goes on until interrupted; exit code 5 says that a request found no answer.");
  command->callback(
      [&] { parsed.run = [&] { return RunReplayServer(parsed.replay, program.redact); }; });
}

/// A flag that may be repeated.
void Values(CLI::App& command, const char* name, std::vector<std::string>& target,
            const char* value_name, const char* meaning) {
  Value(command, name, target, value_name, meaning)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void AddRange(CLI::App& command, std::string& from, std::string& to, std::string& last) {
  Value(command, "--from", from, "TIME", kFromMeaning);
  Value(command, "--to", to, "TIME", "started before");
  Value(command, "--last", last, "AGE", "the time from this long ago: 15m, 24h, 7d");
}

void AddQuery(CLI::App& app, Parsed& parsed) {
  CLI::App* command = app.add_subcommand("query", "compute measures, by dimension and over time");
  QueryOptions& query = parsed.query;
  AddReadFlags(*command, parsed.read);
  command->add_flag("--csv", query.csv, "print a table for spreadsheets")
      ->excludes("--json")
      ->excludes("--jsonl");
  Value(*command, "filter", query.filter, "FILTER", "what is counted: model:gpt-4o* cost_usd>0.05");
  Value(*command, "--unit", query.unit, "UNIT", "what is counted")
      ->check(CLI::IsMember({"calls", "spans", "traces"}))
      ->capture_default_str();
  Values(*command, "--measure", query.measures, "MEASURE",
         "count, error_rate, p95(duration), sum(cost_usd)/count …; repeatable (count when none)");
  Values(*command, "--group-by", query.group_by, "DIMENSION",
         "model, feature, user, attr.KEY …, or hour, day, week, month; repeatable");
  Value(*command, "--interval", query.interval, "INTERVAL",
        "also over time: auto, 1m, 15m, 1h, 1d or month");
  AddRange(*command, query.from, query.to, query.last);
  AddZoneFlags(*command, parsed.read.zone);
  Value(*command, "--compare", query.compare, "WHAT",
        "also for the time before (previous), or for what meets another filter");
  Value(*command, "--top", query.top, "N", "this many groups; the rest is one")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  Value(*command, "--order", query.order, "MEASURE",
        "groups by this one (the first when not said)");
  command->footer(
      "vitrine query --group-by model --measure count --measure 'sum(cost_usd)' --last 7d\n"
      "vitrine query 'status:error' --interval 1h --compare previous\n"
      "vitrine query --unit traces --group-by feature --measure 'p95(duration)' --csv");
  command->callback([&] { parsed.run = [&] { return RunQuery(parsed.read, query); }; });
}

void AddTop(CLI::App& app, Parsed& parsed) {
  CLI::App* command =
      app.add_subcommand("top", "watch calls, errors, tokens and dollars in the terminal");
  AddServerFlags(*command, parsed.read.server);
  AddZoneFlags(*command, parsed.read.zone);
  Value(*command, "filter", parsed.top.filter, "FILTER", "what is watched: service:shop");
  Value(*command, "--every", parsed.top.every_s, "SECONDS", "ask again this often")
      ->check(CLI::Range(0.5, 3600.0))
      ->capture_default_str();
  command->footer("vitrine top\nKeys: q ends, p pauses, w another window, s another order.");
  command->callback([&] { parsed.run = [&] { return RunTop(parsed.read, parsed.top); }; });
}

void AddExport(CLI::App& app, Parsed& parsed) {
  CLI::App* command = app.add_subcommand("export", "write every row that a filter matches");
  ExportOptions& exported = parsed.exported;
  AddServerFlags(*command, parsed.read.server);
  AddZoneFlags(*command, parsed.read.zone);
  Value(*command, "unit", exported.unit, "UNIT", "what a row is")
      ->required()
      ->check(CLI::IsMember({"traces", "calls", "spans", "sessions"}));
  Value(*command, "filter", exported.filter, "FILTER", "which: model:gpt-4o* cost_usd>0.05");
  AddRange(*command, exported.from, exported.to, exported.last);
  Value(*command, "--format", exported.format, "FORMAT", "of the file")
      ->check(CLI::IsMember({"jsonl", "csv", "parquet"}))
      ->capture_default_str();
  Value(*command, "-o,--output", exported.output, "FILE",
        "the file, there when it is whole (stdout when not said)");
  command->footer(
      "vitrine export calls 'feature:search' --last 7d --format parquet -o calls.parquet\n"
      "Rows, bytes and the SHA-256 of what was written are told on stderr.");
  command->callback([&] { parsed.run = [&] { return RunExport(parsed.read, exported); }; });
}

void AddMcp(CLI::App& app, Parsed& parsed) {
  CLI::App* command =
      app.add_subcommand("mcp", "serve the Model Context Protocol on stdin and stdout");
  AddServerFlags(*command, parsed.read.server);
  command->footer(
      "claude mcp add vitrine -- vitrine mcp --url http://127.0.0.1:7080 --project shop\n"
      "It carries messages to a server's /mcp, until stdin ends; docs/mcp.md lists the tools.");
  command->callback([&] { parsed.run = [&] { return RunMcp(parsed.read.server); }; });
}

void AddDemo(CLI::App& app, Parsed& parsed) {
  DemoOptions& demo = parsed.demo;
  CLI::App* command = app.add_subcommand("demo", "send believable traffic to a server");
  AddServerFlags(*command, demo.server);
  const auto count = CLI::Range(int64_t{1}, int64_t{1'000'000'000});
  Value(*command, "--traces", demo.traces, "N",
        "send this many traces and end when they can be asked for (100 when nothing else is said)")
      ->check(count);
  Value(*command, "--rate", demo.rate, "R",
        "go on with this many stories a second until interrupted")
      ->check(CLI::Range(0.001, 10'000.0));
  Value(*command, "--bulk", demo.bulk, "N",
        "send this many spans as fast as the server takes them, as an import")
      ->check(count);
  Value(*command, "--seed", demo.seed, "S", "the same seed makes the same traffic")
      ->capture_default_str();
  Value(*command, "--days", demo.days, "D", "spread over this many days before now")
      ->check(CLI::Range(0.0, 3650.0))
      ->capture_default_str();
  Value(*command, "--base-time", demo.base_time_s, "SECONDS", "seconds since 1970 to use as now");
  command->footer("vitrine demo --traces 300 --days 2 --project demo");
  command->callback([&] {
    if (demo.traces == 0 && demo.bulk == 0 && demo.rate == 0) demo.traces = 100;
    parsed.run = [&] { return RunDemo(demo); };
  });
}

/// The command of this name right below `app`, or null.
template <typename App>
App* ChildOf(App& app, const std::string& name) {
  const auto children = app.get_subcommands({});
  const auto found =
      std::ranges::find_if(children, [&](const auto* child) { return child->get_name() == name; });
  return found == children.end() ? nullptr : *found;
}

/// The commands of the caller; their flags are collected as they were given.
void AddProgramCommand(CLI::App& app, const ProgramCommand& made, Parsed& parsed) {
  CLI::App* parent = &app;
  std::string name = made.path;
  if (const size_t blank = name.find(' '); blank != std::string::npos) {
    const std::string group = name.substr(0, blank);
    parent = ChildOf(app, group);
    if (parent == nullptr) parent = app.add_subcommand(group, made.summary)->require_subcommand(1);
    name.erase(0, blank + 1);
  }
  CLI::App* command = parent->add_subcommand(name, made.summary);
  command->footer(made.details);
  for (const ProgramFlag& flag : made.flags) {
    const auto collect = [&parsed, flag](const std::string& value) {
      parsed.list.push_back(flag.name + "=" + value);
    };
    if (flag.value_name.empty()) {
      command->add_flag_callback(
          flag.name, [&parsed, flag] { parsed.list.push_back(flag.name); }, flag.meaning);
    } else {
      command->add_option_function<std::string>(flag.name, collect, flag.meaning)
          ->type_name(flag.value_name)
          ->default_str(flag.default_value)
          ->multi_option_policy(CLI::MultiOptionPolicy::Throw);
    }
  }
  command->callback([&parsed, &made] { parsed.run = [&] { return made.run(parsed.list); }; });
}

/// The choices of a validator made by CLI::IsMember, which shows them as "{a,b}".
std::vector<std::string> ChoicesOf(const CLI::Option& option) {
  std::vector<std::string> choices;
  const std::string type = option.get_type_name();
  const size_t begin = type.find('{');
  if (begin == std::string::npos || !type.ends_with('}')) return choices;
  std::string word;
  for (size_t i = begin + 1; i < type.size(); ++i) {
    if (type[i] == ',' || i + 1 == type.size()) {
      choices.push_back(std::move(word));
      word.clear();
    } else {
      word += type[i];
    }
  }
  return choices;
}

/// The name of an option's value without what CLI11 adds for its validator.
std::string ValueName(const CLI::Option& option) {
  std::string name = option.get_type_name();
  for (const char* added : {":{", ":INT in [", ":UINT in [", ":FLOAT in ["})
    name = name.substr(0, name.find(added));
  return name;
}

CommandInfo Describe(const CLI::App& app) {
  CommandInfo command;
  command.name = app.get_name();
  command.summary = app.get_description();
  command.details = app.get_footer();
  for (const CLI::Option* option : app.get_options()) {
    const std::string value_name = ValueName(*option);
    if (option->get_positional()) {
      command.arguments.push_back(
          {value_name, ChoicesOf(*option), option->get_description(), option->get_required()});
      continue;
    }
    OptionInfo info;
    if (!option->get_lnames().empty()) info.long_name = "--" + option->get_lnames()[0];
    if (!option->get_snames().empty()) info.short_name = "-" + option->get_snames()[0];
    if (option->get_type_size() != 0) info.value_name = value_name;
    info.choices = ChoicesOf(*option);
    info.meaning = option->get_description();
    info.default_value = option->get_default_str();
    info.environment = option->get_envname();
    command.options.push_back(std::move(info));
  }
  for (const CLI::App* child : app.get_subcommands({}))
    command.commands.push_back(Describe(*child));
  return command;
}

void AddMeta(CLI::App& app, const Program& program, Parsed& parsed) {
  CLI::App* command = app.add_subcommand("completions", "print a completion script for a shell");
  Value(*command, "shell", parsed.text, "SHELL", "the shell it is for")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->footer(
      "vitrine completions bash > ~/.local/share/bash-completion/completions/vitrine\n"
      "vitrine completions zsh > \"${fpath[1]}/_vitrine\"\n"
      "vitrine completions fish > ~/.config/fish/completions/vitrine.fish");
  command->callback([&] {
    parsed.run = [&] {
      const CommandInfo root = Describe(app);
      const std::string script = parsed.text == "bash"  ? BashCompletions(root)
                                 : parsed.text == "zsh" ? ZshCompletions(root)
                                                        : FishCompletions(root);
      std::fputs(script.c_str(), stdout);
      return kExitOk;
    };
  });
  app.add_subcommand("man", "print the man page; read it with: vitrine man | man -l -")
      ->callback([&] {
        parsed.run = [&] {
          std::fputs(ManPage(Describe(app), program.version).c_str(), stdout);
          return kExitOk;
        };
      });
  app.add_subcommand("version", "print the version")->callback([&] {
    parsed.run = [&] {
      std::printf("vitrine %s\n", program.version.c_str());
      return kExitOk;
    };
  });
  command = app.add_subcommand("help", "explain a command");
  Value(*command, "command", parsed.list, "COMMAND", "the command to explain");
  command->callback([&] {
    parsed.run = [&] {
      const CLI::App* at = &app;
      std::string path = "vitrine";
      for (const std::string& word : parsed.list) {
        path += " " + word;
        at = ChildOf(*at, word);
        if (at == nullptr) {
          std::fprintf(stderr, "vitrine: there is no command '%s'; vitrine help lists them\n",
                       word.c_str());
          return kExitUsage;
        }
      }
      std::fputs(HelpText(path, Describe(*at)).c_str(), stdout);
      return kExitOk;
    };
  });
}

/// Letters to change, add or drop until `a` is `b`.
size_t Distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

/// " (did you mean --limit?)", or nothing where no name is near.
std::string Nearest(const std::string& word, const CommandInfo& command) {
  std::string best;
  // Two letters in a word of six may be a slip; more is another word.
  size_t best_distance = std::max<size_t>(2, word.size() / 3) + 1;
  const auto look = [&](const std::string& name) {
    const size_t distance = Distance(word.substr(0, word.find('=')), name);
    if (distance < best_distance) std::tie(best, best_distance) = std::pair(name, distance);
  };
  for (const OptionInfo& option : command.options) {
    if (word.starts_with('-')) look(option.long_name);
  }
  for (const CommandInfo& child : command.commands) {
    if (!word.starts_with('-')) look(child.name);
  }
  return best.empty() ? "" : " (did you mean " + best + "?)";
}

/// The command that the words so far name, and its path.
std::pair<const CLI::App*, std::string> CommandInUse(const CLI::App& app) {
  const CLI::App* at = &app;
  std::string path = "vitrine";
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
    path += " " + at->get_name();
  }
  return {at, path};
}

/// Commands share what their flags are read into, and every command reads the environment: the
/// flags of the command in use that have a variable are read once more, and so come before it.
void ReadFlagsAgain(const CLI::App& app) {
  for (const CLI::App* at = &app; at != nullptr;) {
    for (const CLI::Option* option : at->get_options()) {
      if (option->count() > 0 && !option->get_envname().empty())
        const_cast<CLI::Option*>(option)->run_callback();
    }
    at = at->get_subcommands().empty() ? nullptr : at->get_subcommands().front();
  }
}

/// "ID is missing: trace id, 32 hexadecimal digits", of the first that is needed and not there.
std::string WhatIsMissing(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_required() || option->count() > 0) continue;
    const std::string name = option->get_positional() ? "" : option->get_name() + " ";
    return name + option->get_type_name() + " is missing: " + option->get_description();
  }
  return "";
}

/// "UNIT: 'call' is not one of traces, calls", of a value that is not among the choices of its flag
/// or argument.
std::string WhatIsNoChoice(const CommandInfo& command, const std::string& message) {
  const size_t name_end = message.find(": "), value_end = message.find(" not in {");
  if (name_end == std::string::npos || value_end == std::string::npos || value_end < name_end)
    return message;
  const std::string name = message.substr(0, name_end);
  const std::string value = message.substr(name_end + 2, value_end - name_end - 2);
  const size_t end = message.find('}', value_end);
  std::string choices = message.substr(value_end + 9, end - value_end - 9), near;
  size_t near_distance = 3;
  for (size_t at = 0; at <= choices.size();) {
    const size_t comma = std::min(choices.find(',', at), choices.size());
    const std::string choice = choices.substr(at, comma - at);
    if (const size_t distance = Distance(value, choice); distance < near_distance)
      std::tie(near, near_distance) = std::pair(choice, distance);
    if (comma < choices.size()) choices.replace(comma, 1, ", ");
    at = comma + 2;
  }
  std::string shown = name;
  for (const ArgumentInfo& argument : command.arguments) {
    if (name.starts_with('-')) break;
    std::string lower = argument.name;
    for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    if (lower == name) shown = argument.name;
  }
  return shown + ": '" + value + "' is not one of " + choices +
         (near.empty() ? "" : " (did you mean " + near + "?)");
}

/// Prints what is wrong with the command line, and where to read on.
int ReportUsage(const CLI::App& app, const CLI::ParseError& error) {
  const auto [at, path] = CommandInUse(app);
  std::string message = error.what();
  const std::vector<std::string> extra = at->remaining();
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && !extra.empty()) {
    const bool is_flag = extra[0].starts_with('-');
    message = std::string(is_flag                           ? "there is no flag '"
                          : at->get_subcommands({}).empty() ? "there is one word too many: '"
                                                            : "there is no command '") +
              extra[0] + "'" + Nearest(extra[0], Describe(*at));
  } else if (const auto extras = app.remaining(); at == &app && !extras.empty()) {
    message = "there is no command '" + extras[0] + "'" + Nearest(extras[0], Describe(app));
  } else if (const std::string missing = WhatIsMissing(*at);
             dynamic_cast<const CLI::RequiredError*>(&error) != nullptr && !missing.empty()) {
    message = missing;
  } else if (dynamic_cast<const CLI::ValidationError*>(&error) != nullptr) {
    message = WhatIsNoChoice(Describe(*at), message);
  } else if (!at->get_subcommands({}).empty()) {
    message = "a command is missing";
    for (const CommandInfo& child : Describe(*at).commands)
      message += (message.ends_with("missing") ? ": " : ", ") + child.name;
  }
  std::fprintf(stderr, "%s: %s\n%s --help says what there is\n", path.c_str(), message.c_str(),
               path.c_str());
  return kExitUsage;
}

/// Every command, its flags, and what runs it.
void BuildTree(CLI::App& app, const Program& program, Parsed& parsed) {
  app.name("vitrine");
  app.description("see what your language-model application really does");
  app.require_subcommand(1);
  app.footer(
      "vitrine serve runs the server; the other commands ask one.\n"
      "Data goes to stdout, everything else to stderr.");
  app.set_version_flag("--version", "vitrine " + program.version, "print the version");
  app.set_help_flag("-h,--help", "print this help");
  for (const ProgramCommand& command : program.commands) AddProgramCommand(app, command, parsed);
  AddDemo(app, parsed);
  AddQuestions(app, parsed);
  AddReplay(app, program, parsed);
  AddKeys(app, parsed);
  AddQuery(app, parsed);
  AddTop(app, parsed);
  AddExport(app, parsed);
  AddMcp(app, parsed);
  AddMeta(app, program, parsed);
}

}  // namespace

CommandInfo DescribeCommands(const Program& program) {
  CLI::App app;
  Parsed parsed;
  BuildTree(app, program, parsed);
  return Describe(app);
}

int Run(int argc, char** argv, const Program& program) {
  CLI::App app;
  Parsed parsed;
  parsed.read.color = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  BuildTree(app, program, parsed);
  if (argc <= 1) {
    std::fputs(HelpText("vitrine", Describe(app)).c_str(), stderr);
    return kExitUsage;
  }
  int code = kExitOk;
  try {
    app.parse(argc, argv);
    ReadFlagsAgain(app);
    code = parsed.run();
  } catch (const CLI::CallForHelp&) {
    const auto [at, path] = CommandInUse(app);
    std::fputs(HelpText(path, Describe(*at)).c_str(), stdout);
  } catch (const CLI::ParseError& error) {
    // The version comes as an exception with code 0.
    if (error.get_exit_code() != 0) return ReportUsage(app, error);
    app.exit(error, std::cout, std::cerr);
    std::cout.flush();
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    std::perror("vitrine: cannot write the output");
    return kExitFailure;
  }
  return code;
}

}  // namespace vitrine::cli
