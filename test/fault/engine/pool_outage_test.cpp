// A pool whose server takes no connections: who waits, who is told, and what.
#include "pool_world.hpp"

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
            REQUIRE(e.shortage());
            CHECK(e.shortage()->reason == shortage_reason::down);
            CHECK(e.shortage()->max_size == 4);
            CHECK(e.shortage()->lent == 1);
            CHECK(e.shortage()->idle == 0);
            CHECK(e.shortage()->waiting >= 1);
            CHECK(e.cause().code() == errc::unreachable);
            CHECK(e.cause().sqlstate() == "08001");
            CHECK_THAT(e.cause().message(), !Catch::Contains("of at most"));
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
                REQUIRE(e.shortage());
                CHECK(e.shortage()->reason == shortage_reason::down);
                CHECK(e.shortage()->lent + e.shortage()->idle + e.shortage()->connecting == 0);
                CHECK(e.shortage()->waiting >= 1);
                CHECK(e.cause().code() == errc::unreachable);
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
        CHECK(e.shortage().value().reason == shortage_reason::down);
        CHECK(e.shortage().value().connecting == 1);
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
        CHECK(e.shortage().value().reason == shortage_reason::exhausted);
        CHECK(e.cause().code() == errc::too_large);
        CHECK_FALSE(ready(waiting));
        other = session();
        CHECK(answer(std::move(waiting)).id());
    }
    w.judge();
}

TEST_CASE("a failure that a session has survived since is not why others get none") {
    world w("survived");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(2));
        auto held = answer(db.acquire());
        w.faults.down();
        CHECK(error_of(db.acquire(request_options().timeout(50ms))).shortage().value().reason == shortage_reason::down);
        w.faults.up();
        auto other = answer(engine.connect(w.faults.connection_string()));
        w.faults.add("at connect hang");
        const error e = error_of(db.acquire(request_options().timeout(50ms)));
        CHECK(e.shortage().value().reason == shortage_reason::connecting);
        CHECK(e.cause().code() == errc::ok);
        w.faults.clear_rules();
        w.faults.release();
    }
    w.judge();
}

TEST_CASE("one connect at a time is tried of a server that is down and all sessions follow the first") {
    constexpr std::size_t size = 16;
    world w("one at a time");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(size).max_connecting(size));
        (void)leases(db, size);
        const auto all_there = w.faults.calls().size();
        w.faults.add("at connect delay 20");
        w.faults.down();
        CHECK(w.faults.lose_connections() == size);
        // Some find out in a statement, some when they are tested; more callers than sessions.
        std::vector<std::future<row_set>> asked;
        for (std::size_t n = 0; n < 2 * size; ++n) asked.push_back(db.query("rows 1"));
        REQUIRE(w.faults.wait_until_called("connect", size + 4));
        w.faults.up();
        const auto up_at = clock::now();
        const auto all = leases(db, size);
        CHECK(clock::now() - up_at <= 2s + 10 * promptly);
        std::size_t answered = 0;
        for (auto& each : asked) {
            REQUIRE(each.wait_for(answer_limit) == std::future_status::ready);
            try {
                answered += each.get().size();
            } catch (const database_error& e) {
                CHECK(e.code() == errc::connection_lost);
            }
        }
        CHECK(answered >= size);

        auto calls = w.faults.calls();
        calls.erase(calls.begin(), calls.begin() + static_cast<std::ptrdiff_t>(all_there));
        std::erase_if(calls, [](const fault_call& c) { return c.function != "SQLDriverConnect"; });
        std::size_t failed = 0;
        auto free_from = clock::time_point::min();
        for (const auto& c : calls) {
            CHECK(c.begin >= free_from);
            if (c.result == 0) break;
            free_from = c.end;
            ++failed;
        }
        CHECK(failed >= 3);
        CHECK(calls.size() == failed + size);
    }
    w.judge();
}
