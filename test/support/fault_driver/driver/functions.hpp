#pragma once
// The ODBC functions of this driver by name, and sets of them, as scripts and tests name them.
//
// Threads: values and pure functions; any thread.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::fault_driver {

enum class function : std::uint8_t {
    SQLAllocHandle,
    SQLBindCol,
    SQLBindParameter,
    SQLCancel,
    SQLCloseCursor,
    SQLColAttribute,
    SQLColumns,
    SQLDescribeCol,
    SQLDisconnect,
    SQLDriverConnect,
    SQLEndTran,
    SQLExecDirect,
    SQLExecute,
    SQLFetch,
    SQLFetchScroll,
    SQLForeignKeys,
    SQLFreeHandle,
    SQLFreeStmt,
    SQLGetConnectAttr,
    SQLGetData,
    SQLGetDiagField,
    SQLGetDiagRec,
    SQLGetInfo,
    SQLGetStmtAttr,
    SQLGetTypeInfo,
    SQLMoreResults,
    SQLNumParams,
    SQLNumResultCols,
    SQLPrepare,
    SQLPrimaryKeys,
    SQLProcedures,
    SQLRowCount,
    SQLSetConnectAttr,
    SQLSetEnvAttr,
    SQLSetPos,
    SQLSetStmtAttr,
    SQLStatistics,
    SQLTables,
};
inline constexpr std::size_t function_count = 38;

[[nodiscard]] const char* name_of(function) noexcept;

// One bit for each function.
using function_set = std::uint64_t;
static_assert(function_count <= 64);

[[nodiscard]] constexpr function_set set_of(function f) noexcept {
    return function_set{1} << static_cast<unsigned>(f);
}

// The function of that name, or one of the groups `connect` (SQLDriverConnect), `execute` (SQLExecDirect, SQLExecute),
// `fetch` (SQLFetch, SQLFetchScroll), `catalog` (SQLTables and the like), `disconnect` (SQLDisconnect) and `any` (all
// but SQLGetDiagRec and SQLGetDiagField, which the driver manager calls on its own). Upper and lower case are the same.
// Empty when there is no such name.
[[nodiscard]] function_set functions_named(std::string_view name) noexcept;

}  // namespace sluice::fault_driver
