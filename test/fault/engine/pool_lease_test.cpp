// What a pool tells about its leases: numbers, those that last too long, and who asks while the server is down.
#include "event_log.hpp"
#include "pool_world.hpp"

#include <sluice/testing/virtual_clock.hpp>

using namespace sluice;
using namespace sluice::testing;

namespace {

struct watched_pool : pool_world {
    using pool_world::pool_world;
    const std::shared_ptr<virtual_clock> time = std::make_shared<virtual_clock>();
    const event_log events{};
    [[nodiscard]] engine_options options() const { return engine_options().time(time).on_event(events.handler()); }
};

pool_options untested(std::size_t size) {
    return pool_options().max_size(size).idle_timeout(0s).max_lifetime(0s).keepalive(0s).test_on_checkout(
        checkout_test::never);
}

std::uint64_t answered(const pool_metrics& m) {
    return m.granted + m.exhausted + m.cancelled + m.refused_full + m.refused_down + m.turned_away;
}

}  // namespace

TEST_CASE("a session that is not given back is told of once with the place that acquired it") {
    watched_pool w("a leak");
    {
        engine engine(w.options());
        auto db = engine.open(w.faults.connection_string(), untested(3).leak_threshold(60s));
        auto forgotten = answer(db.acquire());
        const int line = __LINE__ - 1;
        auto in_time = answer(db.acquire());
        CHECK(answer(db.query("affect 1")).affected_rows() == 1);
        w.time->advance(59s);
        in_time = session();
        CHECK(w.events.count(event_kind::lease_overdue) == 0);
        w.time->advance(1s);
        REQUIRE(w.events.wait_for(event_kind::lease_overdue));
        const event told = w.events.first(event_kind::lease_overdue);
        CHECK(told.session == forgotten.id());
        CHECK_THAT(told.text, Catch::StartsWith("a session that was acquired at ") &&
                                  Catch::Contains("pool_lease_test.cpp:" + std::to_string(line)) &&
                                  Catch::Contains("was not given back within 60 s"));
        w.time->advance(500s);
        CHECK(answer(forgotten.query("affect 1")).affected_rows() == 1);  // it is told of, not taken away
        CHECK(db.metrics().overdue == 1);
        CHECK(w.events.count(event_kind::lease_overdue) == 1);
    }
    w.judge();
}

TEST_CASE("a stream and a transaction that are not given back are told of and a query is not") {
    watched_pool w("other leaks");
    {
        engine engine(w.options());
        auto db = engine.open(w.faults.connection_string(), untested(3).leak_threshold(2s));
        auto stream = answer(db.stream("rows 100000", stream_options().batch_rows(100).prefetch(1)));
        auto tx = answer(db.begin());
        w.faults.add("at SQLExecDirect 1 sql 'affect 7' hang");
        auto query = db.query("affect 7", request_options().timeout(no_deadline));
        REQUIRE(w.faults.wait_until_hanging(1));
        w.time->advance(3s);
        REQUIRE(w.events.wait_for(event_kind::lease_overdue, 2));
        std::vector<std::string> texts;
        for (const auto& one : w.events.all())
            if (one.kind == event_kind::lease_overdue) texts.push_back(one.text);
        CHECK_THAT(texts[0], Catch::StartsWith("a stream was not given back within 2 s"));
        CHECK_THAT(texts[1], Catch::StartsWith("a transaction was not given back within 2 s"));
        w.faults.release();
        CHECK(answer(std::move(query)).affected_rows() == 7);
        CHECK(db.metrics().overdue == 2);
        answer(tx.commit());
    }
    w.judge();
}

TEST_CASE("who asks while the server is down hears so at once where that was asked for") {
    world w("fails fast");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), untested(4).fail_fast_when_down(true));
        w.faults.down();
        CHECK(error_of(db.query("affect 1")).code() == errc::unreachable);  // by trying
        w.faults.add("at connect hang 30000");
        w.faults.up();
        const auto asked_at = clock::now();
        for (int n = 0; n < 10; ++n) {
            const error e = error_of(db.query("affect 1"));
            CHECK(e.code() == errc::circuit_open);
            CHECK(e.outcome() == outcome::none);
            CHECK(e.sqlstate() == "08001");
            CHECK_THAT(e.message(),
                       Catch::StartsWith("the server is down: ") && Catch::Contains("the last connect failed: "));
            CHECK(e.shortage().value().reason == shortage_reason::down);
            CHECK(e.cause().code() == errc::unreachable);
        }
        CHECK(clock::now() - asked_at < 10 * promptly);
        CHECK(db.metrics().refused_down == 10);
        CHECK(db.metrics().waiting == 0);
        REQUIRE(w.faults.wait_until_hanging(1));  // the first of them made it begin
        w.faults.clear_rules();
        w.faults.release();
        REQUIRE(comes_true([&] { return db.metrics().idle == 1; }));
        CHECK(answer(db.query("affect 1")).affected_rows() == 1);
    }
    w.judge();
}

