#include "syntax/sse/sse_parser.h"

#include <algorithm>

namespace vitrine::syntax {

namespace {
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
}  // namespace

size_t SseParser::FindLineEnd() {
  auto find = [this](char c, size_t& next, bool& is_known) {
    if (!is_known || next < at_) {
      next = std::min(piece_.find(c, at_), piece_.size());
      is_known = true;
    }
    return next;
  };
  size_t lf = find('\n', next_lf_, is_lf_known_);
  size_t cr = find('\r', next_cr_, is_cr_known_);
  return std::min(lf, cr);
}

/// The next whole line; the rest of the piece is kept where there is none.
bool SseParser::NextLine(std::string_view& line, bool& is_carried) {
  if (skip_lf_ && at_ < piece_.size()) {
    if (piece_[at_] == '\n') ++at_;
    skip_lf_ = false;
  }
  size_t end = FindLineEnd();
  std::string_view part = piece_.substr(at_, end - at_);
  bool is_whole = end < piece_.size();
  if (is_whole) {
    skip_lf_ = piece_[end] == '\r';
    at_ = end + 1;
  } else {
    at_ = end;
    is_whole = is_ended_ && (has_line_ || !part.empty());
  }
  is_carried = has_line_;
  if (has_line_ || !is_whole) {
    has_line_ |= !part.empty();
    if (Fits(line_.size() + part.size())) line_.append(part);
    if (!is_whole) return false;
    line = line_;
    has_line_ = false;
  } else {
    (void)Fits(part.size());
    line = part;
  }
  if (is_first_line_) {
    is_first_line_ = false;
    if (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  }
  return true;
}

void SseParser::TakeData(std::string_view value, bool is_carried) {
  if (!has_data_ && !is_carried) {
    has_data_ = true;
    data_ = value;
    return;
  }
  if (!is_data_buffered_) {
    data_buffer_.assign(data_);
    is_data_buffered_ = true;
  }
  if (Fits(data_buffer_.size() + value.size() + 1)) {
    if (has_data_) data_buffer_.push_back('\n');
    data_buffer_.append(value);
  }
  has_data_ = true;
}

void SseParser::TakeField(std::string_view line, bool is_carried) {
  size_t colon = line.find(':');
  std::string_view field = line.substr(0, colon);
  std::string_view value;
  if (colon != std::string_view::npos) value = line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") {
    TakeData(value, is_carried);
  } else if (field == "event") {
    name_ = value;
    is_name_buffered_ = is_carried;
    if (is_carried) name_buffer_.assign(value);
  }
}

/// What points into the piece is copied, as the piece goes.
void SseParser::KeepViews() {
  if (has_data_ && !is_data_buffered_) {
    data_buffer_.assign(data_);
    is_data_buffered_ = true;
  }
  if (!name_.empty() && !is_name_buffered_) {
    name_buffer_.assign(name_);
    is_name_buffered_ = true;
  }
}

void SseParser::ResetEvent() {
  name_ = data_ = {};
  data_buffer_.clear();
  is_name_buffered_ = is_data_buffered_ = has_data_ = is_too_large_ = is_delivered_ = false;
}

bool SseParser::Dispatch(SseEvent& event) {
  if (is_too_large_) ++skipped_count_;
  if (!has_data_ || is_too_large_) {
    ResetEvent();
    return false;
  }
  event.name = is_name_buffered_ ? std::string_view(name_buffer_) : name_;
  event.data = is_data_buffered_ ? std::string_view(data_buffer_) : data_;
  is_delivered_ = true;
  return true;
}

bool SseParser::Next(SseEvent& event) {
  if (is_delivered_) ResetEvent();
  std::string_view line;
  bool is_carried = false;
  while (NextLine(line, is_carried)) {
    // A line that was carried over and is empty was too long to be kept; it ends nothing.
    if (line.empty() && !is_carried) {
      line_.clear();
      if (Dispatch(event)) return true;
      continue;
    }
    TakeField(line, is_carried);
    if (is_carried) line_.clear();
  }
  if (is_ended_) return Dispatch(event);
  KeepViews();
  return false;
}

}  // namespace vitrine::syntax
