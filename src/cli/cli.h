// The command line: every command but `serve` and `config`. Commands speak HTTP to a server and
// nothing else.
#pragma once

namespace vitrine::cli {

/// Runs the command in argv. Data goes to stdout, the rest to stderr.
/// Returns the exit code: 0 ok, 1 failure, 2 usage, 3 auth, 4 not found, 5 gate failed, 6
/// unavailable.
int Run(int argc, char** argv);

}  // namespace vitrine::cli
