// ContentStore: turns messages, documents and attachments into hashes, and gathers what is not
// stored yet. Owner: the settler. Threads: the preparing thread only. Rows are in the
// settle batch's arena; projects' names are the caller's. A hash is 128 bits of SHA-256(project
// secret || canonical bytes); key of a stored content: (project, day, retention, hash).
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/arena.h"
#include "base/ids.h"
#include "model/span.h"

namespace vitrine::settle {

/// Where a content lives: dropping a day or a retention class never takes another one's content.
struct ContentPlace {
  std::string_view project;
  int32_t day = 0;
  model::Retention retention = model::Retention::kKeep;
};

struct MessageRow {
  ContentPlace place;
  ContentHash hash;
  std::string_view role, name, parts_template, texts;
};

struct AttachmentRow {
  ContentPlace place;
  ContentHash hash;
  std::string_view media_type, bytes;
};

/// Keyed hashing of content. The key never leaves the data directory, so a hash says nothing about
/// its content.
class ContentHasher {
 public:
  /// `key` is the installation's secret; each project's own secret is derived from it.
  explicit ContentHasher(std::string key);
  ~ContentHasher();
  ContentHasher(const ContentHasher&) = delete;
  ContentHasher& operator=(const ContentHasher&) = delete;

  ContentHash Hash(std::string_view project, std::initializer_list<std::string_view> fields);

 private:
  struct State;
  State& ForProject(std::string_view project);

  std::string key_;
  std::unordered_map<std::string, std::unique_ptr<State>> projects_;
};

/// The exact set of content known to be stored, bounded by forgetting the half that was not met for
/// longest: what every call sends stays.
class StoredHashes {
 public:
  explicit StoredHashes(size_t capacity) : capacity_(capacity) {}
  bool Contains(const ContentPlace& place, ContentHash hash);
  void Insert(const ContentPlace& place, ContentHash hash);
  void Clear();

 private:
  void Remember(ContentHash key);

  /// In one piece: a set of nodes takes three times as much, and leaves holes when it goes.
  using Set = boost::unordered_flat_set<ContentHash, std::hash<ContentHash>>;
  size_t capacity_;
  Set recent_, older_;
};

/// Rows that a batch brings and no earlier one did.
struct NewContent {
  std::vector<MessageRow> messages;
  std::vector<AttachmentRow> attachments;
};

class ContentStore {
 public:
  ContentStore(std::string key, size_t stored_hashes_max);

  /// The message's hash; its row and its attachments' rows are new unless known to be stored.
  ContentHash AddMessage(const ContentPlace& place, const model::Message& message, Arena& arena);
  /// A retrieved document, stored as a message of role `document`.
  ContentHash AddDocument(const ContentPlace& place, std::string_view content, Arena& arena);

  /// The hash that an attachment of this project has; stores nothing.
  ContentHash HashOf(std::string_view project, const model::Attachment& attachment);

  /// Hands over the rows that are new since the last call; from here on they are known. They must
  /// be in the engine before any later batch's spans are: batches are written in their order, and
  /// after a failure the store starts empty.
  NewContent TakeNew();
  /// Forgets what is stored, after a drop of days or a deletion.
  void ForgetStored() { stored_.Clear(); }

 private:
  ContentHash AddAttachment(const ContentPlace& place, const model::Attachment& attachment,
                            Arena& arena);
  bool IsNew(const ContentPlace& place, ContentHash hash);

  ContentHasher hasher_;
  StoredHashes stored_;
  NewContent new_;
};

}  // namespace vitrine::settle
