#pragma once
// The rows of the tables sluice_bench and sluice_bulk, by columns. What every subject of the bulk scenarios inserts is
// made before the time and the instructions are counted.
//
// Threads: functions of their arguments.

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace bench {

// In parentheses, as CREATE TABLE wants them.
inline constexpr const char* columns_sql =
    "(id bigint primary key, n integer, price double precision, name varchar(40), at timestamp, amount decimal(18,4), "
    "note varchar(255))";

// All counts of a bulk scenario are whole multiples: no subject needs a statement for a rest.
inline constexpr std::int64_t bulk_unit = 1'000;

struct bulk_columns {
    std::vector<std::int64_t> ids;
    std::vector<std::int64_t> numbers;
    std::vector<double> prices;
    std::vector<std::string> names;
    std::vector<std::uint16_t> parts;  // the minute and the second of 2026-11-21 03:mm:ss
    std::vector<std::string> amounts;
    std::vector<std::optional<std::string>> notes;
};

// The rows with these ids.
[[nodiscard]] inline bulk_columns columns_of(std::int64_t first, std::int64_t last) {
    bulk_columns made;
    for (std::int64_t id = first; id <= last; ++id) {
        made.ids.push_back(id);
        made.numbers.push_back(id * 7 % 1'000'003);
        made.prices.push_back(static_cast<double>(id % 100'000) / 4.0);
        made.names.push_back("name of row " + std::to_string(id));
        made.parts.push_back(static_cast<std::uint16_t>(id % 60));
        made.amounts.push_back(std::to_string(id % 1'000'000) + ".1250");
        made.notes.emplace_back();
        if (id % 5 != 0)
            made.notes.back() = "a note that is somewhat longer than the name, of row " + std::to_string(id);
    }
    return made;
}

// Those of a bulk scenario.
[[nodiscard]] inline bulk_columns make_columns(std::int64_t count) {
    if (count % bulk_unit != 0) throw std::runtime_error("the rows of a bulk insert are counted in thousands");
    return columns_of(1, count);
}

// The time of a row as text.
[[nodiscard]] inline std::string time_text(std::uint16_t part) {
    std::string text = "2026-11-21 03:00:00";
    text[14] = text[17] = static_cast<char>('0' + part / 10);
    text[15] = text[18] = static_cast<char>('0' + part % 10);
    return text;
}

inline constexpr const char* bulk_insert_head = "insert into sluice_bulk (id, n, price, name, at, amount, note) ";

}  // namespace bench
