#include "net/internal/http2_answer.h"

#include <algorithm>
#include <cstring>

#include "net/http_types.h"
#include "net/limits.h"

namespace vitrine::net::internal {

void Http2Answer::AddField(std::string_view name, std::string_view value) {
  // One byte over the limit is enough for the gate that refuses it.
  if (fields_.size() > kHeadBytesMax) return;
  if (name == ":status") {
    is_final_ = !value.starts_with('1');
    fields_.append("HTTP/1.1 ").append(value).append(" ");
    int status = 0;
    for (const char c : value) status = status * 10 + (c - '0');  // Three digits: nghttp2 looked.
    const std::string_view phrase = HttpReasonPhrase(status);
    if (phrase != "Unknown") fields_.append(phrase);
    fields_.append("\r\n");
    return;
  }
  fields_.append(name).append(": ").append(value).append("\r\n");
}

void Http2Answer::EndFields() {
  if (has_final_head_) {
    trailers_ = std::move(fields_);
  } else {
    fields_.append("\r\n");
    heads_left_ += fields_.size();
    waiting_.Add(fields_);
    has_final_head_ = is_final_;
  }
  fields_.clear();
}

void Http2Answer::Drop() {
  waiting_.Clear();
  heads_left_ = 0;
}

size_t Http2Answer::Read(std::span<char> to) {
  const size_t size = std::min(to.size(), waiting_.size());
  std::memcpy(to.data(), waiting_.bytes().data(), size);
  waiting_.Remove(size);
  const size_t of_heads = std::min(heads_left_, size);
  heads_left_ -= of_heads;
  body_read_ = size - of_heads;
  return size;
}

}  // namespace vitrine::net::internal
