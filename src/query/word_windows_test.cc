// Pages of a word that stands in too many messages to name them: windows of time, one after
// another.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "query/call_list.h"
#include "query/internal/engine_test.h"
#include "query/trace_list.h"

namespace vitrine::query {
namespace {

using testing::ElementsAreArray;

constexpr int kTraces = 24'000;

// Trace i begins 7 i seconds before the newest, and two days more after every 3,500: gaps without
// anything, where the next window lies further back than the last one reached. Every twentieth
// begins at the moment of the one before. Its call begins 40 s later, within the time of newer
// traces, and brings in message i; every third of these says "common".
const std::string kStart =
    "fromUnixTimestamp64Nano(toInt64((1700000000 - 7 * (number - (number % 20 = 1)) - "
    "intDiv(number, "
    "3500) * 172800) * 1000000000))";
const std::string kTrace = "toFixedString(concat('trace', leftPad(toString(number), 11, '0')), 16)";
const std::string kMessage =
    "toFixedString(concat('message', leftPad(toString(number), 9, '0')), 16)";
const std::string kFrom = " FROM numbers(24000)";

bool IsCommon(int i) { return i % 3 == 0; }
bool IsFailed(int i) { return i % 11 == 0; }
bool IsOfAnn(int i) { return i % 501 == 0; }
bool IsOfBob(int i) { return i >= 23'000 && i % 50 == 0; }

class WordWindowsTest : public EngineTest {
 protected:
  static void SetUpTestSuite() {
    StartEngine();
    if (!client_) return;
    // An older version of each trace knows neither its error nor its user.
    for (const char* version :
         {"1, '', 'ok'",
          "2, multiIf(number % 501 = 0, 'ann', number >= 23000 AND number % 50 "
          "= 0, 'bob', ''), if(number % 11 = 0, 'error', 'ok')"}) {
      Run("INSERT INTO vitrine.trace_rows (project, trace_id, start_time, day, end_time, name, "
          "version, user_id, status) SELECT 'p', " +
          kTrace + ", " + kStart +
          " AS st, toDate(st), st + toIntervalSecond(41), toString(number), " + version + kFrom);
    }
    Run("INSERT INTO vitrine.span_rows (project, trace_id, span_id, kind, counted, version, "
        "start_time, day, end_time, name, user_id, new_input_hashes) SELECT 'p', " +
        kTrace + ", toFixedString(leftPad(toString(number), 8, '0'), 8), 'llm', 1, 1, " + kStart +
        " + toIntervalSecond(40) AS st, toDate(st), st + toIntervalSecond(1), toString(number), "
        "multiIf(number % 501 = 0, 'ann', number >= 23000 AND number % 50 = 0, 'bob', ''), [" +
        kMessage + "]" + kFrom);
    Run("INSERT INTO vitrine.message_rows (project, retention, hash, role, parts_template, texts, "
        "day) SELECT 'p', 'keep', " +
        kMessage +
        ", 'user', concat('[{\"type\":\"text\",\"content\":', char(31), '}]'), "
        "if(number % 3 = 0, 'common ground', 'something else'), toDate(" +
        kStart + " + toIntervalSecond(40))" + kFrom);
  }

  /// The names of all pages, as they come.
  template <typename Request, typename List>
  static std::vector<int> Walk(Request request, const List& list) {
    std::vector<int> names;
    do {
      const auto page = list(*client_, request);
      EXPECT_TRUE(page) << page.error().message;
      if (!page) break;
      for (const std::string& row : page->rows) {
        const std::string name = Field(row, "name");
        names.push_back(std::stoi(name.substr(1, name.size() - 2)));
      }
      if (!page->next_cursor.empty()) {
        EXPECT_EQ(page->rows.size(), request.limit);
      }
      request.cursor = page->next_cursor;
    } while (!request.cursor.empty());
    return names;
  }

  /// Newest first; of two that begin at one moment the one with the larger id, which is the later.
  static std::vector<int> Expected(const std::function<bool(int)>& matches) {
    std::vector<int> names;
    for (int i = 0; i < kTraces; ++i) {
      const bool is_pair = i % 20 == 0 && i + 1 < kTraces;
      if (is_pair && matches(i + 1)) names.push_back(i + 1);
      if (i % 20 != 1 && matches(i)) names.push_back(i);
    }
    return names;
  }
};

TEST_F(WordWindowsTest, PagesHoldEveryTraceOnce) {
  struct Case {
    uint32_t limit;
    std::string user, status;
    std::function<bool(int)> matches;
  };
  for (const Case& c :
       {Case{500, "", "", [](int i) { return IsCommon(i); }},
        Case{100, "", "error", [](int i) { return IsCommon(i) && IsFailed(i); }},
        Case{7, "ann", "", [](int i) { return IsCommon(i) && IsOfAnn(i); }},
        Case{100, "ann", "error", [](int i) { return IsCommon(i) && IsOfAnn(i) && IsFailed(i); }},
        Case{5, "bob", "", [](int i) { return IsCommon(i) && IsOfBob(i); }},
        Case{5, "nobody", "", [](int) { return false; }}}) {
    TraceListRequest request;
    request.filter.project = "p";
    request.filter.words = "common";
    request.filter.user = c.user;
    request.filter.status = c.status;
    request.limit = c.limit;
    const auto list = [](clickhouse::Client& client, const TraceListRequest& r) {
      return ListTraces(client, r);
    };
    EXPECT_THAT(Walk(request, list), ElementsAreArray(Expected(c.matches)))
        << c.user << c.status << c.limit;
  }
}

TEST_F(WordWindowsTest, PagesHoldEveryCallOnce) {
  for (const uint32_t limit : {4u, 500u}) {
    CallListRequest request;
    request.filter.project = "p";
    request.filter.words = "common";
    request.filter.user = "ann";
    request.limit = limit;
    const auto list = [](clickhouse::Client& client, const CallListRequest& r) {
      return ListCalls(client, r);
    };
    EXPECT_THAT(Walk(request, list),
                ElementsAreArray(Expected([](int i) { return IsCommon(i) && IsOfAnn(i); })));
  }
}

}  // namespace
}  // namespace vitrine::query
