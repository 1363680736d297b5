#pragma once
// What a transaction's options are on a driver, and how the session has its own values again afterwards. Measured:
// docs/transactions.md.
//
// Threads: plan_settings() is a function of its arguments; the rest as the connection.

#include "profile.hpp"

#include <sluice/protocol/error.hpp>
#include <sluice/protocol/transaction_options.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace sluice::odbc {

struct connection_state;

// A value of the session that is another one for the time of the transaction.
struct temporary_value {
    std::string read;   // a statement whose only cell is the value that it has
    std::string write;  // a statement that sets it, up to the value
    std::string value;
    std::string instead_of_zero;  // where 0 is read, that is written back; empty: 0 is
};

struct settings_plan {
    std::vector<temporary_value> before;  // set in autocommit, written back when the transaction is over
    SQLULEN isolation = 0;                // SQL_ATTR_TXN_ISOLATION, the same way; 0: not set
    std::vector<std::string> first;       // the first statements of the transaction; they end with it
};

// unsupported where the profile has no way. `busy_timeout`: sqliteodbc's Timeout.
[[nodiscard]] result<settings_plan> plan_settings(const driver_profile&, const transaction_options&,
                                                  std::chrono::milliseconds busy_timeout);

// In autocommit, before the transaction. A failure leaves the session as it was, or the connection broken.
[[nodiscard]] result<void> change_settings(connection_state&, const settings_plan&);
// In the transaction, as its first statements.
[[nodiscard]] result<void> open_with_settings(connection_state&, const settings_plan&);
// In autocommit, after the transaction. Where it fails the connection is broken: the session has other values than its
// user believes.
void restore_settings(connection_state&) noexcept;

}  // namespace sluice::odbc
