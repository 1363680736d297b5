// The settings of a lease on the real drivers: set, kept through a lost connection, written back.
#include "here.hpp"

#include <chrono>
#include <vector>

using namespace sluice;
using namespace sluice::testing;

namespace {

struct leased_place {
    explicit leased_place(std::string name) : text(connection_text(here::the, name)), db(open()) {
        if (here::is_mariadb) (void)answer(db.query("create role if not exists sluice_lease"));
    }

    // One session, so that the next lease has the same one.
    [[nodiscard]] pool open() { return on.open(text, pool_options().max_size(1)); }
    [[nodiscard]] session lease(lease_options options = {}) { return answer(db.acquire(std::move(options))); }

    engine on;
    std::string text;
    pool db;
};

std::string cell(session& at, const std::string& sql) {
    const row_set rows = answer(at.query(sql));
    if (rows.columns()[0].type == column_type::int64) return std::to_string(rows[0].get<std::int64_t>(0));
    return rows[0].get<std::optional<std::string>>(0).value_or("none");
}

// Some variable of the session, how it is asked for, and another value of it.
struct example {
    lease_options options;
    std::string sql;
    std::string value;
};

std::vector<example> examples() {
    if (here::is_postgresql)
        return {
            {lease_options().time_zone("America/New_York"), "select current_setting('timezone')", "America/New_York"},
            {lease_options().schema("pg_catalog, public"), "select current_setting('search_path')",
             "pg_catalog, public"},
            {lease_options().role("pg_signal_backend"), "select current_user::text", "pg_signal_backend"},
            {lease_options().variable("work_mem", "12345kB"), "select current_setting('work_mem')", "12345kB"},
            {lease_options().variable("app.tenant", "o'brien\\x"), "select current_setting('app.tenant', true)",
             "o'brien\\x"}};
    if (here::is_mariadb)
        return {
            {lease_options().time_zone("+05:00"), "select @@session.time_zone", "+05:00"},
            {lease_options().variable("lock_wait_timeout", "77"), "select concat(@@session.lock_wait_timeout)", "77"},
            {lease_options().variable("sql_mode", "ANSI"), "select instr(@@session.sql_mode, 'ANSI') > 0", "1"},
            {lease_options().variable("long_query_time", "2.5"), "select concat(@@session.long_query_time)",
             "2.500000"}};
    return {{lease_options().variable("cache_size", "-4321"), "pragma cache_size", "-4321"},
            {lease_options().variable("recursive_triggers", "on"), "pragma recursive_triggers", "1"}};
}

void lose(engine& on, const std::string& text, session& which) {
    const auto me = here::pick("select pg_backend_pid()", "select connection_id()", "");
    const auto number = std::to_string(answer(which.query(me))[0].get<std::int64_t>(0));
    auto other = answer(on.connect(text));
    if (here::is_postgresql)
        (void)answer(other.query("select pg_terminate_backend(" + number + ")"));
    else
        (void)answer(other.query("kill " + number));
    CHECK(error_of(which.query("select 1")).code() == errc::connection_lost);
}

}  // namespace

TEST_CASE("lease: a setting is there for the lease and gone after it") {
    leased_place at("lease_settings");
    for (const example& one : examples()) {
        INFO(one.sql);
        auto plain = at.lease();
        const auto before = cell(plain, one.sql);
        CHECK(before != one.value);
        plain = session();
        auto mine = at.lease(one.options);
        CHECK(cell(mine, one.sql) == one.value);
        mine = session();
        plain = at.lease();
        // A variable of PostgreSQL's user that was never set is empty from here on.
        const auto after = cell(plain, one.sql);
        CHECK((after == before || (before == "none" && after.empty())));
    }
    CHECK(at.db.metrics().connected == 1);
}

TEST_CASE("lease: settings last until the lease ends whatever is done in it") {
    leased_place at("lease_work");
    const auto one = examples().front();
    auto plain = at.lease();
    const auto before = cell(plain, one.sql);
    plain = session();
    auto mine = at.lease(one.options);
    auto tx = answer(mine.begin());
    (void)answer(tx.query("select 1"));
    answer(tx.rollback());
    CHECK(cell(mine, one.sql) == one.value);
    tx = answer(mine.begin());
    mine = session();
    tx = transaction();
    plain = at.lease();
    CHECK(cell(plain, one.sql) == before);
    CHECK(at.db.metrics().connected == 1);
}

TEST_CASE("lease: a connection in place of a lost one has the settings too") {
    if (here::is_sqlite) return;  // there is no server to lose
    leased_place at("lease_lost");
    const auto one = examples().front();
    auto plain = at.lease();
    const auto before = cell(plain, one.sql);
    plain = session();
    auto mine = at.lease(one.options);
    lose(at.on, at.text, mine);
    CHECK(cell(mine, one.sql) == one.value);
    CHECK(mine.generation() == 2);
    mine = session();
    plain = at.lease();
    CHECK(cell(plain, one.sql) == before);
}

TEST_CASE("lease: what cannot be set lends nothing and changes nothing") {
    leased_place at("lease_refused");
    const auto one = examples().front();
    auto plain = at.lease();
    const auto before = cell(plain, one.sql);
    plain = session();
    lease_options both = one.options;
    both.variable("no_such_variable_anywhere", "1");
    if (here::is_postgresql) both = lease_options(one.options).variable("work_mem", "never");
    const error no = error_of(at.db.acquire(both));
    INFO(no.to_string());
    CHECK(no.outcome() == outcome::none);
    CHECK_THAT(no.message(),
               Catch::StartsWith("the setting " +
                                 std::string(here::is_postgresql ? "work_mem" : "no_such_variable_anywhere")));
    plain = at.lease();
    CHECK(cell(plain, one.sql) == before);
    CHECK(at.db.metrics().connected == 1);
    CHECK(at.db.metrics().lent == 1);
}

TEST_CASE("lease: what the DBMS does not have is unsupported") {
    leased_place at("lease_unsupported");
    if (here::is_sqlite)
        for (const auto& options : {lease_options().time_zone("UTC"), lease_options().schema("main"),
                                    lease_options().role("me"), lease_options().variable("foreign_keys", "7")})
            CHECK(error_of(at.db.acquire(options)).code() == errc::unsupported);
    if (here::is_mariadb) CHECK(error_of(at.db.acquire(lease_options().schema("x"))).code() == errc::unsupported);
    if (here::is_postgresql)
        CHECK(error_of(at.db.acquire(lease_options().variable("Statement_Timeout", "1s"))).code() == errc::unsupported);
    CHECK(error_of(at.db.acquire(lease_options().variable("a b", "1").schema(""))).code() == errc::invalid_argument);
    auto next = at.lease();
    CHECK(cell(next, "select 1 + 1") == "2");
}

TEST_CASE("lease: a statement that was prepared before means what the setting says") {
    if (!here::is_postgresql) return;  // the others have no schema of a session, or none that can be set
    leased_place at("lease_prepared");
    const args name("pg_class");
    for (int round = 0; round < 3; ++round) {
        auto mine = at.lease(lease_options().schema("pg_catalog"));
        CHECK(answer(mine.query("select tablename from pg_tables where tablename = ? limit 1", name)).size() == 1);
    }
}
