#include "scenarios.hpp"

#include <sluice/runtime/engine.hpp>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <vector>

namespace {

constexpr std::int64_t chunk_rows = 10'000;
constexpr std::chrono::minutes patience{5};

// The rows from this one on, of so many in all.
[[nodiscard]] sluice::bulk_rows chunk(std::int64_t first, std::int64_t count) {
    std::vector<std::int64_t> ids;
    std::vector<std::int64_t> numbers;
    std::vector<double> prices;
    for (std::int64_t id = first; id < first + count; ++id) {
        ids.push_back(id);
        numbers.push_back(id * 7 % 1'000'003);
        prices.push_back(static_cast<double>(id % 100'000) / 4.0);
    }
    sluice::bulk_rows made("sluice_bulk_narrow");
    made.column("id", std::move(ids)).column("n", std::move(numbers)).column("price", std::move(prices));
    return made;
}

[[nodiscard]] sluice::bulk_source generator(std::int64_t count) {
    return [count, next = std::int64_t{1}]() mutable -> std::optional<sluice::bulk_rows> {
        if (next > count) return std::nullopt;
        const std::int64_t first = next;
        next = std::min(count + 1, first + chunk_rows);
        return chunk(first, next - first);
    };
}

}  // namespace

bench::measured bench::bulk_memory(const std::string& connection, std::int64_t count) {
    sluice::engine engine;
    auto pool = engine.open(connection, sluice::pool_options().max_size(2));
    const auto forever = sluice::request_options().timeout(sluice::no_deadline);
    pool.query("drop table if exists sluice_bulk_narrow").get();
    pool.query("create table sluice_bulk_narrow (id bigint primary key, n integer, price double precision)").get();
    measured found;
    const auto begun = clock::now();
    const sluice::bulk_loaded done =
        pool.bulk_insert_parallel(generator(count), sluice::bulk_load_options().timeout(patience)).get();
    found.seconds = seconds_since(begun);
    if (!done.complete()) throw sluice::database_error(*done.failure);
    const auto there = pool.query("select count(*), max(id) from sluice_bulk_narrow", forever).get();
    if (there[0].get<std::int64_t>(0) != count || there[0].get<std::int64_t>(1) != count)
        throw std::runtime_error("sluice_bulk_narrow has other rows");
    pool.query("drop table sluice_bulk_narrow", forever).get();
    return found;
}
