// What a stream says of itself is what it does: an incremental one stays within its memory, however slow its reader,
// and has its first rows long before its last; one that is buffered by the driver is not called incremental.
//
// Each case is a process of its own, so that memory freed by one does not hide the growth of another.
#include "comes_true.hpp"
#include "here.hpp"
#include "resident.hpp"

#include <algorithm>
#include <cstdio>
#include <malloc.h>
#include <unistd.h>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;
namespace ask = sluice::protocol;

namespace {

constexpr std::int64_t rows_in_all = 1'000'000;
// Of the whole result in the memory of a driver: much more than an incremental stream may take.
constexpr std::size_t bound = 64 * mib;

struct cost {
    stream_mode mode{};
    std::size_t grown = 0;        // above the start, at most
    double first_part = 0;        // of the time until the end, before the first batch
    std::size_t held_asleep = 0;  // what was there more than at the start while the reader slept
};

// The rows are numbered from 1 in the first column.
cost read_slowly(const engine& within, session& on, const std::string& sql, const args& with = {},
                 stream_options how = {}) {
    malloc_trim(0);
    cost made;
    const std::size_t start = resident_bytes();
    const auto begun = clock::now();
    auto stream = answer(on.stream(sql, with, std::move(how)));
    made.mode = stream.mode();
    clock::duration asleep{};
    clock::time_point first{};
    std::int64_t next = 1;
    for (std::size_t batches = 0;; ++batches) {
        const auto part = answer(stream.next());
        if (batches == 0) first = clock::now();
        if (!part) break;
        for (const std::int64_t number : part->column<std::int64_t>(0))
            if (number != next++) FAIL("row " << next - 1 << " is " << number);
        if (batches % 16 == 0) made.grown = std::max(made.grown, resident_above(start));
        if (batches != 3) continue;
        // Nothing but what is ahead may come while nobody reads: a worker without bounds would have it all by then.
        const auto slept = clock::now();
        REQUIRE(comes_true([&] { return within.metrics().workers_busy == 0; }));
        asleep += clock::now() - slept;
        made.held_asleep = resident_above(start);
    }
    made.grown = std::max(made.grown, made.held_asleep);
    made.first_part = std::chrono::duration<double>(first - begun) / (clock::now() - begun - asleep);
    CHECK(next == rows_in_all + 1);
    std::printf("%s: grown %zu MiB, asleep %zu MiB, first batch after %.2f of the time: %s\n",
                std::string(to_string(made.mode)).c_str(), made.grown / mib, made.held_asleep / mib, made.first_part,
                sql.substr(0, 60).c_str());
    return made;
}

void check_incremental(const cost& of) {
    CHECK(of.mode == stream_mode::incremental);
    CHECK(of.grown <= bound);
    CHECK(of.first_part < 0.25);
}

void check_buffered(const cost& of) {
    CHECK(of.mode == stream_mode::buffered_by_driver);
    CHECK(of.grown > bound);
    CHECK(of.first_part > 0.25);
}

session filled(engine& on) {
    auto made = here::connect(on, "stream_bounds");
    if (!here::is_sqlite) return made;
    answer(made.query("create table if not exists million (i integer, t text)"));
    if (answer(made.query("select i from million limit 1")).empty()) {
        answer(
            made.query("insert into million with recursive c(i) as (select 1 union all select i + 1 from c where i < "
                       "1000000) select i, printf('%0100d', i) from c"));
    }
    return made;
}

std::string all_rows() {
    return here::pick("select generate_series(1, 1000000) i, repeat('x', 100) t",
                      "select cast(seq as signed), repeat('x', 100) from seq_1_to_1000000", "select i, t from million");
}

std::string rows_with_parameter() {
    return here::pick("select generate_series(1, ?::int) i, repeat('x', 100) t",
                      "select cast(seq as signed), repeat('x', 100) from seq_1_to_1000000 where seq <= ?",
                      "select i, t from million where i <= ?");
}

}  // namespace

