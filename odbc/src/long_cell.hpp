#pragma once
// A cell read with SQLGetData until it is whole.
//
// Threads: as the connection.

#include "reading.hpp"

#include <sluice/protocol/batch_storage.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace sluice::odbc {

// Which cell it is, to read it and to say in an error.
struct cell_place {
    std::size_t column = 0;
    SQLSMALLINT c_type = SQL_C_CHAR;
    std::int64_t row = 0;  // within the result
};

// Reads on after what `bytes` holds of the cell, until it has all of it. `length`: the indicator so far, of the bytes
// that are still to come; negative where the driver does not know. Errors: too_large above limits::value_bytes_max;
// what the driver says.
[[nodiscard]] result<void> read_rest(const reading&, const cell_place&, SQLLEN length, std::string& bytes);

// A variable cell that did not fit where it was first read: into its place after all, or outside.
void put_bytes(protocol::batch_storage&, std::size_t row, std::size_t column, std::string bytes);

}  // namespace sluice::odbc
