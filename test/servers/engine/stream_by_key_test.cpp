// A stream by key on each server: every row once, in order, in constant memory; what is no key is told.
#include "bulk_shelf.hpp"
#include "comes_true.hpp"
#include "sanitized.hpp"

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;
using here::shelf;

namespace {

constexpr std::size_t rows_by_key = 1'000;

// Rows with the ids 0 to 999, and a name of each.
shelf filled(const std::string& of) {
    return shelf(of, "id bigint primary key, name varchar(80)");
}
void fill(shelf& s) {
    (void)answer(s.on.bulk_insert(here::named_rows(s.table, here::ids(rows_by_key))));
}

struct keyed_reading {
    std::vector<std::int64_t> ids;
    std::vector<std::uint64_t> firsts;
    std::optional<error> failure;
    stream_mode mode{};
};
template <class Db>
keyed_reading read_by_key(Db& db, const std::string& sql, args with, stream_options how) {
    keyed_reading made;
    auto stream = answer(db.stream(sql, std::move(with), std::move(how)));
    made.mode = stream.mode();
    try {
        while (const auto part = answer(stream.next())) {
            made.firsts.push_back(part->first_row());
            for (const auto id : part->template column<std::int64_t>(0)) made.ids.push_back(id);
        }
    } catch (const database_error& e) {
        made.failure = e.error();
    }
    return made;
}
void check_ids(const keyed_reading& got, std::size_t from, std::size_t to) {
    if (got.failure) FAIL(got.failure->to_string());
    REQUIRE(got.ids.size() == to - from);
    for (std::size_t i = 0; i < got.ids.size(); ++i)
        if (got.ids[i] != static_cast<std::int64_t>(from + i)) FAIL("row " << i << " is " << got.ids[i]);
    for (std::size_t i = 0; i < got.firsts.size(); ++i) CHECK((i != 0 || got.firsts[i] == 0));
}

}  // namespace

TEST_CASE("a statement that ends in a comment is streamed as any") {
    auto s = filled("commented");
    fill(s);
    for (const char* end : {" -- to its end", " -- one\n -- and two", " /* whole */", " -- one\n ;"}) {
        INFO(end);
        const std::string sql = "select id, name from " + s.table + " where id >= 10 order by id" + end;
        auto stream = answer(s.on.stream(sql, stream_options().batch_rows(100)));
        std::size_t rows = 0;
        while (const auto part = answer(stream.next())) rows += part->rows();
        CHECK(rows == rows_by_key - 10);
    }
}

