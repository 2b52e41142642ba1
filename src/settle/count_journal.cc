#include "settle/count_journal.h"

#include <xxhash.h>

#include <bit>
#include <cstring>
#include <filesystem>

namespace vitrine::settle {

namespace {

static_assert(std::endian::native == std::endian::little, "integers are written as they are");

constexpr std::string_view kMagic = "VTRNCNT\n";
constexpr uint32_t kFormatVersion = 1;
constexpr size_t kHeaderSize = 32;

template <typename T>
void Put(std::string& to, T value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void PutText(std::string& to, std::string_view text) {
  Put(to, static_cast<uint16_t>(text.size()));
  to.append(text);
}

/// Takes values off the front; `failed` once there were too few bytes.
struct Reader {
  std::string_view rest;
  bool failed = false;

  std::string_view Bytes(size_t size) {
    failed |= rest.size() < size;
    std::string_view taken = rest.substr(0, failed ? 0 : size);
    rest.remove_prefix(taken.size());
    return taken;
  }
  template <typename T>
  T Number() {
    T value{};
    std::string_view bytes = Bytes(sizeof value);
    if (!failed) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  std::string_view Text() { return Bytes(Number<uint16_t>()); }
  template <typename Id>
  Id ReadId() {
    return Id::FromBytes(Bytes(Id::size)).value_or(Id{});
  }
};

std::string Encode(std::string_view batch, std::span<const CallVerdict> verdicts) {
  std::string body;
  PutText(body, batch);
  Put(body, static_cast<uint32_t>(verdicts.size()));
  for (const CallVerdict& verdict : verdicts) {
    PutText(body, verdict.project);
    body.append(verdict.trace.AsBytes());
    body.append(verdict.span.AsBytes());
    body.append(verdict.counted_in.AsBytes());
    Put(body, static_cast<uint8_t>(verdict.counted));
  }
  std::string bytes(kMagic);
  Put(bytes, kFormatVersion);
  Put(bytes, uint32_t{0});
  Put(bytes, static_cast<uint64_t>(body.size()));
  Put(bytes, static_cast<uint64_t>(XXH3_64bits(body.data(), body.size())));
  return bytes + body;
}

}  // namespace

Result<std::unique_ptr<CountJournal>> CountJournal::Open(const std::string& path,
                                                         platform::FileSystem& file_system) {
  auto file = file_system.Open(path, platform::OpenMode::kReadWrite);
  if (!file && file.error().code == ErrorCode::kNotFound) {
    file = file_system.Open(path, platform::OpenMode::kCreate);
    if (file) TRY(file_system.SyncDirectory(std::filesystem::path(path).parent_path().string()));
  }
  if (!file) return std::unexpected(std::move(file).error());
  std::unique_ptr<CountJournal> journal(new CountJournal(std::move(*file)));
  TRY(journal->Read());
  return journal;
}

Result<void> CountJournal::Read() {
  TRY_ASSIGN(uint64_t size, file_->Size());
  std::string bytes(size, '\0');
  TRY_ASSIGN(size_t read, file_->ReadAt(0, bytes.data(), bytes.size()));
  bytes.resize(read);
  if (bytes.size() < kHeaderSize || !bytes.starts_with(kMagic)) return {};
  Reader header{std::string_view(bytes).substr(kMagic.size(), kHeaderSize - kMagic.size())};
  if (auto version = header.Number<uint32_t>(); version != kFormatVersion) {
    return Fail(ErrorCode::kUnsupported,
                "the count journal has format version " + std::to_string(version) + ", not 1");
  }
  header.Number<uint32_t>();
  auto body_size = header.Number<uint64_t>();
  if (body_size > bytes.size() - kHeaderSize) return {};
  std::string_view body = std::string_view(bytes).substr(kHeaderSize, body_size);
  if (header.Number<uint64_t>() != XXH3_64bits(body.data(), body.size())) return {};
  Reader reader{body};
  std::string batch(reader.Text());
  auto count = reader.Number<uint32_t>();
  std::vector<CallVerdict> verdicts;
  for (uint32_t i = 0; i < count && !reader.failed; ++i) {
    CallVerdict verdict;
    verdict.project = reader.Text();
    verdict.trace = reader.ReadId<TraceId>();
    verdict.span = reader.ReadId<SpanId>();
    verdict.counted_in = reader.ReadId<TraceId>();
    verdict.counted = reader.Number<uint8_t>() != 0;
    verdicts.push_back(std::move(verdict));
  }
  if (reader.failed || !reader.rest.empty())
    return Fail(ErrorCode::kCorrupt, "the count journal's length does not fit its content");
  batch_ = std::move(batch);
  verdicts_ = std::move(verdicts);
  return {};
}

std::optional<std::span<const CallVerdict>> CountJournal::Find(std::string_view batch) const {
  if (batch_.empty() || batch != batch_) return std::nullopt;
  return verdicts_;
}

Result<void> CountJournal::Keep(std::string_view batch, std::vector<CallVerdict> verdicts) {
  // Until this is whole, nobody knows what the file says; then the batch has inserted nothing.
  batch_.clear();
  std::string bytes = Encode(batch, verdicts);
  TRY(file_->WriteAt(0, bytes));
  TRY(file_->SyncData());
  batch_ = batch;
  verdicts_ = std::move(verdicts);
  return {};
}

}  // namespace vitrine::settle
