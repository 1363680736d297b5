#pragma once
// The ODBC API of this room, with what its C types need to be called from C++.
//
// Threads: functions of their arguments.

#include <sql.h>
#include <sqlext.h>

#include <string>
#include <string_view>

namespace sluice::odbc::api {

[[nodiscard]] constexpr bool succeeded(SQLRETURN rc) noexcept {
    return rc == SQL_SUCCESS || rc == SQL_SUCCESS_WITH_INFO;
}

// The narrow API takes pointers to non-const, and reads only.
[[nodiscard]] inline SQLCHAR* text(std::string_view s) noexcept {
    return const_cast<SQLCHAR*>(reinterpret_cast<const SQLCHAR*>(s.data()));
}

// Numbers travel through attribute functions as pointers.
[[nodiscard]] inline SQLPOINTER number(SQLULEN n) noexcept {
    return reinterpret_cast<SQLPOINTER>(n);
}

}  // namespace sluice::odbc::api
