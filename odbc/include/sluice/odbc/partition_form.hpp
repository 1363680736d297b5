#pragma once
// The statements that read the rows of another one in partitions, by ranges of a key: what is asked before, and one for
// each range. The parameters of the statement come first in each, ours behind them.
//
// Threads: a value.

#include <sluice/protocol/error.hpp>
#include <sluice/protocol/value.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::odbc {

struct partition_statement {
    std::string sql;
    args with;
};

class partition_form {
public:
    // `quote`: capabilities::identifier_quote.
    partition_form(std::string_view sql, args given, std::string quote);

    // Its columns, and no row.
    [[nodiscard]] partition_statement described() const;
    // Those with a key are made after this. Errors: invalid_argument, unsupported: a name that cannot be quoted.
    [[nodiscard]] result<void> key(std::string_view column);
    // The least and the greatest key: one row of one column, NULL where there is none.
    [[nodiscard]] partition_statement least() const;
    [[nodiscard]] partition_statement greatest() const;
    // How many rows would be read twice, because the database does not find that the boundaries ascend. REQUIRES: two
    // at least.
    [[nodiscard]] partition_statement twice(std::span<const value> boundaries) const;
    // The rows from one key on and below another one, all of those with a key where both are null. `ordered`: by the
    // key.
    [[nodiscard]] partition_statement range(const value* from, const value* below, bool ordered) const;
    // The rows whose key is NULL.
    [[nodiscard]] partition_statement without_key() const;

private:
    // Puts a value where the text is being made: whole numbers as they are, so that SQLite streams.
    void put(partition_statement&, std::string_view before, const value&) const;
    [[nodiscard]] partition_statement select(std::string_view what, std::string_view where) const;

    std::string from_;
    args given_;
    std::string quote_;
    std::string key_;
};

}  // namespace sluice::odbc
