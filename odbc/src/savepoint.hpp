#pragma once
// Savepoints as text, by the rules of the DBMS.
//
// Threads: functions of their arguments.

#include <sluice/odbc/connection.hpp>
#include <sluice/protocol/error.hpp>

#include <string>
#include <string_view>

namespace sluice::odbc {

// `quote` is what SQL_IDENTIFIER_QUOTE_CHAR says, `dbms` SQL_DBMS_NAME. Empty text: there is nothing to execute.
// Errors: invalid_argument, unsupported (the driver quotes nothing, and the name is not a plain word).
[[nodiscard]] result<std::string> savepoint_text(savepoint_step, std::string_view name, std::string_view quote,
                                                 std::string_view dbms);

}  // namespace sluice::odbc
