#include "cli/man_page.h"

#include <vector>

namespace vitrine::cli {

namespace {

/// Text that roff shows as it stands: backslashes and dashes escaped, no line that is a request.
std::string Roff(const std::string& text) {
  std::string escaped;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool begins_line = i == 0 || text[i - 1] == '\n';
    if (begins_line && (text[i] == '.' || text[i] == '\'')) escaped += "\\&";
    if (text[i] == '\\') {
      escaped += "\\e";
    } else if (text[i] == '-') {
      escaped += "\\-";
    } else if (text.compare(i, 3, "…") == 0) {
      escaped += "\\[u2026]";
      i += 2;
    } else {
      escaped += text[i];
    }
  }
  return escaped;
}

std::string Synopsis(const std::string& path, const CommandInfo& command) {
  std::string text = "\\fB" + Roff(path) + "\\fR";
  if (!command.commands.empty()) text += " \\fICOMMAND\\fR";
  for (const ArgumentInfo& argument : command.arguments) {
    const std::string name = "\\fI" + Roff(argument.name) + "\\fR";
    text += argument.is_required ? " " + name : " [" + name + "]";
  }
  if (!command.options.empty()) text += " [\\fIflags\\fR]";
  return text;
}

std::string OptionText(const OptionInfo& option) {
  std::string text = ".TP\n\\fB" + Roff(option.long_name) + "\\fR";
  if (!option.value_name.empty()) text += " \\fI" + Roff(option.value_name) + "\\fR";
  text += "\n" + Roff(option.meaning);
  if (!option.choices.empty()) {
    text += ":";
    for (size_t i = 0; i < option.choices.size(); ++i)
      text += (i == 0 ? " " : ", ") + Roff(option.choices[i]);
  }
  std::string notes;
  if (!option.default_value.empty()) notes = "default: " + Roff(option.default_value);
  if (!option.environment.empty())
    notes += (notes.empty() ? "" : "; ") + ("environment: " + Roff(option.environment));
  return text + (notes.empty() ? "" : " (" + notes + ")") + ".\n";
}

void AppendCommand(const std::string& path, const CommandInfo& command, std::string& page) {
  page += ".SS " + Synopsis(path, command) + "\n" + Roff(command.summary) + ".\n";
  if (!command.details.empty()) page += ".PP\n.nf\n" + Roff(command.details) + "\n.fi\n";
  for (const ArgumentInfo& argument : command.arguments)
    page += ".TP\n\\fI" + Roff(argument.name) + "\\fR\n" + Roff(argument.meaning) + ".\n";
  for (const OptionInfo& option : command.options) {
    // The same of every command, told once at the top.
    if (option.long_name != "--help") page += OptionText(option);
  }
  for (const CommandInfo& child : command.commands)
    AppendCommand(path + " " + child.name, child, page);
}

}  // namespace

std::string ManPage(const CommandInfo& root, const std::string& version) {
  std::string page = ".TH VITRINE 1 \"\" \"vitrine " + Roff(version) + "\" \"Vitrine\"\n";
  page += ".SH NAME\n" + root.name + " \\- " + Roff(root.summary) + "\n";
  page += ".SH SYNOPSIS\n" + Synopsis(root.name, root) + "\n";
  page += ".SH DESCRIPTION\n" + Roff(root.details) + "\n";
  page += ".SH COMMANDS\nEvery command takes \\fB\\-\\-help\\fR.\n";
  for (const CommandInfo& command : root.commands)
    AppendCommand(root.name + " " + command.name, command, page);
  page += ".SH EXIT STATUS\n";
  const std::vector<std::pair<std::string, std::string>> codes = {
      {"0", "done"},
      {"1", "failed"},
      {"2", "used wrongly: a flag, a filter, a statement, a setting"},
      {"3", "the server wants a key"},
      {"4", "there is no such thing"},
      {"5", "a gate failed"},
      {"6", "no answer from the server, or not now"}};
  for (const auto& [code, meaning] : codes) page += ".TP\n" + code + "\n" + meaning + "\n";
  page += ".SH ENVIRONMENT\n";
  page +=
      ".TP\nVITRINE_URL, VITRINE_API_KEY, VITRINE_PROJECT\n"
      "The server, key and project of commands that ask a server.\n";
  page +=
      ".TP\nVITRINE_\\fISETTING\\fR\nA setting of the server; "
      "\\fBvitrine config show \\-\\-origin\\fR lists them.\n";
  page += ".TP\nNO_COLOR\nSet to anything: no colours.\n";
  page +=
      ".SH FILES\n.TP\nvitrine.toml\nSettings of the server, read from the current folder or "
      "from \\fB\\-\\-config\\fR.\n";
  return page;
}

}  // namespace vitrine::cli
