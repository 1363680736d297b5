#include "../bulk_columns.hpp"
#include "scenarios.hpp"

#include <sluice/runtime/engine.hpp>

#include <chrono>
#include <span>
#include <vector>

namespace bench {

// The table, empty.
measured bulk_table(const std::string& connection, std::int64_t) {
    sluice::engine engine;
    auto session = engine.connect(connection).get();
    session.query("drop table if exists sluice_bulk").get();
    session.query(std::string("create table sluice_bulk ") + columns_sql).get();
    return {};
}

namespace {

constexpr std::size_t chunk_rows = 10'000;
constexpr std::chrono::minutes patience{5};

// The columns, where their rows are borrowed from.
class table_rows {
public:
    explicit table_rows(std::int64_t count)
        : columns_(make_columns(count)), amounts_(columns_.amounts.begin(), columns_.amounts.end()) {
        for (const auto part : columns_.parts) times_.push_back({2026, 11, 21, 3, part, part, 0});
    }
    [[nodiscard]] sluice::bulk_rows all() const {
        sluice::bulk_rows made("sluice_bulk");
        made.borrow("id", std::span(columns_.ids))
            .borrow("n", std::span(columns_.numbers))
            .borrow("price", std::span(columns_.prices))
            .borrow("name", std::span(columns_.names))
            .borrow("at", std::span(times_))
            .borrow("amount", std::span(amounts_))
            .borrow("note", std::span(columns_.notes));
        return made;
    }

private:
    bulk_columns columns_;
    std::vector<sluice::timestamp> times_;
    std::vector<sluice::decimal> amounts_;
};

[[nodiscard]] measured load(const std::string& connection, std::int64_t count, std::size_t sessions) {
    const table_rows rows(count);
    sluice::engine engine;
    auto db = engine.open(connection, sluice::pool_options().min_idle(sessions).max_size(sessions).eager(true));
    measured found;
    const auto begun = clock::now();
    const sluice::bulk_loaded done =
        db.bulk_insert_parallel(
              rows.all(), sluice::bulk_load_options().parallelism(sessions).chunk_rows(chunk_rows).timeout(patience))
            .get();
    found.seconds = seconds_since(begun);
    if (!done.complete()) throw sluice::database_error(*done.failure);
    return found;
}

}  // namespace

measured bulk(const std::string& connection, std::int64_t count) {
    const table_rows rows(count);
    sluice::engine engine;
    auto session = engine.connect(connection).get();
    measured found;
    const counted part;
    const auto begun = clock::now();
    (void)session.bulk_insert(rows.all(), sluice::request_options().timeout(patience)).get();
    found.seconds = seconds_since(begun);
    return found;
}

measured bulk_chunks(const std::string& connection, std::int64_t count) {
    return load(connection, count, 1);
}
measured bulk_chunks_2(const std::string& connection, std::int64_t count) {
    return load(connection, count, 2);
}

}  // namespace bench
