#pragma once
// What a call says that is not so, though it did its work; and the text form, the same in SQL and in scripts:
//
//     fetched N                                 of a fetch: so many rows in the block
//     indicator N [column C] [row R]            of a fetch or SQLGetData: the length of the cells; or SQL_NO_TOTAL,
//                                               SQL_NULL_DATA
//     status N [row R]                          of a fetch: the status of the rows; or SQL_ROW_ERROR, SQL_ROW_NOROW
//     diag none                                 no record can be read, whatever there is
//     diag endless [N]                          the last record comes again and again: there are N, or 32,767
//     diag long N                               messages have N bytes at least
//     diag length N                             their length is said to be N
//     diag unterminated                         messages fill the buffer, and no zero byte ends them
//
// C and R count from 0, R within the block. They strike where there is a block or a record.
//
// Threads: values and pure functions; any thread.

#include "words.hpp"

#include <sql.h>
#include <sqlext.h>

#include <cstdint>
#include <optional>

namespace sluice::fault_driver {

struct diagnostic_lies {
    bool none = false;
    std::size_t count_least = 0;  // the last record is repeated for it
    std::uint64_t bytes_least = 0;
    std::optional<SQLSMALLINT> length;
    bool unterminated = false;
};

// A number for the cells of one column or row, or of all.
template <class Number>
struct said_of_cells {
    Number number = 0;
    std::optional<std::uint64_t> column;
    std::optional<std::uint64_t> row;

    [[nodiscard]] bool meets(std::uint64_t at_column, std::uint64_t at_row) const noexcept {
        return column.value_or(at_column) == at_column && row.value_or(at_row) == at_row;
    }
};

struct lies {
    std::optional<SQLULEN> fetched;
    std::optional<said_of_cells<SQLLEN>> indicator;
    std::optional<said_of_cells<SQLUSMALLINT>> status;
    diagnostic_lies diag;

    void add(const lies& other);  // both at once; of two that cannot be, the first
};

// Reads one and adds it; false, with nothing read, when the next word begins none. Throws text_error.
[[nodiscard]] bool read_lie(word_reader&, lies& into);

}  // namespace sluice::fault_driver
