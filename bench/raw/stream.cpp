#include "../tables.hpp"
#include "connection.hpp"
#include "scenarios.hpp"

#include <array>
#include <future>
#include <memory>

namespace {

template <std::size_t Size>
struct text_column {
    std::vector<std::array<char, Size>> cells = std::vector<std::array<char, Size>>(bench::block_rows);
    std::vector<SQLLEN> lengths = std::vector<SQLLEN>(bench::block_rows);
    void bind(const bench::raw_statement& s, SQLUSMALLINT n) {
        s.require(SQLBindCol(s.handle(), n, SQL_C_CHAR, cells.data(), Size, lengths.data()), "SQLBindCol");
    }
};

template <class T>
struct fixed_column {
    std::vector<T> cells = std::vector<T>(bench::block_rows);
    std::vector<SQLLEN> lengths = std::vector<SQLLEN>(bench::block_rows);
    void bind(const bench::raw_statement& s, SQLUSMALLINT n, SQLSMALLINT c_type) {
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

    void bind(const bench::raw_statement& s) {
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

bench::measured read(const std::string& string, const std::string& sql) {
    using namespace bench;
    const connection db(string);
    const raw_statement s(db);
    SQLULEN fetched = 0;
    std::vector<SQLUSMALLINT> status(block_rows);
    SQLSetStmtAttr(s.handle(), SQL_ATTR_ROW_ARRAY_SIZE, reinterpret_cast<SQLPOINTER>(block_rows), 0);
    SQLSetStmtAttr(s.handle(), SQL_ATTR_ROWS_FETCHED_PTR, &fetched, 0);
    SQLSetStmtAttr(s.handle(), SQL_ATTR_ROW_STATUS_PTR, status.data(), 0);
    const auto rows = std::make_unique<block>();
    checksum sum;
    measured found;
    const auto begun = clock::now();
    s.prepare(sql);
    s.require(SQLExecute(s.handle()), "SQLExecute");
    rows->bind(s);
    while (true) {
        const SQLRETURN rc = SQLFetch(s.handle());
        if (rc == SQL_NO_DATA) break;
        s.require(rc, "SQLFetch");
        if (found.first_us == 0) found.first_us = microseconds_since(begun);
        rows->add(sum, fetched);
    }
    found.seconds = seconds_since(begun);
    found.checksum = sum.value();
    return found;
}

}  // namespace

bench::measured bench::stream(const std::string& connection, std::int64_t count) {
    return read(connection, select_sql(count));
}

bench::measured bench::stream_ordered(const std::string& connection, std::int64_t count) {
    return read(connection, select_sql(count) + " order by id");
}

bench::measured bench::stream_on_thread(const std::string& connection, std::int64_t count) {
    return std::async(std::launch::async, stream, connection, count).get();
}
