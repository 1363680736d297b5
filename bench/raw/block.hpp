#pragma once
// A block of rows of sluice_bench where a driver writes them: columns bound to their native C types.
//
// Threads: one at a time.

#include "../tables.hpp"
#include "connection.hpp"

#include <array>
#include <vector>

namespace bench {

template <std::size_t Size>
struct text_column {
    std::vector<std::array<char, Size>> cells = std::vector<std::array<char, Size>>(block_rows);
    std::vector<SQLLEN> lengths = std::vector<SQLLEN>(block_rows);
    void bind(const raw_statement& s, SQLUSMALLINT n) {
        s.require(SQLBindCol(s.handle(), n, SQL_C_CHAR, cells.data(), Size, lengths.data()), "SQLBindCol");
    }
};

template <class T>
struct fixed_column {
    std::vector<T> cells = std::vector<T>(block_rows);
    std::vector<SQLLEN> lengths = std::vector<SQLLEN>(block_rows);
    void bind(const raw_statement& s, SQLUSMALLINT n, SQLSMALLINT c_type) {
        s.require(SQLBindCol(s.handle(), n, c_type, cells.data(), sizeof(T), lengths.data()), "SQLBindCol");
    }
};

struct block {
    fixed_column<SQLBIGINT> ids;
    fixed_column<SQLBIGINT> numbers;
    fixed_column<double> prices;
    text_column<164> names;
    fixed_column<SQL_TIMESTAMP_STRUCT> times;
    text_column<32> amounts;
    text_column<1024> notes;

    void bind(const raw_statement& s) {
        ids.bind(s, 1, SQL_C_SBIGINT);
        numbers.bind(s, 2, SQL_C_SBIGINT);
        prices.bind(s, 3, SQL_C_DOUBLE);
        names.bind(s, 4);
        times.bind(s, 5, SQL_C_TYPE_TIMESTAMP);
        amounts.bind(s, 6);
        notes.bind(s, 7);
    }
    void add(checksum& sum, SQLULEN rows) const {
        for (std::size_t i = 0; i < rows; ++i) {
            sum.number(static_cast<std::uint64_t>(ids.cells[i]));
            sum.number(static_cast<std::uint64_t>(numbers.cells[i]));
            sum.real(prices.cells[i]);
            sum.text(names.cells[i].data(), static_cast<std::size_t>(names.lengths[i]));
            sum.number(times.cells[i].minute);
            sum.number(amounts.lengths[i] <= 0 ? 0 : static_cast<unsigned char>(amounts.cells[i][0]));
            if (notes.lengths[i] != SQL_NULL_DATA)
                sum.text(notes.cells[i].data(), static_cast<std::size_t>(notes.lengths[i]));
            sum.end_row();
        }
    }
};

// A statement that fetches blocks.
class block_cursor {
public:
    explicit block_cursor(const connection& db) : statement_(db), status_(block_rows) {
        const SQLHSTMT s = statement_.handle();
        SQLSetStmtAttr(s, SQL_ATTR_ROW_ARRAY_SIZE, reinterpret_cast<SQLPOINTER>(block_rows), 0);
        SQLSetStmtAttr(s, SQL_ATTR_ROWS_FETCHED_PTR, &fetched_, 0);
        SQLSetStmtAttr(s, SQL_ATTR_ROW_STATUS_PTR, status_.data(), 0);
    }
    void prepare(const std::string& sql) { statement_.prepare(sql); }
    void execute() { statement_.require(SQLExecute(statement_.handle()), "SQLExecute"); }
    void execute(const std::string& sql) {
        prepare(sql);
        execute();
    }
    void close() { statement_.require(SQLFreeStmt(statement_.handle(), SQL_CLOSE), "SQLFreeStmt"); }
    // Where the next rows go, until another one is bound.
    void bind(block& rows) { rows.bind(statement_); }
    // The rows of the next block; 0: the end.
    [[nodiscard]] SQLULEN fetch() {
        const SQLRETURN rc = SQLFetch(statement_.handle());
        if (rc == SQL_NO_DATA) return 0;
        statement_.require(rc, "SQLFetch");
        return fetched_;
    }

private:
    raw_statement statement_;
    SQLULEN fetched_ = 0;
    std::vector<SQLUSMALLINT> status_;
};

}  // namespace bench
