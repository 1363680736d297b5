#pragma once
// One SQLFetch for a block of rows: the buffers that are bound for it, and what its answer means.
//
// Threads: as the connection.

#include "block.hpp"
#include "reading.hpp"

#include <cstddef>
#include <vector>

namespace sluice::odbc {

class block_fetch {
public:
    // Must outlive the last call for the statement's rows: its members are bound.
    explicit block_fetch(const reading& from) : from_(from), staged_(from.plan.cells.size()) {}
    block_fetch(const block_fetch&) = delete;
    block_fetch& operator=(const block_fetch&) = delete;

    // Before the first block. An error: this driver does not fetch blocks.
    [[nodiscard]] result<void> open(std::size_t rows);
    // Fetches into to.storage, as many rows as it has room for. False at the end; else the rows are settled.
    // REQUIRES: to has storage and first_row, and nothing else.
    [[nodiscard]] bool fetch(block& to);
    // The last block was fetched into this memory.
    [[nodiscard]] bool is_bound_to(const protocol::batch_storage& memory) const noexcept { return bound_ == &memory; }

private:
    [[nodiscard]] result<void> set(SQLINTEGER attribute, SQLPOINTER value);
    [[nodiscard]] result<void> set_rows(std::size_t rows);
    [[nodiscard]] result<void> bind(protocol::batch_storage& to);
    void prepare_lengths(protocol::batch_storage& to) const noexcept;
    void judge(SQLRETURN rc, block& to) const;
    [[nodiscard]] std::size_t good_rows(bool must_be_told) const noexcept;

    reading from_;
    staged_columns staged_;
    std::vector<SQLUSMALLINT> statuses_;
    const protocol::batch_storage* bound_ = nullptr;
    SQLULEN fetched_ = 0;
    std::size_t rows_ = 0;  // of a block, as the driver has been told
};

}  // namespace sluice::odbc
