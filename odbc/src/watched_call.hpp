#pragma once
// What the connection's watch is told of its calls into the driver.
//
// Threads: as the connection.

#include "handle.hpp"

#include <sluice/odbc/call_watch.hpp>

namespace sluice::odbc {

struct connection_state;
struct executed_statement;

// The watch of a connection that nobody watches.
[[nodiscard]] call_watch& nobody() noexcept;

// Around a call that may take long, or several in a row of which none needs to be told apart. One that is made within
// another is a part of that, and tells nothing.
class watched_call {
public:
    // `effect`: the request's outcome if nothing more were heard.
    watched_call(connection_state&, const interruption&, outcome effect) noexcept;
    // Nothing interrupts it, and it changes nothing about the outcome.
    explicit watched_call(connection_state&) noexcept;
    watched_call(const watched_call&) = delete;
    watched_call& operator=(const watched_call&) = delete;
    ~watched_call() { (void)leave(); }

    // To be called before anything else is done with a handle of the connection, even the reading of its diagnostics:
    // waits for an interruption under way. True: one was sent into the call.
    bool leave() noexcept;

private:
    connection_state* told_ = nullptr;
};

// The outcome of the request under way if nothing more were heard from now on.
void tell_outcome(connection_state&, outcome) noexcept;

// Frees it, which may be a round trip.
void free_statement(connection_state&, stmt_handle&) noexcept;

// How SQLExecute, SQLExecDirect and the functions that ask the catalog on this statement, and the fetching of a block
// of rows, are interrupted.
[[nodiscard]] interruption way_in_execute(const connection_state&, const stmt_handle& running) noexcept;
[[nodiscard]] interruption way_in_fetch(const executed_statement&) noexcept;

}  // namespace sluice::odbc
