#pragma once
// How a column is spoken of in error messages.
//
// Threads: functions of their arguments; any thread.

#include <sluice/protocol/error.hpp>
#include <sluice/protocol/schema.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::detail {

// column 2 "price" (float64)
[[nodiscard]] std::string describe_column(const schema&, std::size_t i);

// The C++ type that holds every value of a column.
[[nodiscard]] std::string_view natural_type(column_type) noexcept;

// type_mismatch of a statement that the server carried out; row and column -1: none.
[[nodiscard]] error mismatch(std::string message, std::int64_t row, std::int64_t column);

// The error for a column number that the schema does not have.
[[nodiscard]] error no_column_number(const schema&, std::size_t i, std::int64_t row);

}  // namespace sluice::detail