TEST_CASE("a plain stream and the second after it do what their mode says") {
    engine engine;
    auto session = filled(engine);
    for (int turn = 0; turn < 2; ++turn) {
        const cost of = read_slowly(engine, session, all_rows());
        if (here::is_mariadb)
            check_buffered(of);
        else
            check_incremental(of);
    }
}

TEST_CASE("a stream with parameters does what its mode says") {
    engine engine;
    auto session = filled(engine);
    const cost of = read_slowly(engine, session, rows_with_parameter(), args(rows_in_all));
    if (here::is_postgresql)
        check_incremental(of);
    else
        check_buffered(of);
}

TEST_CASE("a stream within a transaction does what its mode says") {
    engine engine;
    auto session = filled(engine);
    answer(session.submit(ask::begin()));
    const cost of = read_slowly(engine, session, all_rows());
    answer(session.submit(ask::rollback()));
    if (here::is_postgresql)
        check_incremental(of);
    else
        check_buffered(of);
}

TEST_CASE("a stream after one that was buffered is incremental where the driver can") {
    if (here::is_mariadb) return;  // never incremental
    engine engine;
    auto session = filled(engine);
    answer(session.submit(ask::begin()));
    (void)answer(session.query(here::counting(1'000)));
    answer(session.submit(ask::commit()));
    (void)answer(session.query(rows_with_parameter(), args(1'000)));
    check_incremental(read_slowly(engine, session, all_rows()));
}

TEST_CASE("large batches and the longest prefetch stay within what they say") {
    if (here::is_mariadb) return;  // never incremental
    engine engine;
    auto session = filled(engine);
    const auto how = stream_options().batch_rows(65'536).batch_bytes(4 * mib).prefetch(8);
    const cost of = read_slowly(engine, session, all_rows(), {}, how);
    CHECK(of.mode == stream_mode::incremental);
    // docs/streaming.md: batch_bytes x (prefetch + 3), beside what the driver holds: psqlodbc a packet of batch_rows
    // rows.
    CHECK(of.grown <= 4 * mib * (8 + 3) + 24 * mib);
    const cost least = read_slowly(engine, session, all_rows(), {}, stream_options().batch_rows(1'000).prefetch(1));
    CHECK(least.grown <= 16 * mib);
}

TEST_CASE("a stream by key is incremental on each driver, with parameters too") {
    engine engine;
    auto session = here::connect(engine, "stream_bounds");
    const std::string table = "million_key" + std::to_string(::getpid());
    answer(session.query("drop table if exists " + table));
    answer(session.query("create table " + table + " (i bigint primary key, t varchar(200))"));
    answer(session.query("insert into " + table + " " +
                             here::pick("select i, repeat('x', 100) from generate_series(1, 1000000) i",
                                        "select seq, repeat('x', 100) from seq_1_to_1000000",
                                        "with recursive c(i) as (select 1 union all select i + 1 from c where i < "
                                        "1000000) select i, printf('%0100d', i) from c"),
                         request_options().timeout(2min)));
    check_incremental(read_slowly(engine, session, "select i, t from " + table + " where i <= ?", args(rows_in_all),
                                  stream_options().by_key("i")));
    // The same in partitions, three at once: docs/partitioned.md.
    malloc_trim(0);
    const std::size_t start = resident_bytes();
    auto db = engine.open(connection_text(here::the, "stream_bounds"), pool_options().max_size(3));
    auto stream = answer(db.stream_partitioned("select i, t from " + table + " where i <= ?", args(rows_in_all),
                                               partition_options().by("i").at_once(3).unique()));
    std::size_t grown = 0;
    std::size_t batches = 0;
    while (const auto part = answer(stream.next()))
        if (++batches % 16 == 0) grown = std::max(grown, resident_above(start));
    std::printf("in partitions: grown %zu MiB\n", grown / mib);
    CHECK(grown <= bound);
    CHECK(stream.progress().rows == rows_in_all);
    answer(session.query("drop table " + table, request_options().timeout(1min)));
}
