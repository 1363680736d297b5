#pragma once
// From a cell into the buffers that an application gave to SQLBindCol or SQLGetData.
//
// Threads: pure functions; any thread.

#include "diagnostics.hpp"
#include "result.hpp"

#include <sql.h>
#include <sqlext.h>

#include <cstdint>

namespace sluice::fault_driver {

struct target {
    SQLSMALLINT c_type = 0;
    void* data = nullptr;  // null: only the indicator is wanted
    SQLLEN capacity = 0;   // bytes of one value, for text and binary
    SQLLEN* indicator = nullptr;
};

[[nodiscard]] constexpr bool is_text(SQLSMALLINT c_type) noexcept {
    return c_type == SQL_C_CHAR;
}
// The C types this driver writes: SBIGINT, SLONG, DOUBLE, CHAR, BINARY, TYPE_TIMESTAMP.
[[nodiscard]] bool is_known(SQLSMALLINT c_type) noexcept;
// From one row's value to the next in a column-wise array.
[[nodiscard]] std::size_t stride(const target&) noexcept;

struct place {
    SQLLEN row = 0;         // from 1, within the block
    SQLINTEGER column = 0;  // from 1
};

// Writes the cell, from byte `offset` of its text or bytes on, and moves `offset` behind what was written. Answers
// SQL_SUCCESS; SQL_SUCCESS_WITH_INFO (01004, the indicator is what there was from `offset` on); or SQL_ERROR: 22002,
// 22003, HYC00.
SQLRETURN store(const cell&, const target&, const place&, std::uint64_t& offset, diagnostics&);

}  // namespace sluice::fault_driver
