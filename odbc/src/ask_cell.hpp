#pragma once
// A statement of ours, which changes nothing that its user has, or only what can be written back.
//
// Threads: as the connection.

#include "failure.hpp"

#include <sluice/protocol/error.hpp>

#include <optional>
#include <string>

namespace sluice::odbc {

struct connection_state;

// Its first cell; nothing where that is NULL or there is no row. Errors: outcome none; too_large for a cell of more
// than limits::setting_value_bytes_max. `within`: what an error does to a transaction is found out, as for executing.
[[nodiscard]] result<std::optional<std::string>> ask_cell(connection_state&, const std::string& sql,
                                                          phase within = phase::beginning);

}  // namespace sluice::odbc
