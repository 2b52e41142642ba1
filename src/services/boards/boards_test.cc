#include "services/boards/boards.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "services/boards/dashboard_document.h"
#include "services/boards/limits.h"

namespace vitrine::boards {
namespace {

class BoardsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "boards_XXXXXX";
    folder_ = mkdtemp(name.data());
    catalog_ = *catalog::Catalog::Open((folder_ / "catalog.sqlite").string());
    BoardsOptions options;
    options.catalog = catalog_.get();
    options.clock = &clock_;
    options.random = &random_;
    options.check_time_zone = [](const std::string& zone) -> Result<void> {
      if (zone == "Europe/Berlin") return {};
      return Fail(ErrorCode::kInvalidInput, "time_zone: there is no time zone '" + zone + "'");
    };
    boards_ = std::make_unique<Boards>(std::move(options));
  }
  void TearDown() override {
    catalog_.reset();
    std::filesystem::remove_all(folder_);
  }
  std::string Names() {
    std::string names;
    const auto views = boards_->Views("p");
    for (const SavedView& view : *views) names += view.name;
    return names;
  }
  std::string AddView(const std::string& name, const std::string& more = "") {
    return boards_->AddView("p", R"({"name":")" + name + R"(","page":"/calls")" + more + "}")->id;
  }

  std::filesystem::path folder_;
  platform::SimClock clock_;
  platform::SeededRandom random_{7};
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<Boards> boards_;
};

template <typename T>
void ExpectError(const Result<T>& result, ErrorCode code, std::string_view part) {
  ASSERT_FALSE(result) << part;
  EXPECT_EQ(result.error().code, code) << result.error().message;
  EXPECT_NE(result.error().message.find(part), std::string::npos) << result.error().message;
}

TEST_F(BoardsTest, ViewsStandWhereTheyArePut) {
  AddView("a");
  AddView("b");
  const std::string c = AddView("c", R"(,"query":"filter=x","position":0)");
  EXPECT_EQ(Names(), "cab");
  const Address address{"p", c};
  ASSERT_TRUE(boards_->ReplaceView(address, R"({"name":"C","page":"/","position":99})"));
  EXPECT_EQ(Names(), "abC");
  ASSERT_TRUE(boards_->ReplaceView(address, R"({"name":"C","page":"/","position":1})"));
  EXPECT_EQ(Names(), "aCb");
  ASSERT_TRUE(boards_->ReplaceView(address, R"({"name":"c","page":"/"})"));
  EXPECT_EQ(Names(), "acb");
  EXPECT_TRUE(boards_->RemoveView(address));
  EXPECT_EQ(Names(), "ab");
  ExpectError(boards_->RemoveView(address), ErrorCode::kNotFound, c);
  EXPECT_TRUE(boards_->Views("other")->empty());
}

TEST_F(BoardsTest, ViewsHaveRules) {
  AddView("a");
  const std::string b = AddView("b");
  const auto add = [&](const char* body) { return boards_->AddView("p", body); };
  ExpectError(add(R"({"name":"a","page":"/x"})"), ErrorCode::kConflict, "called 'a'");
  ExpectError(boards_->ReplaceView({"p", b}, R"({"name":"a","page":"/x"})"), ErrorCode::kConflict,
              "called 'a'");
  ExpectError(boards_->ReplaceView({"other", b}, R"({"name":"z","page":"/x"})"),
              ErrorCode::kNotFound, b);
  ExpectError(add("[]"), ErrorCode::kInvalidInput, "object");
  ExpectError(add("{"), ErrorCode::kInvalidInput, "");
  ExpectError(add("{\"name\":\"\xFF\",\"page\":\"/\"}"), ErrorCode::kInvalidInput, "UTF-8");
  ExpectError(add(R"({"name":"  ","page":"/"})"), ErrorCode::kInvalidInput, "name: is empty");
  ExpectError(add(R"({"name":"x\ny","page":"/"})"), ErrorCode::kInvalidInput, "control");
  ExpectError(add(R"({"name":"x","page":"/","colour":1})"), ErrorCode::kInvalidInput, "'colour'");
  for (const char* page : {"calls", "//evil.test", "https://evil.test", "/a?b", "/a#b", "/\\\\x"}) {
    ExpectError(add((R"({"name":"x","page":")" + std::string(page) + "\"}").c_str()),
                ErrorCode::kInvalidInput, "page:");
  }
  ExpectError(add(R"({"name":"x","page":"/","position":-1})"), ErrorCode::kInvalidInput,
              "position:");
  EXPECT_EQ(Names(), "ab");
}

