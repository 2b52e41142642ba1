// ListPage: what one question to a list answers, whatever the list is of. Threads: values.
#pragma once

#include <string>
#include <vector>

namespace vitrine::query {

struct ListPage {
  std::vector<std::string> rows;  ///< JSON objects in the API's shape, newest first.
  std::string next_cursor;        ///< Empty: this was the last page.
};

}  // namespace vitrine::query
