// The command tree and what is made from it.
#include "cli/cli.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "cli/call_commands.h"
#include "cli/completions.h"
#include "cli/man_page.h"
#include "cli/output.h"

namespace vitrine::cli {
namespace {

using testing::HasSubstr;

Program ProgramWithServe() {
  Program program;
  program.version = "1.2.3";
  program.commands.push_back({"serve",
                              "run the server",
                              "It prints a line.\n.Dot",
                              {{"--listen", "HOST:PORT", "address [of it]: 'this'", "x:1"},
                               {"--data", "DIR", "folder", ""}},
                              [](const auto&) { return 0; }});
  program.commands.push_back(
      {"config show", "show settings", "", {{"--origin", "", "say where", ""}}, [](const auto&) {
         return 0;
       }});
  return program;
}

void ForEach(const CommandInfo& command, const std::string& path,
             const std::function<void(const std::string&, const CommandInfo&)>& visit) {
  for (const CommandInfo& child : command.commands) {
    visit(path + " " + child.name, child);
    ForEach(child, path + " " + child.name, visit);
  }
}

/// Runs a command line that needs no server; returns its exit code and what it printed.
std::pair<int, std::string> RunLine(std::vector<std::string> words, bool errors = false) {
  std::vector<char*> argv;
  words.insert(words.begin(), "vitrine");
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  errors ? testing::internal::CaptureStderr() : testing::internal::CaptureStdout();
  const int code = Run(static_cast<int>(words.size()), argv.data(), ProgramWithServe());
  std::string printed =
      errors ? testing::internal::GetCapturedStderr() : testing::internal::GetCapturedStdout();
  return {code, printed};
}

TEST(CommandTree, HoldsEveryCommandWithASummary) {
  const CommandInfo root = DescribeCommands(ProgramWithServe());
  std::vector<std::string> paths;
  ForEach(root, "vitrine", [&](const std::string& path, const CommandInfo& command) {
    paths.push_back(path);
    EXPECT_FALSE(command.summary.empty()) << path;
    for (const OptionInfo& option : command.options) {
      EXPECT_TRUE(option.long_name.starts_with("--")) << path;
      EXPECT_FALSE(option.meaning.empty()) << path << option.long_name;
    }
    for (const ArgumentInfo& argument : command.arguments)
      EXPECT_FALSE(argument.meaning.empty()) << path;
  });
  EXPECT_THAT(
      paths, testing::IsSupersetOf(
                 {"vitrine serve", "vitrine config show", "vitrine demo", "vitrine traces",
                  "vitrine trace", "vitrine calls", "vitrine tail", "vitrine sql", "vitrine doctor",
                  "vitrine prices", "vitrine reprice", "vitrine replay-server",
                  "vitrine completions", "vitrine man", "vitrine version", "vitrine help"}));
}

TEST(CommandTree, CompletionsAndManPageNameEverything) {
  const CommandInfo root = DescribeCommands(ProgramWithServe());
  const std::string bash = BashCompletions(root), zsh = ZshCompletions(root),
                    fish = FishCompletions(root), man = ManPage(root, "1.2.3");
  ForEach(root, "vitrine", [&](const std::string& path, const CommandInfo& command) {
    EXPECT_THAT(bash, HasSubstr("'" + path + "')"));
    std::string function = "_" + path;
    std::ranges::replace(function, ' ', '_');
    EXPECT_THAT(zsh, HasSubstr(function + "() {"));
    EXPECT_THAT(fish, HasSubstr("-a " + command.name + " "));
    std::string heading;  // A hyphen that is typed is written with a backslash.
    for (const char c : path) heading += c == '-' ? std::string("\\-") : std::string(1, c);
    EXPECT_THAT(man, HasSubstr(".SS \\fB" + heading + "\\fR"));
    for (const OptionInfo& option : command.options) {
      EXPECT_THAT(bash, HasSubstr(option.long_name));
      EXPECT_THAT(zsh, HasSubstr(option.long_name));
      EXPECT_THAT(fish, HasSubstr("-l " + option.long_name.substr(2)));
      std::string escaped;
      for (const char c : option.long_name)
        escaped += c == '-' ? std::string("\\-") : std::string(1, c);
      EXPECT_THAT(man, HasSubstr(escaped));
    }
  });
  EXPECT_THAT(man, HasSubstr("\n\\&.Dot\n"));
  EXPECT_THAT(zsh, HasSubstr("address \\[of it\\]\\: "));
}

TEST(CommandLine, ChoicesAreKnown) {
  const CommandInfo root = DescribeCommands(ProgramWithServe());
  const auto traces = std::ranges::find(root.commands, "traces", &CommandInfo::name);
  ASSERT_NE(traces, root.commands.end());
  const auto status = std::ranges::find(traces->options, "--status", &OptionInfo::long_name);
  ASSERT_NE(status, traces->options.end());
  EXPECT_THAT(status->choices, testing::UnorderedElementsAre("ok", "error"));
  EXPECT_EQ(status->value_name, "STATUS");
}

TEST(CommandLine, FlagsOfTheCallersCommandsArriveAsGiven) {
  std::vector<std::string> got;
  Program program = ProgramWithServe();
  program.commands[0].run = [&](const std::vector<std::string>& arguments) {
    got = arguments;
    return 7;
  };
  for (const auto& [line, expected] :
       std::vector<std::pair<std::vector<std::string>, std::vector<std::string>>>{
           {{"vitrine", "serve"}, {}},
           {{"vitrine", "serve", "--listen", "a:1"}, {"--listen=a:1"}},
           {{"vitrine", "serve", "--listen=a=b"}, {"--listen=a=b"}},
           {{"vitrine", "serve", "--listen", ""}, {"--listen="}}}) {
    std::vector<std::string> words = line;
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    got = {"nothing came"};
    EXPECT_EQ(cli::Run(static_cast<int>(argv.size()), argv.data(), program), 7);
    EXPECT_EQ(got, expected);
  }
}

TEST(CommandLine, MistakesSayWhatIsMeant) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"trases"}, "there is no command 'trases' (did you mean traces?)"},
      {{"traces", "--limt", "3"}, "there is no flag '--limt' (did you mean --limit?)"},
      {{"trace", "a", "b"}, "there is one word too many: 'b'"},
      {{"traces", "--limit", "x"}, "--limit"},
      {{"traces", "--limit", "0"}, "--limit"},
      {{"traces", "--status", "fine"}, "--status"},
      {{"traces", "--from", "tomorrow"}, "--from: 'tomorrow' is no time"},
      {{"query", "--last", "soon"}, "--last: 'soon' is no time"},
      {{"query", "--group-by", "day", "--interval", "1h"}, "--group-by day: is another word for"},
      {{"query", "--group-by", "day", "--group-by", "week"}, "--group-by week: is another word"},
      {{"traces", "--zone", "Europe/Nowhere"}, "--zone: this machine knows no time zone"},
      {{"trace"}, "ID is missing: trace id, 32 hexadecimal digits"},
      {{"exchange", "a"}, "SPAN is missing"},
      {{"replay-server"}, "--session ID is missing"},
      {{"config"}, "a command is missing: show"},
      {{"sql", "SELECT 1", "--param", "x"}, "NAME=VALUE"},
      {{"sql", "SELECT 1", "--url", "ftp://x"}, "--url"},
      {{"completions", "bsh"}, "SHELL: 'bsh' is not one of bash, zsh, fish (did you mean bash?)"},
      {{"completions", "tcsh"}, "SHELL: 'tcsh' is not one of bash"},
      {{"traces", "--kind", "lmm"}, "--kind: 'lmm' is not one of"},
      {{"help", "nothing"}, "there is no command 'nothing'"},
      {{"reprice"}, "--dry-run"},
  };
  for (const auto& [words, expected] : cases) {
    const auto [code, printed] = RunLine(words, true);
    EXPECT_EQ(code, 2) << words[0] << ": " << printed;
    EXPECT_THAT(printed, HasSubstr(expected));
  }
}

