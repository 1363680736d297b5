#pragma once
// What a setting of a lease is on a DBMS, and how the session has its own values again afterwards.
//
// Threads: statements_of() is a function of its arguments; the rest as the connection.

#include "profile.hpp"

#include <sluice/protocol/error.hpp>
#include <sluice/protocol/session_setting.hpp>

#include <optional>
#include <span>
#include <string>

namespace sluice::odbc {

struct connection_state;

struct setting_statements {
    std::string read;  // its only cell is the value that the session has
    std::string write;
    bool proves = false;  // what was written has to be read back: the DBMS ignores what it does not know
};

// unsupported where the DBMS of the profile has no such setting.
[[nodiscard]] result<setting_statements> statements_of(const driver_profile&, const session_setting&);
// The statement that gives it the value back that was read. Nothing: there is no way back to that.
[[nodiscard]] std::optional<std::string> way_back(const driver_profile&, const session_setting&,
                                                  const std::optional<std::string>& value);

// All or none: a failure leaves the session as it was, or the connection broken. REQUIRES: no transaction.
[[nodiscard]] result<void> apply_settings(connection_state&, std::span<const session_setting>);
// Where it fails the connection is broken: the session has other values than its next user believes.
[[nodiscard]] result<void> revert_settings(connection_state&);

}  // namespace sluice::odbc
