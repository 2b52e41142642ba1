#include "cli/completions.h"

#include <algorithm>
#include <functional>

namespace vitrine::cli {

namespace {

/// Calls `visit(path, command)` for each command, the program first; a path is "vitrine config
/// show".
void Walk(const CommandInfo& command, const std::string& path,
          const std::function<void(const std::string&, const CommandInfo&)>& visit) {
  visit(path, command);
  for (const CommandInfo& child : command.commands) Walk(child, path + " " + child.name, visit);
}

std::string Join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

/// What may stand next: commands, else the choices of the first argument.
std::vector<std::string> WordsOf(const CommandInfo& command) {
  std::vector<std::string> words;
  for (const CommandInfo& child : command.commands) words.push_back(child.name);
  if (words.empty() && !command.arguments.empty()) words = command.arguments[0].choices;
  return words;
}

std::string FlagsOf(const CommandInfo& command) {
  std::vector<std::string> flags;
  for (const OptionInfo& option : command.options) flags.push_back(option.long_name);
  return Join(flags);
}

/// `text` within single quotes of a POSIX shell.
std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

/// `text` in zsh's _arguments, where brackets and colons have a meaning.
std::string ZshText(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

bool TakesPath(const OptionInfo& option) {
  return option.value_name == "FILE" || option.value_name == "DIR";
}

std::string FishCondition(const std::string& path, const CommandInfo& command) {
  // "vitrine config show" -> commands "config" and "show" were given.
  std::string condition;
  size_t at = path.find(' ');
  while (at != std::string::npos) {
    const size_t end = path.find(' ', at + 1);
    const std::string word = path.substr(at + 1, end == std::string::npos ? end : end - at - 1);
    condition += (condition.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + word);
    at = end;
  }
  if (condition.empty()) return "__fish_use_subcommand";
  std::vector<std::string> children;
  for (const CommandInfo& child : command.commands) children.push_back(child.name);
  if (!children.empty()) condition += "; and not __fish_seen_subcommand_from " + Join(children);
  return condition;
}

}  // namespace

std::string BashCompletions(const CommandInfo& root) {
  std::string paths, cases, values;
  Walk(root, root.name, [&](const std::string& path, const CommandInfo& command) {
    for (const CommandInfo& child : command.commands)
      paths += (paths.empty() ? "" : "|") + Quoted(path + " " + child.name);
    cases += "    " + Quoted(path) + ") words=" + Quoted(Join(WordsOf(command))) +
             " flags=" + Quoted(FlagsOf(command)) + " ;;\n";
    for (const OptionInfo& option : command.options) {
      if (option.value_name.empty()) continue;
      values += "    " + Quoted(path + " " + option.long_name) + ") ";
      if (!option.choices.empty()) {
        values += "words=" + Quoted(Join(option.choices)) + " flags='' ;;\n";
      } else if (TakesPath(option)) {
        values += "compopt -o default; COMPREPLY=(); return ;;\n";
      } else {
        values += "COMPREPLY=(); return ;;\n";
      }
    }
  });
  return "# bash completion for " + root.name +
         ": source it, or put it where bash-completion looks.\n" + "_" + root.name + "() {\n" +
         "  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
         "  local path=" +
         root.name +
         " words='' flags='' i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    case \"$path ${COMP_WORDS[i]}\" in\n"
         "    " +
         paths +
         ") path+=\" ${COMP_WORDS[i]}\" ;;\n"
         "    esac\n"
         "  done\n"
         "  case $path in\n" +
         cases +
         "  esac\n"
         "  case \"$path $before\" in\n" +
         values +
         "  esac\n"
         "  if [[ $current == -* ]]; then words=$flags; fi\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
         "}\n"
         "complete -F _" +
         root.name + " " + root.name + "\n";
}

std::string ZshCompletions(const CommandInfo& root) {
  std::string functions;
  Walk(root, root.name, [&](const std::string& path, const CommandInfo& command) {
    std::string name = "_" + path;
    std::ranges::replace(name, ' ', '_');
    functions += name + "() {\n";
    if (!command.commands.empty()) {
      functions += "  local -a commands=(\n";
      for (const CommandInfo& child : command.commands)
        functions += "    " + Quoted(ZshText(child.name) + ":" + child.summary) + "\n";
      functions += "  )\n";
    }
    functions += "  _arguments -s";
    for (const OptionInfo& option : command.options) {
      std::string spec = option.long_name + (option.value_name.empty() ? "" : "=") + "[" +
                         ZshText(option.meaning) + "]";
      if (!option.value_name.empty()) {
        spec += ":" + ZshText(option.value_name) + ":";
        if (!option.choices.empty()) spec += "(" + Join(option.choices) + ")";
        if (TakesPath(option)) spec += option.value_name == "DIR" ? "_files -/" : "_files";
      }
      functions += " \\\n    " + Quoted(spec);
    }
    if (!command.commands.empty()) {
      functions += " \\\n    '1: :{_describe command commands}' \\\n    '*:: :->rest'\n";
      functions += "  [[ $state == rest ]] || return\n  case $words[1] in\n";
      for (const CommandInfo& child : command.commands)
        functions += "    " + child.name + ") " + name + "_" + child.name + " ;;\n";
      functions += "  esac\n";
    } else {
      for (const ArgumentInfo& argument : command.arguments) {
        functions += " \\\n    " +
                     Quoted(":" + ZshText(argument.name) + ":" +
                            (argument.choices.empty() ? "" : "(" + Join(argument.choices) + ")"));
      }
      functions += "\n";
    }
    functions += "}\n";
  });
  // `state` and `line` are set by _arguments; local to the outermost call.
  return "#compdef " + root.name + "\n" + functions + "local context state state_descr line\n" +
         "typeset -A opt_args\n" + "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _" +
         root.name + " \"$@\"; else compdef _" + root.name + " " + root.name + "; fi\n";
}

std::string FishCompletions(const CommandInfo& root) {
  std::string script =
      "# fish completion for " + root.name + "\ncomplete -c " + root.name + " -f\n";
  Walk(root, root.name, [&](const std::string& path, const CommandInfo& command) {
    const std::string begin =
        "complete -c " + root.name + " -n " + Quoted(FishCondition(path, command));
    for (const CommandInfo& child : command.commands)
      script += begin + " -a " + child.name + " -d " + Quoted(child.summary) + "\n";
    if (command.commands.empty() && !command.arguments.empty() &&
        !command.arguments[0].choices.empty()) {
      script += begin + " -a " + Quoted(Join(command.arguments[0].choices)) + "\n";
    }
    for (const OptionInfo& option : command.options) {
      script += begin + " -l " + option.long_name.substr(2);
      if (!option.value_name.empty()) script += TakesPath(option) ? " -r -F" : " -x";
      if (!option.choices.empty()) script += " -a " + Quoted(Join(option.choices));
      script += " -d " + Quoted(option.meaning) + "\n";
    }
  });
  return script;
}

}  // namespace vitrine::cli
