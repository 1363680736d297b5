#pragma once
// The subject `raw` of scripts/bench: ODBC alone. One connection, and what its calls say when they fail.
//
// Threads: one.

#include <sql.h>
#include <sqlext.h>

#include <string>

namespace bench {

// Throws std::runtime_error with the first diagnostic.
void require(SQLRETURN rc, SQLSMALLINT type, SQLHANDLE handle, const char* what);

class connection {
public:
    explicit connection(const std::string& string);
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    [[nodiscard]] SQLHDBC handle() const noexcept { return dbc_; }

private:
    SQLHENV env_ = nullptr;
    SQLHDBC dbc_ = nullptr;
};

class raw_statement {
public:
    explicit raw_statement(const connection& on);
    ~raw_statement() { SQLFreeHandle(SQL_HANDLE_STMT, handle_); }
    raw_statement(const raw_statement&) = delete;
    raw_statement& operator=(const raw_statement&) = delete;
    [[nodiscard]] SQLHSTMT handle() const noexcept { return handle_; }
    void require(SQLRETURN rc, const char* what) const { bench::require(rc, SQL_HANDLE_STMT, handle_, what); }
    void prepare(std::string sql) const;

private:
    SQLHSTMT handle_ = nullptr;
};

}  // namespace bench
