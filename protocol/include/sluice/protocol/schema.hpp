#pragma once
// The columns of a result: what they are called, what Sluice delivers for them, what the driver said of them.
//
// Threads: immutable once made; any thread.

#include <sluice/protocol/config.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

// How the cells of a column are stored. Whole numbers are always 64 bits wide: a narrower field is filled with a check.
enum class column_type : std::uint8_t {
    boolean,  // 1 byte, 0 or 1
    int64,
    uint64,  // only for unsigned 64-bit columns
    float32,
    float64,
    decimal,  // the exact text
    text,     // UTF-8
    binary,
    date,
    time,
    timestamp,
};

[[nodiscard]] SLUICE_EXPORT std::string_view to_string(column_type) noexcept;

// True for text, binary and decimal, whose cells have lengths of their own.
[[nodiscard]] constexpr bool is_variable(column_type t) noexcept {
    return t == column_type::text || t == column_type::binary || t == column_type::decimal;
}

// Bytes of one cell of a fixed type; 0 for a variable one.
[[nodiscard]] SLUICE_EXPORT std::size_t fixed_size(column_type) noexcept;

struct column {
    std::string name;
    column_type type = column_type::text;
    bool nullable = true;   // true also where the driver does not know
    bool dynamic = false;   // the driver has no type for this column, only for each value (SQLite expressions): cells
                            // come as text, and row access reads numbers and dates out of it with a check
    std::string type_name;  // the server's name, where the driver tells
    std::int16_t sql_type = 0;  // ODBC's number
    std::uint64_t size = 0;     // as described; drivers lie about it, so it is never a bound
    std::int16_t decimals = 0;

    friend bool operator==(const column&, const column&) = default;
};

class SLUICE_EXPORT schema {
public:
    schema() = default;
    explicit schema(std::vector<column> columns);

    [[nodiscard]] std::size_t size() const noexcept { return columns_.size(); }
    [[nodiscard]] bool empty() const noexcept { return columns_.empty(); }
    [[nodiscard]] const column& operator[](std::size_t i) const noexcept { return columns_[i]; }
    [[nodiscard]] auto begin() const noexcept { return columns_.begin(); }
    [[nodiscard]] auto end() const noexcept { return columns_.end(); }
    // The first column of that name, without regard to the case of ASCII letters.
    [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const noexcept;

    friend bool operator==(const schema&, const schema&) = default;

private:
    std::vector<column> columns_;
};

}  // namespace sluice
