// Canonical provider ids: the many spellings in telemetry to the one in `spans.provider`.
// The table is data/prices/provider_names.json, generated into provider_name_table.inc.
// Threads: pure functions over constants. Source: WIRE-FORMATS 2.3 and 10 (#19).
#pragma once

#include <string_view>

namespace vitrine::model {

/// The canonical id of a provider in any spelling: "az.ai.openai" -> "azure.ai.openai".
/// Case and '-', '_', ' ', '.' make no difference; a last part after a dot that is not known is
/// ignored ("groq.responses" -> "groq"). An unknown name comes back as it was.
/// Lifetime: the result lives for ever or is `name` itself.
std::string_view CanonicalProvider(std::string_view name);

/// True for names of frameworks and proxies that senders put in the provider's place ("langchain").
bool IsFrameworkName(std::string_view name);

/// The provider that answers at a host: "api.openai.com" -> "openai". Empty where not known.
std::string_view ProviderFromHost(std::string_view host);

}  // namespace vitrine::model
