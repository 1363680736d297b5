#pragma once
// A name as the DBMS wants it quoted.
//
// Threads: functions of their arguments.

#include <sluice/protocol/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::odbc {

// `quote` is what SQL_IDENTIFIER_QUOTE_CHAR says; `what` is called so in errors ("a savepoint"). Errors:
// invalid_argument (empty, longer than bytes_max, a NUL, not UTF-8), unsupported (the driver quotes nothing, and the
// name is not a plain word).
[[nodiscard]] result<std::string> quoted_identifier(std::string_view name, std::string_view quote,
                                                    std::string_view what, std::size_t bytes_max);

}  // namespace sluice::odbc
