#include "engine/internal/host_config.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "engine/limits.h"

namespace vitrine::engine {
namespace {

/// One XML element a line, indented by what opened before.
class Xml {
 public:
  Xml& Open(std::string_view name) {
    out_ += "<" + std::string(name) + ">\n";
    open_.emplace_back(name);
    return *this;
  }
  Xml& Close() {
    out_ += "</" + open_.back() + ">\n";
    open_.pop_back();
    return *this;
  }
  Xml& Text(std::string_view name, std::string_view value) {
    out_ += "<" + std::string(name) + ">";
    for (const char c : value) {
      if (c == '<')
        out_ += "&lt;";
      else if (c == '&')
        out_ += "&amp;";
      else
        out_ += c;
    }
    out_ += "</" + std::string(name) + ">\n";
    return *this;
  }
  Xml& Number(std::string_view name, uint64_t value) { return Text(name, std::to_string(value)); }
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
  std::vector<std::string> open_;
};

void Caches(Xml& xml, uint64_t memory_bytes) {
  const uint64_t text_bytes = TextIndexCacheBytes(memory_bytes);
  const uint64_t small_bytes = SmallCacheBytes(memory_bytes);
  xml.Number("mark_cache_size", MarkCacheBytes(memory_bytes))
      .Number("primary_index_cache_size", PrimaryIndexCacheBytes(memory_bytes))
      .Number("text_index_tokens_cache_size", text_bytes)
      .Number("text_index_header_cache_size", text_bytes)
      .Number("text_index_postings_cache_size", text_bytes)
      .Number("index_mark_cache_size", small_bytes)
      .Number("query_condition_cache_size", small_bytes)
      .Number("compiled_expression_cache_size", small_bytes)
      .Number("parquet_metadata_cache_size", small_bytes)
      // Not used by our tables.
      .Number("uncompressed_cache_size", 0)
      .Number("index_uncompressed_cache_size", 0)
      .Number("vector_similarity_index_cache_size", 0)
      .Number("iceberg_metadata_files_cache_size", 0);
}

void Pools(Xml& xml) {
  xml.Number("max_thread_pool_size", kThreadPoolMax)
      .Number("max_thread_pool_free_size", 16)
      .Number("background_pool_size", kMergeThreads)
      // One merge a thread: with the default of two, merges compete for the same cores.
      .Number("background_merges_mutations_concurrency_ratio", 1)
      .Number("background_common_pool_size", 2)
      .Number("background_schedule_pool_size", 4)
      // Kinds of work this engine never has; one thread is the least ClickHouse takes.
      .Number("background_move_pool_size", 1)
      .Number("background_fetches_pool_size", 1)
      .Number("background_buffer_flush_schedule_pool_size", 1)
      .Number("background_distributed_schedule_pool_size", 1)
      .Number("background_message_broker_schedule_pool_size", 1)
      .Number("max_io_thread_pool_size", 16)
      .Number("max_io_thread_pool_free_size", 0)
      .Number("max_active_parts_loading_thread_pool_size", 4)
      .Number("max_outdated_parts_loading_thread_pool_size", 2)
      .Number("max_parts_cleaning_thread_pool_size", 2);
}

// Of columns that say nothing else. LZ4, the default, makes a trace's row a third larger, and saves
// no processor time at a merge that could be seen.
void Compression(Xml& xml) {
  xml.Open("compression")
      .Open("case")
      .Number("min_part_size", 0)
      .Number("min_part_size_ratio", 0)
      .Text("method", "zstd")
      .Number("level", 1)
      .Close()
      .Close();
}

void MergeTree(Xml& xml) {
  xml.Open("merge_tree")
      // What is acknowledged is on disk: rows survive a power cut, not only a crash.
      .Number("fsync_after_insert", 1)
      .Number("fsync_part_directory", 1)
      // The defaults (8, 20, 25) ask for more free threads than our pool has.
      .Number("number_of_free_entries_in_pool_to_lower_max_size_of_merge", 1)
      .Number("number_of_free_entries_in_pool_to_execute_mutation", 1)
      .Number("number_of_free_entries_in_pool_to_execute_optimize_entire_partition", 1)
      // Merging a row costs more than inserting it: merge more parts at once, and each row less
      // often.
      .Number("merge_selector_base", kMergeSelectorBase)
      .Number("min_age_to_force_merge_seconds", kMergeAtRestSeconds)
      .Number("min_age_to_force_merge_on_partition_only", 1)
      // Our rows have a hundred columns: buffers of 1 MiB for each would be the largest thing here.
      .Number("min_columns_to_activate_adaptive_write_buffer", 16)
      .Close();
}

}  // namespace

std::string ServerConfig(const HostOptions& options, const std::string& users_path) {
  Xml xml;
  xml.Open("clickhouse")
      .Text("path", options.path)
      .Text("users_config", users_path)
      .Text("timezone", "UTC")
      .Number("max_server_memory_usage", options.memory_bytes)
      .Number("merges_mutations_memory_usage_soft_limit", MergeMemoryBytes(options.memory_bytes));
  Caches(xml, options.memory_bytes);
  Pools(xml);
  Compression(xml);
  MergeTree(xml);
  return xml.Close().Take();
}

std::string UsersConfig(const HostOptions& options) {
  const std::string scope = std::string(kDatabasePrefix) + "*.*";
  Xml xml;
  xml.Open("clickhouse").Open("profiles").Open("default");
  xml.Number("max_threads", options.threads)
      .Number("max_insert_threads", 1)
      .Number("max_memory_usage", QueryMemoryBytes(options.memory_bytes))
      .Number("max_bytes_before_external_group_by", SpillBytes(options.memory_bytes))
      .Number("max_bytes_before_external_sort", SpillBytes(options.memory_bytes))
      // An insert is answered when it is on disk, and its blocks are those that were sent.
      .Number("async_insert", 0)
      // Formatting on more threads holds several result blocks at once.
      .Number("output_format_parallel_formatting", 0)
      // What the engine writes into tables as JSON is to be what questions answer.
      .Number("output_format_json_escape_forward_slashes", 0)
      // Addresses and symbols of this process are nobody's business.
      .Number("allow_introspection_functions", 0)
      .Text("session_timezone", "UTC")
      .Close()
      .Close();
  xml.Open("users").Open("default").Text("password", "");
  xml.Open("networks").Text("ip", "::/0").Close();
  xml.Text("profile", "default").Text("quota", "default");
  xml.Open("grants")
      .Text("query", "GRANT ALL ON " + scope)
      .Text("query", "GRANT SELECT ON system.*")
      .Text("query",
            "GRANT CREATE TEMPORARY TABLE, KILL QUERY, SYSTEM MERGES, SYSTEM DROP CACHE ON *.*")
      .Close()
      .Close()
      .Close();
  xml.Open("quotas").Text("default", "").Close();
  return xml.Close().Take();
}

Result<std::string> WriteConfig(const HostOptions& options) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(options.path) / "vitrine_config";
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    return Fail(ErrorCode::kIo, "cannot create " + folder.string() + ": " + error.message());
  fs::permissions(options.path, fs::perms::owner_all, error);
  const std::string users_path = (folder / "users.xml").string();
  const std::string server_path = (folder / "server.xml").string();
  const std::pair<const std::string&, std::string> files[] = {
      {users_path, UsersConfig(options)}, {server_path, ServerConfig(options, users_path)}};
  for (const auto& [path, text] : files) {
    std::ofstream file(path, std::ios::trunc | std::ios::binary);
    file << text;
    file.close();
    if (!file) return Fail(ErrorCode::kIo, "cannot write " + path + ": " + std::strerror(errno));
  }
  return server_path;
}

}  // namespace vitrine::engine
