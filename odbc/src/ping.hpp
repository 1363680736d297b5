#pragma once
// What is asked of a server only to hear from it.
//
// Threads: any.

#include <string_view>

namespace sluice::odbc {

// By the name that the DBMS gives itself (SQL_DBMS_NAME).
[[nodiscard]] std::string_view alive_question(std::string_view dbms_name) noexcept;

}  // namespace sluice::odbc
