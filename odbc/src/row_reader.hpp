#pragma once
// Reads the rows of an executed statement, one batch at a time. Two ways: row_block and single_row.
//
// Threads: as the connection.

#include "reading.hpp"

#include <sluice/protocol/batch_storage.hpp>
#include <sluice/protocol/error.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace sluice::odbc {

// What one step of reading gave: rows, and what comes after them. Rows without an error and not the end: there is more.
struct read_rows {
    std::shared_ptr<protocol::batch_storage> rows;  // null, or at least one row
    std::optional<error> failure;                   // after these rows; final
    bool end = false;                               // nothing after these rows
};

class row_reader {
public:
    virtual ~row_reader() = default;
    // Must not be called again after an answer with an error or the end. The statement must not be freed before the
    // reader is done: its buffers are bound.
    [[nodiscard]] virtual read_rows next(protocol::batch_source&) = 0;
    // When the result is over: may the next one of the same statement be read by this reader, with what is bound? Then
    // it begins anew. Nobody may have kept what it has handed out.
    [[nodiscard]] virtual bool rewind() noexcept { return false; }
};

// What is read must outlive the reader.
[[nodiscard]] result<std::unique_ptr<row_reader>> read_blocks(const reading&);
[[nodiscard]] result<std::unique_ptr<row_reader>> read_single_rows(const reading&);
// The statement does not know the memory for rows any more that it was read into, in blocks or one by one. False where
// the driver does not let go of that.
[[nodiscard]] bool unbind_rows(const stmt_handle&, reading_way) noexcept;
// After read_blocks has failed: the driver may have taken a part of what a block needs, and would go on to fetch rows
// that nobody reads, into memory that is gone. False where it does not let go of that.
[[nodiscard]] bool take_back_blocks(const reading&) noexcept;

}  // namespace sluice::odbc
