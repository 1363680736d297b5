#pragma once
// The server's own limit for a statement, where the driver passes one on.
//
// Threads: as the connection.

#include "handle.hpp"

#include <chrono>

namespace sluice::odbc {

struct connection_state;

// Before the statement is executed; 0: not told. Most drivers take the attribute and do nothing: one that does not
// read it back is not told again on this connection. Only an addition to the caller's own deadline.
void tell_query_timeout(connection_state&, const stmt_handle&, std::chrono::seconds) noexcept;

}  // namespace sluice::odbc
