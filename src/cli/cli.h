// The command line: one tree of commands, from which help, completions and the man page are made.
// Commands of this room speak HTTP to a server and nothing else; those that are the server
// (`serve`, `config show`) are described and run by the caller.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/command_info.h"
#include "cli/replay/replay_command.h"

namespace vitrine::cli {

/// A flag of a command that the caller runs.
struct ProgramFlag {
  std::string name;        ///< "--listen".
  std::string value_name;  ///< "HOST:PORT"; empty for a switch.
  std::string meaning;
  std::string default_value;
};

/// A command that the caller runs, with the flags that were given as "--name=value" or "--name".
struct ProgramCommand {
  std::string path;  ///< "serve", "config show".
  std::string summary;
  std::string details;
  std::vector<ProgramFlag> flags;
  std::function<int(const std::vector<std::string>& arguments)> run;
};

struct Program {
  std::string version;
  std::vector<ProgramCommand> commands;
  /// How the gateway redacts requests, which is the caller's to know.
  RedactRequest redact;
};

/// The tree of commands as Run knows it.
CommandInfo DescribeCommands(const Program& program);

/// Runs the command in argv. Data goes to stdout, the rest to stderr.
/// Returns the exit code: 0 ok, 1 failure, 2 usage, 3 auth, 4 not found, 5 gate failed, 6
/// unavailable.
int Run(int argc, char** argv, const Program& program);

}  // namespace vitrine::cli
