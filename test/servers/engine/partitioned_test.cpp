// Readings in partitions on each server: every row once, whatever the keys are; nothing stays behind.
#include "bulk_shelf.hpp"
#include "comes_true.hpp"
#include "sanitized.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;
using here::shelf;

namespace {

// Rows with the ids 0 to 999, and a name of each.
void fill_with(shelf& s, std::size_t rows = 1'000) {
    (void)answer(s.on.bulk_insert(here::named_rows(s.table, here::ids(rows))));
}
pool pool_of(shelf& s, std::size_t sessions = 4) {
    return s.engine.open(connection_text(here::the, "bulk"), pool_options().max_size(sessions));
}

// The first column, which is a whole number in all of these tests.
std::string cell_text_of(const batch& part, std::size_t row) {
    return std::to_string(part[row].get<std::int64_t>(0));
}

// What came, in its order: the first column, and which partition it was of.
struct partitioned_reading {
    std::vector<std::string> keys;
    std::vector<std::size_t> from;
    partition_progress progress;
    std::optional<error> failure;
    std::size_t columns = 0;
};
partitioned_reading read_all(pool& db, const std::string& sql, args with, const partition_options& how) {
    partitioned_reading made;
    try {
        auto stream = answer(db.stream_partitioned(sql, std::move(with), how));
        made.columns = stream.columns().size();
        while (const auto part = answer(stream.next())) {
            for (std::size_t i = 0; i < part->rows(); ++i) {
                const auto cell = cell_text_of(*part, i);
                made.keys.push_back(cell);
                made.from.push_back(part->partition());
            }
        }
        made.progress = stream.progress();
        CHECK_FALSE(answer(stream.next()));
    } catch (const database_error& e) {
        made.failure = e.error();
    }
    // Whatever came of it.
    CHECK(comes_true([&] {
        const auto now = db.metrics();
        return now.lent == 0 && now.waiting == 0;
    }));
    return made;
}
std::vector<std::string> in_any_order(std::vector<std::string> from) {
    std::sort(from.begin(), from.end());
    return from;
}
std::vector<std::string> by_one(shelf& s, const std::string& sql, args with = {}) {
    std::vector<std::string> made;
    auto stream = answer(s.on.stream(sql, std::move(with)));
    while (const auto part = answer(stream.next()))
        for (std::size_t i = 0; i < part->rows(); ++i) made.push_back(cell_text_of(*part, i));
    return made;
}
void check_same(const partitioned_reading& got, const std::vector<std::string>& wanted) {
    if (got.failure) FAIL(got.failure->to_string());
    REQUIRE(got.keys.size() == wanted.size());
    CHECK(in_any_order(got.keys) == in_any_order(wanted));
    CHECK(got.progress.rows == wanted.size());
    CHECK(got.progress.done == got.progress.partitions);
    if (!got.from.empty()) CHECK(*std::max_element(got.from.begin(), got.from.end()) < got.progress.partitions);
}
void check_ascends(const std::vector<std::size_t>& from) {
    CHECK(std::is_sorted(from.begin(), from.end()));
}

}  // namespace

TEST_CASE("partitioned: every row comes once however many partitions and sessions there are") {
    shelf s("part_all");
    fill_with(s);
    auto db = pool_of(s);
    const std::string all = "select id, name from " + s.table + " -- all of them";
    const auto wanted = by_one(s, "select id, name from " + s.table);
    for (const std::size_t partitions : {1U, 2U, 7U, 50U}) {
        for (const std::size_t at_once : {1U, 2U, 4U, 64U}) {
            for (const bool in_order : {false, true}) {
                for (const bool unique : {false, true}) {
                    INFO(partitions << " partitions, " << at_once << " at once, in order " << in_order << ", unique "
                                    << unique);
                    const auto got = read_all(db, all, {},
                                              partition_options()
                                                  .by("id")
                                                  .partitions(partitions)
                                                  .at_once(at_once)
                                                  .in_order(in_order)
                                                  .unique(unique)
                                                  .page_rows(13)
                                                  .batch_rows(16));
                    check_same(got, wanted);
                    CHECK(got.progress.partitions == partitions + 1);
                    CHECK(got.columns == 2);
                    if (!in_order) continue;
                    check_ascends(got.from);
                    for (std::size_t i = 0; i < got.keys.size(); ++i)
                        if (got.keys[i] != std::to_string(i)) FAIL("row " << i << " is " << got.keys[i]);
                }
            }
        }
    }
    CHECK(db.metrics().sessions <= 4);
}

