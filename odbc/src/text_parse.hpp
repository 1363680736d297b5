#pragma once
// Values read out of the text in which a driver delivers them. Strict: the whole text and nothing around it. Allocates
// nothing.
//
// Threads: functions of their arguments.

#include <sluice/protocol/schema.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::odbc {

// False where the text is something else or does not fit; then `to` is left as it was.
[[nodiscard]] bool parse_int64(std::string_view, std::int64_t& to) noexcept;
[[nodiscard]] bool parse_uint64(std::string_view, std::uint64_t& to) noexcept;
// Decimal notation, Inf, Infinity, NaN. Beyond the range of double: the largest finite value, or 0, because drivers
// round the largest double up when they print it.
[[nodiscard]] bool parse_double(std::string_view, double& to) noexcept;
// 0, 1, true, false, the words in any case.
[[nodiscard]] bool parse_boolean(std::string_view, bool& to) noexcept;

// Writes the stored form of a fixed type. REQUIRES: !is_variable(type), fixed_size(type) bytes at `to`.
[[nodiscard]] bool parse_cell(column_type, std::string_view, std::byte* to) noexcept;

}  // namespace sluice::odbc
