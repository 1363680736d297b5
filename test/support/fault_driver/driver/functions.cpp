#include "functions.hpp"

#include "words.hpp"

#include <algorithm>
#include <array>

namespace sluice::fault_driver {
namespace {

constexpr std::array<const char*, function_count> names = {
    "SQLAllocHandle",    "SQLBindCol",     "SQLBindParameter",  "SQLCancel",        "SQLCloseCursor", "SQLColAttribute",
    "SQLColumns",        "SQLDescribeCol", "SQLDisconnect",     "SQLDriverConnect", "SQLEndTran",     "SQLExecDirect",
    "SQLExecute",        "SQLFetch",       "SQLFetchScroll",    "SQLForeignKeys",   "SQLFreeHandle",  "SQLFreeStmt",
    "SQLGetConnectAttr", "SQLGetData",     "SQLGetDiagField",   "SQLGetDiagRec",    "SQLGetInfo",     "SQLGetStmtAttr",
    "SQLGetTypeInfo",    "SQLMoreResults", "SQLNumParams",      "SQLNumResultCols", "SQLPrepare",     "SQLPrimaryKeys",
    "SQLProcedures",     "SQLRowCount",    "SQLSetConnectAttr", "SQLSetEnvAttr",    "SQLSetPos",      "SQLSetStmtAttr",
    "SQLStatistics",     "SQLTables",
};
static_assert(static_cast<std::size_t>(function::SQLTables) + 1 == function_count);

struct group {
    std::string_view name;
    function_set members;
};
constexpr function_set every_function = (std::uint64_t{1} << function_count) - 1;
constexpr std::array groups = {
    group{"connect", set_of(function::SQLDriverConnect)},
    group{"disconnect", set_of(function::SQLDisconnect)},
    group{"execute", set_of(function::SQLExecDirect) | set_of(function::SQLExecute)},
    group{"fetch", set_of(function::SQLFetch) | set_of(function::SQLFetchScroll)},
    group{"catalog", set_of(function::SQLColumns) | set_of(function::SQLForeignKeys) |
                         set_of(function::SQLGetTypeInfo) | set_of(function::SQLPrimaryKeys) |
                         set_of(function::SQLProcedures) | set_of(function::SQLStatistics) |
                         set_of(function::SQLTables)},
    group{"any", every_function & ~set_of(function::SQLGetDiagRec) & ~set_of(function::SQLGetDiagField)},
};

}  // namespace

const char* name_of(function f) noexcept {
    return names[static_cast<std::size_t>(f)];
}

function_set functions_named(std::string_view name) noexcept {
    for (const group& each : groups) {
        if (same_word(each.name, name)) return each.members;
    }
    for (std::size_t at = 0; at < names.size(); ++at) {
        if (same_word(names[at], name)) return set_of(static_cast<function>(at));
    }
    return 0;
}

}  // namespace sluice::fault_driver
