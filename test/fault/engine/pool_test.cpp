// A pool whose size is 1: who gets its session when, what those in line are told, and in what state it is lent.
#include "fault_world.hpp"

using namespace sluice;
using namespace sluice::testing;
namespace ask = sluice::protocol;

TEST_CASE("those in line get the session first come first served") {
    world w("first come");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), one_session());
        auto lease = answer(db.acquire());
        std::vector<std::future<row_set>> waiting;
        std::vector<std::string> expected;
        for (int n = 0; n < 50; ++n) {
            expected.push_back("echo ? /* waits " + std::to_string(n) + " */");
            waiting.push_back(db.query(expected.back(), args(n)));
        }
        for (const auto& each : waiting) REQUIRE_FALSE(ready(each));
        CHECK(answer(lease.query("rows 1")).size() == 1);
        lease = session();
        for (int n = 0; n < 50; ++n) CHECK(answer(std::move(waiting[static_cast<std::size_t>(n)]))[0].get<int>(0) == n);
        auto order = w.executed();
        order.erase(order.begin());  // the lease's own
        CHECK(order == expected);
        CHECK(w.faults.count("connect") == 1);
    }
    w.judge();
}

TEST_CASE("a session that is lent holds everyone else off until it is dropped") {
    world w("held off");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), one_session());
        auto first = answer(db.acquire());
        auto second = db.acquire();
        auto streamed = db.stream("rows 5");
        for (int n = 0; n < 10; ++n) CHECK(answer(first.query("rows 1")).size() == 1);
        CHECK_FALSE(ready(second));
        CHECK_FALSE(ready(streamed));
        first = session();
        auto held = answer(std::move(second));
        CHECK_FALSE(ready(streamed));
        held = session();
        auto stream = answer(std::move(streamed));
        auto after = db.query("rows 2");
        CHECK(read(stream).rows == 5);
        CHECK_FALSE(ready(after));  // the stream holds the session, also at its end
        stream = row_stream();
        CHECK(answer(std::move(after)).size() == 2);
    }
    w.judge();
}

TEST_CASE("a line that is full refuses at once with outcome none") {
    for (const std::size_t most : {0U, 1U, 5U}) {
        world w("full line");
        {
            engine engine;
            auto db = engine.open(w.faults.connection_string(), one_session().waiters_max(most));
            auto lease = answer(db.acquire());
            std::vector<std::future<row_set>> waiting;
            for (std::size_t n = 0; n < most; ++n) waiting.push_back(db.query("rows 1"));
            for (int more = 0; more < 3; ++more) {
                auto refused = db.query("ok");
                REQUIRE(ready(refused));
                const error e = error_of(std::move(refused));
                CHECK(e.code() == errc::queue_full);
                CHECK(e.outcome() == outcome::none);
                CHECK(e.shortage().value().reason == shortage_reason::exhausted);
                CHECK(e.shortage().value().waiting == most);
                CHECK_THAT(e.message(), Catch::Contains("waiters_max") && Catch::Contains(std::to_string(most)));
            }
            lease = session();
            for (auto& each : waiting) CHECK(answer(std::move(each)).size() == 1);
            CHECK(w.faults.executions("ok") == 0);
        }
        w.judge();
    }
}

TEST_CASE("who gets no session by the deadline is told that the pool is exhausted and why") {
    world w("exhausted");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), one_session());
        w.faults.add("at connect 1 hang");
        const error connecting = error_of(db.query("ok", request_options().timeout(30ms)));
        CHECK(connecting.code() == errc::pool_exhausted);
        CHECK(connecting.outcome() == outcome::none);
        CHECK_THAT(connecting.message(), Catch::Contains("of at most 1, lent 0, connecting 1; callers in line 1"));
        pool_shortage wanted;
        wanted.reason = shortage_reason::connecting;
        wanted.max_size = 1;
        wanted.connecting = 1;
        wanted.waiting = 1;
        CHECK(connecting.shortage() == wanted);
        CHECK(connecting.cause().code() == errc::ok);
        auto lease = db.acquire();
        w.faults.release();
        auto held = answer(std::move(lease));
        const auto asked_at = clock::now();
        const error lent = error_of(db.acquire(request_options().timeout(50ms)));
        CHECK(clock::now() - asked_at >= 50ms);
        CHECK(clock::now() - asked_at <= 50ms + 10 * promptly);
        CHECK(lent.code() == errc::pool_exhausted);
        CHECK(lent.outcome() == outcome::none);
        CHECK_THAT(lent.message(), Catch::Contains("of at most 1, lent 1, connecting 0; callers in line 1"));
        wanted.reason = shortage_reason::exhausted;
        wanted.connecting = 0;
        wanted.lent = 1;
        CHECK(lent.shortage() == wanted);
        CHECK(lent.cause().code() == errc::ok);
        CHECK(lent.timings().queued >= 49ms);
        held = session();
        CHECK(answer(db.query("rows 1")).size() == 1);
        CHECK(w.faults.executions("ok") == 0);
    }
    w.judge();
}

