#pragma once
// From one result of a statement to the next.
//
// Threads: as the connection.

#include "statement.hpp"

#include <sluice/protocol/error.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace sluice::odbc {

// What follows a result.
struct following {
    bool another = false;
    bool has_columns = false;
    std::optional<std::int64_t> affected_rows;  // of a result without columns
    std::vector<diagnostic> warnings;
};

// Leaves the present result, read or not. The error is that of the statement which would have given the next one, or of
// an interruption. What a driver tells of the CALL itself is no result.
[[nodiscard]] result<following> go_on(executed_statement&);

// The outcome of a statement whose present result has been read, while it is not known what follows.
[[nodiscard]] outcome outcome_between(statement_effects) noexcept;

// Is what the statement does over on the server, when it has been executed?
[[nodiscard]] bool is_over_when_executed(const connection_state&, statement_effects, stream_mode) noexcept;

}  // namespace sluice::odbc
