#pragma once
// How a result is read: for each column what Sluice delivers and what the driver is asked for, for the whole result the
// way. Pure: decided from the profile and the description alone.
//
// Threads: a value; any thread.

#include "describe.hpp"
#include "profile.hpp"

#include <sluice/odbc/cursor.hpp>
#include <sluice/protocol/schema.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace sluice::odbc {

// What the driver writes for a cell.
enum class cell_form : std::uint8_t {
    as_stored,       // what the batch holds
    number_as_text,  // a decimal, checked by us
    as_text,         // text of a fixed type, parsed by us
    as_double,       // a double, narrowed to float by us
};

struct column_plan {
    column_type type = column_type::text;
    SQLSMALLINT c_type = SQL_C_CHAR;
    cell_form form = cell_form::as_stored;
    std::size_t stride = 0;  // bytes of a cell in the first batch
    std::size_t bound = 0;   // bytes that the driver may write for one row where it does not write into the batch
};

enum class reading_way : std::uint8_t {
    block,              // many rows at once, into the batch itself
    single_row,         // one row at once into bound buffers of ours, then into the batch
    single_row_unbound  // one row at once, each cell in order by SQLGetData
};

struct result_plan {
    std::shared_ptr<const schema> columns;
    std::vector<column_plan> cells;
    reading_way way = reading_way::block;
    bool cells_can_be_read_again = false;  // in a block: SQLSetPos and SQLGetData
    std::size_t batch_rows = 0;
    std::size_t batch_bytes = 0;
    std::size_t first_rows = 0;  // of the first batch
    std::size_t fetch_rows = 0;  // the driver gets so many rows from the server at once; 0: it has all, or one by one
    // The first block stays bound for the next execution; one that is not full is the last.
    bool stays_bound = false;
    outcome on_failure = outcome::none;  // what an error of ours says of the statement
};

// REQUIRES: described is not empty, options are within limits.
[[nodiscard]] result_plan make_plan(const driver_profile&, std::vector<described_column> described,
                                    const cursor_options&);

// What a column of this description is delivered as.
[[nodiscard]] column_type delivered_type(const driver_profile&, const described_column&) noexcept;

}  // namespace sluice::odbc
