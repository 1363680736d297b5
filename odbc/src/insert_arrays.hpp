#pragma once
// Many rows for PostgreSQL as one array for each column: INSERT ... SELECT * FROM unnest(?::int8[], ?::text[]). As fast
// again by a third as VALUES of many rows, and one text whatever their number.
//
// An array has a type, where psqlodbc leaves that of a value open, so that it is read as its column wants it. So the
// types are those of the columns, for which the server is asked.
//
// Threads: as the connection.

#include "statement.hpp"

#include <sluice/protocol/bulk.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace sluice::odbc {

// The types of the columns, as the server names them; empty: rows of this table cannot be sent so. `table`: its name,
// quoted. Errors: only what leaves nothing to go on with.
[[nodiscard]] result<std::vector<std::string>> element_types(connection_state&, const std::string& table,
                                                             const bulk_rows&);

// The arrays of these rows. Errors: data, as of the same values in args, with the column.
[[nodiscard]] result<std::vector<value>> make_arrays(const driver_profile&, const bulk_rows&, std::size_t first,
                                                     std::size_t count);

}  // namespace sluice::odbc