TEST_CASE("statements of on_return run after each use before anybody else has the session") {
    pool_world w("on_return");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), untested(1).on_return({"affect 71", "rows 2"}));
        CHECK(answer(db.query("affect 1")).affected_rows() == 1);
        CHECK(answer(db.query("affect 2")).affected_rows() == 2);
        {
            auto mine = answer(db.acquire());
            auto tx = answer(mine.begin());
            CHECK(answer(tx.query("affect 3")).affected_rows() == 3);
        }
        CHECK(answer(db.query("affect 4")).affected_rows() == 4);
        REQUIRE(comes_true([&] { return w.faults.executions("rows 2") == 4; }));
        const std::vector<std::string> expected{"affect 1", "affect 71", "rows 2", "affect 2", "affect 71", "rows 2",
                                                "affect 3", "affect 71", "rows 2", "affect 4", "affect 71", "rows 2"};
        CHECK(w.executed() == expected);
    }
    w.judge();
}

TEST_CASE("a session on which a statement of on_return fails leaves") {
    pool_world w("on_return fails");
    {
        engine engine;
        w.faults.add("at SQLExecDirect 1 sql 'affect 71' error 42000 0 'no'");
        auto db = engine.open(w.faults.connection_string(), untested(1).on_return({"affect 71"}));
        CHECK(answer(db.query("affect 1")).affected_rows() == 1);
        CHECK(answer(db.query("affect 2")).affected_rows() == 2);
        CHECK(w.faults.count("connect") == 2);
        REQUIRE(comes_true([&] { return db.metrics().idle == 1; }));
        CHECK(db.metrics().left == 1);
    }
    w.judge();
}

TEST_CASE("the numbers of a pool say where its sessions and its callers are") {
    watched_pool w("numbers");
    {
        engine engine(w.options());
        auto db = engine.open(w.faults.connection_string(), untested(2).waiters_max(1));
        CHECK(db.metrics().sessions == 0);
        auto first = answer(db.acquire());
        auto second = answer(db.acquire());
        auto waits = db.acquire();
        CHECK(error_of(db.acquire()).code() == errc::queue_full);
        pool_metrics m = db.metrics();
        CHECK(m.max_size == 2);
        CHECK(m.sessions == 2);
        CHECK(m.lent == 2);
        CHECK(m.waiting == 1);
        CHECK(m.asked == 4);
        CHECK(m.granted == 2);
        CHECK(m.granted_at_once == 0);  // they waited for their connects
        CHECK(m.refused_full == 1);
        first = session();
        auto third = answer(std::move(waits));
        std::stop_source stop;
        auto stopped = db.acquire(lease_options().stop(stop.get_token()));
        stop.request_stop();
        CHECK(error_of(std::move(stopped)).code() == errc::cancelled);
        auto late = db.acquire(lease_options().timeout(5s));
        w.time->advance(6s);
        CHECK(error_of(std::move(late)).code() == errc::pool_exhausted);
        third = session();
        second = session();
        REQUIRE(comes_true([&] { return db.metrics().idle == 2; }));
        CHECK(answer(db.query("affect 1")).affected_rows() == 1);
        db.evict_all();
        REQUIRE(comes_true([&] { return db.metrics().sessions == 0; }));
        m = db.metrics();
        CHECK(m.asked == 7);
        CHECK(answered(m) == m.asked);
        CHECK(m.granted == 4);
        CHECK(m.granted_at_once == 1);
        CHECK(m.cancelled == 1);
        CHECK(m.exhausted == 1);
        CHECK(m.connected == 2);
        CHECK(m.connect_failed == 0);
        CHECK(m.left == 2);
        CHECK_THAT(to_json(m),
                   Catch::StartsWith("{\"max_size\":2,\"sessions\":0,") && Catch::EndsWith("\"overdue\":0}"));
    }
    w.judge();
}

TEST_CASE("where nothing can be set a lease with settings fails and the session is there for the next") {
    pool_world w("no settings");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), untested(1));
        for (int n = 0; n < 3; ++n) {
            const error e = error_of(db.acquire(lease_options().time_zone("UTC")));
            CHECK(e.code() == errc::unsupported);
            CHECK(e.outcome() == outcome::none);
            CHECK_THAT(e.message(), Catch::StartsWith("the setting time_zone cannot be set"));
        }
        CHECK(answer(db.query("affect 1")).affected_rows() == 1);
        CHECK(w.faults.count("connect") == 1);
        CHECK(error_of(db.acquire(lease_options().role(""))).code() == errc::invalid_argument);
    }
    w.judge();
}
