// A pool of many sessions: how many there are, and who gets which.
#include "pool_world.hpp"

#include <sluice/testing/virtual_clock.hpp>

#include <algorithm>

using namespace sluice;
using namespace sluice::testing;

namespace {

const char* const slow_hangs = "at execute sql 'slow' hang";

}  // namespace

TEST_CASE("any number of callers use no more connections than the pool's size") {
    pool_world w("size");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(4));
        w.faults.add(slow_hangs);
        std::vector<std::future<row_set>> asked;
        for (int n = 0; n < 40; ++n) asked.push_back(db.query("rows 1 /* slow */"));
        REQUIRE(w.faults.wait_until_hanging(4));
        CHECK(w.faults.live().connected == 4);
        CHECK(w.faults.executions("rows 1 /* slow */") == 4);
        w.faults.clear_rules();
        w.faults.release();
        for (auto& each : asked) CHECK(answer(std::move(each)).size() == 1);
        CHECK(w.faults.count("connect") == 4);
    }
    w.judge();
}

TEST_CASE("one caller after the other uses one connection of the many that may be") {
    pool_world w("one of many");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string());
        for (int n = 0; n < 50; ++n) CHECK(answer(db.query("rows 1")).size() == 1);
        CHECK(w.faults.count("connect") == 1);
    }
    w.judge();
}

TEST_CASE("no more sessions connect at once than max_connecting") {
    pool_world w("connecting");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(8).max_connecting(3));
        w.faults.add("at connect hang");
        std::vector<std::future<session>> asked;
        for (int n = 0; n < 8; ++n) asked.push_back(db.acquire());
        REQUIRE(w.faults.wait_until_hanging(3));
        CHECK(w.faults.count("connect") == 3);
        w.faults.clear_rules();
        w.faults.release();
        std::vector<session> got;
        for (auto& each : asked) got.push_back(answer(std::move(each)));
        CHECK(w.faults.count("connect") == 8);
    }
    w.judge();
}

TEST_CASE("whatever session comes back goes to who waits for longest") {
    pool_world w("many in line");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(4));
        auto held = leases(db, 4);
        std::vector<std::future<session>> line;
        for (int n = 0; n < 40; ++n) line.push_back(db.acquire());
        for (std::size_t n = 0; n < line.size(); ++n) {
            REQUIRE_FALSE(ready(line[n]));
            held[n * 7 % 4] = session();
            REQUIRE(ready(line[n]));  // handed over at once: who comes now does not get in between
            held[n * 7 % 4] = answer(std::move(line[n]));
        }
        CHECK(w.faults.count("connect") == 4);
    }
    w.judge();
}

TEST_CASE("the idle session that is used next is the last or the first that came back") {
    for (const auto order : {idle_order::lifo, idle_order::fifo}) {
        pool_world w("idle order");
        {
            engine engine;
            auto db = engine.open(w.faults.connection_string(), pool_options().max_size(3).order(order));
            auto held = leases(db, 3);
            std::vector<session_id> ids;
            for (auto& each : held) {
                ids.push_back(each.id());
                each = session();
            }
            if (order == idle_order::lifo) std::reverse(ids.begin(), ids.end());
            for (const auto id : ids) {
                held.push_back(answer(db.acquire()));
                CHECK(held.back().id() == id);
            }
        }
        w.judge();
    }
}

TEST_CASE("a broken session among others is replaced") {
    pool_world w("one broken");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(3));
        auto held = leases(db, 3);
        auto waiting = db.acquire();
        answer(held[1].close());
        held[1] = session();
        held[1] = answer(std::move(waiting));
        CHECK(answer(held[1].query("rows 2")).size() == 2);
        CHECK(w.faults.count("connect") == 4);
        CHECK(w.becomes(3));
        CHECK(error_of(held[0].query("lost")).code() == errc::connection_lost);
        held[0] = session();
        held[0] = answer(db.acquire());
        CHECK(answer(held[0].query("rows 2")).size() == 2);
        CHECK(w.becomes(3));
    }
    w.judge();
}

TEST_CASE("a session that was lost while it was idle is found out before a caller has it") {
    pool_world w("lost while idle");
    const auto time = std::make_shared<virtual_clock>();
    {
        engine engine(engine_options().time(time));
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(2));
        w.faults.add("at connect 2 error 28000");
        CHECK(error_of(db.query("lost")).code() == errc::connection_lost);
        CHECK(comes_true([&] { return w.faults.count("connect") == 2 && w.faults.live().connections == 0; }));
        // The minute of the endpoint begins when it hears of the refusal: who asks before is refused without an
        // attempt.
        CHECK(comes_true([&] {
            time->advance(2min);
            auto asked = db.query("rows 1");
            asked.wait();
            try {
                return asked.get().size() == 1;
            } catch (const database_error& e) {
                return e.code() != errc::credentials;
            }
        }));
        CHECK(w.faults.count("connect") == 3);
    }
    w.judge();
}
