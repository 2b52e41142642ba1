#include "app/secret_text.h"

#include <cctype>
#include <cstdlib>

#include "app/whole_file.h"

namespace vitrine::app {

Result<std::string> ReadSecret(const std::string& text) {
  if (text.starts_with("env:")) {
    const char* found = std::getenv(text.c_str() + 4);
    if (found != nullptr && *found != '\0') return found;
    return Fail(ErrorCode::kInvalidInput,
                "names the environment variable " + text.substr(4) + ", which is not set");
  }
  if (!text.starts_with("file:")) return text;
  TRY_ASSIGN(std::string read, ReadWhole(text.substr(5)));
  while (!read.empty() && std::isspace(static_cast<unsigned char>(read.back()))) read.pop_back();
  return read;
}

}  // namespace vitrine::app
