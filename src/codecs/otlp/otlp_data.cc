#include "codecs/otlp/otlp_data.h"

namespace vitrine::codecs {

void OtlpTraces::Clear() {
  resources.clear();
  scopes.clear();
  spans.clear();
  events.clear();
  links.clear();
  attributes.clear();
  arena = Arena();
  issues = {};
}

void OtlpLogs::Clear() {
  resources.clear();
  scopes.clear();
  records.clear();
  attributes.clear();
  arena = Arena();
  issues = {};
}

}  // namespace vitrine::codecs
