// What grows is COUNT; everything else stays as it is. The checksum is that of what was read.

#include "../tables.hpp"
#include "look_up_all.hpp"
#include "scenarios.hpp"

#include <sluice/runtime/engine.hpp>

#include <stdexcept>
#include <vector>

namespace {

// In all, however many callers there are; then each of them asks at least once.
constexpr std::int64_t queries = 10'000;
constexpr std::size_t sessions_of_callers = 4;

[[nodiscard]] std::string first_columns(std::int64_t count) {
    std::string names;
    for (std::int64_t n = 1; n <= count; ++n) names += (n == 1 ? "c" : ", c") + std::to_string(n);
    return names;
}

}  // namespace

bench::measured bench::growth_columns(const std::string& connection, std::int64_t count) {
    sluice::engine engine;
    auto session = engine.connect(connection).get();
    const std::string sql = "select " + first_columns(count) + " from sluice_bench_wide";
    measured found;
    std::int64_t rows = 0;
    const auto begun = clock::now();
    auto stream = session.stream(sql).get();
    while (auto batch = stream.next().get()) {
        rows += static_cast<std::int64_t>(batch->rows());
        for (std::size_t n = 0; n < static_cast<std::size_t>(count); ++n)
            for (const std::int64_t cell : batch->values<std::int64_t>(n))
                found.checksum += static_cast<std::uint64_t>(cell);
    }
    found.seconds = seconds_since(begun);
    const std::int64_t expected = rows * (rows + 1) / 2 * (count * (count + 1) / 2);
    if (rows != wide_rows || found.checksum != static_cast<std::uint64_t>(expected))
        throw std::runtime_error("sluice_bench_wide has other values");
    return found;
}

// From the first connect to the answer of the last query; all are there at the same time.
bench::measured bench::growth_sessions(const std::string& connection, std::int64_t count) {
    const auto many = static_cast<std::size_t>(count);
    sluice::engine engine(sluice::engine_options().sessions_max(many));
    measured found;
    const auto begun = clock::now();
    auto pool = engine.open(connection, sluice::pool_options().max_size(many).waiters_max(many));
    std::vector<std::future<sluice::session>> asked;
    for (std::size_t n = 0; n < many; ++n) asked.push_back(pool.acquire());
    std::vector<sluice::session> sessions;
    for (auto& one : asked) sessions.push_back(one.get());
    std::vector<std::future<sluice::row_set>> answers;
    for (std::size_t n = 0; n < many; ++n)
        answers.push_back(sessions[n].query(point_sql, sluice::args(key_of(static_cast<std::int64_t>(n)))));
    checksum sum;
    for (std::size_t n = 0; n < many; ++n) {
        const auto rows = answers[n].get();
        const auto text = rows[0].get<std::string_view>(0);
        sum.unordered(key_of(static_cast<std::int64_t>(n)), text.data(), text.size());
    }
    found.seconds = seconds_since(begun);
    found.checksum = sum.value();
    return found;
}

bench::measured bench::growth_callers(const std::string& connection, std::int64_t count) {
    sluice::engine engine;
    auto pool = engine.open(connection, sluice::pool_options()
                                            .min_idle(sessions_of_callers)
                                            .max_size(sessions_of_callers)
                                            .waiters_max(static_cast<std::size_t>(count)));
    return look_up_all(pool, std::max(queries, count), static_cast<int>(count), 4 * warm_up_queries);
}
