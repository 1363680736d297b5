// Makes the tables of tables.hpp, in place of those that are there: sluice_bench_fill CONNECTION ROWS.

#include "../bulk_columns.hpp"
#include "../tables.hpp"

#include <sluice/runtime/engine.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

constexpr std::int64_t chunk_rows = 10'000;

[[nodiscard]] sluice::bulk_rows chunk(std::int64_t first, std::int64_t last) {
    auto from = bench::columns_of(first, last);
    std::vector<sluice::timestamp> times;
    for (const auto part : from.parts) times.push_back({2026, 11, 21, 3, part, part, 0});
    sluice::bulk_rows made("sluice_bench");
    made.column("id", std::move(from.ids))
        .column("n", std::move(from.numbers))
        .column("price", std::move(from.prices))
        .column("name", std::move(from.names))
        .column("at", std::move(times))
        .column("amount", std::vector<sluice::decimal>(from.amounts.begin(), from.amounts.end()))
        .column("note", std::move(from.notes));
    return made;
}

[[nodiscard]] sluice::bulk_source rows_of(std::int64_t count) {
    return [count, next = std::int64_t{1}]() mutable -> std::optional<sluice::bulk_rows> {
        if (next > count) return std::nullopt;
        const std::int64_t first = next;
        next = std::min(count + 1, first + chunk_rows);
        return chunk(first, next - 1);
    };
}

[[nodiscard]] sluice::bulk_rows keys() {
    std::vector<std::int64_t> numbers;
    std::vector<std::string> values;
    for (std::int64_t key = 1; key <= bench::keys_stored; ++key) {
        numbers.push_back(key);
        values.push_back("the value of key " + std::to_string(key));
    }
    sluice::bulk_rows made("sluice_bench_keys");
    made.column("k", std::move(numbers)).column("v", std::move(values));
    return made;
}

void fill(const std::string& connection, std::int64_t rows) {
    sluice::engine engine;
    auto session = engine.connect(connection).get();
    for (const char* sql : {"drop table if exists sluice_bench", "drop table if exists sluice_bench_keys",
                            "create table sluice_bench_keys (k bigint primary key, v varchar(40))"})
        session.query(sql).get();
    session.query(std::string("create table sluice_bench ") + bench::columns_sql).get();
    const auto done = session.bulk_insert(rows_of(rows)).get();
    if (!done.complete()) throw sluice::database_error(*done.failure);
    (void)session.bulk_insert(keys()).get();
    // So that the plan of a few rows is not that of all.
    const bool mariadb = connection.find("MariaDB") != std::string::npos;
    for (const std::string table : {"sluice_bench", "sluice_bench_keys"})
        session.query((mariadb ? "analyze table " : "analyze ") + table).get();
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
