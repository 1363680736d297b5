// What a stream says of itself is what it does. The modes here; that memory stays bounded is the business of
// result_memory_test.
#include "results.hpp"

using namespace results;
using sluice::stream_mode;

namespace {

stream_mode mode_of(sluice::odbc::connection& on, const std::string& sql, const cursor_options& how,
                    const sluice::args& with = {}) {
    auto started = start(on, sql, how, with);
    const stream_mode told = started.rows.mode();
    const table got = read_all(started.rows);
    if (got.failure) FAIL(sql << ": " << got.failure->to_string());
    return told;
}

void count(sluice::odbc::connection& on, const std::string& sql, const char* wanted) {
    const table got = query(on, sql);
    REQUIRE(got.rows.size() == 1);
    CHECK(got.rows[0][0] == cell(wanted));
}

constexpr auto incremental = stream_mode::incremental;
constexpr auto buffered = stream_mode::buffered_by_driver;

}  // namespace

TEST_CASE("postgresql: a stream is incremental where the server has a cursor for it") {
    auto on = connect(server::postgresql, "modes");
    CHECK(mode_of(on, "select i from generate_series(1, 5000) i", stream()) == incremental);
    CHECK(mode_of(on, "select 1 where false", stream()) == incremental);
    CHECK(mode_of(on, "with a as (select 1 x) select x from a", stream()) == incremental);
    CHECK(mode_of(on, "select i from generate_series(1, ?::int) i", stream(), sluice::args(5'000)) == incremental);
    CHECK(mode_of(on, "select i from generate_series(1, 5000) i", whole()) == buffered);
    CHECK(mode_of(on, "values (1), (2)", stream()) == buffered);
    CHECK(mode_of(on, "show work_mem", stream()) == buffered);
    REQUIRE(on.begin().has_value());
    CHECK(mode_of(on, "select i from generate_series(1, 5000) i", stream()) == incremental);
    REQUIRE(on.commit().has_value());
    // After a stream the connection is as it was before.
    CHECK(mode_of(on, "select i from generate_series(1, 5000) i", whole()) == buffered);
}

TEST_CASE("postgresql: a statement that a cursor refuses is executed once without one") {
    auto on = connect(server::postgresql, "modes");
    run(on, "create temporary table changed(i int)");
    CHECK(mode_of(on, "with x as (insert into changed values (1) returning i) select i from x", stream()) == buffered);
    count(on, "select count(*) from changed", "1");
    CHECK(mode_of(on, "insert into changed values (2) returning i", stream()) == buffered);
    count(on, "select count(*) from changed", "2");
    REQUIRE(on.begin().has_value());
    CHECK(mode_of(on, "with x as (insert into changed values (3) returning i) select i from x", stream()) == buffered);
    REQUIRE(on.commit().has_value());
    count(on, "select count(*) from changed", "3");
    CHECK(mode_of(on, "select i from changed for update", stream()) == buffered);
    // An error of the statement itself is not tried again.
    auto refused = on.execute("select 1 / 0", {}, stream());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().sqlstate() == "22012");
}

TEST_CASE("sqlite: a stream is incremental without parameters and outside a transaction") {
    auto on = connect(server::sqlite, "modes");
    const std::string numbers =
        "with recursive c(i) as (select 1 union all select i + 1 from c where i < 5000) select i from c";
    run(on, "drop table if exists numbers");
    run(on, "create table numbers(i integer)");
    run(on, "insert into numbers " + numbers);
    CHECK(mode_of(on, numbers, stream()) == incremental);
    CHECK(mode_of(on, "select i from numbers", stream()) == incremental);
    CHECK(mode_of(on, "  -- a comment\n select i from numbers", stream()) == incremental);
    CHECK(mode_of(on, "select i from numbers where i > ?", stream(), sluice::args(10)) == buffered);
    REQUIRE(on.begin().has_value());
    CHECK(mode_of(on, "select i from numbers", stream()) == buffered);
    REQUIRE(on.rollback().has_value());
    CHECK(mode_of(on, "select i from numbers", stream()) == incremental);
}

TEST_CASE("sqlite: a statement that changes something runs at once and once whether it has rows or not") {
    auto on = connect(server::sqlite, "modes_at_once");
    run(on, "drop table if exists changed");
    run(on, "create table changed(i integer)");
    for (const auto& how : {whole(), stream()}) {
        run(on, "delete from changed");
        // The driver steps through what begins with WITH: without rows it would never run.
        auto done = start(on, "with c(i) as (select 2) insert into changed select i from c", how);
        CHECK_FALSE(done.rows.is_open());
        CHECK_FALSE(done.affected_rows.has_value());
        count(on, "select count(*) from changed", "1");
        // Nobody reads the rows.
        auto returning = start(on, "with c(i) as (select 3) insert into changed select i from c returning i", how);
        CHECK(returning.rows.mode() == buffered);
        CHECK(returning.rows.close().has_value());
        count(on, "select count(*) from changed", "2");
        CHECK(mode_of(on, "with c(i) as (select 3) insert into changed select i from c returning i", how) == buffered);
        count(on, "select count(*) from changed", "3");
        run(on, "with c(i) as (select 3) delete from changed where i in (select i from c)");
        count(on, "select count(*) from changed", "1");
        run(on, "pragma user_version = 7");
        count(on, "pragma user_version", "7");
        run(on, "pragma user_version = 0");
        count(on, "pragma user_version", "0");
    }
}

TEST_CASE("mariadb: every result is held by the driver") {
    auto on = connect(server::mariadb, "modes");
    CHECK(mode_of(on, "select seq from seq_1_to_5000", stream()) == buffered);
    CHECK(mode_of(on, "select seq from seq_1_to_5000 where seq > ?", stream(), sluice::args(1)) == buffered);
}
