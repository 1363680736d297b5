// Connections that the server ends while nobody has them, on each real driver.
#include "event_log.hpp"
#include "servers.hpp"

#include <chrono>
#include <set>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t size = 4;

std::int64_t number(row_set rows) {
    return rows[0].get<std::int64_t>(0);
}

// Ends the connections with these numbers, and has seen that they are gone.
void end_connections(session& by, server of, const std::set<std::int64_t>& those) {
    std::string list;
    for (const auto id : those) {
        list += (list.empty() ? "" : ", ") + std::to_string(id);
        if (of == server::mariadb) (void)answer(by.query("kill connection " + std::to_string(id)));
    }
    if (of == server::postgresql) {
        const auto ended = answer(by.query(
            "select count(nullif(pg_terminate_backend(pid, 5000), false)) from pg_stat_activity where pid in (" + list +
            ")"));
        REQUIRE(ended[0].get<std::int64_t>(0) == static_cast<std::int64_t>(those.size()));
    } else {
        const std::string left = "select count(*) from information_schema.processlist where id in (" + list + ")";
        const auto limit = std::chrono::steady_clock::now() + 20s;
        while (number(answer(by.query(left))) != 0) REQUIRE(std::chrono::steady_clock::now() < limit);
    }
}

std::string own_number(server of) {
    return of == server::postgresql ? "select pg_backend_pid()" : "select connection_id()";
}

// The connections of a pool that has all of its sessions idle.
std::set<std::int64_t> numbers_of(pool& db, server of) {
    std::set<std::int64_t> found;
    std::vector<session> held;
    for (std::size_t n = 0; n < size; ++n) held.push_back(answer(db.acquire()));
    for (auto& one : held) found.insert(number(answer(one.query(own_number(of)))));
    return found;
}

pool_options some(checkout_test how) {
    return pool_options().max_size(size).keepalive(0s).test_on_checkout(how);
}

}  // namespace

TEST_CASE("connections that the server has ended cost nobody an error where they are tested") {
    for (const auto of : {server::postgresql, server::mariadb}) {
        const std::string text = connection_text(of, "");
        INFO(text);
        const event_log events;
        engine engine(engine_options().on_event(events.handler()));
        auto by = answer(engine.connect(text));
        auto db = engine.open(text, some(checkout_test::always));
        const auto before = numbers_of(db, of);
        REQUIRE(before.size() == size);
        end_connections(by, of, before);
        std::vector<std::future<row_set>> asked;
        for (std::size_t n = 0; n < 3 * size; ++n) asked.push_back(db.query(own_number(of)));
        for (auto& one : asked) CHECK(before.count(number(answer(std::move(one)))) == 0);
        REQUIRE(events.wait_for(event_kind::check_failed));
        CHECK(events.first(event_kind::check_failed).why.code() == errc::connection_lost);
        CHECK(events.first(event_kind::check_failed).why.outcome() == outcome::none);
    }
}

TEST_CASE("without tests the server's end of an idle connection is the error of who gets it first") {
    for (const auto of : {server::postgresql, server::mariadb}) {
        const std::string text = connection_text(of, "");
        INFO(text);
        engine engine;
        auto by = answer(engine.connect(text));
        auto db = engine.open(text, some(checkout_test::never));
        end_connections(by, of, numbers_of(db, of));
        CHECK(error_of(db.query(own_number(of))).code() == errc::connection_lost);
    }
}

TEST_CASE("with the usual options one error is the most that an end of all connections costs") {
    for (const auto of : {server::postgresql, server::mariadb}) {
        const std::string text = connection_text(of, "");
        INFO(text);
        engine engine;
        auto by = answer(engine.connect(text));
        auto db = engine.open(text, some(checkout_test::when_idle).test_if_idle_for(1h));
        end_connections(by, of, numbers_of(db, of));
        CHECK(error_of(db.query(own_number(of))).code() == errc::connection_lost);
        for (std::size_t n = 0; n < 3 * size; ++n) CHECK(number(answer(db.query(own_number(of)))) > 0);
    }
}

TEST_CASE("an idle connection that the server has ended is found dead by its test") {
    for (const auto of : {server::postgresql, server::mariadb}) {
        const std::string text = connection_text(of, "");
        INFO(text);
        const event_log events;
        engine engine(engine_options().on_event(events.handler()));
        auto by = answer(engine.connect(text));
        auto db = engine.open(text, some(checkout_test::never).keepalive(1s).min_idle(size));
        const auto before = numbers_of(db, of);
        end_connections(by, of, before);
        REQUIRE(events.wait_for(event_kind::check_failed, size));
        for (const auto now : numbers_of(db, of)) CHECK(before.count(now) == 0);
    }
}

TEST_CASE("the keys of the pool never reach a driver and its own statement is what a pool asks") {
    for (const auto of : {server::postgresql, server::mariadb, server::sqlite}) {
        engine engine;
        const std::string keys = "PoolTestOnCheckout=yes;PoolHealthCheckQuery={select 1 + ";
        auto good = engine.open(keys + "1};" + connection_text(of, ""), pool_options().max_size(1));
        for (int n = 0; n < 3; ++n) CHECK(number(answer(good.query("select 42"))) == 42);
        auto bad = engine.open(keys + "};" + connection_text(of, ""), pool_options().max_size(1));
        CHECK(error_of(bad.query("select 42")).code() == errc::syntax);
        auto direct = answer(engine.connect(keys + "1};" + connection_text(of, "")));
        CHECK(number(answer(direct.query("select 42"))) == 42);
    }
}
