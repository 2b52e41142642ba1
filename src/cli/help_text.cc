#include "cli/help_text.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace vitrine::cli {

namespace {

// Longer names have their meaning on the line below.
constexpr size_t kNameColumnMax = 26;

using Lines = std::vector<std::pair<std::string, std::string>>;

std::string Section(const std::string& title, const Lines& lines) {
  if (lines.empty()) return {};
  size_t width = 0;
  for (const auto& [name, meaning] : lines) {
    if (name.size() <= kNameColumnMax) width = std::max(width, name.size());
  }
  std::string text = "\n" + title + ":\n";
  for (const auto& [name, meaning] : lines) {
    text += "  " + name;
    text += name.size() > width ? "\n" + std::string(width + 4, ' ')
                                : std::string(width - name.size() + 2, ' ');
    text += meaning + "\n";
  }
  return text;
}

std::string Choices(const std::vector<std::string>& choices) {
  std::string text;
  for (const std::string& choice : choices) text += (text.empty() ? ": " : ", ") + choice;
  return text;
}

std::string Meaning(const OptionInfo& option) {
  std::string notes;
  const auto note = [&](const std::string& text) { notes += (notes.empty() ? "" : "; ") + text; };
  if (!option.default_value.empty()) note("default " + option.default_value);
  if (!option.environment.empty()) note("or " + option.environment);
  return option.meaning + Choices(option.choices) + (notes.empty() ? "" : " (" + notes + ")");
}

}  // namespace

std::string HelpText(const std::string& path, const CommandInfo& command) {
  std::string usage = "Usage: " + path;
  if (!command.commands.empty()) usage += " COMMAND";
  if (!command.options.empty()) usage += " [flags]";
  Lines arguments, options, commands;
  for (const ArgumentInfo& argument : command.arguments) {
    usage += argument.is_required ? " " + argument.name : " [" + argument.name + "]";
    arguments.emplace_back(argument.name, argument.meaning + Choices(argument.choices));
  }
  for (const OptionInfo& option : command.options) {
    std::string name = option.long_name;
    if (!option.short_name.empty()) name = option.short_name + ", " + name;
    if (!option.value_name.empty()) name += " " + option.value_name;
    options.emplace_back(name, Meaning(option));
  }
  for (const CommandInfo& child : command.commands)
    commands.emplace_back(child.name, child.summary);
  std::string text = usage + "\n\n" + command.summary + "\n" + Section("Commands", commands) +
                     Section("Arguments", arguments) + Section("Flags", options);
  if (!command.details.empty()) text += "\n" + command.details + "\n";
  return text;
}

}  // namespace vitrine::cli
