// `vitrine keys`: virtual keys of the gateway, listed, made, rotated, revoked.
// Threads: one command at a time.
#pragma once

#include <string>
#include <vector>

#include "cli/read_commands.h"

namespace vitrine::cli {

struct NewKeyOptions {
  std::string name, upstream;
  std::string provider_key;  ///< "-" reads a line of stdin; "env:NAME", "file:PATH".
  std::vector<std::string> models;
  std::string per = "day";  ///< minute, hour, day, month.
  std::string requests, tokens, dollars, expires_at;
};

int RunKeysList(const ReadOptions& options);
/// Prints the key on stdout and nothing else, so that it can be given to what needs it.
int RunKeysCreate(const ReadOptions& options, const NewKeyOptions& key);
int RunKeysRotate(const ReadOptions& options, const std::string& id,
                  const std::string& provider_key);
int RunKeysRevoke(const ReadOptions& options, const std::string& id);

}  // namespace vitrine::cli
