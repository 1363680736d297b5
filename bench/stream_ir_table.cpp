#include "stream_ir_table.hpp"

#include <sluice/runtime/engine.hpp>

#include <vector>

namespace bench {

namespace {

constexpr std::int64_t rows_per_insert = 500;

[[nodiscard]] std::string insert_sql(std::int64_t rows) {
    std::string sql = "insert into sluice_bench (id, n, price, name, at, amount, note) values ";
    for (std::int64_t i = 0; i < rows; ++i) sql += i == 0 ? "(?,?,?,?,?,?,?)" : ",(?,?,?,?,?,?,?)";
    return sql;
}

[[nodiscard]] sluice::args insert_args(std::int64_t first, std::int64_t rows) {
    std::vector<sluice::value> values;
    for (std::int64_t id = first; id < first + rows; ++id) {
        const auto part = static_cast<std::uint16_t>(id % 60);
        values.emplace_back(id);
        values.emplace_back(id * 7 % 1'000'003);
        values.emplace_back(static_cast<double>(id % 100'000) / 4.0);
        values.emplace_back("name of row " + std::to_string(id));
        values.emplace_back(sluice::timestamp{2026, 11, 21, 3, part, part, 0});
        values.emplace_back(sluice::decimal(std::to_string(id % 1'000'000) + ".1250"));
        if (id % 5 == 0)
            values.emplace_back(sluice::null_of<std::string>());
        else
            values.emplace_back("a note that is somewhat longer than the name, of row " + std::to_string(id));
    }
    return sluice::args::from(std::move(values));
}

}  // namespace

std::string select_sql(std::int64_t rows) {
    return "select id, n, price, name, at, amount, note from sluice_bench where id <= " + std::to_string(rows);
}

void fill(const std::string& connection, std::int64_t rows) {
    sluice::engine engine;
    auto session = engine.connect(connection).get();
    session.query("drop table if exists sluice_bench").get();
    session
        .query(
            "create table sluice_bench (id bigint primary key, n integer, price double precision, name varchar(40), "
            "at timestamp, amount decimal(18,4), note varchar(255))")
        .get();
    session.submit(sluice::protocol::begin()).get();
    for (std::int64_t first = 1; first <= rows; first += rows_per_insert) {
        const auto count = std::min(rows_per_insert, rows - first + 1);
        session.query(insert_sql(count), insert_args(first, count)).get();
    }
    session.submit(sluice::protocol::commit()).get();
}

}  // namespace bench
