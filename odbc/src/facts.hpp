#pragma once
// What a connection says of itself.
//
// Threads: as the connection.

#include "endpoint.hpp"
#include "statement.hpp"

#include <sluice/protocol/request.hpp>

#include <string>
#include <vector>

namespace sluice::odbc {

// SQLGetInfo of a text; empty where the driver does not tell.
[[nodiscard]] std::string info_text(const dbc_handle&, SQLUSMALLINT what);

// REQUIRES: connected, with its profile.
[[nodiscard]] connection_facts facts_of(const connection_state&, const endpoint&);

// What is known from the facts alone to go wrong.
void add_warnings_of(const connection_facts&, std::vector<diagnostic>& to);

}  // namespace sluice::odbc
