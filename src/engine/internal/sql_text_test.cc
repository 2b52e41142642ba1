#include "engine/internal/sql_text.h"

#include <gtest/gtest.h>

namespace vitrine::engine {
namespace {

/// The statement as it is sent on, with [..] where INTO OUTFILE and FORMAT go.
std::string Output(std::string_view sql) {
  const SqlShape shape = ShapeOf(sql);
  return std::string(sql.substr(0, shape.output_begin)) + "[" + shape.format + "]" +
         std::string(sql.substr(shape.output_end, shape.statement_end - shape.output_end));
}

TEST(SqlTextTest, FindsTheFormatOfAStatement) {
  EXPECT_EQ(Output("SELECT 1"), "SELECT 1[]");
  EXPECT_EQ(Output("SELECT 1 ; "), "SELECT 1[]");
  EXPECT_EQ(Output("SELECT 1 FORMAT JSON"), "SELECT 1 [JSON]");
  EXPECT_EQ(Output("select 1 format TSV -- the end"), "select 1 [TSV]");
  EXPECT_EQ(Output("SELECT 1 FORMAT CSV SETTINGS a = 1"), "SELECT 1 [CSV] SETTINGS a = 1");
  EXPECT_EQ(Output("SELECT 1 SETTINGS a = 1 FORMAT CSV"), "SELECT 1 SETTINGS a = 1 [CSV]");
  EXPECT_EQ(Output("SELECT '; FORMAT x' FORMAT CSV;"), "SELECT '; FORMAT x' [CSV]");
  EXPECT_EQ(Output("(SELECT 1) UNION ALL (SELECT 2 FORMAT x)"),
            "(SELECT 1) UNION ALL (SELECT 2 FORMAT x)[]");
}

TEST(SqlTextTest, ColumnsMayBeCalledFormat) {
  for (const char* sql : {"SELECT x FROM t ORDER BY format DESC", "SELECT a AS format",
                          "SELECT 1, format", "SELECT format FROM t", "SELECT format('{}', a)",
                          "SELECT a FROM t WHERE format AND b", "SELECT x FROM format"})
    EXPECT_EQ(ShapeOf(sql).format, "") << sql;
}

TEST(SqlTextTest, SplitsInsertsFromTheirRows) {
  const auto split = [](std::string_view sql) {
    const SqlShape shape = ShapeOf(sql);
    EXPECT_TRUE(shape.is_insert_data) << sql;
    return std::string(sql.substr(0, shape.head_end)) + "|" + shape.insert_format + "|" +
           std::string(sql.substr(shape.data_begin));
  };
  EXPECT_EQ(split("INSERT INTO t FORMAT Native\n\x01\x02"), "INSERT INTO t|Native|\x01\x02");
  EXPECT_EQ(split("insert into db.t (a, `b c`) values (1, 2)"),
            "insert into db.t (a, `b c`)|Values| (1, 2)");
  EXPECT_EQ(split("INSERT INTO t (* EXCEPT(a)) SETTINGS x = 1 FORMAT CSV  \r\n1,'FORMAT"),
            "INSERT INTO t (* EXCEPT(a)) SETTINGS x = 1|CSV|1,'FORMAT");
  EXPECT_EQ(split("INSERT INTO t FORMAT JSONEachRow {\"a\":1}"),
            "INSERT INTO t|JSONEachRow|{\"a\":1}");
  EXPECT_EQ(split("INSERT INTO values VALUES (1)"), "INSERT INTO values|Values| (1)");
  EXPECT_EQ(split("INSERT INTO `file` (a) VALUES (1)"), "INSERT INTO `file` (a)|Values| (1)");
  EXPECT_EQ(split("INSERT INTO t"), "INSERT INTO t||");
  EXPECT_FALSE(ShapeOf("INSERT INTO t").has_format);
}

TEST(SqlTextTest, InsertSelectHasNoRows) {
  for (const char* sql : {"INSERT INTO t SELECT 1", "INSERT INTO t (a) WITH 1 AS x SELECT x",
                          "INSERT INTO t (SELECT 1)", "INSERT INTO t (a) (SELECT 1)"}) {
    const SqlShape shape = ShapeOf(sql);
    EXPECT_FALSE(shape.is_insert_data) << sql;
    EXPECT_EQ(shape.refusal, "") << sql;
  }
}

TEST(SqlTextTest, RefusesFilesHoweverTheyAreHidden) {
  for (const char* sql : {"SELECT 1 INTO OUTFILE 'x'",
                          "SELECT 1 into/**/outfile 'x'",
                          "SELECT 1 INTO -- c\n OUTFILE 'x'",
                          "INSERT INTO t FROM INFILE 'x' FORMAT CSV",
                          "SELECT file('x')",
                          "SELECT file ('x')",
                          "SELECT `file`('x')",
                          "SELECT \"file\"('x')",
                          "SELECT file/* /* nested */ */('x')",
                          "SELECT 'a\\\\' , file('x')",
                          "SELECT `f\\x69le`('x')",
                          "SELECT '''', file('x')",
                          "SELECT $$'$$, file('x')",
                          "SELECT \u2018'\u2019, file('x')",
                          "SELECT file\u00a0('x')",
                          "CREATE VIEW v AS SELECT file('x')",
                          "SELECT # '\n file('x')",
                          "INSERT INTO t SELECT file('x')",
                          "SELECT arrayMap(file, ['x'])",
                          "SELECT * APPLY(file)",
                          "SELECT COLUMNS('a') APPLY file",
                          "SELECT \u201cfile\u201d('x')",
                          "SELECT arrayMap(`file`, ['x'])",
                          "INSERT INTO FUNCTION null(file('x')) VALUES (1)",
                          "SELECT * FROM eval('SELECT 1')",
                          "INSERT INTO t (file) SELECT arrayMap(file, ['x'])"})
    EXPECT_NE(ShapeOf(sql).refusal, "") << sql;
}

TEST(SqlTextTest, LeavesHarmlessTextAlone) {
  for (const char* sql :
       {"SELECT 'file(1)'", "SELECT t.file FROM t", "SELECT profile(1)", "SELECT t.`file`, (1)",
        "INSERT INTO file (file, `a\\b`) VALUES (1)", "INSERT INTO t (file) SELECT 1",
        "SELECT 'INTO OUTFILE'", "SELECT 1 -- INTO OUTFILE 'x'", "SELECT /* file( */ 1",
        "SELECT $x$ file('a') $x$", "SELECT a.file, b FROM a"})
    EXPECT_EQ(ShapeOf(sql).refusal, "") << sql;
}

TEST(SqlTextTest, SelectFromInputWouldLoseItsRows) {
  EXPECT_NE(ShapeOf("INSERT INTO t SELECT a FROM input('a Int8') FORMAT CSV 1").refusal, "");
  EXPECT_EQ(ShapeOf("INSERT INTO t (input) SELECT 1").refusal, "");
}

TEST(SqlTextTest, BrokenTextEnds) {
  for (const char* sql : {"SELECT 'x", "SELECT `x", "/* /* */", "$a$ x", "'", "\\", "\u2018",
                          "SELECT $", "--", "#!", "(((", ")))"})
    (void)ShapeOf(sql);
  EXPECT_TRUE(ShapeOf("").empty);
  EXPECT_TRUE(ShapeOf(" -- nothing\n/* here */ ").empty);
  EXPECT_FALSE(ShapeOf(";").empty);
}

TEST(SqlTextTest, KillFindsQueriesByTheirClientsIds) {
  EXPECT_EQ(RewriteKill("KILL QUERY WHERE query_id = 'query_id' SYNC", "E"),
            "KILL QUERY WHERE E = 'query_id' ASYNC");
  EXPECT_EQ(RewriteKill("KILL QUERY WHERE `query_id` LIKE 'a%'", "E"),
            "KILL QUERY WHERE E LIKE 'a%'");
}

TEST(SqlTextTest, Quoting) {
  EXPECT_EQ(QuoteString("a'b\\"), "'a\\'b\\\\'");
  EXPECT_EQ(QuoteString(std::string_view("\0", 1)), "'\\0'");
  EXPECT_EQ(QuoteName("a`b"), "`a\\`b`");
}

}  // namespace
}  // namespace vitrine::engine
