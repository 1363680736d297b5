#pragma once
// What a driver says of the columns of an executed statement. Nothing here is to be believed without a check.
//
// Threads: as the connection.

#include "statement.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::odbc {

struct described_column {
    std::string name;
    std::string type_name;
    SQLSMALLINT sql_type = SQL_VARCHAR;
    std::int64_t size = 0;    // in characters or digits
    std::int64_t octets = 0;  // 0: not told
    std::int16_t decimals = 0;
    bool nullable = true;
    bool is_unsigned = false;  // asked only of SQL_BIGINT

    friend bool operator==(const described_column&, const described_column&) = default;
};

// No columns: the statement has no result.
[[nodiscard]] result<std::vector<described_column>> describe(const executed_statement&);

}  // namespace sluice::odbc
