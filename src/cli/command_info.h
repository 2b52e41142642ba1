// CommandInfo: the command tree as values, read off the parser itself, so that completions and the
// man page cannot say anything else than it does. Owner: values.
#pragma once

#include <string>
#include <vector>

namespace vitrine::cli {

struct OptionInfo {
  std::string long_name, short_name;  ///< With dashes; empty where there is none.
  std::string value_name;             ///< Empty: a switch.
  std::vector<std::string> choices;   ///< The only values it takes, if it says so.
  std::string meaning;
  std::string default_value;
  std::string environment;  ///< Variable that sets it, or empty.
};

struct ArgumentInfo {
  std::string name;
  std::vector<std::string> choices;
  std::string meaning;
  bool is_required = false;
};

struct CommandInfo {
  std::string name;     ///< One word.
  std::string summary;  ///< A line without a full stop.
  std::string details;  ///< Paragraphs and examples, or empty.
  std::vector<OptionInfo> options;
  std::vector<ArgumentInfo> arguments;
  std::vector<CommandInfo> commands;
};

}  // namespace vitrine::cli