TEST(CommandLine, FlagsSayMoreThanTheEnvironment) {
  // Nobody listens on these.
  setenv("VITRINE_URL", "http://127.0.0.1:2", 1);
  EXPECT_THAT(RunLine({"traces"}, true).second, HasSubstr("127.0.0.1:2"));
  EXPECT_THAT(RunLine({"traces", "--url", "http://127.0.0.1:1"}, true).second,
              HasSubstr("no answer from http://127.0.0.1:1:"));
  EXPECT_THAT(RunLine({"keys", "list", "--url", "http://127.0.0.1:1"}, true).second,
              HasSubstr("no answer from http://127.0.0.1:1:"));
  unsetenv("VITRINE_URL");
}

TEST(CommandLine, HelpAndVersionAreData) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"--help"},
                                             {"help"},
                                             {"help", "traces"},
                                             {"traces", "--help"},
                                             {"help", "config", "show"}}) {
    const auto [code, printed] = RunLine(words);
    EXPECT_EQ(code, 0);
    EXPECT_THAT(printed, HasSubstr("Usage: vitrine")) << words[0];
  }
  EXPECT_EQ(RunLine({"version"}).second, "vitrine 1.2.3\n");
  EXPECT_EQ(RunLine({"--version"}).second, "vitrine 1.2.3\n");
}

