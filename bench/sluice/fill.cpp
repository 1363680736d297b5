// Makes the tables of tables.hpp, in place of those that are there: sluice_bench_fill CONNECTION ROWS.

#include "../bulk_columns.hpp"
#include "../tables.hpp"

#include <sluice/runtime/engine.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

constexpr std::int64_t rows_per_insert = 500;

[[nodiscard]] std::string insert_sql(std::string into, std::string_view row, std::int64_t rows) {
    for (std::int64_t i = 0; i < rows; ++i) into.append(i == 0 ? " values " : ",").append(row);
    return into;
}

void add_row(std::vector<sluice::value>& values, const bench::bulk_columns& rows, std::size_t at) {
    const auto part = rows.parts[at];
    values.emplace_back(rows.ids[at]);
    values.emplace_back(rows.numbers[at]);
    values.emplace_back(rows.prices[at]);
    values.emplace_back(rows.names[at]);
    values.emplace_back(sluice::timestamp{2026, 11, 21, 3, part, part, 0});
    values.emplace_back(sluice::decimal(rows.amounts[at]));
    if (rows.notes[at])
        values.emplace_back(*rows.notes[at]);
    else
        values.emplace_back(sluice::null_of<std::string>());
}

void add_key(std::vector<sluice::value>& values, std::int64_t key) {
    values.emplace_back(key);
    values.emplace_back("the value of key " + std::to_string(key));
}

// `add` adds the values of the row with this number.
template <class Add>
void insert(sluice::session& into, std::string_view head, std::string_view row, std::int64_t rows, Add add) {
    into.submit(sluice::protocol::begin()).get();
    for (std::int64_t first = 1; first <= rows; first += rows_per_insert) {
        const auto count = std::min(rows_per_insert, rows - first + 1);
        std::vector<sluice::value> values;
        for (std::int64_t id = first; id < first + count; ++id) add(values, id);
        into.query(insert_sql(std::string(head), row, count), sluice::args::from(std::move(values))).get();
    }
    into.submit(sluice::protocol::commit()).get();
}

void fill(const std::string& connection, std::int64_t rows) {
    sluice::engine engine;
    auto session = engine.connect(connection).get();
    for (const char* sql : {"drop table if exists sluice_bench", "drop table if exists sluice_bench_keys",
                            "create table sluice_bench_keys (k bigint primary key, v varchar(40))"})
        session.query(sql).get();
    session.query(std::string("create table sluice_bench ") + bench::columns_sql).get();
    const auto all = bench::columns_of(rows);
    insert(session, "insert into sluice_bench (id, n, price, name, at, amount, note)", "(?,?,?,?,?,?,?)", rows,
           [&](std::vector<sluice::value>& values, std::int64_t id) {
               add_row(values, all, static_cast<std::size_t>(id - 1));
           });
    insert(session, "insert into sluice_bench_keys (k, v)", "(?,?)", bench::keys_stored, add_key);
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc != 3) {
        std::fprintf(stderr, "usage: %s CONNECTION ROWS\n", argv[0]);
        return 2;
    }
    fill(argv[1], std::atoll(argv[2]));
    return 0;
} catch (const std::exception& e) {
    std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
    return 1;
}