TEST_CASE("partitioned: the parameters of the statement come before ours and names go with them") {
    shelf s("part_args");
    fill_with(s);
    auto db = pool_of(s);
    const auto how = partition_options().by("id").partitions(5).at_once(3);
    const std::string some = "select id, name from " + s.table + " where id >= ? and name <> ? ;\n";
    check_same(read_all(db, some, args(400, "row 555"), how),
               by_one(s, "select id from " + s.table + " where id >= 400 and id <> 555"));
    const std::string named = "select id, name from " + s.table + " where id < :most and :most > 5";
    check_same(read_all(db, named, named_args("most", 300), how),
               by_one(s, "select id from " + s.table + " where id < 300"));
    // SQLite has a type of this column only for each value, and none where a partition is empty.
    if (here::is_sqlite)
        check_same(read_all(db, "select id, id / ? as e from " + s.table, args(3), how),
                   by_one(s, "select id from " + s.table));
    auto by_hand = how;
    by_hand.boundaries({value(decimal("99")), value(std::int64_t{250})});
    check_same(read_all(db, named, named_args("most", 300), by_hand),
               by_one(s, "select id from " + s.table + " where id < 300"));
    check_same(read_all(db, some, args(400, "row 555"), by_hand),
               by_one(s, "select id from " + s.table + " where id >= 400 and id <> 555"));
}

TEST_CASE("partitioned: rows without a key come and come last") {
    shelf s("part_nulls", "id bigint, k int");
    for (int i = 0; i < 60; ++i)
        s.run("insert into " + s.table + " values (" + std::to_string(i) + ", " +
              (i % 3 == 0 ? "null" : std::to_string(i % 7 - 3)) + ")");
    auto db = pool_of(s);
    const std::string all = "select id, k from " + s.table;
    for (const bool in_order : {false, true}) {
        const auto got = read_all(db, all, {}, partition_options().by("k").partitions(4).in_order(in_order));
        check_same(got, by_one(s, all));
        CHECK(std::count(got.from.begin(), got.from.end(), got.progress.partitions - 1) == 20);
    }
    // Nothing but NULLs, and nothing at all.
    s.run("delete from " + s.table + " where k is not null");
    check_same(read_all(db, all, {}, partition_options().by("k")), by_one(s, all));
    s.run("delete from " + s.table);
    const auto none = read_all(db, all, {}, partition_options().by("k"));
    check_same(none, {});
    CHECK(none.columns == 2);
}

