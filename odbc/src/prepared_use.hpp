#pragma once
// What becomes of a statement that stays prepared: after its use, and when the server does not know it as it was.
//
// Threads: as the connection.

#include "statement.hpp"

#include <sluice/protocol/error.hpp>

namespace sluice::odbc {

// After an execution whose rows, if it had any, are over and whose cursor is closed: the handle goes back to those that
// stay prepared, with nothing bound to it but what is kept with it, or is freed. `fine`: nothing was said of it that
// leaves a doubt.
void rest_statement(connection_state&, kept_statement as, stmt_handle&, bool fine) noexcept;
// The same where buffers for rows were bound, which are let go of unless they are kept with it.
void rest_cursor(connection_state&, kept_statement as, stmt_handle&, bool fine) noexcept;

// Did the server only say that it has no such prepared statement, or none that it could execute as it was prepared, and
// can the session execute it anew? It has executed nothing of it then. `reused`: it was prepared before.
[[nodiscard]] bool ran_nothing(const connection_state&, const error&, bool reused) noexcept;
// Before that: what this says of the connection. Where a name of the driver's own is not known, or taken, a pooler
// gives each transaction another server process: from here on nothing stays prepared.
[[nodiscard]] result<void> note_outdated(connection_state&, const error&);
// An error about the values alone: the statement is as it was.
[[nodiscard]] bool leaves_prepared(const connection_state&, const error&) noexcept;

// Frees all that are not in use; how many.
std::size_t clear_statements(connection_state&) noexcept;

// psqlodbc sends values within the text from here on; nothing stays prepared, nothing of the session's is set.
[[nodiscard]] result<void> use_through_pooler(connection_state&);

}  // namespace sluice::odbc
