// What a success carries: affected rows, warnings, results.
#include "driver.hpp"

using namespace driver;
using namespace sluice;

TEST_CASE("answers: rows changed are counted") {
    place at("da_count");
    at.create("i integer");
    CHECK(at.run("insert into @ values (1)").affected_rows == 1);
    CHECK(at.run("insert into @ values (2), (3), (4)").affected_rows == 3);
    CHECK(at.run("update @ set i = i + 10 where i > ?", args(2)).affected_rows == 2);
    CHECK(at.run("update @ set i = 0 where i = 77").affected_rows == 0);
    CHECK(at.run("update @ set i = 0 where i = ?", args(77)).affected_rows == 0);
    CHECK(at.run("delete from @ where i = 77").affected_rows == 0);
    CHECK(at.run("delete from @").affected_rows == 4);
}

TEST_CASE("answers: a statement with rows has no count and one without has no columns") {
    place at("da_rows");
    at.create("i integer");
    auto created = at.run("create table if not exists @ (i integer)");
    CHECK_FALSE(created.rows.is_open());
    CHECK(created.rows.columns()->empty());
    const auto none = at.run("select i from @");
    CHECK(none.rows.is_open());
    CHECK(none.rows.columns()->size() == 1);
    CHECK_FALSE(none.affected_rows.has_value());
}

TEST_CASE("answers: data definition tells a count of 0 or none") {
    place at("da_ddl");
    at.create("i integer");
    CHECK(at.run("create table @_2 (i integer)").affected_rows.value_or(0) == 0);
    CHECK(at.run("drop table @_2").affected_rows.value_or(0) == 0);
}

TEST_CASE("answers: warnings come beside a success where the driver tells them") {
    place at("da_warnings");
    const auto dropped = at.run("drop table if exists @_never");
    if (is_postgresql) {
        REQUIRE(dropped.warnings.size() == 1);
        CHECK(dropped.warnings[0].message.find("NOTICE") != std::string::npos);
        const auto raised = at.run("do $$ begin raise notice 'hello'; raise warning 'careful'; end $$");
        REQUIRE_FALSE(raised.warnings.empty());
        CHECK(raised.warnings[0].message.find("hello") != std::string::npos);
        CHECK(raised.warnings[0].message.find("careful") != std::string::npos);
    } else {
        CHECK(dropped.warnings.empty());
    }
    CHECK(at.run("select 1").warnings.empty());
}

TEST_CASE("answers: insert returning gives rows where the driver has them") {
    place at("da_returning");
    at.create("i integer");
    const auto returned = at.run("insert into @ values (7) returning i");
    // sqliteodbc inserts and tells of no result.
    CHECK(returned.rows.is_open() == !is_sqlite);
    CHECK(at.cell("select i from @") == "7");
    const auto bound = at.run("insert into @ values (?) returning i", args(8));
    CHECK(bound.rows.is_open() == !is_sqlite);
}

TEST_CASE("answers: the driver and its server are known") {
    place at("da_facts");
    const auto& facts = at.on().facts();
    CHECK(facts.profile == pick("postgresql", "mariadb", "sqlite"));
    CHECK(facts.driver_name == pick("psqlodbcw.so", "libmaodbc.so", "sqlite3odbc.so"));
    CHECK(facts.dbms_name == pick("PostgreSQL", "MariaDB", "SQLite"));
    CHECK_FALSE(facts.driver_version.empty());
    CHECK_FALSE(facts.dbms_version.empty());
    CHECK(facts.threading_level == 0);
}

TEST_CASE("answers: a stream of psqlodbc that cannot be a cursor is executed without one") {
    if (!is_postgresql) return;
    place at("da_no_cursor");
    at.create("i integer");
    auto with = at.run("with x as (insert into @ values (1) returning i) select i from x", {}, results::stream());
    CHECK(with.rows.mode() == stream_mode::buffered_by_driver);
    CHECK(results::read_all(with.rows).rows.size() == 1);
    CHECK(with.rows.close().has_value());
    CHECK(at.cell("select count(*) from @") == "1");
    CHECK(at.attempt("select 5 as i into @_into", {}, results::stream()).has_value());
    CHECK(at.cell("select i from @_into") == "5");
    at.run("drop table @_into");
}

TEST_CASE("answers: cursor fetch is off again behind a stream and behind a failed one") {
    if (!is_postgresql) return;
    place at("da_cursor_off");
    at.create("i integer");
    const auto count_of_cursors = [&] {
        return at.cell("select count(*) from pg_cursors");
    };
    {
        auto streamed = at.run("select i from generate_series(1, 5000) i", {}, results::stream(100));
        CHECK(streamed.rows.mode() == stream_mode::incremental);
        results::heap_source source;
        CHECK(streamed.rows.fetch(source).has_value());
    }
    // A cursor of the driver's would count itself.
    CHECK(count_of_cursors() == "0");
    CHECK_FALSE(at.attempt("selec", {}, results::stream()).has_value());
    CHECK(count_of_cursors() == "0");
    CHECK(at.attempt("update @ set i = 1", {}, results::stream()).has_value());
    CHECK(count_of_cursors() == "0");
}
