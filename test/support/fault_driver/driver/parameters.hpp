#pragma once
// The parameters bound to a statement, and reading their values when it is executed.
//
// Threads: as the statement.

#include "diagnostics.hpp"
#include "result.hpp"

#include <sql.h>
#include <sqlext.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace sluice::fault_driver {

struct parameter {
    bool bound = false;
    SQLSMALLINT c_type = 0;
    const void* data = nullptr;
    const SQLLEN* indicator = nullptr;
};

// Reads the first `count` parameters; nothing, with a record in `diag`, when one is unbound (07002) or of a kind that
// this driver does not read (HYC00: data at execution, other C types).
[[nodiscard]] std::optional<std::vector<cell>> read_parameters(const std::vector<parameter>&, std::size_t count,
                                                               diagnostics& diag);

}  // namespace sluice::fault_driver
