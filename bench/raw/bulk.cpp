// The best that is known of each driver, by hand: on psqlodbc one array for each column, as text, and unnest; on
// MariaDB arrays of parameters, timestamps as text; on sqliteodbc VALUES of many rows. All prepared once, in one
// transaction.

#include "../bulk_columns.hpp"
#include "connection.hpp"
#include "scenarios.hpp"

#include <array>
#include <charconv>
#include <cstring>

namespace {

using bench::bulk_columns;

enum class driver { postgresql, mariadb, sqlite };

[[nodiscard]] driver driver_of(const bench::connection& db) {
    std::array<char, 64> name{};
    SQLGetInfo(db.handle(), SQL_DRIVER_NAME, name.data(), static_cast<SQLSMALLINT>(name.size()), nullptr);
    const std::string file = name.data();
    if (file.find("psqlodbc") != std::string::npos) return driver::postgresql;
    return file.find("maodbc") != std::string::npos ? driver::mariadb : driver::sqlite;
}

template <std::size_t Size>
struct text_cells {
    std::vector<std::array<char, Size>> cells;
    std::vector<SQLLEN> lengths;
    explicit text_cells(std::size_t rows) : cells(rows), lengths(rows) {}
    void put(std::size_t row, const std::string& text) {
        std::memcpy(cells[row].data(), text.data(), text.size());
        lengths[row] = static_cast<SQLLEN>(text.size());
    }
};

// The values of so many rows, by columns, where they are bound.
struct bound_rows {
    std::vector<SQLBIGINT> ids, numbers;
    std::vector<double> prices;
    text_cells<40> names;
    text_cells<20> times;
    text_cells<24> amounts;
    text_cells<256> notes;
    std::vector<SQLLEN> given;

