// What must hold of settling whatever is sent: refused rows, wrong clocks, imports, moved spans.
#include <chrono>
#include <future>

#include "settle/schema_upgrade.h"
#include "settling/settling_fixture.h"
#include "storage/schema/schema.h"

namespace vitrine::settle {
namespace {

constexpr const char* kRefusePoison =
    "ALTER TABLE vitrine.span_rows ADD CONSTRAINT poison CHECK name != 'poison'";

class SettlingTest : public Settling {};

constexpr int64_t kScoreDay = 20'000;

TEST_F(SettlingTest, ARefusedRowGoesToQuarantineAndTheRestSettles) {
  Settle({{.trace = 1, .id = 1, .day = kToday}});
  ASSERT_TRUE(engine_->client().Execute(kRefusePoison));
  std::vector<SentSpan> spans;
  for (uint64_t id = 2; id <= 200; ++id)
    spans.push_back(
        {.trace = id / 10, .id = id, .day = kToday, .name = id == 77 ? "poison" : "chat"});
  Settle(spans);
  EXPECT_EQ(Totals(), "199\t199\t199\t199\t1990");
  EXPECT_EQ(settler_->status().quarantined, 1u);
  auto notes = settler_->Quarantined("default", 10);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].table, "span_rows");
  EXPECT_NE(notes[0].identity.find("000000000000004d"), std::string::npos) << notes[0].identity;
  EXPECT_NE(notes[0].reason.find("poison"), std::string::npos) << notes[0].reason;
  EXPECT_TRUE(settler_->Quarantined("another", 10).empty());

  Restart();
  EXPECT_EQ(settler_->status().quarantined, 1u) << "what earlier runs left there counts";
  Settle({spans[75]});
  EXPECT_EQ(settler_->status().quarantined, 1u) << "the same row again is the same row";
  EXPECT_EQ(Totals(), "199\t199\t199\t199\t1990");
  EXPECT_EQ(Ask("SELECT door, reason, sum(accepted), sum(quarantined) FROM vitrine.ingest_ledger "
                "GROUP BY ALL ORDER BY ALL"),
            "otlp_http\t\t201\t0\notlp_http\trefused_by_engine\t0\t2")
      << "sent twice, it came twice";
}

constexpr const char* kLedger =
    "SELECT time, door, reason, accepted, rejected, dropped, quarantined FROM "
    "vitrine.ingest_ledger ORDER BY ALL";
