#include "storage/records/internal/field_reader.h"

namespace vitrine::records {

FieldReader::FieldReader(std::string_view payload, size_t offset, Arena& arena)
    : begin_(payload.data()),
      at_(payload.data() + offset),
      end_(payload.data() + payload.size()),
      arena_(arena) {
  ReadTag();
}

void FieldReader::Stop(ErrorCode code, const char* what) {
  if (!error_) error_ = Error{code, what, static_cast<uint64_t>(at_ - begin_)};
  at_ = end_;
  next_number_ = kNoField;
  at_end_tag_ = false;
}

void FieldReader::Fail(const char* what) { Stop(ErrorCode::kCorrupt, what); }

void FieldReader::FailNewer(const char* what) { Stop(ErrorCode::kUnsupported, what); }

uint64_t FieldReader::RawVarint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (at_ == end_) {
      Fail("the record ends within a number");
      return 0;
    }
    uint64_t byte = static_cast<uint8_t>(*at_++);
    value |= (byte & 0x7F) << shift;
    if (byte < 0x80) {
      if (shift == 63 && byte > 1) Fail("a number does not fit into 64 bits");
      return value;
    }
  }
  Fail("a number is longer than ten bytes");
  return 0;
}

std::string_view FieldReader::RawBytes(uint64_t size) {
  if (size > static_cast<uint64_t>(end_ - at_)) {
    Fail("the record ends within a text");
    return {};
  }
  std::string_view bytes(at_, size);
  at_ += size;
  return bytes;
}

std::string_view FieldReader::RawShared() {
  uint64_t value = RawVarint();
  if ((value & 1) != 0) {
    std::string_view text = RawBytes(value >> 1);
    if (!error_) strings_.push_back(text);
    return text;
  }
  if (value >> 1 >= strings_.size()) {
    if (!error_) Fail("a reference to a string that was not written");
    return {};
  }
  return strings_[value >> 1];
}

/// Reads the tag of the next field, or finds that the group or the payload ends here.
void FieldReader::ReadTag() {
  at_end_tag_ = false;
  if (error_ || at_ == end_) {
    next_number_ = kNoField;
    return;
  }
  uint64_t tag = RawVarint();
  if (error_) return;
  if (tag == kEndTag) {
    at_end_tag_ = true;
    next_number_ = kNoField;
    return;
  }
  uint64_t number = tag >> 3;
  uint64_t kind = tag & 7;
  if (number == 0 || number >= kNoField) return Fail("a field number out of range");
  if (kind > static_cast<uint64_t>(Kind::kGroup)) return FailNewer("an unknown kind of field");
  next_number_ = static_cast<uint32_t>(number);
  next_kind_ = static_cast<Kind>(kind);
}

uint64_t FieldReader::ReadVarint(uint64_t value_max) {
  if (next_kind_ != Kind::kVarint) {
    Fail("a field is not the number it should be");
    return 0;
  }
  uint64_t value = RawVarint();
  if (value > value_max) {
    Fail("a number is out of range");
    return 0;
  }
  ReadTag();
  return value;
}

uint64_t FieldReader::ReadFixed() {
  uint64_t value = 0;
  if (next_kind_ != Kind::kFixed64) {
    Fail("a field is not the fixed number it should be");
    return 0;
  }
  std::string_view bytes = RawBytes(sizeof(value));
  if (bytes.size() == sizeof(value)) std::memcpy(&value, bytes.data(), sizeof(value));
  ReadTag();
  return value;
}

std::string_view FieldReader::ReadText() {
  std::string_view text;
  if (next_kind_ == Kind::kShared) {
    text = RawShared();
  } else if (next_kind_ == Kind::kBytes) {
    text = RawBytes(RawVarint());
  } else {
    Fail("a field is not the text it should be");
    return {};
  }
  ReadTag();
  return text;
}

bool FieldReader::BeginGroup() {
  if (next_kind_ != Kind::kGroup) {
    Fail("a field is not the group it should be");
    return false;
  }
  if (++depth_ > kGroupDepthMax) {
    Fail("groups are nested too deeply");
    return false;
  }
  ReadTag();
  return !error_;
}

