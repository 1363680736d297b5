#pragma once
// The seam between connection::execute and the cursor: a statement that has been executed, and what both sides share of
// the connection.
//
// Threads: as the connection.

#include "failure.hpp"
#include "handle.hpp"
#include "kept_statements.hpp"
#include "profile.hpp"
#include "schema_version.hpp"
#include "sqlite_handle.hpp"
#include "watched_call.hpp"

#include <sluice/odbc/cursor.hpp>
#include <sluice/protocol/error.hpp>
#include <sluice/protocol/value.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace sluice::odbc {

// Does the driver keep SQL_ATTR_QUERY_TIMEOUT?
enum class timeout_support : std::uint8_t { untried, kept, ignored };

// What a connection and its statements share. Its address is stable; it outlives every statement and cursor.
struct connection_state {
    env_handle env;
    dbc_handle dbc;
    stmt_handle interrupter;  // where the profile wants one: never executed
    const driver_profile* profile = &default_profile;
    bool connected = false;
    bool broken = false;  // a call said that the connection is lost: nothing but freeing and disconnecting is left

    call_watch* watch = &nobody();
    bool inside = false;             // of a call that the watch has been told of
    outcome effect = outcome::none;  // of the request, as the watch has been told
    std::int64_t backend = 0;        // the server's number of this connection; 0: not asked, below: not known

    bool in_transaction = false;
    bool provisional = false;          // the request rolls back what it does, unless it commits itself
    bool several = false;              // the request has several statements
    bool several_begun = false;        // and one of them was executed
    bool transaction_touched = false;  // a statement of it has succeeded
    errc transaction_failed{};         // why it must be rolled back; errc::ok: it need not
    bool transaction_gone = false;     // failed, and the server has none any more: a statement would begin another
    std::vector<diagnostic> transaction_cause;       // what was said when it failed
    std::vector<std::string> settings_before;        // statements that give the session its own values back
    SQLULEN isolation_before = 0;                    // the same of SQL_ATTR_TXN_ISOLATION; 0: not changed
    std::vector<std::string> lease_settings_before;  // the same of what the lease has set
    std::chrono::milliseconds busy_timeout{2000};    // sqliteodbc's Timeout
    bool has_transactions = true;                    // SQL_TXN_CAPABLE
    bool ddl_commits = true;                         // SQL_TXN_CAPABLE

    bool asks_catalog = false;  // the statement that is executed is ours, and asks the catalog

    timeout_support timeout = timeout_support::untried;
    bool declare_fetch = false;         // psqlodbc: what UseDeclareFetch is now
    bool declare_fetch_always = false;  // the connection string asks for it
    bool steps = false;                 // sqliteodbc: connected with StepAPI=1
    bool batches = true;                // one execution may hold several statements
    std::size_t open_cursors = 0;       // the cursor counts itself
    kept_statements statements;
    schema_watch schema;   // sqliteodbc
    sqlite_handle sqlite;  // sqliteodbc; none where it is not known, and then no SELECT stays prepared
    bool pooler = false;   // PostgreSQL: each transaction may have another server process
};

// Of one statement. Through a pooler the server is asked to describe none.
[[nodiscard]] inline std::size_t parameters_max(const connection_state& c) noexcept {
    return c.pooler ? limits::parameters_max : c.profile->parameters_max;
}

// Executed with success; its result, if it has one, is not described yet. Freed by whoever holds it.
struct executed_statement {
    stmt_handle handle;
    connection_state* connection = nullptr;
    stream_mode mode = stream_mode::buffered_by_driver;  // the truth about this statement, asked for or not
    bool had_parameters = false;
    bool interrupted = false;    // an interruption was sent into a call on it: the driver manager may have closed it
    bool declare_fetch = false;  // was switched on for this statement: the cursor calls stop_streaming when closed
    bool outdates = false;       // what is prepared: freed when this is closed
    statement_effects effects;   // for to_error(..., phase::fetching, ...)
    kept_statement kept;         // as what it stays prepared, its handle above; no key: it does not
};

// What is refused before the driver sees it.
[[nodiscard]] result<void> check_statement(const connection_state&, const std::string& sql, const args&);

// psqlodbc: fetches results of statements executed from now on by a server-side cursor, `fetch_rows` at a time, or
// whole again. A driver without such a switch: does nothing, succeeds.
[[nodiscard]] result<void> start_streaming(connection_state&, std::size_t fetch_rows);
[[nodiscard]] result<void> stop_streaming(connection_state&);

// Implemented by the cursor. A statement without a result gives a cursor that is not open, its handle freed. On an
// error the handle is freed too. The affected rows have been read before.
[[nodiscard]] result<cursor> open_cursor(executed_statement, const cursor_options&);
// The same after a first result without columns, behind which another one has been found.
struct following;
[[nodiscard]] cursor open_between(executed_statement, const cursor_options&, following);

}  // namespace sluice::odbc
