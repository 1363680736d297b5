// A stream of a million rows in constant memory where it says incremental, and the first rows long before the last.
#include "resident.hpp"
#include "results.hpp"

#include <chrono>

using namespace results;

namespace {

constexpr std::int64_t million = 1'000'000;

struct reading_cost {
    std::size_t grown = 0;
    double first_part = 0;  // of the time until the last row, before the first rows came
    std::int64_t rows = 0;
    std::int64_t sum = 0;
};

reading_cost read_through(sluice::odbc::connection& on, const std::string& sql) {
    using clock = std::chrono::steady_clock;
    reading_cost cost;
    const std::size_t before = resident_bytes();
    const auto begun = clock::now();
    auto rows = start(on, sql, stream()).rows;
    clock::time_point first{};
    heap_source source;
    for (std::size_t batches = 0;; ++batches) {
        auto got = rows.fetch(source);
        if (!got) FAIL(got.error().to_string());
        if (batches == 0) first = clock::now();
        if (!*got) break;
        const sluice::batch part(*got);
        cost.rows += static_cast<std::int64_t>(part.rows());
        for (const std::int64_t value : part.column<std::int64_t>(0)) cost.sum += value;
        if (batches % 16 == 0) cost.grown = std::max(cost.grown, resident_bytes() - std::min(before, resident_bytes()));
    }
    cost.first_part =
        std::chrono::duration<double>(first - begun) / std::chrono::duration<double>(clock::now() - begun);
    return cost;
}

void check_bounded(const reading_cost& cost) {
    CHECK(cost.rows == million);
    CHECK(cost.sum == million * (million + 1) / 2);
    INFO("memory grew by " << cost.grown / mib << " MiB, the first rows came after " << cost.first_part);
    CHECK(cost.grown <= 16 * mib);
    CHECK(cost.first_part < 0.25);
}

}  // namespace

TEST_CASE("postgresql: a million rows in constant memory") {
    auto on = connect(server::postgresql, "memory");
    check_bounded(read_through(on, "select generate_series(1, 1000000) i, repeat('x', 100) t"));
}

TEST_CASE("sqlite: a million rows in constant memory and not so within a transaction") {
    auto on = connect(server::sqlite, "memory");
    run(on, "drop table if exists million");
    run(on, "create table million(i integer, t text)");
    run(on,
        "insert into million with recursive c(i) as (select 1 union all select i + 1 from c where i < 1000000) "
        "select i, 'some text of the usual length' from c");
    check_bounded(read_through(on, "select i, t from million"));
    REQUIRE(on.begin().has_value());
    // The mode said buffered_by_driver: it is true.
    const reading_cost cost = read_through(on, "select i, t from million");
    CHECK(cost.rows == million);
    CHECK(cost.grown > 64 * mib);
    REQUIRE(on.rollback().has_value());
    run(on, "drop table million");
}