TEST_CASE("partitioned: keys of other types and the extremes of numbers") {
    const std::map<std::string, std::vector<std::string>> types = {
        {"bigint", {"-9223372036854775808", "-1", "0", "1", "9223372036854775807"}},
        {"decimal(18,4)", {"-1.5000", "0.0000", "0.2500", "1.0000", "99.9999"}},
        {"date", {"'1969-12-31'", "'1970-01-01'", "'2024-02-29'", "'2026-11-28'"}},
        {"timestamp", {"'1971-01-01 00:00:00'", "'2024-02-29 23:59:59'", "'2024-03-01 00:00:00'"}},
    };
    for (const auto& [type, keys] : types) {
        INFO(type);
        shelf s("part_types", "id bigint, k " + type + (type == "timestamp" && here::is_mariadb ? " null" : ""));
        int id = 0;
        for (const auto& key : keys)
            for (int twin = 0; twin < 3; ++twin)
                s.run("insert into " + s.table + " values (" + std::to_string(id++) + ", " + key + ")");
        auto db = pool_of(s);
        const std::string all = "select id, k from " + s.table;
        for (const std::size_t partitions : {2U, 3U, 1'024U}) {
            if (partitions > 3 && (sanitized || type != "decimal(18,4)")) continue;
            INFO(partitions);
            const auto got =
                read_all(db, all, {}, partition_options().by("k").partitions(partitions).at_once(4).in_order());
            check_same(got, by_one(s, all));
            const auto in_order = by_one(s, all + " order by k, id");
            // Rows of the same key come in any order.
            for (std::size_t i = 0; i < got.keys.size(); ++i)
                CHECK(std::stoi(got.keys[i]) / 3 == std::stoi(in_order[i]) / 3);
        }
    }
    if (!here::is_mariadb) return;
    shelf s("part_unsigned", "id bigint, k bigint unsigned");
    s.run("insert into " + s.table + " values (0, 0), (1, 18446744073709551615), (2, 9223372036854775808)");
    auto db = pool_of(s);
    const auto got =
        read_all(db, "select id, k from " + s.table, {}, partition_options().by("k").partitions(4).in_order());
    check_same(got, {"0", "1", "2"});
    CHECK(got.keys == std::vector<std::string>{"0", "2", "1"});
}

TEST_CASE("partitioned: boundaries by hand cut keys of any type and what is skewed") {
    shelf s("part_hand", "id bigint, k varchar(40)");
    for (int i = 0; i < 200; ++i)
        s.run("insert into " + s.table + " values (" + std::to_string(i) + ", 'k''" + std::to_string(100 + i) + "')");
    auto db = pool_of(s);
    const std::string all = "select id, k from " + s.table;
    const auto text = [](const char* of) {
        return value(std::string(of));
    };
    const auto how = partition_options().by("k").at_once(3).in_order();
    auto cut = how;
    cut.boundaries({text("k'110"), text("k'120"), text("k'290")});
    const auto got = read_all(db, all, {}, cut);
    check_same(got, by_one(s, all));
    CHECK(got.progress.partitions == 5);
    for (const auto& [partition, rows] : std::map<std::size_t, int>{{0, 10}, {1, 10}, {2, 170}, {3, 10}, {4, 0}})
        CHECK(std::count(got.from.begin(), got.from.end(), partition) == rows);
    // No boundary, and some beyond all keys.
    auto none = how;
    check_same(read_all(db, all, {}, none.boundaries({})), by_one(s, all));
    auto beyond = how;
    check_same(read_all(db, all, {}, beyond.boundaries({text("a"), text("z")})), by_one(s, all));
    if (!sanitized) {
        std::vector<value> most;
        for (std::int64_t n = 1; n < static_cast<std::int64_t>(limits::partitions_max); ++n) most.emplace_back(n);
        check_same(read_all(db, all, {}, partition_options().by("id").at_once(3).boundaries(most)), by_one(s, all));
    }
    // Those that do not ascend would give rows twice.
    auto wrong = how;
    const auto refused = read_all(db, all, {}, wrong.boundaries({text("k'120"), text("k'110")}));
    REQUIRE(refused.failure);
    CHECK(refused.failure->code() == errc::invalid_argument);
    CHECK(refused.failure->message().find("10 rows would be read twice") != std::string::npos);
}

TEST_CASE("partitioned: a skewed key has all rows in some partitions and none in others") {
    shelf s("part_skew", "id bigint, k bigint");
    std::vector<std::int64_t> keys(500, 5);
    keys.push_back(1'000'000'000);
    bulk_rows rows(s.table);
    rows.column("id", here::ids(keys.size())).column("k", keys);
    (void)answer(s.on.bulk_insert(std::move(rows)));
    auto db = pool_of(s);
    const auto got =
        read_all(db, "select id, k from " + s.table, {}, partition_options().by("k").partitions(20).at_once(3));
    check_same(got, by_one(s, "select id from " + s.table));
    CHECK(std::count(got.from.begin(), got.from.end(), 0U) == 500);
}

TEST_CASE("partitioned: what is no key is told and nothing stays lent") {
    shelf s("part_wrong", "id bigint, name varchar(20), f double precision");
    s.run("insert into " + s.table + " values (1, 'n', 0.5), (2, 'm', 1.5)");
    auto db = pool_of(s, 2);
    const std::string all = "select id, name, f from " + s.table;
    const auto refused = [&](const partition_options& how, const std::string& sql) {
        const auto got = read_all(db, sql, {}, how);
        REQUIRE(got.failure);
        CHECK(got.keys.empty());
        return *got.failure;
    };
    const auto missing = refused(partition_options().by("missing"), all);
    CHECK(missing.code() == errc::invalid_argument);
    CHECK(missing.message().find("\"missing\"") != std::string::npos);
    CHECK(missing.message().find("no column") != std::string::npos);
    const auto text = refused(partition_options().by("name"), all);
    CHECK(text.code() == errc::type_mismatch);
    CHECK(text.message().find("\"name\" of the partitions is text (") != std::string::npos);
    CHECK(text.message().find("boundaries") != std::string::npos);
    CHECK(refused(partition_options().by("f"), all).code() == errc::type_mismatch);
    CHECK(refused(partition_options().by("id").boundaries({value(std::string("1"))}), all).code() ==
          errc::type_mismatch);
    CHECK(refused(partition_options().by("id"), "select no_such_column from " + s.table).code() == errc::syntax);
    const auto out_of_range = refused(
        partition_options().partitions(0).at_once(0).batch_rows(0).timeout(-1s).boundaries({value(null_of<int>())}),
        all);
    CHECK(out_of_range.code() == errc::invalid_argument);
    for (const char* what : {"by", "partitions", "at_once", "batch_rows", "timeout", "boundary is NULL"})
        CHECK(out_of_range.message().find(what) != std::string::npos);
    CHECK(error_of(pool().stream_partitioned(all, partition_options().by("id"))).code() == errc::closed);
    // The name of the key as it is, or in another case.
    check_same(read_all(db, all, {}, partition_options().by("ID")), {"1", "2"});
    // An expression, which SQLite has no type for.
    check_same(read_all(db, "select id, id * 2 as k from " + s.table, {}, partition_options().by("k").partitions(2)),
               {"1", "2"});
}

TEST_CASE("partitioned: it can be closed and dropped half-way and the sessions serve again") {
    shelf s("part_half");
    fill_with(s, sanitized ? 5'000 : 20'000);
    auto db = pool_of(s, 3);
    const std::string all = "select id, name from " + s.table;
    const auto how = partition_options().by("id").at_once(3).batch_rows(64).prefetch(1);
    for (int round = 0; round < 3; ++round) {
        auto stream = answer(db.stream_partitioned(all, how));
        REQUIRE(answer(stream.next()));
        CHECK(stream.progress().rows == 64);
        answer(stream.close());
        CHECK(comes_true([&] { return db.metrics().lent == 0; }));
        CHECK(error_of(stream.next()).code() == errc::closed);
        answer(stream.close());
        auto dropped = answer(db.stream_partitioned(all, how));
        REQUIRE(answer(dropped.next()));
        dropped = partitioned_stream();
        CHECK(comes_true([&] { return db.metrics().lent == 0; }));
    }
    std::stop_source stop;
    auto stopping = how;
    auto stopped = answer(db.stream_partitioned(all, stopping.stop(stop.get_token())));
    REQUIRE(answer(stopped.next()));
    stop.request_stop();
    CHECK(error_of(stopped.next()).code() == errc::cancelled);
    CHECK(error_of(stopped.next()).code() == errc::cancelled);
    CHECK(comes_true([&] { return db.metrics().lent == 0; }));
    // The pool's handle may go before it.
    auto lasting = answer(pool_of(s, 2).stream_partitioned(all, how));
    std::size_t rows = 0;
    while (const auto part = answer(lasting.next())) rows += part->rows();
    CHECK(rows == (sanitized ? 5'000 : 20'000));
    CHECK(answer(db.query("select count(*) from " + s.table))[0].get<std::size_t>(0) == rows);
}

TEST_CASE("partitioned: an error in the middle of a partition ends it with the number of that") {
    shelf s("part_bad", "id bigint primary key, d int");
    for (int i = 0; i < 100; ++i)
        s.run("insert into " + s.table + " values (" + std::to_string(i) + ", " + (i == 77 ? "0" : "1") + ")");
    auto db = pool_of(s);
    // A subquery of several rows, where one is wanted; SQLite knows no such error, but for a number beyond its own.
    const std::string bad =
        here::is_sqlite ? "select id, abs(case when d = 0 then -9223372036854775808 else 1 end) as x from " + s.table
                        : "select id, (case when d = 0 then (select d from " + s.table +
                              " as other) else 1 end) as x from " + s.table;
    const auto got = read_all(db, bad, {}, partition_options().by("id").partitions(4).at_once(2).in_order());
    REQUIRE(got.failure);
    INFO(got.failure->to_string());
    CHECK(got.failure->message().find("partition 3 of 5: ") == 0);
    CHECK(got.keys.size() <= 77);
    check_same(read_all(db, "select id, d from " + s.table, {}, partition_options().by("id")),
               by_one(s, "select id from " + s.table));
}
