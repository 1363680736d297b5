#pragma once
// Many rows as arrays of parameters, one for each column, executed at once (SQL_ATTR_PARAMSET_SIZE). Only for drivers
// that store all rows of an execution or none, and say which: a profile says so.
//
// Threads: as the connection.

#include "parameters.hpp"

#include <sluice/protocol/bulk.hpp>

#include <cstddef>
#include <vector>

namespace sluice::odbc {

// Some of the rows.
struct rows_part {
    const bulk_rows* rows = nullptr;
    std::size_t first = 0;
    std::size_t count = 0;
};

// How many in one execution; 0: they cannot be sent so, because the cells of a column are told with several types, or
// are long. REQUIRES: there are rows.
[[nodiscard]] std::size_t rows_in_columns(const driver_profile&, const bulk_rows&);
// One parameter for each column, with all its cells. Errors: data, as of the same value in args; unsupported for what
// does not fit.
[[nodiscard]] result<std::vector<bound_parameter>> make_columns(const driver_profile&, const rows_part&);

}  // namespace sluice::odbc
