#include "engine/internal/chdb_api.h"

#include <dlfcn.h>
#include <unistd.h>

#include <array>
#include <climits>

namespace vitrine::engine {
namespace {

/// The folder this program was started from, with a slash; empty when /proc cannot say.
std::string ProgramFolder() {
  std::array<char, PATH_MAX> path;
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
  if (size <= 0) return {};
  const std::string_view text(path.data(), static_cast<size_t>(size));
  return std::string(text.substr(0, text.rfind('/') + 1));
}

void* OpenLibrary(const std::string& path, std::string& problem) {
  // Lazy: the library has hundreds of thousands of relocations, most never used.
  constexpr int kFlags = RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE;
  std::array<std::string, 2> candidates = {path, ""};
  if (path.empty()) candidates = {ProgramFolder() + "libchdb.so", "libchdb.so"};
  for (const std::string& candidate : candidates) {
    if (candidate.empty()) continue;
    if (void* library = dlopen(candidate.c_str(), kFlags)) return library;
    if (const char* text = dlerror(); text && problem.empty()) problem = text;
  }
  return nullptr;
}

}  // namespace

CpuFeatures DetectCpu() {
  CpuFeatures cpu;
#if defined(__x86_64__)
  __builtin_cpu_init();
  cpu.x86_64 = true;
  cpu.avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
#endif
  return cpu;
}

Result<void> CheckCpu(const CpuFeatures& cpu) {
  if (cpu.x86_64 && !cpu.avx2)
    return Fail(ErrorCode::kUnsupported,
                "this processor has no AVX2 instructions, which the embedded ClickHouse needs "
                "(Intel Haswell of 2013 or AMD Excavator of 2015 and later have them; virtual "
                "machines may hide them). Use another machine, or point the server at a "
                "ClickHouse that runs elsewhere");
  return {};
}

Result<ChdbApi> LoadChdb(const std::string& path) {
  TRY(CheckCpu(DetectCpu()));
  std::string problem;
  void* library = OpenLibrary(path, problem);
  if (!library)
    return Fail(ErrorCode::kUnavailable,
                "cannot load libchdb.so (" + problem +
                    "). It belongs beside vitrine-engine, or give --library PATH");
  ChdbApi api{};
  std::string missing;
  const auto resolve = [&](auto& function, const char* name) {
    void* symbol = dlsym(library, name);
    if (!symbol && missing.empty()) missing = name;
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(symbol);
  };
  resolve(api.version, "chdb_version");
  resolve(api.set_signal_handlers_enabled, "chdb_set_signal_handlers_enabled");
  resolve(api.connect, "chdb_connect");
  resolve(api.close_conn, "chdb_close_conn");
  resolve(api.query_with_params_n, "chdb_query_with_params_n");
  resolve(api.classify_query_n, "chdb_classify_query_n");
  resolve(api.stream_insert_with_params_n, "chdb_stream_insert_with_params_n");
  resolve(api.stream_append, "chdb_stream_append");
  resolve(api.stream_done, "chdb_stream_done");
  resolve(api.stream_cancel_insert, "chdb_stream_cancel_insert");
  resolve(api.stream_insert_error, "chdb_stream_insert_error");
  resolve(api.destroy_insert_stream, "chdb_destroy_insert_stream");
  resolve(api.destroy_query_result, "chdb_destroy_query_result");
  resolve(api.result_buffer, "chdb_result_buffer");
  resolve(api.result_length, "chdb_result_length");
  resolve(api.result_error, "chdb_result_error");
  resolve(api.result_rows_read, "chdb_result_rows_read");
  resolve(api.result_bytes_read, "chdb_result_bytes_read");
  resolve(api.result_storage_rows_read, "chdb_result_storage_rows_read");
  resolve(api.result_storage_bytes_read, "chdb_result_storage_bytes_read");
  resolve(api.result_rows_written, "chdb_result_rows_written");
  resolve(api.result_bytes_written, "chdb_result_bytes_written");
  if (!missing.empty())
    return Fail(ErrorCode::kUnavailable, "libchdb.so has no " + missing + ": version 26.7 needed");
  return api;
}

}  // namespace vitrine::engine
