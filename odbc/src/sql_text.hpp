#pragma once
// What the text of a statement tells without being parsed: its first words, and whether it can hold more than one
// statement. Errs to the careful side.
//
// Threads: functions of their arguments.

#include "failure.hpp"
#include "schema_version.hpp"
#include "statement.hpp"

#include <string_view>

namespace sluice::odbc {

// The text behind leading blanks and comments.
[[nodiscard]] std::string_view skip_comments(std::string_view sql) noexcept;

// The text without the semicolons and the blanks at its end.
[[nodiscard]] std::string_view without_end(std::string_view sql) noexcept;

// True if there is nothing but blanks.
[[nodiscard]] bool is_empty(std::string_view sql) noexcept;

// What an execution on this connection can do.
[[nodiscard]] statement_effects effects_of(const connection_state&, std::string_view sql) noexcept;

// sqliteodbc: the driver knows it as a statement with rows, and with StepAPI=1 runs nothing of it before they are read.
[[nodiscard]] bool steps_through_rows(std::string_view sql) noexcept;
// Of these, what has to run whether its rows are read or not, as it may change something: WITH ... INSERT has no rows.
[[nodiscard]] bool must_run_at_once(std::string_view sql) noexcept;
// sqliteodbc says 0 for the rows that it changed.
[[nodiscard]] bool has_lost_count(std::string_view sql) noexcept;

// ROLLBACK [TO savepoint].
[[nodiscard]] bool is_rollback(std::string_view sql) noexcept;

// May a statement of this text stay prepared for its next execution?
[[nodiscard]] bool may_stay_prepared(const driver_profile&, statement_effects, std::string_view sql) noexcept;
// It may change what the names in other statements mean, and the server or driver does not look again at those that are
// prepared.
[[nodiscard]] bool outdates_prepared(const connection_state&, std::string_view sql) noexcept;
// SQLite: what it may do to the schema.
[[nodiscard]] schema_effect schema_effect_of(std::string_view sql) noexcept;
// sqliteodbc: its result is described for the schema that SQLite knows when it is prepared: SELECT, WITH.
[[nodiscard]] bool has_rows_of_schema(const connection_state&, std::string_view sql) noexcept;

// psqlodbc never returns from it.
[[nodiscard]] bool copies_to_client(std::string_view sql) noexcept;

}  // namespace sluice::odbc