constexpr const char* kBoard =
    R"json({"name":"Team","description":"","range":"7d","filter":"model:gpt*",
  "panels":[{"title":"Calls","chart":"number","x":0,"y":0,"w":3,"h":2,
   "query":{"measures":["count"]}},
  {"id":"p1","title":"","chart":"heatmap","x":3,"y":0,"w":9,"h":4,
   "query":{"measures":["histogram(ttft)"],"filter":"status:error"}}]})json";

TEST_F(BoardsTest, ADashboardReadsBackAndCanBeSentAgain) {
  const auto made = boards_->AddDashboard("p", kBoard);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->version, 1);
  EXPECT_EQ(made->panel_count, 2);
  const auto found = boards_->FindDashboard({"p", made->id});
  EXPECT_EQ(found->body, made->body);
  // The panel without an id got one that no other has.
  EXPECT_NE(found->body.find(R"("id":"p2","title":"Calls")"), std::string::npos) << found->body;
  const auto again = ReadDashboard(found->body);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->body, found->body);
  ExpectError(boards_->FindDashboard({"other", made->id}), ErrorCode::kNotFound, made->id);
}

TEST_F(BoardsTest, AnOldVersionIsRefused) {
  const auto made = boards_->AddDashboard("p", kBoard);
  const Address address{"p", made->id};
  const auto put = [&](const std::string& more) {
    return boards_->ReplaceDashboard(address, R"({"name":"N","panels":[])" + more + "}");
  };
  ExpectError(put(""), ErrorCode::kInvalidInput, "version:");
  clock_.Advance(5);
  const auto changed = put(R"(,"version":1)");
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->version, 2);
  EXPECT_EQ(changed->updated_at - changed->created_at, 5);
  ExpectError(put(R"(,"version":1)"), ErrorCode::kConflict, "has version 2");
  EXPECT_EQ(boards_->Dashboards("p")->at(0).name, "N");
  EXPECT_TRUE(boards_->RemoveDashboard(address));
  ExpectError(put(R"(,"version":2)"), ErrorCode::kNotFound, made->id);
}