    explicit bound_rows(std::size_t rows)
        : ids(rows), numbers(rows), prices(rows), names(rows), times(rows), amounts(rows), notes(rows), given(rows) {}
    void put(const bulk_columns& from, std::size_t first) {
        for (std::size_t i = 0; i < ids.size(); ++i) {
            ids[i] = from.ids[first + i];
            numbers[i] = from.numbers[first + i];
            prices[i] = from.prices[first + i];
            names.put(i, from.names[first + i]);
            times.put(i, bench::time_text(from.parts[first + i]));
            amounts.put(i, from.amounts[first + i]);
            const auto& note = from.notes[first + i];
            if (note)
                notes.put(i, *note);
            else
                notes.lengths[i] = SQL_NULL_DATA;
        }
    }
};

void bind(const bench::raw_statement& s, SQLUSMALLINT n, SQLSMALLINT c, SQLSMALLINT sql, SQLULEN size, void* at,
          SQLLEN room, SQLLEN* length) {
    s.require(SQLBindParameter(s.handle(), n, SQL_PARAM_INPUT, c, sql, size, 0, at, room, length), "SQLBindParameter");
}

template <std::size_t Size>
void bind(const bench::raw_statement& s, SQLUSMALLINT n, text_cells<Size>& from, std::size_t row) {
    bind(s, n, SQL_C_CHAR, SQL_VARCHAR, Size, from.cells[row].data(), Size, &from.lengths[row]);
}

// The parameters from n + 1 on are those of this row; with arrays of parameters, of all from it on.
void bind_row(const bench::raw_statement& s, bound_rows& from, std::size_t row, SQLUSMALLINT n) {
    bind(s, ++n, SQL_C_SBIGINT, SQL_BIGINT, 19, &from.ids[row], 8, &from.given[row]);
    bind(s, ++n, SQL_C_SBIGINT, SQL_BIGINT, 19, &from.numbers[row], 8, &from.given[row]);
    bind(s, ++n, SQL_C_DOUBLE, SQL_DOUBLE, 15, &from.prices[row], 8, &from.given[row]);
    bind(s, ++n, from.names, row);
    bind(s, ++n, from.times, row);
    bind(s, ++n, from.amounts, row);
    bind(s, ++n, from.notes, row);
}

void insert_values(const bench::connection& db, const bulk_columns& rows, std::size_t at_once) {
    std::string sql = bench::bulk_insert_head;
    for (std::size_t i = 0; i < at_once; ++i) sql += i == 0 ? "values (?,?,?,?,?,?,?)" : ",(?,?,?,?,?,?,?)";
    const bench::raw_statement s(db);
    s.prepare(sql);
    bound_rows bound(at_once);
    for (std::size_t i = 0; i < at_once; ++i) bind_row(s, bound, i, static_cast<SQLUSMALLINT>(i * 7));
    for (std::size_t first = 0; first < rows.ids.size(); first += at_once) {
        bound.put(rows, first);
        s.require(SQLExecute(s.handle()), "SQLExecute");
    }
}

void insert_parameter_arrays(const bench::connection& db, const bulk_columns& rows, std::size_t at_once) {
    const bench::raw_statement s(db);
    s.prepare(std::string(bench::bulk_insert_head) + "values (?,?,?,?,?,?,?)");
    bound_rows bound(at_once);
    s.require(SQLSetStmtAttr(s.handle(), SQL_ATTR_PARAMSET_SIZE, reinterpret_cast<SQLPOINTER>(at_once), 0),
              "SQLSetStmtAttr");
    bind_row(s, bound, 0, 0);
    for (std::size_t first = 0; first < rows.ids.size(); first += at_once) {
        bound.put(rows, first);
        s.require(SQLExecute(s.handle()), "SQLExecute");
    }
}

// {1,2,"three"}; the texts of these rows have nothing that has to be quoted within quotes.
class array_text {
public:
    template <class Number>
    void number(Number v) {
        std::array<char, 32> text{};
        comma().append(text.data(), std::to_chars(text.data(), text.data() + text.size(), v).ptr);
    }
    void text(const std::string& v) { comma().append(1, '"').append(v).append(1, '"'); }
    void null() { comma().append("NULL"); }
    void bind(const bench::raw_statement& s, SQLUSMALLINT n) {
        made_ += '}';
        length_ = static_cast<SQLLEN>(made_.size());
        ::bind(s, n, SQL_C_CHAR, SQL_LONGVARCHAR, made_.size(), made_.data(), length_, &length_);
    }
    void clear() { made_.clear(); }

private:
    std::string& comma() { return made_ += made_.empty() ? '{' : ','; }
    std::string made_;
    SQLLEN length_ = 0;
};

void insert_unnest(const bench::connection& db, const bulk_columns& rows, std::size_t at_once) {
    const bench::raw_statement s(db);
    s.prepare(std::string(bench::bulk_insert_head) +
              "select * from unnest(?::int8[], ?::int4[], ?::float8[], ?::varchar[], ?::timestamp[], ?::numeric[], "
              "?::varchar[])");
    std::array<array_text, 7> columns;
    for (std::size_t first = 0; first < rows.ids.size(); first += at_once) {
        for (auto& column : columns) column.clear();
        for (std::size_t i = first; i < first + at_once; ++i) {
            columns[0].number(rows.ids[i]);
            columns[1].number(rows.numbers[i]);
            columns[2].number(rows.prices[i]);
            columns[3].text(rows.names[i]);
            columns[4].text(bench::time_text(rows.parts[i]));
            columns[5].text(rows.amounts[i]);
            if (rows.notes[i])
                columns[6].text(*rows.notes[i]);
            else
                columns[6].null();
        }
        for (std::size_t n = 0; n < columns.size(); ++n) columns[n].bind(s, static_cast<SQLUSMALLINT>(n + 1));
        s.require(SQLExecute(s.handle()), "SQLExecute");
    }
}

void insert_best(const bench::connection& db, const bulk_columns& rows) {
    switch (driver_of(db)) {
        case driver::postgresql:
            return insert_unnest(db, rows, 1'000);
        case driver::mariadb:
            return insert_parameter_arrays(db, rows, 1'000);
        case driver::sqlite:
            return insert_values(db, rows, 100);
    }
}

void insert_many_values(const bench::connection& db, const bulk_columns& rows) {
    insert_values(db, rows, driver_of(db) == driver::sqlite ? 100 : 500);
}

[[nodiscard]] bench::measured measure(const std::string& connection, std::int64_t count,
                                      void (*insert)(const bench::connection&, const bulk_columns&)) {
    const bulk_columns rows = bench::make_columns(count);
    const bench::connection db(connection);
    bench::measured found;
    const bench::counted part;
    const auto begun = bench::clock::now();
    bench::require(SQLSetConnectAttr(db.handle(), SQL_ATTR_AUTOCOMMIT, nullptr, 0), SQL_HANDLE_DBC, db.handle(),
                   "SQLSetConnectAttr");
    insert(db, rows);
    bench::require(SQLEndTran(SQL_HANDLE_DBC, db.handle(), SQL_COMMIT), SQL_HANDLE_DBC, db.handle(), "SQLEndTran");
    found.seconds = bench::seconds_since(begun);
    return found;
}

}  // namespace

namespace bench {

measured bulk(const std::string& connection, std::int64_t count) {
    return measure(connection, count, insert_best);
}
measured bulk_values(const std::string& connection, std::int64_t count) {
    return measure(connection, count, insert_many_values);
}

}  // namespace bench
