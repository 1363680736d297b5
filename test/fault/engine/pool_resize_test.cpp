// How the sessions of a pool become more and fewer when somebody says so.
#include "pool_world.hpp"

#include <algorithm>

using namespace sluice;
using namespace sluice::testing;

TEST_CASE("a pool that is opened eagerly connects before anybody asks") {
    for (const std::size_t idle : {0U, 3U}) {
        pool_world w("eager");
        {
            engine engine;
            auto db = engine.open(w.faults.connection_string(), pool_options().min_idle(idle).eager(true));
            const std::size_t kept = std::max<std::size_t>(idle, 1);
            CHECK(w.becomes(kept));
            auto held = leases(db, kept);
            CHECK(w.becomes(idle == 0 ? 1 : 2 * idle));  // as many more are kept idle
        }
        w.judge();
    }
}

TEST_CASE("resized down a pool loses what nobody has and what comes back") {
    pool_world w("down");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(5));
        auto held = leases(db, 5);
        held.pop_back();
        REQUIRE(db.resize(0, 2));
        CHECK(w.becomes(4));
        auto waiting = db.acquire();
        for (auto& each : held) CHECK(answer(each.query("rows 1")).size() == 1);
        held.pop_back();
        CHECK(w.becomes(3));
        CHECK_FALSE(ready(waiting));
        held.pop_back();
        CHECK(w.becomes(2));
        CHECK_FALSE(ready(waiting));
        held.pop_back();
        CHECK(ready(waiting));
        CHECK(w.faults.count("connect") == 5);
    }
    w.judge();
}

TEST_CASE("resized up a pool connects for those in line") {
    pool_world w("up");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), one_session());
        auto held = answer(db.acquire());
        std::vector<std::future<session>> line;
        for (int n = 0; n < 3; ++n) line.push_back(db.acquire());
        REQUIRE_FALSE(ready(line[0]));
        REQUIRE(db.resize(1, 4));
        std::vector<session> got;
        for (auto& each : line) got.push_back(answer(std::move(each)));
        got.pop_back();
        CHECK(db.resize(2, 6));
        CHECK(w.becomes(5));  // three lent, two idle
        const auto wrong = db.resize(9, 0);
        REQUIRE_FALSE(wrong);
        CHECK(wrong.error().code() == errc::invalid_argument);
        CHECK_THAT(wrong.error().message(), Catch::Contains("max_size") && Catch::Contains("min_idle"));
        CHECK(pool().resize(0, 1).error().code() == errc::closed);
    }
    w.judge();
}

TEST_CASE("what is evicted is not lent again") {
    pool_world w("evicted");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(3));
        auto held = leases(db, 3);
        std::vector<session_id> old;
        for (const auto& each : held) old.push_back(each.id());
        held.pop_back();
        db.evict_all();
        CHECK(w.becomes(2));
        CHECK(answer(held[0].query("rows 1")).size() == 1);
        held.clear();
        CHECK(w.becomes(0));
        held = leases(db, 3);
        for (const auto& each : held) CHECK(std::count(old.begin(), old.end(), each.id()) == 0);
        CHECK(w.faults.count("connect") == 6);
        pool().evict_all();
    }
    w.judge();
}

TEST_CASE("what connects while the pool is evicted serves nobody") {
    pool_world w("evicted connecting");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string());
        w.faults.add("at connect 1 hang");
        auto waiting = db.query("rows 1");
        REQUIRE(w.faults.wait_until_hanging(1));
        db.evict_all();
        w.faults.release();
        CHECK(answer(std::move(waiting)).size() == 1);
        CHECK(w.faults.count("connect") == 2);
        CHECK(w.becomes(1));
    }
    w.judge();
}
