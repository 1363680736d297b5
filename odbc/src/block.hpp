#pragma once
// A block of rows between the driver and the batch: as the driver wrote it, settled into what a batch holds.
//
// Threads: as the connection.

#include "reading.hpp"

#include <sluice/protocol/batch_storage.hpp>
#include <sluice/protocol/error.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace sluice::odbc {

// A value that did not fit its cell. `length`: its indicator, negative where the driver does not know.
struct long_cell {
    std::size_t row;
    std::size_t column;
    SQLLEN length;
};

// For each column that is not written as it is stored: `bound` bytes for each row.
using staged_columns = std::vector<std::vector<std::byte>>;

struct block {
    std::shared_ptr<protocol::batch_storage> storage;
    bool stays = false;                 // the memory is that of each first block of this reader
    std::uint64_t first_row = 0;        // within the result
    std::size_t rows = 0;               // that are good
    std::vector<long_cell> long_cells;  // in order of rows; may name rows that are not good
    std::optional<error> failure;       // after the good rows

    [[nodiscard]] std::int64_t row_number(std::size_t row) const noexcept {
        return static_cast<std::int64_t>(first_row + row);
    }
    // Rows from this one on are worthless. Called for an earlier row, it counts instead.
    void fail_at(std::size_t row, error why) {
        rows = row;
        failure = std::move(why);
    }
};

// Makes of what the driver wrote in the first `rows` rows what a batch holds: lengths of fixed types, values out of
// staged columns, the list of long cells. Ends the block before the first cell that is wrong.
void settle(block&, const reading&, const staged_columns&);

}  // namespace sluice::odbc
