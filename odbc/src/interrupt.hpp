#pragma once
// What has to be known of a connection before one of its calls can be interrupted.
//
// Threads: as the connection.

#include "statement.hpp"

namespace sluice::odbc {

// The server's number of the connection, where a fetch is interrupted by a session of its own; asked once. An error is
// a lost connection: all else is no reason not to go on, without a number.
[[nodiscard]] result<void> learn_backend(connection_state&);

}  // namespace sluice::odbc
