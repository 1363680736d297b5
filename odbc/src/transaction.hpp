#pragma once
// What is left of a transaction after a statement of it failed. Drivers and servers end transactions without a word,
// the next statement begins another, and COMMIT answers with success: psqlodbc does so after an error of syntax and
// after an error in a cursor fetch, SQLite for INSERT OR ROLLBACK.
//
// Threads: as the connection.

#include "classify.hpp"
#include "statement.hpp"

namespace sluice::odbc {

// Sets transaction_failed and transaction_gone. `surely_gone`: it need not be asked; else the driver and, on psqlodbc,
// the server are. REQUIRES: in a transaction, the connection not broken.
void note_failed_statement(connection_state&, const classification&, bool surely_gone);

// A statement of a transaction succeeded. `rolled_back`: to a savepoint, which may save a failed transaction.
void note_successful_statement(connection_state&, bool rolled_back);

}  // namespace sluice::odbc
