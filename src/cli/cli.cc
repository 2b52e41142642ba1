#include "cli/cli.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "cli/demo/demo_command.h"
#include "cli/read_commands.h"

namespace vitrine::cli {

namespace {

constexpr const char* kVersion = "0.1.0";

void AddServerFlags(CLI::App& command, ServerOptions& server) {
  command.add_option("--url", server.url, "address of the server")->envname("VITRINE_URL");
  command.add_option("--key", server.key, "API key")->envname("VITRINE_API_KEY");
  command.add_option("--project", server.project, "project")->envname("VITRINE_PROJECT");
}

void AddReadFlags(CLI::App& command, ReadOptions& read) {
  AddServerFlags(command, read.server);
  command.add_flag("--json", read.json, "print the server's answer as it is");
}

}  // namespace

int Run(int argc, char** argv) {
  CLI::App app("Vitrine: see what your language-model application really does");
  app.require_subcommand(1);
  app.footer(
      "vitrine serve [--data DIR] [--listen HOST:PORT]   run the server\n"
      "vitrine config show [--origin]                    every setting of the server");
  DemoOptions demo;
  ReadOptions read;
  read.color = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  std::string text;
  int64_t limit = 50;
  int code = kExitOk;

  CLI::App* command = app.add_subcommand("demo", "send believable traffic to a server");
  AddServerFlags(*command, demo.server);
  command->add_option("--traces", demo.traces,
                      "send this many traces and end when they can be asked for");
  command->add_option("--seed", demo.seed, "the same seed makes the same traffic");
  command->add_option("--rate", demo.rate, "go on with this many stories a second");
  command->add_option("--bulk", demo.bulk, "send this many spans as fast as the server takes them");
  command->add_option("--days", demo.days, "spread over this many days before now");
  command->add_option("--base-time", demo.base_time_s, "seconds since 1970 to use as now");
  command->callback([&] {
    if (demo.traces == 0 && demo.bulk == 0 && demo.rate == 0) demo.traces = 100;
    code = RunDemo(demo);
  });
  command = app.add_subcommand("sql", "ask a question in SQL over the public views");
  AddReadFlags(*command, read);
  command->add_option("query", text, "SELECT …")->required();
  command->callback([&] { code = RunSql(read, text); });
  command = app.add_subcommand("traces", "list traces, newest first");
  AddReadFlags(*command, read);
  command->add_option("words", text, "words in prompts and answers");
  command->add_option("--limit", limit, "at most this many")->check(CLI::Range(1, 500));
  command->callback([&] { code = RunTraces(read, text, limit); });
  command = app.add_subcommand("trace", "one trace as a tree");
  AddReadFlags(*command, read);
  command->add_option("id", text, "trace id")->required();
  command->callback([&] { code = RunTrace(read, text); });
  command = app.add_subcommand("doctor", "attributes that no rule maps, and malformed ones");
  AddReadFlags(*command, read);
  command->callback([&] { code = RunDoctor(read); });
  app.add_subcommand("version", "print the version")->callback([] {
    std::printf("vitrine %s\n", kVersion);
  });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    int shown = app.exit(error, std::cout, std::cerr);
    return shown == 0 ? kExitOk : kExitUsage;
  }
  return code;
}

}  // namespace vitrine::cli
