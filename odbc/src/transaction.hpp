#pragma once
// What is left of a transaction after a statement of it failed. Drivers end transactions without a word: psqlodbc rolls
// one back for a statement it cannot read and for an error in a cursor fetch, and the next statement begins another.
//
// Threads: as the connection.

#include "classify.hpp"
#include "statement.hpp"

namespace sluice::odbc {

// Sets transaction_failed and transaction_gone; asks the driver and, on psqlodbc, the server.
// REQUIRES: in a transaction, the connection not broken.
void note_failed_statement(connection_state&, const classification&);

// A statement succeeded: one within a failed transaction may have rolled back to a savepoint.
void note_successful_statement(connection_state&);

}  // namespace sluice::odbc
