#include "connection.hpp"

#include <array>
#include <stdexcept>

namespace bench {

namespace {

[[nodiscard]] SQLCHAR* text(std::string& of) noexcept {
    return reinterpret_cast<SQLCHAR*>(of.data());
}

}  // namespace

void require(SQLRETURN rc, SQLSMALLINT type, SQLHANDLE handle, const char* what) {
    if (SQL_SUCCEEDED(rc)) return;
    std::string state(6, '\0');
    std::string said(512, '\0');
    SQLINTEGER native = 0;
    SQLSMALLINT length = 0;
    SQLGetDiagRec(type, handle, 1, text(state), &native, text(said), 512, &length);
    throw std::runtime_error(std::string(what) + ": " + state.c_str() + " " + said.c_str());
}

connection::connection(const std::string& string) {
    std::string copy = string;
    SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env_);
    SQLSetEnvAttr(env_, SQL_ATTR_ODBC_VERSION, reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3), 0);
    SQLAllocHandle(SQL_HANDLE_DBC, env_, &dbc_);
    require(SQLDriverConnect(dbc_, nullptr, text(copy), SQL_NTS, nullptr, 0, nullptr, SQL_DRIVER_NOPROMPT),
            SQL_HANDLE_DBC, dbc_, "SQLDriverConnect");
}

connection::~connection() {
    SQLDisconnect(dbc_);
    SQLFreeHandle(SQL_HANDLE_DBC, dbc_);
    SQLFreeHandle(SQL_HANDLE_ENV, env_);
}

raw_statement::raw_statement(const connection& on) {
    bench::require(SQLAllocHandle(SQL_HANDLE_STMT, on.handle(), &handle_), SQL_HANDLE_DBC, on.handle(),
                   "SQLAllocHandle");
}

void raw_statement::prepare(std::string sql) const {
    require(SQLPrepare(handle_, text(sql), SQL_NTS), "SQLPrepare");
}

}  // namespace bench
