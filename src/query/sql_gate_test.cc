#include "query/sql_gate.h"

#include <gtest/gtest.h>

#include "query/internal/sql_tokens.h"

namespace vitrine::query {
namespace {

const std::vector<std::string> kViews = {"spans", "calls", "messages", "traces", "price_rows"};

std::string Gate(std::string_view sql) {
  const auto gated = GateSql(sql, kViews);
  return gated ? *gated : "refused: " + gated.error().message;
}

class Accepted : public testing::TestWithParam<const char*> {};
TEST_P(Accepted, GoesOutAsItCame) { EXPECT_EQ(Gate(GetParam()), GetParam()); }
INSTANTIATE_TEST_SUITE_P(
    SqlGateTest, Accepted,
    testing::Values(
        "SELECT 1", "select count() from spans", "SELECT * FROM vitrine.spans AS s FINAL",
        "SELECT * FROM `spans` WHERE name = 'it''s; DROP \\' TABLE system.x'",
        "WITH a AS (SELECT 1 AS x), b AS (SELECT * FROM a) SELECT * FROM a JOIN b USING (x)",
        "SELECT * FROM (SELECT trace_id FROM calls) AS c, numbers(10) AS n",
        "SELECT a.x FROM spans a LEFT JOIN calls AS b ON a.span_id = b.span_id, traces t",
        "SELECT t FROM spans ARRAY JOIN tags AS t, input_hashes AS h WHERE t IN ('a', 'b')",
        "SELECT extract(DAY FROM start_time), trim(BOTH ' ' FROM name) FROM spans",
        "SELECT 1 IS DISTINCT FROM 2, 1 IS NOT DISTINCT FROM NULL",
        "(SELECT 1) UNION ALL (SELECT 2)", "FROM spans SELECT name",
        "SELECT name FROM spans WHERE trace_id IN (SELECT trace_id FROM traces WHERE x > 1e-5)",
        "SELECT {limit:UInt8}, [1, 2][1], (1, 'a').2, x'41', 0x1F, 1_000, map('a', 1)['a']",
        "EXPLAIN PLAN indexes = 1 SELECT 1 FROM spans", "EXPLAIN SYNTAX SELECT 1", "DESCRIBE spans",
        "DESC TABLE vitrine.spans", "DESCRIBE (SELECT 1 FROM spans)", "SHOW COLUMNS FROM spans",
        "SELECT * FROM price_rows",
        "SELECT quantile(0.95)(ttft_ns) / 1e6, format('{}', name) AS format FROM spans",
        "SELECT -- a comment with ; and system.tables\n 1 /* FROM file('x') */ + 1",
        "SELECT count() FROM spans WHERE name IN calls", "SELECT 'gr\xC3\xBC\xC3\x9F'",
        "SELECT sum(x) OVER (PARTITION BY a ORDER BY b) FROM spans",
        "SELECT x FROM generate_series(1, 10) AS g(x)", "SELECT EXISTS(SELECT 1 FROM spans)",
        "SELECT `a``b`, \"c\"\"d\" FROM spans",
        "SELECT * FROM spans WHERE start_time >= {from:DateTime} AND start_time < {to:DateTime}",
        "SELECT {select:String}, {into:String}, {settings:String}, {system:String}, {in:Int8}, "
        "{join:String}, {format:String}, {identifier:String}, {Using:Array(String)} FROM spans",
        "SELECT name FROM spans WHERE name IN {from:Array(String)} LIMIT {limit:UInt8}"));

class Refused : public testing::TestWithParam<const char*> {};
TEST_P(Refused, WithAReason) {
  const auto gated = GateSql(GetParam(), kViews);
  ASSERT_FALSE(gated) << *gated;
  EXPECT_EQ(gated.error().code, ErrorCode::kInvalidInput);
  EXPECT_FALSE(gated.error().message.empty());
}
INSTANTIATE_TEST_SUITE_P(
    WritesAndSettings, Refused,
    testing::Values("", " -- nothing\n", ";", "INSERT INTO spans VALUES (1)", "DROP TABLE spans",
                    "CREATE TABLE x (a Int8) ENGINE = Memory", "SET readonly = 0",
                    "SYSTEM SHUTDOWN", "KILL QUERY WHERE 1", "USE system", "SELECT 1; SELECT 2",
                    "SELECT 1; DROP TABLE spans", "SELECT 1 INTO OUTFILE '/tmp/x'",
                    "SELECT 1 into /**/ outfile '/tmp/x'", "SELECT 1 SETTINGS readonly = 0",
                    "SELECT * FROM (SELECT 1 settings max_threads=1)", "SELECT 1 FORMAT CSV",
                    "EXPLAIN INSERT INTO spans VALUES (1)", "ATTACH TABLE x",
                    "SELECT 1 PARALLEL WITH SELECT 2", "WITH 1 AS x INSERT INTO spans SELECT x",
                    "SHOW CREATE TABLE spans", "SHOW DATABASES", "SHOW TABLES FROM system",
                    "SHOW COLUMNS FROM span_rows", "SHOW PROCESSLIST",
                    "EXECUTE AS admin SELECT 1"));
INSTANTIATE_TEST_SUITE_P(
    OtherTables, Refused,
    testing::Values(
        "SELECT * FROM system.tables", "SELECT * FROM `system`.tables",
        "SELECT * FROM \"system\" . \"tables\"", "SELECT * FROM SYSTEM.processes",
        "SELECT * FROM information_schema.tables", "SELECT * FROM default.x",
        "SELECT * FROM span_rows", "SELECT * FROM vitrine.span_rows", "SELECT * FROM other.spans",
        "SELECT * FROM spans, system.one", "SELECT * FROM spans JOIN system.one ON 1",
        "SELECT * FROM spans WHERE 1 IN system.one", "SELECT * FROM spans WHERE 1 IN span_rows",
        "SELECT * FROM (SELECT * FROM system.one)", "SELECT (SELECT count() FROM system.one)",
        "SELECT * FROM {t:Identifier}", "SELECT {c:Identifier} FROM spans",
        "SELECT {from:Identifier} FROM spans", "SELECT * FROM {from:String}",
        "SELECT {from : `Identifier`}", "SELECT * FROM spans JOIN {from:String} ON 1",
        "SELECT {from:String} FROM system.one", "SELECT {a:String, x:String FROM system.one}",
        "SELECT {from system.one}", "SELECT {{from:String} FROM system.one}",
        "SELECT * FROM spans, span_rows", "SELECT EXISTS(FROM system.one SELECT 1)",
        "SELECT count(FROM span_rows SELECT 1)", "DESCRIBE system.tables",
        "WITH x AS (SELECT * FROM schema_versions) SELECT * FROM x", "FROM span_rows SELECT 1",
        "SELECT * FROM vitrine.spans.x", "SELECT * FROM (EXPLAIN SELECT 1)",
        "SELECT 1 WHERE 1 IN vitrine.span_rows", "SELECT 1 WHERE 1 IN system.tables",
        "SELECT 1 WHERE 1 IN log_epochs", "SELECT * FROM 'spans'", "SELECT * FROM",
        "SELECT * FROM (span_rows)"));
INSTANTIATE_TEST_SUITE_P(
    Functions, Refused,
    testing::Values(
        "SELECT * FROM file('/etc/passwd')", "SELECT file('/etc/passwd')",
        "SELECT `file`('/etc/passwd')", "SELECT \"FILE\" /* */ ('/etc/passwd')",
        "SELECT * FROM url('http://127.0.0.1/')", "SELECT * FROM s3('x')",
        "SELECT * FROM remote('127.0.0.1', system.one)", "SELECT sleep(3)",
        "SELECT sleepEachRow(1) FROM numbers(3)", "SELECT * APPLY sleepEachRow FROM numbers(3)",
        "SELECT * APPLY(sleep) FROM numbers(3)", "SELECT * FROM executable('x', TSV, 'a Int8')",
        "SELECT * FROM merge('vitrine', '.*')", "SELECT * FROM mergeTreeIndex(vitrine, span_rows)",
        "SELECT 1, mergeTreeTextIndex(1)", "SELECT * FROM view(SELECT 1)",
        "SELECT dictGet('x', 'y', 1)", "SELECT joinGet('x', 'y', 1)", "SELECT hostName()",
        "SELECT getSetting('additional_table_filters')", "SELECT filesystemAvailable()",
        "SELECT hasColumnInTable('system', 'one', 'dummy')", "SELECT aiGenerate('x')",
        "SELECT arrayMap(x -> file(x), ['a'])", "SELECT * FROM icebergLocal('/x')",
        "SELECT * FROM numbers(1), loop(span_rows)"));
INSTANTIATE_TEST_SUITE_P(Texts, Refused,
                         testing::Values("SELECT 'open", "SELECT \"open", "SELECT `open",
                                         "SELECT 1 /* open", "SELECT (1", "SELECT 1)",
                                         "SELECT /* /* */ */ 1", "SELECT 1 // x", "SELECT 1 # x",
                                         "SELECT $x$a$x$",
                                         "SELECT \xE2\x80\x98"
                                         "a\xE2\x80\x99",
                                         "SELECT\xC2\xA0"
                                         "1",
                                         "SELECT `sys\\x74em`.x", "SELECT 1abc",
                                         "SELECT 1FROM system.one", "SELECT 1\\G", "SELECT ``",
                                         "SELECT 0x1.FROM"));

TEST(SqlGateTest, TakesOffTrailingSemicolonsAndComments) {
  EXPECT_EQ(Gate("SELECT 1;"), "SELECT 1");
  EXPECT_EQ(Gate("SELECT 1 ;; -- done"), "SELECT 1");
  EXPECT_EQ(Gate("SHOW TABLES"),
            "SELECT arrayJoin(['spans', 'calls', 'messages', 'traces', 'price_rows']) AS name");
}

TEST(SqlGateTest, SaysWhere) {
  const auto gated = GateSql("SELECT * FROM spans, system.one", kViews);
  ASSERT_FALSE(gated);
  EXPECT_EQ(gated.error().offset, 21u);
}

TEST(SqlGateTest, HasLimits) {
  EXPECT_EQ(GateSql("SELECT " + std::string(500, '('), kViews).error().code,
            ErrorCode::kLimitExceeded);
  EXPECT_EQ(GateSql(std::string(70'000, ' '), kViews).error().code, ErrorCode::kLimitExceeded);
}

TEST(SqlTokensTest, StringsEndWhereTheyEnd) {
  const auto tokens = CutSql("a 'x\\'y''z' \"q\"\"r\" b'01' 1.5e-3");
  ASSERT_TRUE(tokens);
  ASSERT_EQ(tokens->size(), 6u);
  EXPECT_EQ((*tokens)[1].kind, SqlTokenKind::kString);
  EXPECT_EQ((*tokens)[1].end, 11u);
  EXPECT_EQ((*tokens)[2].name, "q\"r");
  EXPECT_EQ((*tokens)[3].kind, SqlTokenKind::kString);
  EXPECT_EQ((*tokens)[4].kind, SqlTokenKind::kNumber);
}

}  // namespace
}  // namespace vitrine::query
