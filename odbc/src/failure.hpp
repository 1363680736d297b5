#pragma once
// A call that did not succeed, and the sluice::error that it becomes.
//
// Threads: as the connection.

#include "api.hpp"
#include "diagnostics.hpp"
#include "handle.hpp"

#include <sluice/protocol/error.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::odbc {

struct connection_state;

// What a call was for: decides the outcome.
enum class phase : std::uint8_t {
    connecting,
    parsing,     // what a driver asks of the server ahead of an execution: it changes nothing but a transaction's state
    preparing,   // allocation, SQLPrepare, binding, attributes: nothing is sent
    executing,   // SQLExecute, SQLExecDirect
    describing,  // of a result that is there
    fetching,    // SQLFetch, SQLGetData, SQLSetPos
    beginning,
    committing,
    rolling_back,
    closing,
};

struct failure {
    SQLRETURN rc = SQL_ERROR;
    const char* function = "";
    std::vector<diagnostic> records;
    bool interrupted = false;  // another thread has interrupted this call, or one before it on the same statement
};

// Reads the diagnostics at once. `function` is a literal: "SQLFetch".
template <class Handle>
[[nodiscard]] failure failed_call(SQLRETURN rc, const char* function, const Handle& h, diagnostic_extent extent = {}) {
    if (rc == SQL_INVALID_HANDLE) return {rc, function, {}};
    return {rc, function, read_diagnostics(h, extent)};
}

// What a statement can do besides answering: decides the outcome of its failure.
struct statement_effects {
    bool reads_only = false;        // SELECT and the like
    bool may_commit = false;        // COMMIT as text, a procedure, DDL where that commits by itself
    bool may_apply_partly = false;  // several statements, a procedure, INSERT OR FAIL
    bool calls_procedure = false;
    bool changes_nothing = false;  // whatever becomes of it: a question to the catalog
    bool executed_whole = false;   // it was over on the server before its first row was handed out
};

// What an execution, or SQLMoreResults, has answered: an error where the driver calls it a warning.
[[nodiscard]] SQLRETURN true_answer(const connection_state&, SQLRETURN, const stmt_handle&);

// The error: code, session state and outcome. Notes in the connection's state what it means for the connection: lost,
// or its transaction failed; within a transaction it may ask the driver and the server whether that is still there.
[[nodiscard]] error to_error(connection_state&, phase, failure, statement_effects = {});

// The outcome of a statement that was entered and of which nothing more is heard.
[[nodiscard]] outcome outcome_unheard(const connection_state&, statement_effects) noexcept;
// Of one that has been executed, and whose rows have not all come.
[[nodiscard]] outcome outcome_so_far(statement_effects) noexcept;

// What the connection takes no statement for: it is lost, or the server has ended its transaction.
[[nodiscard]] std::optional<error> refused_by_state(const connection_state&);

// An error of our own, before anything is sent: outcome none, the session usable.
[[nodiscard]] error refused(errc, std::string message);

}  // namespace sluice::odbc
