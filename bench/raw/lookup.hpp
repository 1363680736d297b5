#pragma once
// One point query by hand: its parameter and its column bound once.
//
// Threads: one at a time.

#include "../tables.hpp"
#include "connection.hpp"

#include <array>

namespace bench {

inline constexpr SQLLEN text_bytes = 164;

// Prepared once, or with its text each time.
class lookup {
public:
    lookup(const connection& db, bool prepare) : statement_(db), prepared_(prepare) {
        const SQLHSTMT s = statement_.handle();
        if (prepared_) statement_.prepare(point_sql);
        statement_.require(
            SQLBindParameter(s, 1, SQL_PARAM_INPUT, SQL_C_SBIGINT, SQL_BIGINT, 19, 0, &key_, sizeof key_, &key_length_),
            "SQLBindParameter");
        statement_.require(SQLBindCol(s, 1, SQL_C_CHAR, text_.data(), text_bytes, &text_length_), "SQLBindCol");
    }
    void look_up(std::int64_t key, checksum& sum) {
        const SQLHSTMT s = statement_.handle();
        key_ = key;
        if (prepared_)
            statement_.require(SQLExecute(s), "SQLExecute");
        else
            statement_.require(SQLExecDirect(s, reinterpret_cast<SQLCHAR*>(sql_.data()), SQL_NTS), "SQLExecDirect");
        statement_.require(SQLFetch(s), "SQLFetch");
        sum.unordered(key, text_.data(), static_cast<std::size_t>(text_length_));
        statement_.require(SQLFreeStmt(s, SQL_CLOSE), "SQLFreeStmt");
    }

private:
    raw_statement statement_;
    bool prepared_;
    std::string sql_ = point_sql;
    SQLBIGINT key_ = 0;
    SQLLEN key_length_ = 0;
    std::array<char, text_bytes> text_{};
    SQLLEN text_length_ = 0;
};

}  // namespace bench
