// Served: a real `vitrine serve` with its engine in a folder of its own, and what it uses.
// Owner: the benchmark; ending it stops the processes and removes the folder. Threads: Sample and
// the getters from any thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "net/http_client.h"
#include "storage/clickhouse/client.h"

namespace vitrine::bench {

/// What processes have used so far.
struct Used {
  double server_cpu_s = 0, engine_cpu_s = 0;
  uint64_t server_rss = 0, engine_rss = 0;  ///< Bytes, now.
};

struct Ingest {
  uint64_t accepted = 0, backlog_records = 0, log_bytes = 0;
};

class Served {
 public:
  /// `server_cores` and `engine_cores` as for taskset, empty for all.
  Served(const std::string& folder, const std::string& server_cores,
         const std::string& engine_cores);
  ~Served();

  /// Posts an export request; true when it was acknowledged.
  bool Send(const std::string& body);
  /// (status, body); 0 when there was no answer.
  std::pair<int, std::string> Get(const std::string& target);
  Ingest ingest();
  Used used() const;
  /// One value from the engine.
  std::string Ask(const std::string& sql);
  void Do(const std::string& sql);
  /// Until all that was acknowledged is in the tables and the engine's merges have come to rest.
  void WaitDrained();
  void WaitMerged();

 private:
  std::string folder_;
  pid_t server_ = 0, engine_ = 0;
  std::unique_ptr<net::HttpClient> http_;
  std::unique_ptr<clickhouse::Client> engine_client_;
};

}  // namespace vitrine::bench
