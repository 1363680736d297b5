#pragma once
// ODBC as it is, for the tests of the fault driver: handles that free themselves, and what the diagnostics say.
//
// Threads: as ODBC: one thread at a time on a connection, but for SQLCancel.

#include <sql.h>
#include <sqlext.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace raw {

struct record {
    std::string state;
    std::int32_t native = 0;
    std::string message;
};

inline std::vector<record> records(SQLSMALLINT type, SQLHANDLE handle) {
    std::vector<record> all;
    for (SQLSMALLINT number = 1;; ++number) {
        std::array<SQLCHAR, 6> state{};
        std::array<SQLCHAR, 1'024> message{};
        SQLINTEGER native = 0;
        const SQLRETURN result = SQLGetDiagRec(type, handle, number, state.data(), &native, message.data(),
                                               static_cast<SQLSMALLINT>(message.size()), nullptr);
        if (!SQL_SUCCEEDED(result)) return all;
        all.push_back(
            {reinterpret_cast<const char*>(state.data()), native, reinterpret_cast<const char*>(message.data())});
    }
}

// Of the first record; empty when there is none.
inline std::string first_state(SQLSMALLINT type, SQLHANDLE handle) {
    const auto all = records(type, handle);
    return all.empty() ? std::string() : all.front().state;
}

inline SQLCHAR* sql_text(const std::string& text) {
    return reinterpret_cast<SQLCHAR*>(const_cast<char*>(text.c_str()));  // ODBC does not write to it
}

// An attribute whose value is a number travels as a pointer.
inline SQLPOINTER pointer_of(SQLULEN value) {
    return reinterpret_cast<SQLPOINTER>(value);  // NOLINT(performance-no-int-to-ptr)
}

// unixODBC writes the names of its files into static memory when they are first needed, without a lock: one thread does
// before others can.
inline void settle_file_names() {
    [[maybe_unused]] static const SQLRETURN once = [] {
        SQLHENV environment = nullptr;
        std::array<SQLCHAR, 256> text{};
        SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &environment);
        SQLSetEnvAttr(environment, SQL_ATTR_ODBC_VERSION, pointer_of(SQL_OV_ODBC3), 0);
        SQLDrivers(environment, SQL_FETCH_FIRST, text.data(), 256, nullptr, text.data(), 256, nullptr);
        SQLDataSources(environment, SQL_FETCH_FIRST, text.data(), 256, nullptr, text.data(), 256, nullptr);
        return SQLFreeHandle(SQL_HANDLE_ENV, environment);
    }();
}

class connection {
public:
    connection() {
        settle_file_names();
        SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &environment_);
        SQLSetEnvAttr(environment_, SQL_ATTR_ODBC_VERSION, pointer_of(SQL_OV_ODBC3), 0);
        SQLAllocHandle(SQL_HANDLE_DBC, environment_, &handle_);
    }
    explicit connection(const std::string& connection_string) : connection() { connected = connect(connection_string); }
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection() {
        SQLDisconnect(handle_);
        SQLFreeHandle(SQL_HANDLE_DBC, handle_);
        SQLFreeHandle(SQL_HANDLE_ENV, environment_);
    }

    SQLRETURN connect(const std::string& text) {
        return SQLDriverConnect(handle_, nullptr, sql_text(text), SQL_NTS, nullptr, 0, nullptr, SQL_DRIVER_NOPROMPT);
    }
    [[nodiscard]] SQLHDBC get() const { return handle_; }
    [[nodiscard]] std::string state() const { return first_state(SQL_HANDLE_DBC, handle_); }
    [[nodiscard]] bool dead() const {
        SQLUINTEGER value = 0;
        SQLGetConnectAttr(handle_, SQL_ATTR_CONNECTION_DEAD, &value, 0, nullptr);
        return value == SQL_CD_TRUE;
    }

    SQLRETURN connected = SQL_ERROR;

private:
    SQLHENV environment_ = nullptr;
    SQLHDBC handle_ = nullptr;
};

class statement {
public:
    explicit statement(const connection& on) { SQLAllocHandle(SQL_HANDLE_STMT, on.get(), &handle_); }
    statement(const statement&) = delete;
    statement& operator=(const statement&) = delete;
    ~statement() { SQLFreeHandle(SQL_HANDLE_STMT, handle_); }

    SQLRETURN execute(const std::string& sql) { return SQLExecDirect(handle_, sql_text(sql), SQL_NTS); }
    SQLRETURN prepare(const std::string& sql) { return SQLPrepare(handle_, sql_text(sql), SQL_NTS); }
    SQLRETURN fetch() { return SQLFetch(handle_); }
    SQLRETURN close() { return SQLFreeStmt(handle_, SQL_CLOSE); }

    [[nodiscard]] SQLHSTMT get() const { return handle_; }
    [[nodiscard]] std::string state() const { return first_state(SQL_HANDLE_STMT, handle_); }
    [[nodiscard]] std::vector<record> diagnostics() const { return records(SQL_HANDLE_STMT, handle_); }
    [[nodiscard]] SQLLEN row_count() const {
        SQLLEN count = -2;
        SQLRowCount(handle_, &count);
        return count;
    }
    [[nodiscard]] SQLSMALLINT columns() const {
        SQLSMALLINT count = -2;
        SQLNumResultCols(handle_, &count);
        return count;
    }
    void set(SQLINTEGER attribute, SQLULEN value) { SQLSetStmtAttr(handle_, attribute, pointer_of(value), 0); }
    void set_pointer(SQLINTEGER attribute, SQLPOINTER value) { SQLSetStmtAttr(handle_, attribute, value, 0); }

    // Fetches to the end or to an error: the rows that came, and in `last` what ended them. The next call wipes its
    // records.
    std::uint64_t count_rows(SQLRETURN& last) {
        std::uint64_t rows = 0;
        set_pointer(SQL_ATTR_ROWS_FETCHED_PTR, &fetched_);
        for (last = fetch(); SQL_SUCCEEDED(last); last = fetch()) rows += fetched_;
        return rows;
    }

private:
    SQLHSTMT handle_ = nullptr;
    SQLULEN fetched_ = 0;
};

}  // namespace raw