TEST(DashboardDocumentTest, SaysWhichPanelIsWrongAndWhy) {
  const auto panel = [](const std::string& members) {
    return ReadDashboard(R"({"name":"n","panels":[{"chart":"table","x":0,"y":0,"w":2,"h":2,)"
                         R"("query":{"measures":["count"]}},{)" +
                         members + "}]}");
  };
  const std::string place = R"("x":6,"y":0,"w":6,"h":2,)";
  const struct {
    std::string members, part;
  } cases[] = {
      {R"("chart":"pie",)" + place + R"("query":{"measures":["count"]})", "panels[1].chart"},
      {R"("chart":"line","x":1,"y":1,"w":2,"h":2,"query":{"measures":["count"]})",
       "panels[1]: lies over panels[0]"},
      {R"("chart":"line","x":7,"y":0,"w":6,"h":2,"query":{"measures":["count"]})", "panels[1].x"},
      {R"("chart":"line","x":0,"y":2,"w":13,"h":2,"query":{"measures":["count"]})", "panels[1].w"},
      {R"("chart":"line","x":0,"y":2,"w":3,"h":0,"query":{"measures":["count"]})", "panels[1].h"},
      {R"("chart":"line","x":0,"y":2.5,"w":3,"h":1,"query":{"measures":["count"]})", "panels[1].y"},
      {R"("chart":"line",)" + place + R"("query":{"measures":["cuont"]})", "panels[1].query"},
      {R"("chart":"line",)" + place + R"("query":{"measures":["count"],"from":"x"})",
       "from is left out"},
      {R"("chart":"line",)" + place + R"("query":{"measures":["count"],"filter":"model:("})",
       "panels[1].query.filter"},
      {R"("chart":"number",)" + place + R"("query":{"measures":["count","error_count"]})",
       "one measure"},
      {R"("chart":"bar",)" + place + R"("query":{"measures":["count"]})", "group_by"},
      {R"("chart":"heatmap",)" + place + R"("query":{"measures":["count"]})", "histogram("},
      {R"("chart":"table",)" + place + R"json("query":{"measures":["histogram(ttft)"]})json",
       "heatmap alone"},
      {R"("chart":"table",)" + place + R"("query":[])", "panels[1].query"},
      {R"("chart":"table",)" + place + R"("query":{"measures":["count"]},"colour":1)", "'colour'"},
      {R"("id":"a b","chart":"table",)" + place + R"("query":{"measures":["count"]})",
       "panels[1].id"},
  };
  for (const auto& one : cases) {
    const auto read = panel(one.members);
    ASSERT_FALSE(read) << one.members;
    EXPECT_NE(read.error().message.find(one.part), std::string::npos) << one.members << "\n"
                                                                      << read.error().message;
  }
}

TEST(DashboardDocumentTest, TheWholeHasRules) {
  const auto fails = [](const std::string& json, std::string_view part) {
    ExpectError(ReadDashboard(json), ErrorCode::kInvalidInput, part);
  };
  fails(R"({"panels":[]})", "name:");
  fails(R"({"name":"n"})", "panels:");
  fails(R"({"name":"n","panels":[],"vitrine_dashboard":2})", "format 1");
  fails(R"({"name":"n","panels":[],"filter":"model:("})", "filter:");
  for (const char* range : {"24", "h", "0d", "1w", "12345h", "-1h"}) {
    fails(R"({"name":"n","panels":[],"range":")" + std::string(range) + "\"}", "range:");
  }
  std::string many;
  for (size_t i = 0; i <= kPanelsMax; ++i) {
    many += std::string(i == 0 ? "" : ",") + R"({"chart":"table","x":0,"w":1,"h":1,"y":)" +
            std::to_string(i) + R"(,"query":{"measures":["count"]}})";
  }
  ExpectError(ReadDashboard(R"({"name":"n","panels":[)" + many + "]}"), ErrorCode::kLimitExceeded,
              "at most");
  ExpectError(ReadDashboard(R"({"name":")" + std::string(kBodySizeMax, 'x') + R"(","panels":[]})"),
              ErrorCode::kLimitExceeded, "KiB");
}

TEST_F(BoardsTest, SettingsChangePartByPart) {
  EXPECT_EQ(boards_->Project("p")->time_zone, "UTC");
  EXPECT_EQ(boards_->Project("p")->version, 0);
  ASSERT_TRUE(boards_->ChangeProject("p", R"({"time_zone":"Europe/Berlin"})"));
  const auto changed = boards_->ChangeProject("p", R"({"version":1,"link_templates":[{"name":"APM",
           "url":"https://apm.test:8080/t/{trace_id}?s={span_id}&x={service}#{release}"}]})");
  ASSERT_TRUE(changed) << changed.error().message;
  EXPECT_EQ(changed->time_zone, "Europe/Berlin");
  EXPECT_EQ(changed->version, 2);
  EXPECT_EQ(boards_->Project("p")->link_templates.at(0).name, "APM");
  ExpectError(boards_->ChangeProject("p", R"({"version":1})"), ErrorCode::kConflict, "version 2");
  ExpectError(boards_->ChangeProject("p", R"({"time_zone":"Mars/Base"})"), ErrorCode::kInvalidInput,
              "Mars/Base");
  ExpectError(boards_->ChangeProject("p", R"({"zone":"UTC"})"), ErrorCode::kInvalidInput, "'zone'");
  EXPECT_TRUE(boards_->ChangeProject("p", R"({"time_zone":"UTC"})"));
  EXPECT_TRUE(boards_->Project("other")->link_templates.empty());
}

TEST_F(BoardsTest, LinksLeadOnlyWhereTheirTemplateSays) {
  for (const char* url :
       {"javascript:alert(1)", "data:text/html,x", "//apm.test/x", "ftp://apm.test", "https://",
        "https:///x", "https://{service}.test/", "https://user@apm.test/",
        "https://apm.test/{user}", "https://apm.test/{trace_id", "https://apm.test/}",
        "https://apm.test/a b", "https://apm.test/\\\"", "https://apm.test/<",
        "java\\tscript:alert(1)"}) {
    const auto changed = boards_->ChangeProject(
        "p", R"({"link_templates":[{"name":"x","url":")" + std::string(url) + "\"}]}");
    ExpectError(changed, ErrorCode::kInvalidInput, "link_templates[0].url");
  }
  ExpectError(boards_->ChangeProject("p", R"({"link_templates":[{"name":"x","url":"http://a"},
                                   {"name":"x","url":"http://b"}]})"),
              ErrorCode::kInvalidInput, "link_templates[1].name");
  EXPECT_TRUE(boards_->Project("p")->link_templates.empty());
}

}  // namespace
}  // namespace vitrine::boards
