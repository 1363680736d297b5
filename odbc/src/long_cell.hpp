#pragma once
// A cell read with SQLGetData until it is whole.
//
// Threads: as the connection.

#include "statement.hpp"

#include <cstdint>
#include <string>

namespace sluice::odbc {

// Which cell it is, to read it and to say in an error.
struct cell_place {
    SQLUSMALLINT column = 0;  // from 0
    SQLSMALLINT c_type = SQL_C_CHAR;
    std::int64_t row = 0;  // within the result
};

// Reads on after what `bytes` holds of the cell, until it has all of it. `length`: the indicator so far, of the bytes
// that are still to come; SQL_NO_TOTAL where the driver does not know. Errors: too_large above limits::value_bytes_max;
// what the driver says.
[[nodiscard]] result<void> read_rest(const executed_statement&, const cell_place&, SQLLEN length, std::string& bytes);

// A variable cell that did not fit where it was first read: into its place after all, or outside.
void put_bytes(protocol::batch_storage&, std::size_t row, std::size_t column, std::string bytes);

// An error of ours about one cell. The statement has been executed: outcome applied, the session usable.
[[nodiscard]] error cell_error(errc, std::string message, std::int64_t row, std::size_t column);
[[nodiscard]] error cell_mismatch(const schema&, std::int64_t row, std::size_t column);

// The driver's error in a call about a row, with the numbers of its diagnostics counted from the first row of the
// result. `row`: of the error itself; -1: it is not about one row.
[[nodiscard]] error fetch_error(const executed_statement&, SQLRETURN, const char* function, std::int64_t first_row,
                                std::size_t rows, std::int64_t row);
[[nodiscard]] error driver_misbehaved(const char* function, std::string message);

}  // namespace sluice::odbc