TEST(CallCommands, ALineSaysWhatMatters) {
  const TimeZone berlin = *TimeZone::Load("Europe/Berlin");
  const auto line = [&](std::string json, bool color) {
    Arena arena;
    syntax::JsonDocument document;
    EXPECT_EQ(document.Parse(json, arena), syntax::JsonStatus::kOk);
    return CallLine(document.root(), berlin, color);
  };
  const std::string whole =
      R"({"start_time":"2026-11-21T01:31:07.204123456Z","status":"unset","service":"desk","request_model":"gpt",
          "response_model":"gpt-2026","duration_ns":1500000000,"ttft_ns":340000000,"input_tokens":12,
          "output_tokens":null,"cost_usd":"0.0042","input_preview":"ask","output_preview":"an\nswer"})";
  EXPECT_EQ(
      line(whole, true),
      "02:31:07.204  ok               desk          gpt-2026                  1.50 s  ttft 340 ms"
      "  12→— tok  $0.0042  an swer");
  const std::string failed =
      R"({"start_time":"2026-11-21T01:31:07.204123456Z","status":"error","error_type":"rate_limit","service":"",
          "name":"step","duration_ns":5000000,"status_message":"too many \u001b[0m"})";
  EXPECT_EQ(
      line(failed, false),
      "02:31:07.204  rate_limit                     step                      5 ms  too many  [0m");
  EXPECT_EQ(line(failed, true), "\033[31m" + line(failed, false) + "\033[0m");
  EXPECT_THAT(line("{}", false), HasSubstr("ok")) << "of a server that says nothing";
}

TEST(Output, NothingSteersTheTerminal) {
  EXPECT_EQ(Printable("a\x1b[31mb\n\x7f\xc2\x9b"
                      "c\xc3\xa9"),
            "a [31mb   c\xc3\xa9");
  Arena arena;
  syntax::JsonDocument document;
  std::string json = "[\"";
  for (int i = 0; i < 40; ++i) json += "\xc3\xa9";
  json += R"(", null, "0.0042", "-1.5", 1500000000])";
  ASSERT_EQ(document.Parse(json, arena), syntax::JsonStatus::kOk);
  const auto root = document.root();
  const std::string cut = Cell(root.At(0));
  EXPECT_LE(cut.size(), 62u);
  EXPECT_TRUE(cut.ends_with("\xc3\xa9…")) << cut;
  EXPECT_EQ(Cell(root.At(1)), "—");
  EXPECT_EQ(Dollars(root.At(1)), "—");
  EXPECT_EQ(Dollars(root.At(2)), "$0.0042");
  EXPECT_EQ(Dollars(root.At(3)), "-$1.5");
  EXPECT_EQ(Duration(root.At(4)), "1.50 s");
}

}  // namespace
}  // namespace vitrine::cli
