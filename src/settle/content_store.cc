#include "settle/content_store.h"

#include <openssl/evp.h>

#include <cstring>
#include <utility>

#include "base/check.h"

namespace vitrine::settle {

namespace {

/// Folds the place into the hash, so that one set holds every place.
ContentHash Placed(const ContentPlace& place, ContentHash hash) {
  uint64_t mix = std::hash<std::string_view>()(place.project);
  mix = (mix ^ static_cast<uint32_t>(place.day)) * 0x9E3779B97F4A7C15ull;
  mix = (mix ^ static_cast<uint64_t>(place.retention)) * 0xC2B2AE3D27D4EB4Full;
  for (size_t i = 0; i < 8; ++i) hash.bytes[8 + i] ^= static_cast<uint8_t>(mix >> (8 * i));
  return hash;
}

}  // namespace

/// SHA-256 that has already seen the project's secret, and a context to finish copies in.
struct ContentHasher::State {
  EVP_MD_CTX* seeded = EVP_MD_CTX_new();
  EVP_MD_CTX* work = EVP_MD_CTX_new();
  ~State() {
    EVP_MD_CTX_free(seeded);
    EVP_MD_CTX_free(work);
  }
};

ContentHasher::ContentHasher(std::string key) : key_(std::move(key)) {}
ContentHasher::~ContentHasher() = default;

ContentHasher::State& ContentHasher::ForProject(std::string_view project) {
  auto& slot = projects_[std::string(project)];
  if (slot == nullptr) {
    slot = std::make_unique<State>();
    unsigned char secret[32];
    unsigned int size = 0;
    std::string seed = key_ + '\0' + std::string(project);
    VITRINE_CHECK(EVP_Digest(seed.data(), seed.size(), secret, &size, EVP_sha256(), nullptr) == 1);
    VITRINE_CHECK(EVP_DigestInit_ex(slot->seeded, EVP_sha256(), nullptr) == 1);
    VITRINE_CHECK(EVP_DigestUpdate(slot->seeded, secret, sizeof secret) == 1);
  }
  return *slot;
}

ContentHash ContentHasher::Hash(std::string_view project,
                                std::initializer_list<std::string_view> fields) {
  State& state = ForProject(project);
  VITRINE_CHECK(EVP_MD_CTX_copy_ex(state.work, state.seeded) == 1);
  for (std::string_view field : fields) {
    // Each field is preceded by its length, so that no two lists of fields have the same bytes.
    uint64_t size = field.size();
    EVP_DigestUpdate(state.work, &size, sizeof size);
    EVP_DigestUpdate(state.work, field.data(), field.size());
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  VITRINE_CHECK(EVP_DigestFinal_ex(state.work, digest, nullptr) == 1);
  ContentHash hash;
  std::memcpy(hash.bytes.data(), digest, ContentHash::size);
  return hash;
}

bool StoredHashes::Contains(const ContentPlace& place, ContentHash hash) {
  const ContentHash key = Placed(place, hash);
  if (recent_.contains(key)) return true;
  if (!older_.contains(key)) return false;
  Remember(key);
  return true;
}

void StoredHashes::Insert(const ContentPlace& place, ContentHash hash) {
  Remember(Placed(place, hash));
}

void StoredHashes::Remember(ContentHash key) {
  if (recent_.size() >= capacity_ / 2) {
    older_ = std::move(recent_);
    recent_ = {};
    recent_.reserve(capacity_ / 2);
  }
  recent_.insert(key);
}

void StoredHashes::Clear() {
  recent_.clear();
  older_.clear();
}

ContentStore::ContentStore(std::string key, size_t stored_hashes_max)
    : hasher_(std::move(key)), stored_(stored_hashes_max) {}

bool ContentStore::IsNew(const ContentPlace& place, ContentHash hash) {
  if (stored_.Contains(place, hash)) return false;
  stored_.Insert(place, hash);
  return true;
}

ContentHash ContentStore::HashOf(std::string_view project, const model::Attachment& attachment) {
  return hasher_.Hash(project, {"attachment", attachment.media_type, attachment.bytes});
}

ContentHash ContentStore::AddAttachment(const ContentPlace& place,
                                        const model::Attachment& attachment, Arena& arena) {
  ContentHash hash = HashOf(place.project, attachment);
  if (IsNew(place, hash)) {
    new_.attachments.push_back(
        {place, hash, arena.Copy(attachment.media_type), arena.Copy(attachment.bytes)});
  }
  return hash;
}

ContentHash ContentStore::AddMessage(const ContentPlace& place, const model::Message& message,
                                     Arena& arena) {
  std::string_view parts = message.parts_template;
  std::string filled;
  if (!message.attachments.empty()) {
    size_t next = 0;
    for (char c : message.parts_template) {
      if (c == model::kAttachmentSlot && next < message.attachments.size()) {
        filled += AddAttachment(place, message.attachments[next++], arena).ToHex();
      } else {
        filled.push_back(c);
      }
    }
    parts = filled;
  }
  ContentHash hash =
      hasher_.Hash(place.project, {message.role, message.name, parts, message.texts});
  if (IsNew(place, hash)) {
    new_.messages.push_back({place, hash, arena.Copy(message.role), arena.Copy(message.name),
                             arena.Copy(parts), arena.Copy(message.texts)});
  }
  return hash;
}

ContentHash ContentStore::AddDocument(const ContentPlace& place, std::string_view content,
                                      Arena& arena) {
  static constexpr char kTemplate[] = "[{\"type\":\"text\",\"content\":\x1F}]";
  model::Message message;
  message.role = "document";
  message.parts_template = {kTemplate, sizeof kTemplate - 1};
  message.texts = content;
  return AddMessage(place, message, arena);
}

NewContent ContentStore::TakeNew() { return std::exchange(new_, {}); }

}  // namespace vitrine::settle
