#pragma once
// A result that is being read: the statement and the plan, and the errors that name a place in it.
//
// Threads: as the connection.

#include "result_plan.hpp"
#include "statement.hpp"

#include <sluice/protocol/error.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace sluice::odbc {

// Both must outlive it. Rows count from 0 within the result.
struct reading {
    const executed_statement& statement;
    const result_plan& plan;

    [[nodiscard]] SQLHANDLE handle() const noexcept { return statement.handle.get(); }

    // An error of ours about one cell; the session is usable.
    [[nodiscard]] error cell_error(errc, std::string message, std::int64_t row, std::size_t column) const;
    // type_mismatch: the cell is nothing that its column can hold.
    [[nodiscard]] error mismatch(std::int64_t row, std::size_t column) const;
    // An answer that ODBC does not allow.
    [[nodiscard]] error misbehaved(const char* function, std::string message) const;
    // errc::cancelled if somebody asked that the work stop.
    [[nodiscard]] std::optional<error> stopped() const;
    // The driver's error, about this row; -1: about none.
    [[nodiscard]] error call_failed(SQLRETURN, const char* function, std::int64_t row = -1) const;
    // The driver's error in a call for a block of rows, the first of which is first_row.
    [[nodiscard]] error block_failed(SQLRETURN, const char* function, std::int64_t first_row, std::size_t rows) const;
};

// A copy that says which row it is about.
[[nodiscard]] error at_row(const error&, std::int64_t row);

}  // namespace sluice::odbc
