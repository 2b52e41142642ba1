// The part of libchdb's C interface that the engine uses, and how it is loaded.
//
// Ownership: a connection is closed with close_conn; a result is freed with destroy_query_result;
//            an insert stream with destroy_insert_stream, finished or not. Buffers of a result
//            live as long as the result.
// Threads:   one statement at a time per connection; different connections run in parallel.
// Source:    chdb-io/chdb-core programs/local/chdb.h, version 26.7 (Apache-2.0). Only the shapes
//            needed here are declared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"

namespace vitrine::engine {

struct chdb_connection_box {
  void* inside;
};
using chdb_connection = chdb_connection_box*;
struct chdb_result;
struct chdb_insert_box {
  void* inside;
};
using chdb_insert_stream = chdb_insert_box*;

/// What a statement does, in the words of chdb_classify_query_n.
enum class StatementClass : uint32_t {
  kReadOnly = 0,        ///< SELECT, SHOW, DESCRIBE, EXPLAIN, EXISTS, CHECK.
  kMutating = 1,        ///< Changes tables.
  kMutatingGlobal = 2,  ///< Changes users, functions, collections.
  kControl = 3,         ///< SET, USE, SYSTEM, KILL, files written by the statement.
  kUnknown = 4,         ///< Does not parse, or is not known.
};

struct StatementAnalysis {
  uint32_t struct_size = sizeof(StatementAnalysis);
  uint32_t statement_count = 0;
  uint32_t flags = 0;
  uint32_t statement_class = static_cast<uint32_t>(StatementClass::kUnknown);
};
static_assert(sizeof(StatementAnalysis) == 16);

/// Entry points of the loaded library. Names are the library's without the prefix "chdb_".
struct ChdbApi {
  const char* (*version)();
  void (*set_signal_handlers_enabled)(int enabled);
  chdb_connection* (*connect)(int argc, char** argv);
  void (*close_conn)(chdb_connection* connection);
  chdb_result* (*query_with_params_n)(chdb_connection, const char* query, size_t query_size,
                                      const char* format, size_t format_size,
                                      const char* const* names, const size_t* name_sizes,
                                      const char* const* values, const size_t* value_sizes,
                                      size_t param_count);
  int (*classify_query_n)(chdb_connection, const char* sql, size_t sql_size, const char* database,
                          size_t database_size, StatementAnalysis* analysis);
  chdb_insert_stream (*stream_insert_with_params_n)(chdb_connection, const char* query,
                                                    size_t query_size, const char* format,
                                                    size_t format_size, const char* const* names,
                                                    const size_t* name_sizes,
                                                    const char* const* values,
                                                    const size_t* value_sizes, size_t param_count);
  int (*stream_append)(chdb_insert_stream, const void* data, size_t size);
  chdb_result* (*stream_done)(chdb_insert_stream);
  void (*stream_cancel_insert)(chdb_insert_stream);
  const char* (*stream_insert_error)(chdb_insert_stream);
  void (*destroy_insert_stream)(chdb_insert_stream);
  void (*destroy_query_result)(chdb_result*);
  char* (*result_buffer)(chdb_result*);
  size_t (*result_length)(chdb_result*);
  const char* (*result_error)(chdb_result*);
  uint64_t (*result_rows_read)(chdb_result*);
  uint64_t (*result_bytes_read)(chdb_result*);
  uint64_t (*result_storage_rows_read)(chdb_result*);
  uint64_t (*result_storage_bytes_read)(chdb_result*);
  uint64_t (*result_rows_written)(chdb_result*);
  uint64_t (*result_bytes_written)(chdb_result*);
};

/// The instruction sets the library was compiled for, as found on this processor.
struct CpuFeatures {
  bool x86_64 = false;
  bool avx2 = false;
};
CpuFeatures DetectCpu();

/// Fails with kUnsupported and a sentence for the operator when the library cannot run here.
Result<void> CheckCpu(const CpuFeatures& cpu);

/// Loads libchdb.so and resolves the entry points. The library stays loaded for ever.
/// `path`:  the file; empty means libchdb.so beside this program, else where the linker looks.
/// Errors:  kUnsupported (processor), kUnavailable (file missing or without an entry point).
Result<ChdbApi> LoadChdb(const std::string& path);

}  // namespace vitrine::engine
