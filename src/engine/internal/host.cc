#include "engine/internal/host.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>

#include "base/check.h"
#include "engine/internal/sql_text.h"
#include "engine/limits.h"

namespace vitrine::engine {
namespace {

/// Parameters in the four parallel arrays that the library takes.
struct ParamArrays {
  explicit ParamArrays(const NamedValues& params) {
    for (const auto& [name, value] : params) {
      names.push_back(name.data());
      name_sizes.push_back(name.size());
      values.push_back(value.data());
      value_sizes.push_back(value.size());
    }
  }
  std::vector<const char*> names;
  std::vector<size_t> name_sizes;
  std::vector<const char*> values;
  std::vector<size_t> value_sizes;
};

Outcome TakeOutcome(const ChdbApi& api, chdb_result* result) {
  Outcome outcome;
  if (!result) {
    outcome.error = ErrorText(1002, "the engine gave no result", "UNKNOWN_EXCEPTION");
    return outcome;
  }
  if (const char* error = api.result_error(result)) outcome.error = error;
  if (const size_t size = api.result_length(result); size > 0 && outcome.error.empty())
    outcome.body.assign(api.result_buffer(result), size);
  outcome.read_rows = api.result_storage_rows_read(result);
  outcome.read_bytes = api.result_storage_bytes_read(result);
  outcome.written_rows = api.result_rows_written(result);
  outcome.written_bytes = api.result_bytes_written(result);
  outcome.result_rows = api.result_rows_read(result);
  api.destroy_query_result(result);
  return outcome;
}

}  // namespace

std::string ErrorText(int code, std::string_view message, std::string_view name) {
  return "Code: " + std::to_string(code) + ". DB::Exception: " + std::string(message) + ". (" +
         std::string(name) + ")";
}

Connection::Connection(const ChdbApi& api, chdb_connection* handle, uint64_t id)
    : api_(api), handle_(handle), id_(id) {}

Connection::~Connection() { api_.close_conn(handle_); }

Outcome Connection::Run(std::string_view sql, std::string_view format, const NamedValues& params) {
  const ParamArrays arrays(params);
  return TakeOutcome(api_, api_.query_with_params_n(*handle_, sql.data(), sql.size(), format.data(),
                                                    format.size(), arrays.names.data(),
                                                    arrays.name_sizes.data(), arrays.values.data(),
                                                    arrays.value_sizes.data(), params.size()));
}

StatementAnalysis Connection::Classify(std::string_view sql) {
  StatementAnalysis analysis;
  if (api_.classify_query_n(*handle_, sql.data(), sql.size(), nullptr, 0, &analysis) != 0)
    return {};
  return analysis;
}

std::string ProfileOf(const NamedValues& settings) {
  std::string profile;
  for (const auto& [name, value] : settings) profile += name + "=" + QuoteString(value) + ";";
  return profile;
}

std::string Connection::Apply(const NamedValues& settings) {
  std::string profile = ProfileOf(settings);
  if (profile.empty() || (profile == profile_ && !dirty_)) return {};
  // Two profiles on one connection happen only in a session, and stay in it.
  if (!profile_.empty() || profile.size() > kProfileBytesMax) dirty_ = true;
  std::string sql;
  std::string readonly;
  for (const auto& [name, value] : settings) {
    std::string part = name + " = " + QuoteString(value);
    if (name == "readonly") {
      readonly = "SET " + part;
    } else {
      sql += (sql.empty() ? "SET " : ", ") + part;
    }
  }
  for (const std::string& statement : {sql, readonly}) {
    if (statement.empty()) continue;
    if (Outcome outcome = Run(statement, "Null"); !outcome.error.empty()) {
      dirty_ = true;
      return outcome.error;
    }
  }
  profile_ = std::move(profile);
  return {};
}

std::string Connection::UseDatabase(const std::string& database) {
  if (database == database_) return {};
  Outcome outcome = Run("USE " + QuoteName(database), "Null");
  if (outcome.error.empty()) database_ = database;
  return outcome.error;
}

InsertStream::InsertStream(Connection& connection, std::string_view head, std::string_view format,
                           const NamedValues& params)
    : connection_(connection) {
  const ParamArrays arrays(params);
  stream_ = connection.api().stream_insert_with_params_n(
      connection.handle(), head.data(), head.size(), format.data(), format.size(),
      arrays.names.data(), arrays.name_sizes.data(), arrays.values.data(),
      arrays.value_sizes.data(), params.size());
  VITRINE_CHECK(stream_ != nullptr);
}

InsertStream::~InsertStream() {
  if (!finished_ && error().empty()) connection_.api().stream_cancel_insert(stream_);
  connection_.api().destroy_insert_stream(stream_);
}

std::string InsertStream::error() const {
  const char* error = connection_.api().stream_insert_error(stream_);
  return error ? error : "";
}

bool InsertStream::Append(std::string_view bytes) {
  return connection_.api().stream_append(stream_, bytes.data(), bytes.size()) == 0;
}

Outcome InsertStream::Finish() {
  finished_ = true;
  return TakeOutcome(connection_.api(), connection_.api().stream_done(stream_));
}

Lease::Lease(Host* host, std::unique_ptr<Connection> connection, std::string query_id)
    : host_(host), connection_(std::move(connection)), id_(connection_->id()) {
  host_->running_[id_] = std::move(query_id);
}

Lease::Lease(Lease&& other) noexcept
    : host_(std::exchange(other.host_, nullptr)),
      connection_(std::move(other.connection_)),
      id_(other.id_) {}

Lease::~Lease() {
  if (host_) host_->Release(id_, std::move(connection_));
}

void Lease::Kill() { host_->Kill(id_); }

Host::Host(const ChdbApi& api, std::string config_path, std::string path)
    : api_(api), config_path_(std::move(config_path)), path_(std::move(path)) {}

Host::~Host() { Stop(0); }

Result<std::unique_ptr<Host>> Host::Start(const ChdbApi& api, const HostOptions& options) {
  TRY_ASSIGN(std::string config_path, WriteConfig(options));
  api.set_signal_handlers_enabled(0);
  std::unique_ptr<Host> host(new Host(api, std::move(config_path), options.path));
  host->control_ = host->Connect();
  // Not "cannot run here": after a kill the engine of the server before may hold the folder for a
  // second yet, and whoever started this one tries again.
  if (!host->control_)
    return Fail(ErrorCode::kConflict,
                "the engine does not start on " + options.path +
                    " (is another vitrine-engine working there? The line above says why)");
  const Outcome outcome = host->control_->Run("SELECT 1", "TSV");
  if (outcome.body != "1\n")
    return Fail(ErrorCode::kInternal, "the engine does not answer: " + outcome.error);
  return host;
}

std::unique_ptr<Connection> Host::Connect() {
  std::array<std::string, 3> arguments = {"vitrine-engine", "--config-file=" + config_path_,
                                          "--path=" + path_};
  std::array<char*, 3> pointers{};
  for (size_t i = 0; i < arguments.size(); ++i) pointers[i] = arguments[i].data();
  chdb_connection* handle = api_.connect(static_cast<int>(pointers.size()), pointers.data());
  if (!handle) return nullptr;
  uint64_t id = 0;
  {
    const std::lock_guard lock(mutex_);
    id = next_id_++;
  }
  auto connection = std::make_unique<Connection>(api_, handle, id);
  const Outcome tagged =
      connection->Run("SET query_cache_tag = " + QuoteString(connection->tag()), "Null");
  if (!tagged.error.empty()) return nullptr;
  return connection;
}

/// The latest used connection with this profile, else one without any.
std::unique_ptr<Connection> Host::TakeIdle(const std::string& profile) {
  for (const std::string& wanted : {profile, std::string()}) {
    const auto found = std::ranges::find_if(
        idle_.rbegin(), idle_.rend(),
        [&](const auto& connection) { return connection->profile() == wanted; });
    if (found == idle_.rend()) continue;
    std::unique_ptr<Connection> connection = std::move(*found);
    idle_.erase(std::next(found).base());
    return connection;
  }
  return nullptr;
}

Result<Lease> Host::Acquire(const std::string& query_id, const NamedValues& settings,
                            std::unique_ptr<Connection> kept) {
  std::unique_lock lock(mutex_);
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(kRunningWaitMs);
  const bool free = changed_.wait_until(
      lock, deadline, [&] { return stopping_ || running_.size() + connecting_ < kRunningMax; });
  if (stopping_) return Fail(ErrorCode::kUnavailable, "the engine is stopping");
  if (!free)
    return Fail(ErrorCode::kLimitExceeded,
                "Too many simultaneous queries. Maximum: " + std::to_string(kRunningMax));
  if (kept) return Lease(this, std::move(kept), query_id);
  std::unique_ptr<Connection> connection = TakeIdle(ProfileOf(settings));
  if (connection) return Lease(this, std::move(connection), query_id);
  ++connecting_;
  lock.unlock();
  connection = Connect();
  lock.lock();
  --connecting_;
  if (!connection) return Fail(ErrorCode::kInternal, "the engine gives no connection");
  if (stopping_) return Fail(ErrorCode::kUnavailable, "the engine is stopping");
  return Lease(this, std::move(connection), query_id);
}

void Host::Release(uint64_t id, std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  if (connection && !connection->dirty() && !stopping_) {
    idle_.push_back(std::move(connection));
    if (idle_.size() > kIdleEngineConnectionsMax) idle_.erase(idle_.begin());
  } else {
    connection.reset();  // Before the place is free, so that Stop finds nothing open.
  }
  running_.erase(id);
  changed_.notify_all();
}

std::string Host::QueryIdExpression() {
  const std::lock_guard lock(mutex_);
  std::string tags;
  std::string ids;
  for (const auto& [id, query_id] : running_) {
    tags += (tags.empty() ? "" : ", ") + QuoteString("vitrine-" + std::to_string(id));
    ids += (ids.empty() ? "" : ", ") + QuoteString(query_id);
  }
  if (tags.empty()) return "query_id";
  return "transform(Settings['query_cache_tag'], [" + tags + "], [" + ids + "], query_id)";
}

void Host::Kill(uint64_t connection_id) {
  const std::lock_guard lock(control_mutex_);
  if (!control_) return;
  // ASYNC: the other form waits for ever in this engine.
  control_->Run("KILL QUERY WHERE Settings['query_cache_tag'] = " +
                    QuoteString("vitrine-" + std::to_string(connection_id)) + " ASYNC",
                "Null");
}

void Host::Stop(int64_t grace_ms) {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
  const auto idle = [&] { return running_.empty(); };
  if (!changed_.wait_for(lock, std::chrono::milliseconds(grace_ms), idle)) {
    std::vector<uint64_t> ids;
    for (const auto& [id, query_id] : running_) ids.push_back(id);
    lock.unlock();
    for (const uint64_t id : ids) Kill(id);
    lock.lock();
    changed_.wait_for(lock, std::chrono::milliseconds(kKillRepeatMs * 2), idle);
  }
  if (!running_.empty()) return;  // The caller leaves with _exit; nothing acknowledged is lost.
  idle_.clear();
  lock.unlock();
  const std::lock_guard control_lock(control_mutex_);
  control_.reset();
}

}  // namespace vitrine::engine
