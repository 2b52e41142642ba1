#include "model/provider_names.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace vitrine::model {

namespace {

struct Alias {
  std::string_view name;
  std::string_view id;
};

#include "model/provider_name_table.inc"

constexpr size_t kNameSizeMax = 64;  // The longest alias has 27 characters.

/// Lower case, with '-', '.' and ' ' as '_'. Nothing where the name is too long to be known.
struct Folded {
  std::array<char, kNameSizeMax> text{};
  size_t size = 0;

  explicit Folded(std::string_view name) {
    if (name.size() > kNameSizeMax) return;
    for (char c : name) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
      text[size++] = c == '-' || c == '.' || c == ' ' ? '_' : c;
    }
  }
  std::string_view view() const { return {text.data(), size}; }
};

const Alias* FindAlias(std::string_view folded) {
  auto at =
      std::lower_bound(kAliases.begin(), kAliases.end(), folded,
                       [](const Alias& alias, std::string_view name) { return alias.name < name; });
  return at != kAliases.end() && at->name == folded ? &*at : nullptr;
}

const Alias* FindProvider(std::string_view name) {
  while (!name.empty()) {
    if (const Alias* alias = FindAlias(Folded(name).view())) return alias;
    size_t dot = name.rfind('.');
    if (dot == std::string_view::npos) return nullptr;
    name = name.substr(0, dot);
  }
  return nullptr;
}

}  // namespace

std::string_view CanonicalProvider(std::string_view name) {
  const Alias* alias = FindProvider(name);
  return alias != nullptr && !alias->id.empty() ? alias->id : name;
}

bool IsFrameworkName(std::string_view name) {
  const Alias* alias = FindProvider(name);
  return alias != nullptr && alias->id.empty();
}

std::string_view ProviderFromHost(std::string_view host) {
  for (const Alias& known : kHosts) {
    std::string_view suffix = known.name;
    if (host.size() < suffix.size()) continue;
    Folded tail(host.substr(host.size() - suffix.size()));
    bool at_label = host.size() == suffix.size() || host[host.size() - suffix.size() - 1] == '.' ||
                    host[host.size() - suffix.size() - 1] == '-';
    if (at_label && tail.view() == Folded(suffix).view()) return known.id;
  }
  return {};
}

}  // namespace vitrine::model
