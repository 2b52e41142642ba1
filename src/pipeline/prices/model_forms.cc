#include "pipeline/prices/model_forms.h"

#include <algorithm>

namespace vitrine::pipeline {

namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// True where the text has the shape of `pattern`: 'd' is a digit, everything else itself.
bool HasShape(std::string_view text, std::string_view pattern) {
  return text.size() == pattern.size() &&
         std::equal(text.begin(), text.end(), pattern.begin(),
                    [](char c, char p) { return p == 'd' ? IsDigit(c) : c == p; });
}

bool EndsInShape(std::string_view text, std::string_view pattern) {
  return text.size() > pattern.size() &&
         HasShape(text.substr(text.size() - pattern.size()), pattern);
}

/// Takes "<mark>digits" off the end; false where the text does not end so.
bool DropNumberAfter(std::string_view& text, std::string_view mark) {
  size_t end = text.size();
  while (end > 0 && IsDigit(text[end - 1])) --end;
  if (end == text.size() || end <= mark.size() ||
      text.substr(end - mark.size(), mark.size()) != mark) {
    return false;
  }
  text = text.substr(0, end - mark.size());
  return true;
}

constexpr auto kRegions = std::to_array<std::string_view>(
    {"us-gov.", "us.", "eu.", "apac.", "ap.", "au.", "jp.", "ca.", "sa.", "me.", "af.", "global."});

void AddForm(std::vector<std::string>& forms, const ModelForms& all, std::string_view name) {
  if (name.empty()) return;
  for (const auto& step : all.steps) {
    if (std::find(step.begin(), step.end(), name) != step.end()) return;
  }
  forms.emplace_back(name);
}

/// "ft:gpt-4o-2024-08-06:org::id" -> "ft:gpt-4o-2024-08-06". A fine-tuned model costs more than its
/// base, so the mark stays on.
std::string_view FineTuneBase(std::string_view name) {
  size_t end = name.find(':', 3);
  return end == std::string_view::npos ? name : name.substr(0, end);
}

}  // namespace

std::string_view WithoutDate(std::string_view name) {
  for (std::string_view shape : {"-dddd-dd-dd", "-dddddddd", "@dddddddd"}) {
    if (EndsInShape(name, shape)) return name.substr(0, name.size() - shape.size());
  }
  for (std::string_view mark : {"@default", "@latest"}) {
    if (name.ends_with(mark)) return name.substr(0, name.size() - mark.size());
  }
  return name;
}

std::string_view WithoutRegion(std::string_view name) {
  for (std::string_view region : kRegions) {
    if (name.starts_with(region)) return name.substr(region.size());
  }
  return name;
}

std::string_view WithoutVersion(std::string_view name) {
  if (name.starts_with("ft:")) return FineTuneBase(name);
  std::string_view rest = name;
  // ":0", "-v1", "-v1:0"; and the completions API's ":20230824-v2", ":2023-07-21-v2".
  bool numbered = DropNumberAfter(rest, ":");
  bool versioned = DropNumberAfter(rest, "-v");
  for (std::string_view shape : {":dddddddd", ":dddd-dd-dd"}) {
    if (EndsInShape(rest, shape)) return rest.substr(0, rest.size() - shape.size());
  }
  return numbered || versioned ? rest : name;
}

std::string_view WithoutPrefix(std::string_view name) {
  size_t models = name.rfind("models/");
  if (models != std::string_view::npos && (models == 0 || name[models - 1] == '/')) {
    return name.substr(models + std::string_view("models/").size());
  }
  size_t slash = name.starts_with("arn:") ? name.rfind('/') : name.find('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

ModelForms FormsOf(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  ModelForms forms;
  auto add = [&](FormStep step, std::string_view form) {
    AddForm(forms.steps[static_cast<size_t>(step)], forms, form);
  };
  std::string_view whole = lower;
  std::string_view tail = WithoutPrefix(whole);
  add(FormStep::kExact, whole);
  add(FormStep::kWithoutDate, WithoutDate(whole));
  auto add_versionless = [&](FormStep step, std::string_view form) {
    add(step, WithoutRegion(form));
    add(step, WithoutVersion(WithoutRegion(form)));
    add(step, WithoutDate(WithoutVersion(WithoutRegion(form))));
  };
  add_versionless(FormStep::kWithoutVersion, whole);
  add(FormStep::kWithoutPrefix, tail);
  add(FormStep::kWithoutPrefix, WithoutDate(tail));
  add_versionless(FormStep::kWithoutPrefix, tail);
  return forms;
}

}  // namespace vitrine::pipeline
