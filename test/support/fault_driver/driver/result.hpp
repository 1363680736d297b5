#pragma once
// The rows of one executed statement: what each column is described as, and what each cell holds.
//
// Threads: values; as the statement that owns them.

#include "form.hpp"

#include <sluice/testing/cells.hpp>

#include <sql.h>
#include <sqlext.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::fault_driver {

struct cell {
    enum class kind : std::uint8_t { integer, real, text, binary, timestamp };
    kind what = kind::integer;
    bool null = false;
    std::int64_t integer = 0;
    double real = 0;
    testing::cell_timestamp_parts timestamp{};
    std::uint64_t bytes = 0;  // length of text and binary
    std::uint64_t hash = 0;   // where text and binary come from, unless they are stored
    std::optional<std::string> stored;

    // `count` bytes of text or binary from `offset` on. REQUIRES: they are within `bytes`.
    void copy(std::uint64_t offset, std::size_t count, char* out) const;
};

struct result {
    form meaning;
    std::vector<cell> echoed;  // of the verb echo: its one row

    [[nodiscard]] std::uint64_t rows() const noexcept;
    [[nodiscard]] cell at(std::uint64_t row, std::size_t column) const;
};

struct column_description {
    std::string name;
    SQLSMALLINT sql_type = SQL_UNKNOWN_TYPE;
    const char* type_name = "";
    SQLULEN size = 0;
    SQLSMALLINT digits = 0;
    SQLLEN octets = 0;  // that a value takes
    SQLSMALLINT nullable = SQL_NULLABLE;
};

// The columns of the result; of `echo`, those of the parameters that it was executed with.
[[nodiscard]] std::vector<column> columns_of(const form&, const std::vector<cell>& echoed);
[[nodiscard]] column_description describe(const column&);

}  // namespace sluice::fault_driver