/// Of the day on which batches come.
constexpr Nanos kNoon{20'000 * kNanosPerDay + kNanosPerDay / 2};

TEST_F(SettlingTest, WhatCameInIsCountedOnceWhereverTheBatchWasCutOff) {
  uint64_t sent = 1;
  Settle({{.trace = sent, .id = sent, .day = kToday}});
  for (const char* table : {"trace_place_rows", "rollup_rows", "span_rows", "trace_rows"}) {
    ++sent;
    ASSERT_NO_FATAL_FAILURE(CutOff(table, {{.trace = sent, .id = sent, .day = kToday}}));
    StartSettler();
    ASSERT_TRUE(settler_->WaitSettled(SendCounts({}), std::chrono::seconds(60)));
  }
  ++sent;
  CutOff("ingest_ledger_rows", {{.trace = sent, .id = sent, .day = kToday}});
  EXPECT_EQ(Ask("SELECT count() FROM vitrine.spans"), std::to_string(sent)) << "the ledger is last";
  StartSettler();
  ASSERT_TRUE(settler_->WaitSettled(SendCounts({{.door = "gateway",
                                                 .reason = "unrecorded",
                                                 .time = kNoon + 61 * kNanosPerSecond,
                                                 .dropped = 4}}),
                                    std::chrono::seconds(60)));
  EXPECT_EQ(Ask(kLedger),
            "2024-10-04 12:00:00\totlp_http\t\t6\t0\t0\t0\n"
            "2024-10-04 12:01:00\tgateway\tunrecorded\t0\t0\t4\t0");
}

TEST_F(SettlingTest, ANewLogBesideALedgerCountsOn) {
  const std::vector<model::IngestCount> refused = {
      {.door = "scores", .reason = "invalid_input", .time = kNoon, .rejected = 1}};
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(settler_->WaitSettled(SendCounts(refused), std::chrono::seconds(60)));
  StopSettler();
  std::filesystem::remove_all(folder_ / "log");
  StartSettler();
  CutOff("trace_rows", {{.trace = 1, .id = 1, .day = kToday}});
  StartSettler();
  ASSERT_TRUE(settler_->WaitSettled(SendCounts({}), std::chrono::seconds(60)));
  EXPECT_EQ(Ask("SELECT sum(accepted), sum(rejected) FROM vitrine.ingest_ledger"), "1\t3");
}

TEST_F(SettlingTest, TheMonthOfALedgerThatIsThereIsNotAddedAgain) {
  const std::vector<model::IngestCount> counts = {
      {.door = "scores", .reason = "invalid_input", .time = kNoon, .rejected = 3},
      {.door = "scores",
       .reason = "invalid_input",
       .time = kNoon + 40 * kNanosPerDay,
       .rejected = 5}};
  ASSERT_TRUE(settler_->WaitSettled(SendCounts({}), std::chrono::seconds(60)));
  CutOff("ingest_ledger_rows", "toYYYYMM(minute) = 202411", [&] { SendCounts(counts); });
  EXPECT_EQ(Ask("SELECT sum(rejected) FROM vitrine.ingest_ledger"), "3");
  StartSettler();
  ASSERT_TRUE(settler_->WaitSettled(SendCounts({}), std::chrono::seconds(60)));
  EXPECT_EQ(Ask(kLedger),
            "2024-10-04 12:00:00\tscores\tinvalid_input\t0\t3\t0\t0\n"
            "2024-11-13 12:00:00\tscores\tinvalid_input\t0\t5\t0\t0");
}

TEST_F(SettlingTest, ARefusedLaterVersionLeavesTheEarlierOneAsItWas) {
  Settle({{.trace = 1, .id = 1, .day = kToday, .user = "u"}, {.trace = 1, .id = 2, .day = kToday}});
  ASSERT_TRUE(engine_->client().Execute(kRefusePoison));
  // It would also move to another day: its removal from the old one must not happen either.
  Settle({{.trace = 1, .id = 1, .day = kToday - 2, .name = "poison"}});
  EXPECT_EQ(Totals(), "2\t2\t2\t2\t20");
  Settle({{.trace = 1, .id = 1, .day = kToday - 1, .name = "again"}});
  EXPECT_EQ(Totals(), "2\t2\t2\t2\t20");
  EXPECT_EQ(
      Ask("SELECT name, user_id, toString(toDate(start_time)) FROM vitrine.spans WHERE span_id = "
          "'0000000000000001'"),
      "again\tu\t2024-10-03");
}

TEST_F(SettlingTest, WrongClocksSettleInThePartitionsAroundTheirArrival) {
  std::vector<SentSpan> spans;
  for (uint64_t id = 1; id <= 150; ++id)
    spans.push_back({.trace = 1, .id = id, .day = kToday - 75 + static_cast<int64_t>(id)});
  for (int64_t day : {int64_t{0}, int64_t{10'000}, int64_t{30'000}, int64_t{100'000}})
    spans.push_back({.trace = 2, .id = 1000 + static_cast<uint64_t>(day), .day = day});
  Settle(spans);
  EXPECT_EQ(Totals(), "154\t154\t154\t154\t1540");
  EXPECT_EQ(Ask("SELECT uniqExact(day), min(day), max(day) FROM vitrine.span_rows"),
            "9\t2024-09-27\t2024-10-05");
}

TEST_F(SettlingTest, AnImportOver130DaysAndWrongYearsSettles) {
  std::vector<SentSpan> spans;
  for (uint64_t id = 1; id <= 130; ++id)
    spans.push_back({.trace = id, .id = id, .day = kToday - 3 * static_cast<int64_t>(id)});
  spans.push_back({.trace = 1000, .id = 1000, .day = -4000});
  spans.push_back({.trace = 1001, .id = 1001, .day = 100'000});
  Settle(spans, model::Capture::kImport);
  EXPECT_EQ(Totals(), "132\t132\t132\t132\t1320");
  EXPECT_EQ(Ask("SELECT uniqExact(day) FROM vitrine.span_rows"), "132");
  Restart();
  Settle(spans, model::Capture::kImport);
  EXPECT_EQ(Totals(), "132\t132\t132\t132\t1320");
}

TEST_F(SettlingTest, AMovedSpanIsOneSpanAlsoWhenACrashLeftBothRows) {
  Settle({{.trace = 1, .id = 1, .day = kToday, .user = "u"}, {.trace = 1, .id = 2, .day = kToday}});
  Settle({{.trace = 1, .id = 1, .day = kToday - 3}});
  EXPECT_EQ(Totals(), "2\t2\t2\t2\t20");
  // The state after a kill between the insert of the new row and the removal of the old one.
  StopSettler();
  for (const char* table : {"span_rows", "trace_rows"}) {
    ASSERT_TRUE(
        engine_->client().Execute(std::string("ALTER TABLE vitrine.") + table +
                                  " DELETE WHERE is_deleted = 1 SETTINGS mutations_sync = 2"));
  }
  EXPECT_EQ(Ask("SELECT count() FROM vitrine.spans"), "3");
  StartSettler();
  Settle({{.trace = 1, .id = 1, .day = kToday - 3}});
  EXPECT_EQ(Ask("SELECT count(), countIf(user_id = 'u') FROM vitrine.spans"), "2\t2");
  EXPECT_EQ(Ask("SELECT count(), sum(span_count) FROM vitrine.traces"), "1\t2");
}

/// After a start nothing of a trace is in memory: what is stored is looked for where it lies.
TEST_F(SettlingTest, LateSpansFindTheirTraceAndWhatCameAheadOfThem) {
  Settle({{.trace = 1, .id = 1, .day = kToday - 2},
          {.trace = 2, .id = 20, .day = kToday - 3},
          {.trace = 3, .id = 30, .day = kToday - 5, .user = "eve", .is_fragment = true}});
  // Ahead of its span, and outside of what the trace's row covers.
  Settle({{.trace = 1, .id = 2, .day = kToday, .user = "ann", .is_fragment = true}});
  EXPECT_EQ(Totals(), "2\t2\t2\t2\t20");
  Restart();
  Settle({{.trace = 1, .id = 2, .day = kToday - 1},
          {.trace = 2, .id = 21, .day = kToday},
          {.trace = 3, .id = 30, .day = kToday - 5}});
  EXPECT_EQ(Totals(), "5\t5\t5\t5\t50");
  EXPECT_EQ(Ask("SELECT span_count, toDate(start_time) FROM vitrine.traces ORDER BY trace_id"),
            "2\t2024-10-02\n2\t2024-10-01\n1\t2024-09-29");
  EXPECT_EQ(Ask("SELECT user_id FROM vitrine.spans WHERE span_id LIKE '%2' OR user_id = 'eve' "
                "ORDER BY user_id"),
            "ann\neve");
}

/// What came ahead of a span is part of it also where the batch was cut off once its row had moved.
TEST_F(SettlingTest, ABatchThatWasCutOffIsSettledAgainAsTheSame) {
  uint64_t trace = 0;
  for (const char* table :
       {"trace_place_rows", "rollup_rows", "hour_rollup_rows", "span_rows", "trace_rows"}) {
    ++trace;
    Settle({{.trace = trace, .id = 10 * trace, .day = kToday, .user = "ann", .is_fragment = true},
            {.trace = trace, .id = 10 * trace + 1, .day = kToday}});
    // The span starts earlier, so that its row moves; the trace's row does as well.
    CutOff(table, {{.trace = trace, .id = 10 * trace, .day = kToday - 2},
                   {.trace = trace, .id = 10 * trace + 2, .day = kToday - 1},
                   {.trace = 100 + trace, .id = 1000 + trace, .day = kToday - 4}});
    StartSettler();
    Settle({{.trace = 200 + trace, .id = 2000 + trace, .day = kToday}});
    const std::string spans = std::to_string(5 * trace);
    EXPECT_EQ(Totals(), spans + "\t" + spans + "\t" + spans + "\t" + spans + "\t" + spans + "0")
        << table;
    EXPECT_EQ(Ask("SELECT user_id, toDate(start_time) FROM vitrine.spans WHERE span_id = "
                  "leftPad(lower(hex(" +
                  std::to_string(10 * trace) + ")), 16, '0')"),
              "ann\t2024-10-02")
        << table;
    EXPECT_EQ(Ask("SELECT count(), max(span_count) FROM vitrine.traces"),
              std::to_string(3 * trace) + "\t3")
        << table;
  }
}

TEST_F(SettlingTest, ANewLogBesideOldTablesDoesNotFallBehindThem) {
  for (const char* name : {"first", "second", "third"})
    Settle({{.trace = 1, .id = 1, .day = kToday, .name = name}});
  StopSettler();
  std::filesystem::remove_all(folder_ / "log");
  StartSettler();  // Its first batch is number 1 again.
  Settle({{.trace = 1, .id = 1, .day = kToday, .name = "fourth"}});
  EXPECT_EQ(Ask("SELECT name FROM vitrine.spans"), "fourth");
  Restart();
  Settle({{.trace = 1, .id = 1, .day = kToday, .name = "fifth"}});
  EXPECT_EQ(Ask("SELECT name FROM vitrine.spans"), "fifth");
  EXPECT_EQ(Totals(), "1\t1\t1\t1\t10");
  EXPECT_EQ(Ask("SELECT count() FROM vitrine.log_epochs"), "1");
}

/// Makes of a table of spans what version 11 had: one column for all input.
std::vector<std::string> WithWholeInputs(const std::string& table) {
  const std::string alter = "ALTER TABLE vitrine." + table + " ";
  return {alter +
              "ADD COLUMN input_hashes Array(FixedString(16)) DEFAULT arrayConcat(history_hashes, "
              "new_input_hashes), ADD COLUMN input_new_from UInt32 DEFAULT length(history_hashes)",
          alter +
              "MATERIALIZE COLUMN input_hashes, MATERIALIZE COLUMN input_new_from SETTINGS "
              "mutations_sync = 2",
          alter +
              "MODIFY COLUMN input_hashes REMOVE DEFAULT, MODIFY COLUMN input_new_from REMOVE "
              "DEFAULT",
          alter +
              "DROP INDEX new_input_hash_bloom, DROP INDEX history_hash_bloom, DROP COLUMN "
              "history_hashes, DROP COLUMN new_input_hashes SETTINGS mutations_sync = 2"};
}

/// Makes of the tables what version 2 had: a column for each rare field, and messages that replace
/// one another.
std::vector<std::string> AsInVersion2() {
  std::vector<std::string> statements = WithWholeInputs("span_rows");
  for (const char* sql :
       {"CREATE TABLE vitrine.older_rows AS vitrine.message_rows ENGINE = ReplacingMergeTree "
        "PARTITION BY (day, retention) ORDER BY (project, hash)",
        "ALTER TABLE vitrine.older_rows ATTACH PARTITION ALL FROM vitrine.message_rows",
        "EXCHANGE TABLES vitrine.older_rows AND vitrine.message_rows",
        "DROP TABLE vitrine.older_rows SYNC"})
    statements.emplace_back(sql);
  const auto column = [&](const std::string& name, const std::string& type,
                          const std::string& sql) {
    const std::string alter = "ALTER TABLE vitrine.span_rows ";
    statements.push_back(alter + "ADD COLUMN " + name + " " + type + " DEFAULT " + sql);
    statements.push_back(alter + "MATERIALIZE COLUMN " + name + " SETTINGS mutations_sync = 2");
    statements.push_back(alter + "MODIFY COLUMN " + name + " REMOVE DEFAULT");
  };
  for (const std::string name :
       {"session_id", "user_id", "environment", "release", "feature", "experiment"}) {
    const std::string rare = "rare['own_" + name + "']";
    column("own_" + name, name.ends_with("_id") ? "String" : "LowCardinality(String)",
           "if(mapContains(rare, 'own_" + name + "'), " + rare + ", " + name + ")");
  }
  column("temperature", "Nullable(Float64)", "toFloat64OrNull(rare['temperature'])");
  column("seed", "Nullable(Int64)", "toInt64OrNull(rare['seed'])");
  column("request_id", "String", "rare['request_id']");
  column("http_status", "UInt16", "toUInt16OrZero(rare['http_status'])");
  column("is_batch", "UInt8", "toUInt8OrZero(rare['is_batch'])");
  column("refusal", "UInt8", "toUInt8OrZero(rare['refusal'])");
  column("cache_write_1h_tokens", "Nullable(UInt64)",
         "toUInt64OrNull(rare['cache_write_1h_tokens'])");
  statements.insert(statements.end(), {"ALTER TABLE vitrine.span_rows DROP COLUMN brief",
                                       "ALTER TABLE vitrine.trace_rows DROP COLUMN brief",
                                       "ALTER TABLE vitrine.span_rows DROP COLUMN rare_stage",
                                       "ALTER TABLE vitrine.span_rows DROP COLUMN rare_refusal",
                                       "ALTER TABLE vitrine.span_rows DROP COLUMN rare",
                                       "ALTER TABLE vitrine.rollup_rows DROP COLUMN batch",
                                       "TRUNCATE TABLE vitrine.schema_versions",
                                       "INSERT INTO vitrine.schema_versions (version) VALUES (2)"});
  return statements;
}

/// Makes of the tables what version 11 had, with four rows of a project of their own.
std::vector<std::string> AsInVersion11() {
  std::vector<std::string> statements = WithWholeInputs("older_rows");
  statements.insert(statements.begin(), "CREATE TABLE vitrine.older_rows AS vitrine.span_rows");
  for (const char* sql :
       {"INSERT INTO vitrine.older_rows (project, kind, span_id, input_hashes, input_new_from) "
        "VALUES ('old', 'llm', '1', ['a', 'b', 'c'], 2), ('old', 'llm', '2', ['d'], 0), ('old', "
        "'llm', '3', ['a'], 1), ('old', 'llm', '4', [], 0)",
        "EXCHANGE TABLES vitrine.older_rows AND vitrine.span_rows",
        "DROP TABLE vitrine.older_rows SYNC", "TRUNCATE TABLE vitrine.schema_versions",
        "INSERT INTO vitrine.schema_versions (version) VALUES (11)"})
    statements.emplace_back(sql);
  return statements;
}

constexpr const char* kOldInputs =
    "SELECT arrayMap(h -> toStringCutToZero(h), history_hashes), arrayMap(h -> "
    "toStringCutToZero(h), new_input_hashes) FROM vitrine.span_rows WHERE project = 'old' ORDER BY "
    "span_id";
constexpr const char* kOldInputsApart = "['a','b']\t['c']\n[]\t['d']\n['a']\t[]\n[]\t[]";

/// Until version 12 history and what is new lay in one column. Cut off at any statement the upgrade
/// ends the same.
TEST_F(SettlingTest, OlderInputsAreTakenApart) {
  Settle({{.trace = 1, .id = 1, .day = kToday}});
  const std::vector<std::string> steps[] = {{},
                                            storage::AddSplitInputs(),
                                            storage::RewriteSplitInputs(),
                                            storage::FinishSplitInputs(),
                                            storage::ViewStatements(),
                                            storage::DropWholeInputs()};
  std::vector<std::string> upgrade;
  const std::string of_view =
      "SELECT length(input_hashes), input_new_from FROM vitrine.spans WHERE project = 'old' ORDER "
      "BY span_id";
  const std::string column =
      "SELECT extract(create_table_query, '(`history_hashes`.*?)`new_input_hashes`') FROM "
      "system.tables WHERE name = 'span_rows'";
  const std::string fresh = Ask(column);
  EXPECT_NE(fresh.find("max_compress_block_size"), std::string::npos) << fresh;
  for (const auto& step : steps) {
    upgrade.insert(upgrade.end(), step.begin(), step.end());
    StopSettler();
    std::vector<std::string> statements = AsInVersion11();
    statements.insert(statements.end(), upgrade.begin(), upgrade.end());
    for (const std::string& sql : statements) {
      const auto ran = engine_->client().Execute(sql);
      ASSERT_TRUE(ran) << sql << ": " << ran.error().message;
      if (sql.contains("DEFAULT arraySlice(")) {
        EXPECT_EQ(Ask(kOldInputs), kOldInputsApart) << "before rows are rewritten";
      }
      if (sql.contains("VIEW vitrine.call_messages")) {
        EXPECT_EQ(Ask(of_view), "3\t2\n1\t0\n1\t1\n0\t0") << "beside the old columns";
        EXPECT_EQ(Ask("SELECT count(), countIf(is_new) FROM vitrine.call_messages WHERE project = "
                      "'old'"),
                  "5\t2");
      }
    }
    StartSettler();
    Settle({{.trace = 2 + upgrade.size(), .id = 2 + upgrade.size(), .day = kToday}});
    EXPECT_EQ(Ask(kOldInputs), kOldInputsApart) << "cut off after " << upgrade.size();
    EXPECT_EQ(Ask(of_view), "3\t2\n1\t0\n1\t1\n0\t0");
    EXPECT_EQ(Ask(column), fresh);
    EXPECT_EQ(
        Ask("SELECT name, default_kind FROM system.columns WHERE table = 'span_rows' AND name "
            "LIKE '%input_%from' OR table = 'span_rows' AND name IN ('input_hashes', "
            "'history_hashes', 'new_input_hashes') ORDER BY name"),
        "history_hashes\t\nnew_input_hashes\t");
    EXPECT_EQ(Ask("SELECT groupArray(name) FROM (SELECT name FROM system.data_skipping_indices "
                  "WHERE table = 'span_rows' AND (name LIKE '%input%' OR name LIKE 'history%') "
                  "ORDER BY name)"),
              "['history_hash_bloom','new_input_hash_bloom']");
  }
}

/// The engine goes on by itself with a rewriting that was cut off; a second one would read every
/// row again.
TEST_F(SettlingTest, ARewritingThatStillRunsIsWaitedForAndNotBegunAgain) {
  Settle({{.trace = 1, .id = 1, .day = kToday}});
  StopSettler();
  std::vector<std::string> statements = AsInVersion11();
  for (const std::string& sql : storage::AddSplitInputs()) statements.push_back(sql);
  statements.emplace_back("SYSTEM STOP MERGES vitrine.span_rows");
  statements.emplace_back(
      "ALTER TABLE vitrine.span_rows MATERIALIZE COLUMN history_hashes, MATERIALIZE COLUMN "
      "new_input_hashes SETTINGS mutations_sync = 0");
  for (const std::string& sql : statements) {
    const auto ran = engine_->client().Execute(sql);
    ASSERT_TRUE(ran) << sql << ": " << ran.error().message;
  }
  const std::string rewritings =
      "SELECT uniqExact(mutation_id) FROM system.mutations WHERE table = 'span_rows' AND command "
      "LIKE '%MATERIALIZE COLUMN history_hashes%'";
  for (int i = 0; i < 2; ++i) {
    auto upgrade = std::async(std::launch::async, [&] { return BringUpToDate(engine_->client()); });
    if (upgrade.wait_for(std::chrono::minutes(1)) != std::future_status::ready) {
      ADD_FAILURE() << "another rewriting was begun and is waited for";
      ASSERT_TRUE(engine_->client().Execute("SYSTEM START MERGES vitrine.span_rows"));
    }
    const auto early = upgrade.get();
    ASSERT_FALSE(early);
    EXPECT_EQ(early.error().code, ErrorCode::kUnavailable);
  }
  EXPECT_EQ(Ask(rewritings), "1");
  EXPECT_EQ(Ask("SELECT max(version) FROM vitrine.schema_versions"), "11");
  EXPECT_EQ(Ask(kOldInputs), kOldInputsApart) << "while they are rewritten";
  ASSERT_TRUE(engine_->client().Execute("SYSTEM START MERGES vitrine.span_rows"));
  StartSettler();  // Tries again until the tables are ready.
  Settle({{.trace = 2, .id = 2, .day = kToday}});
  EXPECT_EQ(Ask(kOldInputs), kOldInputsApart);
  EXPECT_EQ(Ask(rewritings), "1");
  EXPECT_EQ(Ask("SELECT max(version) FROM vitrine.schema_versions"),
            std::to_string(storage::kSchemaVersion));
}

/// Until version 4 there were no briefs.
TEST_F(SettlingTest, OlderRowsHaveBriefsAtOnce) {
  const std::string briefs =
      "SELECT (SELECT brief FROM vitrine.span_rows WHERE name = 'a/b'), (SELECT brief FROM "
      "vitrine.trace_rows WHERE name = 'a/b')";
  Settle({{.trace = 1, .id = 1, .day = kToday, .name = "a/b", .user = "ann"}});
  const std::string before = Ask(briefs);
  EXPECT_NE(before.find("\"user_id\":\"ann\""), std::string::npos) << before;
  EXPECT_NE(before.find("\"a/b\","), std::string::npos) << before;
  StopSettler();
  for (const char* sql : {"ALTER TABLE vitrine.span_rows DROP COLUMN brief",
                          "ALTER TABLE vitrine.trace_rows DROP COLUMN brief",
                          "TRUNCATE TABLE vitrine.schema_versions",
                          "INSERT INTO vitrine.schema_versions (version) VALUES (4)",
                          // Rewriting old rows is work of the background; nothing waits for it.
                          "SYSTEM STOP MERGES vitrine.span_rows"}) {
    ASSERT_TRUE(engine_->client().Execute(sql)) << sql;
  }
  StartSettler();
  Settle({{.trace = 2, .id = 2, .day = kToday}});
  EXPECT_EQ(Ask(briefs), before);
  EXPECT_EQ(Ask("SELECT max(version) FROM vitrine.schema_versions"),
            std::to_string(storage::kSchemaVersion));
}

TEST_F(SettlingTest, TablesOfAnOlderVersionBecomeThoseOfThisOne) {
  // The second span inherits its user: what it was sent itself is the empty text.
  Settle(
      {{.trace = 1, .id = 1, .day = kToday, .user = "ann"}, {.trace = 1, .id = 2, .day = kToday}});
  const std::string rows =
      "SELECT user_id, rare FROM vitrine.span_rows FINAL ORDER BY project, span_id";
  const std::string before = Ask(rows);
  EXPECT_NE(before.find("ann"), std::string::npos);
  EXPECT_NE(before.find("'own_user_id':''"), std::string::npos) << before;
  const char* message =
      "INSERT INTO vitrine.message_rows (project, day, retention, hash, role, parts_template, "
      "texts) VALUES ('p', '2026-01-01', 'keep', toFixedString('hash', 16), 'user', '[]', 'words')";
  // The same row twice, as after a crash, is one message.
  ASSERT_TRUE(engine_->client().Execute(message));
  ASSERT_TRUE(engine_->client().Execute(message));
  const std::string words = "SELECT text, count() FROM vitrine.messages GROUP BY text";
  EXPECT_EQ(Ask(words), "words\t1");
  StopSettler();
  for (const std::string& sql : AsInVersion2()) {
    const auto done = engine_->client().Execute(sql);
    ASSERT_TRUE(done) << sql << ": " << done.error().message;
  }
  StartSettler();
  Settle({{.trace = 1, .id = 3, .day = kToday}});
  EXPECT_EQ(Totals(), "3\t3\t3\t3\t30");
  EXPECT_EQ(Ask("SELECT uniqExact(brief), min(brief) != '' FROM vitrine.span_rows"), "1\t1");
  EXPECT_EQ(Ask("SELECT user_id, rare FROM vitrine.span_rows FINAL ORDER BY project, span_id LIMIT "
                "2"),
            before);
  EXPECT_EQ(Ask("SELECT DISTINCT temperature, seed, request_id, http_status FROM vitrine.spans"),
            "0.7\t-3\trequest\t200");
  EXPECT_EQ(Ask("SELECT max(version) FROM vitrine.schema_versions"),
            std::to_string(storage::kSchemaVersion));
  EXPECT_EQ(Ask("SELECT engine FROM system.tables WHERE name = 'message_rows'"), "MergeTree");
  EXPECT_EQ(Ask("SELECT count() FROM system.tables WHERE name LIKE '%next'"), "0");
  EXPECT_EQ(Ask(words), "words\t1");
}

model::Score Said(const char* id, double value, int64_t second, const char* name = "a") {
  model::Score score;
  score.id = id;
  score.name = name;
  score.session_id = "s";
  score.value = value;
  score.time = Nanos{kScoreDay * kNanosPerDay + second * kNanosPerSecond};
  return score;
}

TEST_F(SettlingTest, AScoreThatSaysAnotherTimeTakesItsEarlierRowAway) {
  const char *one = "000000000000000000000000000000a1", *two = "000000000000000000000000000000a2";
  const std::string all = "SELECT name, value, toSecond(time) FROM vitrine.scores ORDER BY value";
  SettleScores({Said(one, 0.1, 10), Said(two, 0.2, 20)});
  SettleScores({Said(one, 0.3, 5, "b")});
  EXPECT_EQ(Ask(all), "a\t0.2\t20\nb\t0.3\t5");
  SettleScores({Said(one, 0.35, 5, "c")});
  EXPECT_EQ(Ask(all), "a\t0.2\t20\nc\t0.35\t5") << "another name at the same time";
  SettleScores({Said(one, 0.4, 10)});
  EXPECT_EQ(Ask(all), "a\t0.2\t20\na\t0.4\t10") << "back to where it was";
  SettleScores({Said(one, 0.5, 30), Said(one, 0.6, 40), Said(two, 0.7, 20)});
  EXPECT_EQ(Ask(all), "a\t0.6\t40\na\t0.7\t20") << "of one request the last counts";
  // The new row is stored, the removal of the old one is not.
  CutOff("score_rows", "is_deleted", {Said(one, 0.8, 50)});
  StartSettler();
  SettleScores({Said(two, 0.9, 20)});
  EXPECT_EQ(Ask(all), "a\t0.8\t50\na\t0.9\t20");
  ASSERT_TRUE(engine_->client().Execute("OPTIMIZE TABLE vitrine.score_rows FINAL"));
  EXPECT_EQ(Ask(all), "a\t0.8\t50\na\t0.9\t20");
}

/// Until version 10 scores lay by id, and until 7 by day.
TEST_F(SettlingTest, OlderScoresLieByTime) {
  Settle({{.trace = 1, .id = 1, .day = kToday}});
  const std::string scores = "SELECT name, value FROM vitrine.scores";
  const std::string places =
      "SELECT partition_key, sorting_key FROM system.tables WHERE name = 'score_rows'";
  const auto make_older = [&](const char* table, const char* rows, int version) {
    StopSettler();
    const std::string order = table, values = rows;
    for (const std::string& sql :
         {"CREATE TABLE vitrine.score_copy AS vitrine.score_rows ENGINE = "
          "ReplacingMergeTree(version, is_deleted) " +
              order,
          std::string("INSERT INTO vitrine.score_copy SELECT * FROM vitrine.score_rows"),
          "INSERT INTO vitrine.score_copy (project, day, score_id, version, name, value) VALUES " +
              values,
          std::string("DROP TABLE vitrine.score_rows SYNC"),
          std::string("RENAME TABLE vitrine.score_copy TO vitrine.score_rows"),
          std::string("TRUNCATE TABLE vitrine.schema_versions"),
          "INSERT INTO vitrine.schema_versions (version) VALUES (" + std::to_string(version) +
              ")"}) {
      const auto done = engine_->client().Execute(sql);
      ASSERT_TRUE(done) << sql << ": " << done.error().message;
    }
    StartSettler();
    Settle({{.trace = 1, .id = 1, .day = kToday}});
    EXPECT_TRUE(Ask(places).starts_with("\tproject, time, name, ")) << Ask(places);
  };
  make_older("PARTITION BY day PRIMARY KEY project ORDER BY (project, name, time, score_id)",
             "('p', '2026-01-01', toFixedString('id', 16), 2, 'b', 2), ('p', '2026-01-02', "
             "toFixedString('id', 16), 1, 'a', 1)",
             6);
  EXPECT_EQ(Ask(scores), "b\t2");
  make_older("PRIMARY KEY project ORDER BY (project, score_id)",
             "('p', '2026-01-03', toFixedString('id', 16), 3, 'c', 3)", 9);
  EXPECT_EQ(Ask(scores), "c\t3");
  EXPECT_EQ(Ask("SELECT count() FROM system.tables WHERE name LIKE '%next'"), "0");
}

/// Until version 7 sums did not tell counted spans from others.
TEST_F(SettlingTest, OlderSumsAreMadeAgain) {
  const std::vector<SentSpan> spans = {{.trace = 1, .id = 1, .day = kToday, .user = "ann"},
                                       {.trace = 1, .id = 2, .day = kToday},
                                       {.trace = 2, .id = 3, .day = kToday - 20},
                                       {.trace = 2, .id = 4, .day = kToday, .is_fragment = true},
                                       {.trace = 3, .id = 5, .day = kToday, .is_fragment = true},
                                       {.trace = 4, .id = 6, .day = kToday, .has_end = false},
                                       {.trace = 4, .id = 7, .day = kToday - 1, .has_end = false},
                                       {.trace = 1, .id = 9, .day = kToday, .tool = "search"}};
  Settle(spans);
  // Its spans are stored and summed up; that it is settled is not known.
  CutOff("trace_rows", {{.trace = 5, .id = 8, .day = kToday}});
  const std::string sums = "SELECT * FROM vitrine.rollups ORDER BY ALL";
  const std::string hours =
      "SELECT * EXCEPT batch FROM vitrine.hour_rollup_rows FINAL ORDER BY ALL";
  const std::string users =
      "SELECT * EXCEPT batch FROM vitrine.user_rollup_rows FINAL ORDER BY ALL";
  const std::string places =
      "SELECT * EXCEPT version FROM vitrine.trace_place_rows FINAL ORDER BY ALL";
  const std::string before = Ask(sums), hours_before = Ask(hours), users_before = Ask(users),
                    places_before = Ask(places);
  EXPECT_EQ(Ask("SELECT (SELECT sum(spans) FROM vitrine.hour_rollup_rows), sum(calls), "
                "uniqExact(user_id), countIf(minute != toStartOfHour(minute)) FROM "
                "vitrine.user_rollup_rows"),
            "7\t6\t2\t0");
  EXPECT_EQ(Ask("SELECT uniqExact(toDate(minute)), sum(spans) FROM vitrine.rollups"), "3\t7");
  EXPECT_EQ(Ask("SELECT kind, prompt_name, prompt_version, sum(llm_spans), sum(tool_spans), "
                "sum(tool_errors), sum(retries), sum(refusals), sum(saved_calls) FROM "
                "vitrine.rollups GROUP BY ALL ORDER BY ALL"),
            "llm\tp\t2\t6\t0\t0\t6\t6\t6\ntool\tp\t2\t0\t1\t1\t1\t1\t1");
  for (const char* sql :
       {"DROP TABLE vitrine.rollup_rows SYNC",
        "CREATE TABLE vitrine.rollup_rows (project String, minute DateTime('UTC'), batch UInt64) "
        "ENGINE = MergeTree PARTITION BY toYYYYMM(minute) ORDER BY project",
        "DROP TABLE vitrine.hour_rollup_rows SYNC", "DROP TABLE vitrine.user_rollup_rows SYNC",
        "DROP TABLE vitrine.trace_place_rows SYNC", "TRUNCATE TABLE vitrine.schema_versions",
        "INSERT INTO vitrine.schema_versions (version) VALUES (6)"}) {
    const auto done = engine_->client().Execute(sql);
    ASSERT_TRUE(done) << sql << ": " << done.error().message;
  }
  StartSettler();
  Settle({spans[0]});  // A place of another trace that stands then is the upgrade's.
  EXPECT_EQ(Ask(sums), before);
  EXPECT_EQ(Ask(hours), hours_before);
  EXPECT_EQ(Ask(users), users_before);
  EXPECT_EQ(Ask(places), places_before);
  EXPECT_EQ(Ask("SELECT count() FROM system.tables WHERE name LIKE '%next'"), "0");
}

}  // namespace
}  // namespace vitrine::settle
