#include "../bulk_columns.hpp"
#include "scenarios.hpp"

#include <sluice/runtime/engine.hpp>

#include <chrono>
#include <span>

namespace bench {

// The table, empty.
measured bulk_table(const std::string& connection, std::int64_t) {
    sluice::engine engine;
    auto session = engine.connect(connection).get();
    session.query("drop table if exists sluice_bulk").get();
    session.query(std::string("create table sluice_bulk ") + columns_sql).get();
    return {};
}

measured bulk(const std::string& connection, std::int64_t count) {
    const bulk_columns rows = make_columns(count);
    std::vector<sluice::timestamp> times;
    for (const auto part : rows.parts) times.push_back({2026, 11, 21, 3, part, part, 0});
    std::vector<sluice::decimal> amounts(rows.amounts.begin(), rows.amounts.end());
    sluice::engine engine;
    auto session = engine.connect(connection).get();
    measured found;
    const counted part;
    const auto begun = clock::now();
    sluice::bulk_rows all("sluice_bulk");
    all.borrow("id", std::span(rows.ids))
        .borrow("n", std::span(rows.numbers))
        .borrow("price", std::span(rows.prices))
        .borrow("name", std::span(rows.names))
        .borrow("at", std::span<const sluice::timestamp>(times))
        .borrow("amount", std::span<const sluice::decimal>(amounts))
        .borrow("note", std::span(rows.notes));
    (void)session.bulk_insert(std::move(all), sluice::request_options().timeout(std::chrono::minutes(5))).get();
    found.seconds = seconds_since(begun);
    return found;
}

}  // namespace bench
