#include "query/sql_text.h"

#include <gtest/gtest.h>

namespace vitrine::query {
namespace {

TEST(SqlTextTest, TheSameValueIsOneParameter) {
  SqlText sql;
  (sql << "SELECT ").Param("a");
  (sql << ", ").Param("b");
  (sql << ", ").Param("a");
  EXPECT_EQ(sql.sql(), "SELECT {p0:String}, {p1:String}, {p0:String}");
  const std::vector<std::pair<std::string, std::string>> params = {{"p0", "a"}, {"p1", "b"}};
  EXPECT_EQ(sql.params(), params);
}

}  // namespace
}  // namespace vitrine::query
