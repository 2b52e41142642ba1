#include "codecs/otlp/internal/any_value_json.h"

#include <cmath>

#include "syntax/json/json_writer.h"

namespace vitrine::codecs::internal {

void AppendAnyDouble(std::string& json, double value) {
  if (std::isnan(value)) {
    json += "\"NaN\"";
    return;
  }
  if (std::isinf(value)) {
    json += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    return;
  }
  size_t begin = json.size();
  syntax::AppendJsonDouble(json, value);
  if (json.find_first_of(".e", begin) == std::string::npos) json += ".0";
}

}  // namespace vitrine::codecs::internal