TEST_CASE("stream by key: every row comes once and in order however long the pages are") {
    auto s = filled("key_all");
    fill(s);
    auto db = s.engine.open(connection_text(here::the, "bulk"));
    const std::string all = "select id, name from " + s.table + " -- all of them";
    for (const std::size_t rows : {1U, 7U, 250U, 999U, 1'000U, 1'001U, 100'000U}) {
        if (rows == 1 && sanitized) continue;
        INFO(rows << " rows in a page");
        const auto how = stream_options().by_key("id").page_rows(rows).batch_rows(64);
        check_ids(read_by_key(s.on, all, {}, how), 0, 1'000);
        check_ids(read_by_key(db, "select id, name from " + s.table + " where id >= ? ;\n", args(400), how), 400,
                  1'000);
        check_ids(
            read_by_key(s.on, "select id, name from " + s.table + " where id < :most", named_args("most", 300), how), 0,
            300);
    }
    CHECK(read_by_key(s.on, all, {}, stream_options().by_key("id")).mode == stream_mode::incremental);
    check_ids(read_by_key(s.on, "select id from " + s.table + " where id < 0", {}, stream_options().by_key("id")), 0,
              0);
    auto tx = answer(s.on.begin());
    check_ids(read_by_key(tx, all, {}, stream_options().by_key("id").page_rows(300)), 0, 1'000);
    answer(tx.commit());
}

TEST_CASE("stream by key: keys of text and dates and decimals") {
    for (const std::string type : {"varchar(40)", "date", "decimal(18,4)"}) {
        INFO(type);
        shelf s("key_types", "id bigint, k " + type);
        std::vector<std::int64_t> ids;
        std::vector<std::string> keys;
        for (int i = 0; i < 300; ++i) {
            char key[40];
            if (type == "date")
                std::snprintf(key, sizeof key, "%04d-01-02", 1900 + i);
            else if (type == "varchar(40)")
                std::snprintf(key, sizeof key, "k'\"\\%06d", i);
            else
                std::snprintf(key, sizeof key, "%d.%04d", i / 7, i % 7 * 1000);
            ids.push_back(i);
            keys.emplace_back(key);
        }
        bulk_rows rows(s.table);
        rows.column("id", ids);
        if (type == "date") {
            std::vector<date> days;
            for (int i = 0; i < 300; ++i) days.push_back({static_cast<std::int16_t>(1900 + i), 1, 2});
            rows.column("k", std::move(days));
        } else if (type == "varchar(40)") {
            rows.column("k", keys);
        } else {
            std::vector<decimal> numbers(keys.begin(), keys.end());
            rows.column("k", std::move(numbers));
        }
        (void)answer(s.on.bulk_insert(std::move(rows)));
        check_ids(read_by_key(s.on, "select id, k from " + s.table, {}, stream_options().by_key("k").page_rows(13)), 0,
                  300);
        check_ids(read_by_key(s.on, "select id, k from " + s.table + " where id >= ?", args(50),
                              stream_options().by_key("k").page_rows(13)),
                  50, 300);
    }
}

TEST_CASE("stream by key: what is no key is told and no row is lost in silence") {
    shelf s("key_wrong", "id bigint, twin int, hole int, f double precision, name varchar(20)");
    for (int i = 0; i < 20; ++i)
        s.run("insert into " + s.table + " values (" + std::to_string(i) + ", " + std::to_string(i / 2) + ", " +
              (i == 3 ? "null" : std::to_string(i)) + ", " + std::to_string(i) + ".5, 'n')");
    const std::string all = "select id, twin, hole, f, name from " + s.table + " where 0 <= ?";
    const auto refused = [&](const std::string& key) {
        try {
            auto got = read_by_key(s.on, all, args(0), stream_options().by_key(key).page_rows(5));
            REQUIRE(got.failure);
            return *got.failure;
        } catch (const database_error& e) {
            return e.error();
        }
    };
    CHECK(refused("missing").code() != errc::ok);
    CHECK(refused("f").code() == errc::invalid_argument);
    const bool pages = !here::is_postgresql;
    if (pages) {
        CHECK(refused("twin").message().find("not unique") != std::string::npos);
        CHECK(refused("hole").message().find("NULL") != std::string::npos);
    } else {
        check_ids(read_by_key(s.on, all, args(0), stream_options().by_key("id").page_rows(5)), 0, 20);
    }
    CHECK(error_of(s.on.stream(all, args(0), stream_options().by_key("id").page_rows(0))).code() ==
          errc::invalid_argument);
    auto prepared = answer(s.on.prepare(all));
    CHECK(error_of(prepared.stream(args(0), stream_options().by_key("id"))).code() == errc::invalid_argument);
    check_ids(read_by_key(s.on, all, args(0), stream_options().by_key("id").page_rows(5)), 0, 20);
}

TEST_CASE("stream by key: it can be given up and its errors end it") {
    auto s = filled("key_ends");
    fill(s);
    const std::string all = "select id, name from " + s.table + " where id >= ?";
    const auto how = stream_options().by_key("id").page_rows(50).batch_rows(50).prefetch(1);
    {
        auto stream = answer(s.on.stream(all, args(0), how));
        REQUIRE(answer(stream.next()));
        REQUIRE(answer(stream.next()));
        answer(stream.close());
    }
    { auto dropped = answer(s.on.stream(all, args(0), how)); }
    check_ids(read_by_key(s.on, all, args(900), how), 900, 1'000);
    // A table that goes away between two pages is an error of the stream, where it comes in pages.
    if (here::is_postgresql) return;
    auto other = here::connect(s.engine, "bulk");
    // Between two pages, not within one: MariaDB's driver loses step where that is changed which it has just prepared.
    const auto is_between = [&] {
        return s.engine.metrics().workers_busy == 0;
    };
    auto torn = answer(s.on.stream(all, args(0), how));
    REQUIRE(answer(torn.next()));
    REQUIRE(comes_true(is_between));
    (void)answer(other.query("alter table " + s.table + " rename to " + s.table + "_x"));
    std::optional<error> failure;
    try {
        while (answer(torn.next())) {
        }
    } catch (const database_error& e) {
        failure = e.error();
    }
    (void)answer(other.query("alter table " + s.table + "_x rename to " + s.table));
    REQUIRE(failure);
    CHECK((failure->code() == errc::syntax || failure->code() == errc::rejected));
    check_ids(read_by_key(s.on, all, args(900), how), 900, 1'000);
    // A column that comes or goes between two pages.
    auto changed = answer(s.on.stream("select * from " + s.table + " where id >= ?", args(0), how));
    REQUIRE(answer(changed.next()));
    REQUIRE(comes_true(is_between));
    (void)answer(other.query("alter table " + s.table + " add column more int"));
    failure.reset();
    try {
        while (answer(changed.next())) {
        }
    } catch (const database_error& e) {
        failure = e.error();
    }
    REQUIRE(failure);
    CHECK(failure->code() == errc::type_mismatch);
}

TEST_CASE("stream by key: a key whose value is not found again ends the stream") {
    if (!here::is_sqlite) return;  // the only one that keeps a time as it was written
    shelf s("key_written", "id bigint, k timestamp");
    for (int i = 0; i < 20; ++i)
        s.run("insert into " + s.table + " values (" + std::to_string(i) + ", '2026-01-" + std::to_string(10 + i) +
              "T10:00:00')");
    const auto got = read_by_key(s.on, "select id, k from " + s.table + " where id >= ?", args(0),
                                 stream_options().by_key("k").page_rows(5));
    REQUIRE(got.failure);
    CHECK(got.failure->message().find("not found again") != std::string::npos);
    CHECK(got.ids.size() == 5);
}
