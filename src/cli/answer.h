// Answer: a server's JSON answer with its tree, as one command asked for it.
// Owner: holds body and tree; values borrow from it. Not thread-safe, not movable.
#pragma once

#include <string>
#include <string_view>

#include "base/arena.h"
#include "cli/read_commands.h"
#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::cli {

struct Answer {
  std::string body;
  Arena arena;
  syntax::JsonDocument document;
  std::string refusal;  ///< What the server said instead.
  syntax::JsonValue root() const { return document.root(); }
};

/// Asks with GET, or with POST where there is a body. Prints an error; returns the exit code.
int Ask(ApiClient& client, const std::string& target, const std::string* post, Answer& answer);
/// The same with a client of its own.
int Ask(const ReadOptions& options, const std::string& target, const std::string* post,
        Answer& answer);

/// True when --json or --jsonl was asked for; then the answer is printed: whole, or the elements of
/// `list`, one a line.
bool PrintForPrograms(const ReadOptions& options, const Answer& answer, std::string_view list);

/// Prints one JSON object of `fields` and the cells of `row` on a line.
void PrintRowAsObject(syntax::JsonValue fields, syntax::JsonValue row,
                      std::string_view name_member = {});

}  // namespace vitrine::cli
