// A pool whose server takes no connections: who waits, who is told, and what.
#include "fault_world.hpp"

#include <sluice/testing/virtual_clock.hpp>

using namespace sluice;
using namespace sluice::testing;

TEST_CASE("while a pool has a session those in line wait until their deadline and hear of the last connect") {
    world w("down beside a lease");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(4));
        const auto held = answer(db.acquire());
        w.faults.down();
        std::vector<std::future<session>> line;
        const auto asked_at = clock::now();
        for (int n = 0; n < 5; ++n) line.push_back(db.acquire(request_options().timeout(700ms)));
        for (auto& each : line) {
            const error e = error_of(std::move(each));
            INFO(e.to_string());
            CHECK(e.code() == errc::pool_exhausted);
            CHECK(e.outcome() == outcome::none);
            CHECK(e.sqlstate() == "08001");
            CHECK_THAT(e.message(),
                       Catch::Contains("of at most 4, lent 1, ") && Catch::Contains("the last connect failed: "));
            CHECK_THAT(e.to_string(), Catch::Contains("the server is down"));
        }
        CHECK(clock::now() - asked_at >= 700ms);
        CHECK(clock::now() - asked_at <= 700ms + 10 * promptly);
        CHECK(w.faults.count("connect") <= 8);  // 250 ms from one to the next
    }
    w.judge();
}

TEST_CASE("those in line get a session when the server is back though nobody gave one back") {
    world w("back beside a lease");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(4));
        const auto held = answer(db.acquire());
        w.faults.down();
        std::vector<std::future<session>> line;
        for (int n = 0; n < 3; ++n) line.push_back(db.acquire());
        REQUIRE(w.faults.wait_until_called("connect", 3));
        for (const auto& each : line) REQUIRE_FALSE(ready(each));
        w.faults.up();
        std::vector<session> got;
        for (auto& each : line) got.push_back(answer(std::move(each)));
        CHECK(w.faults.live().connected == 4);
    }
    w.judge();
}

TEST_CASE("where a pool has no session all in line are told why it could not connect") {
    world w("down from the start");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string());
        w.faults.down();
        for (int round = 0; round < 3; ++round) {
            std::vector<std::future<row_set>> line;
            for (int n = 0; n < 20; ++n) line.push_back(db.query("rows 1"));
            for (auto& each : line) {
                const error e = error_of(std::move(each));
                CHECK(e.code() == errc::unreachable);
                CHECK(e.sqlstate() == "08001");
                CHECK(e.outcome() == outcome::none);
            }
        }
        w.faults.up();
        CHECK(answer(db.query("rows 1")).size() == 1);
    }
    w.judge();
}

TEST_CASE("who waits for a connect that never ends is told at his deadline") {
    world w("black hole");
    const auto time = std::make_shared<virtual_clock>();
    {
        engine engine(engine_options().time(time));
        auto db = engine.open(w.faults.connection_string());
        w.faults.down();
        CHECK(error_of(db.query("rows 1")).code() == errc::unreachable);
        w.faults.up();
        w.faults.add("at connect hang");
        auto waiting = db.query("rows 1", request_options().timeout(20s));
        time->advance(10s);  // the pause of the endpoint
        REQUIRE(w.faults.wait_until_hanging(1));
        CHECK_FALSE(ready(waiting));
        time->advance(10s);
        const error e = error_of(std::move(waiting));
        CHECK(e.code() == errc::pool_exhausted);
        CHECK(e.sqlstate() == "08001");
        CHECK_THAT(e.message(),
                   Catch::Contains("lent 0, connecting 1") && Catch::Contains("the last connect failed: "));
        w.faults.clear_rules();
        w.faults.release();
        CHECK(answer(db.query("rows 1")).size() == 1);
    }
    w.judge();
}

TEST_CASE("a pool that keeps idle sessions has them again when the server is back") {
    world w("kept idle");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().min_idle(2));
        w.faults.down();
        CHECK(error_of(db.query("rows 1")).code() == errc::unreachable);
        REQUIRE(w.faults.wait_until_called("connect", 3));
        w.faults.up();
        CHECK(comes_true([&] { return w.faults.live().connected == 2; }));
    }
    w.judge();
}

TEST_CASE("a pool for which the engine has no room says so and is served when there is") {
    world w("no room");
    {
        engine engine(engine_options().sessions_max(2));
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(4));
        auto other = w.connect(engine);
        auto held = answer(db.acquire());
        auto waiting = db.acquire();
        const error e = error_of(db.acquire(request_options().timeout(50ms)));
        CHECK(e.code() == errc::pool_exhausted);
        CHECK_THAT(e.message(), Catch::Contains("sessions_max"));
        CHECK_FALSE(ready(waiting));
        other = session();
        CHECK(answer(std::move(waiting)).id());
    }
    w.judge();
}
