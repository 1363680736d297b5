#pragma once
// A statement with `:name` in it, as one with `?`. Pure text: what is a string, a comment or a quoted name in the
// dialect is left alone.
//
// Threads: functions of their arguments.

#include <sluice/protocol/error.hpp>
#include <sluice/protocol/value.hpp>

#include <string>
#include <string_view>

namespace sluice::protocol {

// What differs between the SQL of two DBMS in what a text is. The defaults are those of the standard.
struct sql_dialect {
    bool backslash_escapes = false;  // in '...' and "...": MariaDB
    bool escape_strings = false;     // E'...' has backslashes: PostgreSQL
    bool dollar_quotes = false;      // $$...$$, $tag$...$tag$
    bool nested_comments = false;    // /* /* */ */
    bool hash_comments = false;      // # to the end of the line
    bool dashes_need_blank = false;  // `--` begins a comment only with a blank behind it: MariaDB
    bool backtick_quotes = false;    // `name`
    bool bracket_quotes = false;     // [name]
};
extern const sql_dialect standard_dialect, postgresql_dialect, mariadb_dialect, sqlite_dialect, sql_server_dialect;
// By what the driver says of its DBMS (SQL_DBMS_NAME); the standard for one that is not known.
[[nodiscard]] const sql_dialect& dialect_of(std::string_view dbms_name) noexcept;

struct positional_statement {
    std::string sql;
    args parameters;
};

// invalid_argument, everything wrong in one error: a name that is missing, not in the statement, twice in the list or
// no name; a `?` beside the names. too_large where the copies of values would be.
[[nodiscard]] result<positional_statement> to_positional(std::string_view sql, const args& named, const sql_dialect&);

}  // namespace sluice::protocol
