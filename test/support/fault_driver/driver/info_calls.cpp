// SQLGetInfo.
//
// Threads: as entry.hpp.

#include "entry.hpp"

#include <array>
#include <cstring>

namespace sluice::fault_driver {
namespace {

struct text_info {
    SQLUSMALLINT type;
    const char* value;
};
constexpr std::array text_infos = {
    text_info{SQL_DRIVER_NAME, "libsluice_fault_driver.so"},
    text_info{SQL_DRIVER_VER, "01.00.0000"},
    text_info{SQL_DRIVER_ODBC_VER, "03.51"},
    text_info{SQL_DBMS_NAME, "SluiceFault"},
    text_info{SQL_DBMS_VER, "01.00.0000"},
    text_info{SQL_DATA_SOURCE_NAME, ""},
    text_info{SQL_SERVER_NAME, "SluiceFault"},
    text_info{SQL_DATABASE_NAME, ""},
    text_info{SQL_USER_NAME, ""},
    text_info{SQL_DATA_SOURCE_READ_ONLY, "N"},
    text_info{SQL_IDENTIFIER_QUOTE_CHAR, "\""},
    text_info{SQL_SEARCH_PATTERN_ESCAPE, "\\"},
    text_info{SQL_MULT_RESULT_SETS, "N"},
    text_info{SQL_MULTIPLE_ACTIVE_TXN, "Y"},
    text_info{SQL_NEED_LONG_DATA_LEN, "N"},
    text_info{SQL_DESCRIBE_PARAMETER, "N"},
    text_info{SQL_CATALOG_NAME, "N"},
};

struct number_info {
    SQLUSMALLINT type;
    std::size_t bytes;
    SQLUINTEGER value;
};
constexpr std::size_t small = sizeof(SQLUSMALLINT);
constexpr std::size_t wide = sizeof(SQLUINTEGER);
constexpr std::array number_infos = {
    number_info{SQL_GETDATA_EXTENSIONS, wide, SQL_GD_ANY_COLUMN | SQL_GD_ANY_ORDER | SQL_GD_BLOCK | SQL_GD_BOUND},
    number_info{SQL_CURSOR_COMMIT_BEHAVIOR, small, SQL_CB_PRESERVE},
    number_info{SQL_CURSOR_ROLLBACK_BEHAVIOR, small, SQL_CB_PRESERVE},
    number_info{SQL_TXN_CAPABLE, small, SQL_TC_ALL},
    number_info{SQL_DEFAULT_TXN_ISOLATION, wide, SQL_TXN_READ_COMMITTED},
    number_info{SQL_TXN_ISOLATION_OPTION, wide,
                SQL_TXN_READ_UNCOMMITTED | SQL_TXN_READ_COMMITTED | SQL_TXN_REPEATABLE_READ | SQL_TXN_SERIALIZABLE},
    number_info{SQL_SCROLL_OPTIONS, wide, SQL_SO_FORWARD_ONLY},
    number_info{SQL_FORWARD_ONLY_CURSOR_ATTRIBUTES1, wide, SQL_CA1_NEXT | SQL_CA1_POS_POSITION},
    number_info{SQL_FORWARD_ONLY_CURSOR_ATTRIBUTES2, wide, SQL_CA2_READ_ONLY_CONCURRENCY},
    number_info{SQL_STATIC_CURSOR_ATTRIBUTES1, wide, 0},
    number_info{SQL_STATIC_CURSOR_ATTRIBUTES2, wide, 0},
    number_info{SQL_PARAM_ARRAY_ROW_COUNTS, wide, SQL_PARC_NO_BATCH},
    number_info{SQL_PARAM_ARRAY_SELECTS, wide, SQL_PAS_NO_SELECT},
    number_info{SQL_ASYNC_MODE, wide, SQL_AM_NONE},
    number_info{SQL_ODBC_INTERFACE_CONFORMANCE, wide, SQL_OIC_CORE},
    number_info{SQL_ODBC_API_CONFORMANCE, small, SQL_OAC_LEVEL1},
    number_info{SQL_ODBC_SQL_CONFORMANCE, small, SQL_OSC_MINIMUM},
    number_info{SQL_MAX_CONCURRENT_ACTIVITIES, small, 0},
    number_info{SQL_MAX_DRIVER_CONNECTIONS, small, 0},
    number_info{SQL_MAX_STATEMENT_LEN, wide, 0},
    number_info{SQL_MAX_COLUMN_NAME_LEN, small, 128},
    number_info{SQL_CONVERT_FUNCTIONS, wide, 0},
};

SQLRETURN get_info(connection& on, SQLUSMALLINT type, SQLPOINTER value, SQLSMALLINT capacity, SQLSMALLINT* length) {
    for (const text_info& each : text_infos) {
        if (each.type != type) continue;
        if (!copy_text(each.value, value, capacity, length)) return SQL_SUCCESS;
        on.diag.error("01004", "the text was cut");
        return SQL_SUCCESS_WITH_INFO;
    }
    for (const number_info& each : number_infos) {
        if (each.type != type) continue;
        const auto narrow = static_cast<SQLUSMALLINT>(each.value);
        const void* const from = each.bytes == small ? static_cast<const void*>(&narrow) : &each.value;
        if (value != nullptr) std::memcpy(value, from, each.bytes);
        if (length != nullptr) *length = static_cast<SQLSMALLINT>(each.bytes);
        return SQL_SUCCESS;
    }
    return on.diag.error("HY096", "there is no information " + std::to_string(type));
}

}  // namespace

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLGetInfo(SQLHDBC handle, SQLUSMALLINT type, SQLPOINTER value,
                                                 SQLSMALLINT capacity, SQLSMALLINT* length) {
    return on_connection(function::SQLGetInfo, handle, [=](const std::shared_ptr<connection>& on, visit&) {
        return get_info(*on, type, value, capacity, length);
    });
}

}  // namespace sluice::fault_driver
