// The other side of bench/stream_ir: the same by ODBC alone, as fast as it goes: a block cursor of 1,024 rows, columns
// bound once to their native C types. Arguments: CONNECTION ROWS. Prints the checksum.

#include "stream_ir_table.hpp"

#include <sql.h>
#include <sqlext.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

constexpr std::size_t block_rows = 1024;

void require(SQLRETURN rc, SQLSMALLINT type, SQLHANDLE handle, const char* what) {
    if (SQL_SUCCEEDED(rc)) return;
    std::array<SQLCHAR, 6> state{};
    std::array<SQLCHAR, 512> text{};
    SQLINTEGER native = 0;
    SQLSMALLINT length = 0;
    SQLGetDiagRec(type, handle, 1, state.data(), &native, text.data(), text.size(), &length);
    std::fprintf(stderr, "%s: %s %s\n", what, state.data(), text.data());
    std::exit(1);
}

template <std::size_t Size>
struct text_column {
    std::vector<std::array<char, Size>> cells = std::vector<std::array<char, Size>>(block_rows);
    std::vector<SQLLEN> lengths = std::vector<SQLLEN>(block_rows);
    void bind(SQLHSTMT s, SQLUSMALLINT n) {
        require(SQLBindCol(s, n, SQL_C_CHAR, cells.data(), Size, lengths.data()), SQL_HANDLE_STMT, s, "SQLBindCol");
    }
};

template <class T>
struct fixed_column {
    std::vector<T> cells = std::vector<T>(block_rows);
    std::vector<SQLLEN> lengths = std::vector<SQLLEN>(block_rows);
    void bind(SQLHSTMT s, SQLUSMALLINT n, SQLSMALLINT c_type) {
        require(SQLBindCol(s, n, c_type, cells.data(), sizeof(T), lengths.data()), SQL_HANDLE_STMT, s, "SQLBindCol");
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

    void bind(SQLHSTMT s) {
        ids.bind(s, 1, SQL_C_SBIGINT);
        numbers.bind(s, 2, SQL_C_SBIGINT);
        prices.bind(s, 3, SQL_C_DOUBLE);
        names.bind(s, 4);
        times.bind(s, 5, SQL_C_TYPE_TIMESTAMP);
        amounts.bind(s, 6);
        notes.bind(s, 7);
    }
    void add(bench::checksum& sum, SQLULEN rows) const {
        for (std::size_t i = 0; i < rows; ++i) {
            sum.number(static_cast<std::uint64_t>(ids.cells[i]));
            sum.number(static_cast<std::uint64_t>(numbers.cells[i]));
            sum.real(prices.cells[i]);
            sum.text(names.cells[i].data(), static_cast<std::size_t>(names.lengths[i]));
            sum.number(times.cells[i].minute);
            sum.number(amounts.lengths[i] <= 0 ? 0 : static_cast<unsigned char>(amounts.cells[i][0]));
            if (notes.lengths[i] != SQL_NULL_DATA)
                sum.text(notes.cells[i].data(), static_cast<std::size_t>(notes.lengths[i]));
        }
    }
};

[[nodiscard]] std::uint64_t read(SQLHDBC dbc, std::int64_t rows) {
    SQLHSTMT s = nullptr;
    require(SQLAllocHandle(SQL_HANDLE_STMT, dbc, &s), SQL_HANDLE_DBC, dbc, "SQLAllocHandle");
    SQLULEN fetched = 0;
    std::vector<SQLUSMALLINT> status(block_rows);
    SQLSetStmtAttr(s, SQL_ATTR_ROW_ARRAY_SIZE, reinterpret_cast<SQLPOINTER>(block_rows), 0);
    SQLSetStmtAttr(s, SQL_ATTR_ROWS_FETCHED_PTR, &fetched, 0);
    SQLSetStmtAttr(s, SQL_ATTR_ROW_STATUS_PTR, status.data(), 0);
    std::string sql = bench::select_sql(rows);
    require(SQLExecDirect(s, reinterpret_cast<SQLCHAR*>(sql.data()), SQL_NTS), SQL_HANDLE_STMT, s, "SQLExecDirect");
    block b;
    b.bind(s);
    bench::checksum sum;
    while (true) {
        const SQLRETURN rc = SQLFetch(s);
        if (rc == SQL_NO_DATA) break;
        require(rc, SQL_HANDLE_STMT, s, "SQLFetch");
        b.add(sum, fetched);
    }
    SQLFreeHandle(SQL_HANDLE_STMT, s);
    return sum.value();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: %s CONNECTION ROWS\n", argv[0]);
        return 2;
    }
    SQLHENV env = nullptr;
    SQLHDBC dbc = nullptr;
    SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env);
    SQLSetEnvAttr(env, SQL_ATTR_ODBC_VERSION, reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3), 0);
    SQLAllocHandle(SQL_HANDLE_DBC, env, &dbc);
    require(SQLDriverConnect(dbc, nullptr, reinterpret_cast<SQLCHAR*>(argv[1]), SQL_NTS, nullptr, 0, nullptr,
                             SQL_DRIVER_NOPROMPT),
            SQL_HANDLE_DBC, dbc, "SQLDriverConnect");
    std::printf("%llu\n", static_cast<unsigned long long>(read(dbc, std::atoll(argv[2]))));
    SQLDisconnect(dbc);
    SQLFreeHandle(SQL_HANDLE_DBC, dbc);
    SQLFreeHandle(SQL_HANDLE_ENV, env);
    return 0;
}
