#pragma once
// The rows of the demo: each follows from its number alone, so that what comes back can be checked against the formula.
//
// Threads: functions of their arguments.

#include <sluice/protocol/value.hpp>

#include <cstdint>
#include <string>

namespace demo {

struct row {
    std::int64_t id = 0;  // 1 to n
    std::int64_t hash = 0;
    double price = 0;
    std::string name;
};

[[nodiscard]] std::int64_t hash_of(std::int64_t id) noexcept;
[[nodiscard]] row make_row(std::int64_t id);
// What one row adds to the checksum. The sum over all rows, modulo 2^64, is the checksum.
[[nodiscard]] std::uint64_t checksum_of(std::int64_t id, std::int64_t hash, double price,
                                        std::string_view name) noexcept;

[[nodiscard]] std::string create_sql(const std::string& table);
// One INSERT of `rows` rows, and its parameters for the rows from `first`.
[[nodiscard]] std::string insert_sql(const std::string& table, std::size_t rows);
[[nodiscard]] sluice::args insert_args(std::int64_t first, std::size_t rows);

}  // namespace demo
