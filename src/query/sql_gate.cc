#include "query/sql_gate.h"

#include <algorithm>
#include <set>

#include "query/internal/sql_tokens.h"
#include "query/limits.h"

namespace vitrine::query {
namespace {

using Words = std::set<std::string, std::less<>>;

/// Table functions that make rows out of nothing.
const Words kTableFunctions = {"numbers",        "numbers_mt",      "zeros",  "zeros_mt",
                               "generateseries", "generate_series", "values", "primes"};

/// Functions that reach files, networks or other tables, wait, or tell about the server. Those
/// that begin with one of kRefusedPrefixes come on top.
const Words kRefusedFunctions = {"addresstoline",
                                 "addresstolinewithinlines",
                                 "addresstosymbol",
                                 "arrowstream",
                                 "azureblobstorage",
                                 "azureblobstoragecluster",
                                 "buildid",
                                 "catboostevaluate",
                                 "cluster",
                                 "clusterallreplicas",
                                 "connectionid",
                                 "connection_id",
                                 "cosn",
                                 "demangle",
                                 "dictionary",
                                 "displayname",
                                 "eval",
                                 "evalmlmethod",
                                 "executable",
                                 "file",
                                 "filecluster",
                                 "fqdn",
                                 "fullhostname",
                                 "fuzzjson",
                                 "fuzzquery",
                                 "gcs",
                                 "generaterandom",
                                 "hascolumnintable",
                                 "hostname",
                                 "input",
                                 "jdbc",
                                 "joinget",
                                 "joingetornull",
                                 "logtrace",
                                 "loop",
                                 "merge",
                                 "mongodb",
                                 "mysql",
                                 "odbc",
                                 "oss",
                                 "postgresql",
                                 "redis",
                                 "remote",
                                 "remotesecure",
                                 "s3",
                                 "s3cluster",
                                 "serveruuid",
                                 "showcertificate",
                                 "sleep",
                                 "sleepeachrow",
                                 "sqlite",
                                 "tcpport",
                                 "url",
                                 "urlcluster",
                                 "view",
                                 "viewexplain",
                                 "viewifpermitted",
                                 "ytsaurus",
                                 "zookeepersessionuptime"};
constexpr std::string_view kRefusedPrefixes[] = {"__",
                                                 "aiclassify",
                                                 "aiembed",
                                                 "aiextract",
                                                 "aigenerate",
                                                 "aitranslate",
                                                 "deltalake",
                                                 "dictget",
                                                 "dicthas",
                                                 "dictisin",
                                                 "filesystem",
                                                 "getclient",
                                                 "getmacro",
                                                 "getmergetree",
                                                 "getserver",
                                                 "getsetting",
                                                 "hdfs",
                                                 "hudi",
                                                 "iceberg",
                                                 "mergetree",
                                                 "paimon",
                                                 "prometheusquery",
                                                 "python",
                                                 "timeseriesdata",
                                                 "timeseriesmetrics",
                                                 "timeseriessamples",
                                                 "timeseriesselector",
                                                 "timeseriestags",
                                                 "transaction"};

/// Databases nobody may name, as the first part of a dotted name.
const Words kRefusedDatabases = {"system", "information_schema", "default",
                                 "_temporary_and_external_tables"};

/// Words after which the list of tables is over.
const Words kEndOfTables = {"WHERE",     "PREWHERE", "GROUP",  "HAVING",  "ORDER",
                            "LIMIT",     "OFFSET",   "WINDOW", "QUALIFY", "UNION",
                            "INTERSECT", "EXCEPT",   "SELECT", "WITH"};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string UpperOf(const SqlToken& token) {
  std::string upper = token.kind == SqlTokenKind::kWord ? token.name : std::string();
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

bool IsRefusedFunction(std::string_view name) {
  const std::string lower = Lower(name);
  return kRefusedFunctions.contains(lower) ||
         std::ranges::any_of(kRefusedPrefixes,
                             [&](std::string_view prefix) { return lower.starts_with(prefix); });
}

std::unexpected<Error> Refuse(const SqlToken& token, std::string message) {
  return Fail(ErrorCode::kInvalidInput, std::move(message), token.begin);
}

/// Walks over the tokens once, with one frame for each open bracket.
class Walk {
 public:
  Walk(const std::vector<SqlToken>& tokens, const std::vector<std::string>& views)
      : tokens_(tokens), views_(views) {}

  Result<void> Run(size_t begin) {
    CollectNames();
    frames_.push_back({});
    for (at_ = begin; tokens_[at_].kind != SqlTokenKind::kEnd; ++at_) TRY(Step());
    if (frames_.size() != 1) return Refuse(tokens_[at_], "a bracket is not closed");
    if (frames_.back().table_next)
      return Refuse(tokens_[at_], "here the name of a view is expected");
    return {};
  }

  /// Checks that the name at `at` is a public view; returns where it ends.
  Result<size_t> View(size_t at) const {
    const SqlToken& first = tokens_[at];
    if (!first.is_name()) return Refuse(first, "here the name of a view is expected");
    std::vector<std::string> parts{first.name};
    while (tokens_[at + 1].IsSymbol('.') && tokens_[at + 2].is_name()) {
      parts.push_back(tokens_[at + 2].name);
      at += 2;
    }
    const bool qualified = parts.size() == 2 && parts[0] == "vitrine";
    if (parts.size() == 1 || qualified) {
      if (std::ranges::find(views_, parts.back()) != views_.end()) return at;
      if (!qualified && named_.contains(parts[0])) return at;
    }
    std::string name = parts[0];
    for (size_t i = 1; i < parts.size(); ++i) name += "." + parts[i];
    std::string known;
    for (const std::string& view : views_) known += (known.empty() ? "" : ", ") + view;
    return Refuse(first, name + " is not a view that can be asked; there are: " + known);
  }

 private:
  struct Frame {
    bool is_call = false;       ///< Opened right after a name.
    bool is_query = false;      ///< A SELECT was seen.
    bool is_empty = true;       ///< No token yet.
    bool in_tables = false;     ///< Between FROM and the next clause.
    bool table_next = false;    ///< The next token is a table.
    bool columns_only = false;  ///< ARRAY JOIN and USING: commas separate columns.
  };

  const SqlToken& Now() const { return tokens_[at_]; }
  const SqlToken& Next(size_t ahead = 1) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  bool Before(std::string_view upper, size_t back = 1) const {
    return at_ >= back && tokens_[at_ - back].Is(upper);
  }

  /// Names that WITH gives to queries: `name AS (SELECT …`.
  void CollectNames() {
    for (size_t i = 0; i + 3 < tokens_.size(); ++i) {
      const bool opens =
          tokens_[i].is_name() && tokens_[i + 1].Is("AS") && tokens_[i + 2].IsSymbol('(');
      if (opens) named_.insert(tokens_[i].name);
    }
  }

  Result<void> Step() {
    const SqlToken& token = Now();
    if (token.IsSymbol(';')) return Refuse(token, "one statement at a time");
    if (token.IsSymbol('(') || token.IsSymbol('[') || token.IsSymbol('{')) return Open();
    if (token.IsSymbol(')') || token.IsSymbol(']') || token.IsSymbol('}')) return Close();
    Frame& frame = frames_.back();
    if (frame.table_next) return TakeTable();
    if (token.IsSymbol(',') && frame.in_tables && !frame.columns_only) frame.table_next = true;
    if (token.is_name()) TRY(TakeName());
    frames_.back().is_empty = false;
    return {};
  }

  Result<void> Open() {
    if (frames_.size() >= kSqlDepthMax)
      return Fail(ErrorCode::kLimitExceeded, "too many nested brackets", Now().begin);
    Frame inner;
    inner.is_call = Now().IsSymbol('(') && at_ > 0 && tokens_[at_ - 1].is_name();
    const bool is_parameter = Now().IsSymbol('{') && Next().is_name() && Next(2).IsSymbol(':');
    if (is_parameter) TRY(CheckParameterType());
    Frame& frame = frames_.back();
    if (frame.table_next) {
      if (!Now().IsSymbol('(')) return Refuse(Now(), "here the name of a view is expected");
      frame.table_next = false;
      const SqlToken& first = Next();
      const bool query =
          first.Is("SELECT") || first.Is("WITH") || first.Is("FROM") || first.IsSymbol('(');
      inner.in_tables = inner.table_next = !query;
    }
    frame.is_empty = false;
    frames_.push_back(inner);
    // What a parameter is called is no keyword: {from:String} is no FROM.
    if (is_parameter) ++at_;
    return {};
  }

  Result<void> Close() {
    if (frames_.size() == 1) return Refuse(Now(), "a bracket that was never opened");
    if (frames_.back().table_next) return Refuse(Now(), "here the name of a view is expected");
    frames_.pop_back();
    return {};
  }

  /// {name:Type} must be a value: a parameter of type Identifier could name any table.
  Result<void> CheckParameterType() const {
    for (size_t i = at_ + 3; i < tokens_.size() && !tokens_[i].IsSymbol('}'); ++i) {
      if (tokens_[i].is_name() && Lower(tokens_[i].name) == "identifier")
        return Refuse(tokens_[i], "parameters of type Identifier are not taken");
    }
    return {};
  }

  Result<void> TakeTable() {
    Frame& frame = frames_.back();
    const SqlToken& token = Now();
    frame.is_empty = false;
    if (token.is_name() && Next().IsSymbol('(')) {
      if (!kTableFunctions.contains(Lower(token.name)))
        return Refuse(token, "the table function " + token.name + " is not available here");
      frame.table_next = false;
      return {};
    }
    TRY_ASSIGN(at_, View(at_));
    frame.table_next = false;
    return {};
  }

  Result<void> TakeName() {
    const SqlToken& token = Now();
    const bool member = at_ > 0 && tokens_[at_ - 1].IsSymbol('.');
    if (!member && Next().IsSymbol('.') && kRefusedDatabases.contains(Lower(token.name)))
      return Refuse(token, "the database " + token.name + " cannot be asked here");
    if (Next().IsSymbol('(') && IsRefusedFunction(token.name))
      return Refuse(token, "the function " + token.name + " is not available here");
    if (member || Before("AS")) return {};
    if (token.Is("IN") && Next().is_name() && !Next(2).IsSymbol('(')) return TakeInTable();
    return TakeKeyword();
  }

  /// `x IN name` reads a table of that name, if there is one; `x IN database.name` does for sure.
  Result<void> TakeInTable() const {
    const bool qualified = Next(2).IsSymbol('.');
    const SqlToken& table = qualified ? Next(3) : Next();
    const std::string& name = table.name;
    const bool internal =
        qualified || name.ends_with("_rows") || name == "schema_versions" || name == "log_epochs";
    const bool view = std::ranges::find(views_, name) != views_.end() || named_.contains(name);
    if (internal && !view) return Refuse(table, name + " is not a view that can be asked");
    return {};
  }

  Result<void> TakeKeyword() {
    const SqlToken& token = Now();
    Frame& frame = frames_.back();
    const std::string word = UpperOf(token);
    if (word == "INTO") return Refuse(token, "INTO is not available: the answer comes back here");
    if (word == "SETTINGS" && Next().is_name() && Next(2).IsSymbol('='))
      return Refuse(token, "SETTINGS are not available here");
    if (word == "FORMAT" && frames_.size() == 1 && Next().is_name())
      return Refuse(token, "FORMAT is not available: the answer is always JSON");
    if (word == "PARALLEL" && Next().Is("WITH")) return Refuse(token, "one statement at a time");
    if (word == "APPLY") TRY(CheckApplied());
    if (word == "SELECT") frame.is_query = true;
    if (kEndOfTables.contains(word)) {
      frame.in_tables = frame.columns_only = false;
    } else if (word == "FROM" && IsClause(frame)) {
      frame.in_tables = frame.table_next = true;
      frame.columns_only = false;
    } else if (word == "JOIN") {
      frame.columns_only = Before("ARRAY");
      frame.in_tables = true;
      frame.table_next = !frame.columns_only;
    } else if (word == "USING" && frame.in_tables) {
      frame.columns_only = true;
    }
    return {};
  }

  /// `* APPLY name` calls a function without brackets.
  Result<void> CheckApplied() const {
    const SqlToken& name = Next().IsSymbol('(') ? Next(2) : Next();
    if (name.is_name() && IsRefusedFunction(name.name))
      return Refuse(name, "the function " + name.name + " is not available here");
    return {};
  }

  /// FROM is also part of some functions' arguments, and of IS DISTINCT FROM.
  bool IsClause(const Frame& frame) const {
    if (Before("DISTINCT") && (Before("IS", 2) || Before("NOT", 2))) return false;
    return !frame.is_call || frame.is_query || frame.is_empty;
  }

  const std::vector<SqlToken>& tokens_;
  const std::vector<std::string>& views_;
  Words named_;
  std::vector<Frame> frames_;
  size_t at_ = 0;
};

/// Where the query of an EXPLAIN begins: behind its kind and its options.
Result<size_t> BehindExplain(const std::vector<SqlToken>& tokens) {
  size_t at = 1;
  while (tokens[at].kind != SqlTokenKind::kEnd) {
    if (tokens[at].Is("SELECT") || tokens[at].Is("WITH") || tokens[at].IsSymbol('(')) return at;
    const bool option = tokens[at].kind == SqlTokenKind::kWord || tokens[at].IsSymbol('=') ||
                        tokens[at].IsSymbol(',') || tokens[at].kind == SqlTokenKind::kNumber;
    const bool other = tokens[at].Is("INSERT") || tokens[at].Is("CREATE") || tokens[at].Is("ALTER");
    if (!option || other) break;
    ++at;
  }
  return Refuse(tokens[at], "EXPLAIN is for a SELECT here");
}

Result<void> CheckDescribe(const std::vector<SqlToken>& tokens, Walk& walk) {
  const size_t at = tokens[1].Is("TABLE") ? 2 : 1;
  if (tokens[at].IsSymbol('(')) return walk.Run(at);
  TRY_ASSIGN(const size_t end, walk.View(at));
  if (tokens[end + 1].kind != SqlTokenKind::kEnd)
    return Refuse(tokens[end + 1], "DESCRIBE takes the name of one view");
  return {};
}

std::string ShowTables(const std::vector<std::string>& views) {
  std::string sql = "SELECT arrayJoin([";
  for (const std::string& view : views) sql += (sql.back() == '[' ? "'" : ", '") + view + "'";
  return sql + "]) AS name";
}

Result<std::string> GateShow(std::string_view statement, const std::vector<SqlToken>& tokens,
                             const std::vector<std::string>& views, const Walk& walk) {
  if (tokens[1].Is("TABLES") && tokens[2].kind == SqlTokenKind::kEnd) return ShowTables(views);
  if (tokens[1].Is("COLUMNS") && (tokens[2].Is("FROM") || tokens[2].Is("IN"))) {
    TRY_ASSIGN(const size_t end, walk.View(3));
    if (tokens[end + 1].kind == SqlTokenKind::kEnd) return std::string(statement);
  }
  return Refuse(tokens[0], "of SHOW there are SHOW TABLES and SHOW COLUMNS FROM a view");
}

}  // namespace

Result<std::string> GateSql(std::string_view text, const std::vector<std::string>& views) {
  if (text.size() > kSqlTextBytesMax)
    return Fail(ErrorCode::kLimitExceeded, "a statement has at most 64 KiB");
  TRY_ASSIGN(auto tokens, CutSql(text));
  while (tokens.size() > 1 && tokens[tokens.size() - 2].IsSymbol(';'))
    tokens.erase(tokens.end() - 2);
  if (tokens.size() == 1) return Fail(ErrorCode::kInvalidInput, "there is no statement");
  const std::string statement(text.substr(0, tokens[tokens.size() - 2].end));
  // A few tokens more than there are, so that looking ahead needs no checks.
  const SqlToken end = tokens.back();
  tokens.insert(tokens.end(), 4, end);
  const SqlToken& first = tokens[0];
  Walk walk(tokens, views);
  if (first.Is("SHOW")) return GateShow(statement, tokens, views, walk);
  if (first.Is("DESCRIBE") || first.Is("DESC")) {
    TRY(CheckDescribe(tokens, walk));
    return statement;
  }
  size_t begin = 0;
  if (first.Is("EXPLAIN")) {
    TRY_ASSIGN(begin, BehindExplain(tokens));
  } else if (!first.Is("SELECT") && !first.Is("WITH") && !first.Is("FROM") &&
             !first.IsSymbol('(')) {
    return Refuse(first, "only reading is possible: SELECT, WITH, EXPLAIN, DESCRIBE, SHOW TABLES");
  }
  TRY(walk.Run(begin));
  return statement;
}

}  // namespace vitrine::query