/// Skips what is left of the group, and goes on behind it.
void FieldReader::EndGroup() {
  while (next_number_ != kNoField) SkipField();
  if (error_) return;
  if (!at_end_tag_) return Fail("the record ends within a group");
  --depth_;
  ReadTag();
}

void FieldReader::EndAll() {
  while (next_number_ != kNoField) SkipField();
  if (!error_ && at_end_tag_) Fail("a group ends that did not begin");
}

/// A field of a newer version, or one out of order. Strings it adds to the table still count.
void FieldReader::SkipField() {
  switch (next_kind_) {
    case Kind::kVarint: RawVarint(); break;
    case Kind::kFixed64: RawBytes(8); break;
    case Kind::kBytes: RawBytes(RawVarint()); break;
    case Kind::kShared: RawShared(); break;
    case Kind::kGroup:
      if (BeginGroup()) EndGroup();
      return;
  }
  ReadTag();
}

void FieldReader::Texts(uint32_t number, std::span<const std::string_view>& texts) {
  if (!Next(number)) return;
  std::vector<std::string_view> gathered;
  do {
    gathered.push_back(ReadText());
  } while (Next(number));
  texts = arena_.CopyArray(gathered);
}

void FieldReader::AnyValue(uint32_t number, model::Value& value) {
  if (Next(number)) {
    ReadVarint(0);
    value = model::Value::Null();
  }
  if (Next(number + 1)) value = model::Value::String(ReadText());
  if (Next(number + 2)) value = model::Value::Bool(ReadVarint(1) != 0);
  if (Next(number + 3)) value = model::Value::Int(UnZigZag(ReadVarint(UINT64_MAX)));
  if (Next(number + 4)) value = model::Value::Double(std::bit_cast<double>(ReadFixed()));
  if (Next(number + 5)) value = model::Value::Json(ReadText());
  if (Next(number + 6)) value = model::Value::Bytes(ReadText());
}

void FieldReader::Resource(uint32_t number, std::span<const model::Attribute>& resource) {
  if (Next(number)) {
    if (!BeginGroup()) return;
    Attributes(1, resource);
    EndGroup();
    resources_.push_back(resource);
  }
  if (Next(number + 1)) {
    uint64_t index = ReadVarint(UINT64_MAX);
    if (index >= resources_.size()) return Fail("a reference to a resource that was not written");
    resource = resources_[index];
  }
}

void FieldReader::Offsets(uint32_t number, std::span<const uint64_t>& offsets) {
  if (!Next(number)) return;
  if (next_kind_ != Kind::kBytes) return Fail("a timeline is not bytes");
  std::string_view bytes = RawBytes(RawVarint());
  if (error_) return;
  const char* outer_end = end_;
  const char* after = at_;
  at_ = bytes.data();
  end_ = at_ + bytes.size();
  std::vector<uint64_t> gathered;
  uint64_t value = 0;
  while (at_ != end_) {
    value += static_cast<uint64_t>(UnZigZag(RawVarint()));
    gathered.push_back(value);
  }
  end_ = outer_end;
  at_ = error_ ? end_ : after;
  offsets = arena_.CopyArray(gathered);
  ReadTag();
}

void FieldReader::Sizes(uint32_t number, std::span<const uint32_t>& sizes) {
  if (!Next(number)) return;
  if (next_kind_ != Kind::kBytes) return Fail("a timeline is not bytes");
  std::string_view bytes = RawBytes(RawVarint());
  if (error_) return;
  const char* outer_end = end_;
  const char* after = at_;
  at_ = bytes.data();
  end_ = at_ + bytes.size();
  std::vector<uint32_t> gathered;
  while (at_ != end_) {
    uint64_t value = RawVarint();
    if (value > UINT32_MAX) Fail("a size in a timeline is out of range");
    gathered.push_back(static_cast<uint32_t>(value));
  }
  end_ = outer_end;
  at_ = error_ ? end_ : after;
  sizes = arena_.CopyArray(gathered);
  ReadTag();
}

}  // namespace vitrine::records