TEST_CASE("a caller who is stopped leaves the line and the others keep their order") {
    world w("leaves the line");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), one_session());
        auto lease = answer(db.acquire());
        std::stop_source stop;
        auto first = db.query("echo ?", args(1));
        auto second = db.query("echo ?", args(2), request_options().stop(stop.get_token()));
        auto third = db.query("echo ?", args(3));
        stop.request_stop();
        REQUIRE(ready(second));
        const error e = error_of(std::move(second));
        CHECK(e.code() == errc::cancelled);
        CHECK(e.outcome() == outcome::none);
        lease = session();
        CHECK(answer(std::move(first))[0].get<int>(0) == 1);
        CHECK(answer(std::move(third))[0].get<int>(0) == 3);
        CHECK(w.faults.executions("echo ?") == 2);
    }
    w.judge();
}

TEST_CASE("a failed connect tells everyone in line and the next request connects again") {
    world w("failed connect");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), one_session());
        w.faults.add("at connect 1 error 08001 hang");
        std::vector<std::future<row_set>> waiting;
        for (int n = 0; n < 5; ++n) waiting.push_back(db.query("rows 1"));
        REQUIRE(w.faults.wait_until_hanging(1));
        w.faults.release();
        for (auto& each : waiting) {
            const error e = error_of(std::move(each));
            CHECK(e.code() == errc::unreachable);
            CHECK(e.outcome() == outcome::none);
        }
        CHECK(w.faults.count("connect") == 1);
        CHECK(answer(db.query("rows 1")).size() == 1);
        CHECK(w.faults.count("connect") == 2);
    }
    w.judge();
}

TEST_CASE("who is refused by the server is not tried again for a while and everyone hears why at once") {
    world w("refused");
    w.faults.add("at connect error 28000");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), one_session());
        for (int n = 0; n < 20; ++n) {
            const error e = error_of(db.query("rows 1"));
            CHECK(e.code() == errc::credentials);
            CHECK(e.sqlstate() == "28000");
            CHECK(e.outcome() == outcome::none);
        }
        CHECK(w.faults.count("connect") == 1);
        // Who asks for a connection of his own gets an attempt.
        CHECK(error_of(engine.connect(w.faults.connection_string())).code() == errc::credentials);
        CHECK(w.faults.count("connect") == 2);
    }
    w.judge();
}

TEST_CASE("a lost session is replaced for the next request and for those in line") {
    world w("replaced");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), one_session());
        for (int round = 1; round <= 5; ++round) {
            CHECK(error_of(db.query("lost")).code() == errc::connection_lost);
            CHECK(answer(db.query("rows 1")).size() == 1);
            CHECK(w.faults.count("connect") == static_cast<std::uint64_t>(round + 1));
        }
        auto lease = answer(db.acquire());
        auto waiting = db.query("rows 2");
        CHECK(error_of(lease.query("lost")).code() == errc::connection_lost);
        CHECK_FALSE(ready(waiting));
        lease = session();
        CHECK(answer(std::move(waiting)).size() == 2);
        CHECK(comes_true([&] { return w.faults.live().connected == 1; }));
    }
    w.judge();
}

TEST_CASE("dropping a pool lets those in line have their answers") {
    world w("dropped pool");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), one_session());
        auto lease = answer(db.acquire());
        std::vector<std::future<row_set>> waiting;
        for (int n = 0; n < 10; ++n) waiting.push_back(db.query("echo ?", args(n)));
        db = pool();
        CHECK(answer(lease.query("rows 1")).size() == 1);
        lease = session();
        for (int n = 0; n < 10; ++n) CHECK(answer(std::move(waiting[static_cast<std::size_t>(n)]))[0].get<int>(0) == n);
        CHECK(comes_true([&] { return w.faults.live().connections == 0; }));
    }
    w.judge();
}

TEST_CASE("an engine that goes away answers those in line of its pools") {
    world w("line at shutdown");
    std::vector<std::future<row_set>> waiting;
    {
        std::optional<engine> on(std::in_place);
        auto db = on->open(w.faults.connection_string(), one_session());
        const auto lease = answer(db.acquire());
        for (int n = 0; n < 10; ++n) waiting.push_back(db.query("ok"));
        on.reset();
    }
    for (auto& each : waiting) {
        const error e = error_of(std::move(each));
        CHECK(e.code() == errc::shutting_down);
        CHECK(e.outcome() == outcome::none);
    }
    CHECK(w.faults.executions("ok") == 0);
    w.judge();
}
