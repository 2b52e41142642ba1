// FormReader: the text fields of a multipart form, the shape in which files are sent to a model.
// Threads: free functions; fields borrow from the body. Format: RFC 7578, and line feeds alone.
#pragma once

#include <optional>
#include <string_view>

namespace vitrine::codecs::providers {

struct FormField {
  std::string_view name, value;
  bool is_file = false;  ///< It has a file name.
};

class FormReader {
 public:
  /// The body's first line says what stands between the fields.
  explicit FormReader(std::string_view body);

  /// The next field; nothing at the end, or where the body is no form.
  std::optional<FormField> Next();
  /// The next part, whatever its head says: those of multipart/related have no names.
  std::optional<std::string_view> NextValue();

 private:
  struct Part {
    std::string_view head, value;
  };
  std::optional<Part> NextPart();

  std::string_view rest_, boundary_;
};

}  // namespace vitrine::codecs::providers
