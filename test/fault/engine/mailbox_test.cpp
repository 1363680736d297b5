// The bounds of a session: a full mailbox refuses at once and says that nothing was done; a request that waits is over
// at its deadline or when its caller says so, whatever the driver does.
#include "fault_world.hpp"

#include <sluice/runtime/async.hpp>

#include <stop_token>

using namespace sluice;
using namespace sluice::testing;

namespace {

// A session whose worker is inside of the driver, until release.
struct stuck_session {
    stuck_session(world& w, engine& on, std::size_t slots) {
        session = w.connect(on, connect_options().mailbox_slots(slots));
        w.faults.add("at execute sql 'stuck' hang");
        running = session.query("ok /* stuck */");
        if (!w.faults.wait_until_hanging(1)) FAIL("the worker does not hang");
    }
    sluice::session session;
    std::future<row_set> running;
};

std::string numbered(std::size_t n) {
    return "echo ? /* number " + std::to_string(n) + " */";
}

}  // namespace

TEST_CASE("a mailbox accepts exactly its capacity and refuses the next at once with outcome none") {
    for (const std::size_t capacity : {1U, 2U, 7U, 64U, 65U, 256U}) {
        INFO("capacity " << capacity);
        world w("full mailbox");
        {
            engine engine;
            stuck_session stuck(w, engine, capacity);
            std::vector<std::future<row_set>> accepted;
            for (std::size_t n = 1; n < capacity; ++n)
                accepted.push_back(stuck.session.query(numbered(n), args(static_cast<int>(n))));
            for (const auto& each : accepted) REQUIRE_FALSE(ready(each));
            for (int more = 0; more < 5; ++more) {
                auto refused = stuck.session.query("ok /* refused */");
                REQUIRE(ready(refused));
                const error e = error_of(std::move(refused));
                CHECK(e.code() == errc::queue_full);
                CHECK(e.outcome() == outcome::none);
                CHECK(e.session() == session_state::usable);
                CHECK_THAT(e.message(), Catch::Contains(std::to_string(capacity)));
            }
            w.faults.release();
            answer(std::move(stuck.running));
            for (std::size_t n = 1; n < capacity; ++n)
                REQUIRE(answer(std::move(accepted[n - 1]))[0].get<std::size_t>(0) == n);
            CHECK(w.faults.executions("ok /* refused */") == 0);
            CHECK(answer(stuck.session.query("rows 1")).size() == 1);
        }
        w.judge();
    }
}

TEST_CASE("whoever has an answer has its place in the mailbox back") {
    world w("place back");
    {
        engine engine;
        auto session = w.connect(engine, connect_options().mailbox_slots(1));
        for (int n = 0; n < 2'000; ++n) {
            auto asked = session.query("ok");
            while (!ready(asked)) {
            }
            (void)answer(std::move(asked));
        }
    }
    w.judge();
}

TEST_CASE("a request that waits behind a stuck one ends at its deadline and is never executed") {
    bool in_time = false;
    for (int attempt = 0; attempt < 3 && !in_time; ++attempt) {  // the machine may be busy, not three times
        world w("deadlines");
        struct late {
            clock::time_point deadline;
            std::promise<clock::time_point> answered;
            error why;
        };
        std::vector<late> all(10);
        {
            engine engine;
            stuck_session stuck(w, engine, 64);
            for (std::size_t n = 0; n < all.size(); ++n) {
                late& mine = all[n];
                mine.deadline = clock::now() + std::chrono::milliseconds(20 * ((n * 7) % all.size() + 1));
                stuck.session.async_query(numbered(n), args(1), request_options().deadline(mine.deadline),
                                          [&mine](result<row_set> r) {
                                              if (!r) mine.why = r.error();
                                              mine.answered.set_value(clock::now());
                                          });
            }
            in_time = true;
            for (auto& each : all) {
                const auto after = answer(each.answered.get_future()) - each.deadline;
                CHECK(each.why.code() == errc::deadline);
                CHECK(each.why.outcome() == outcome::none);
                CHECK(each.why.session() == session_state::usable);
                CHECK(each.why.timings().queued >= 19ms);
                CHECK(after >= 0ms);
                in_time = in_time && after <= promptly;
            }
            CHECK_FALSE(ready(stuck.running));
            w.faults.release();
            answer(std::move(stuck.running));
            CHECK(answer(stuck.session.query("rows 1")).size() == 1);
        }
        for (std::size_t n = 0; n < all.size(); ++n) CHECK(w.faults.executions(numbered(n)) == 0);
        w.judge();
    }
    CHECK(in_time);
}

TEST_CASE("a deadline that is over already starts nothing") {
    world w("over already");
    {
        engine engine;
        auto session = w.connect(engine);
        auto asked = session.query("ok", request_options().deadline(clock::now() - 1ms));
        REQUIRE(ready(asked));
        const error e = error_of(std::move(asked));
        CHECK(e.code() == errc::deadline);
        CHECK(e.outcome() == outcome::none);
        CHECK(error_of(session.query("ok", request_options().timeout(0ms))).code() == errc::deadline);
        CHECK(w.faults.executions("ok") == 0);
    }
    w.judge();
}

TEST_CASE("a request that waits is cancelled at once by its stop token and never executed") {
    world w("stop tokens");
    {
        engine engine;
        stuck_session stuck(w, engine, 64);
        std::vector<std::stop_source> stops(10);
        std::vector<std::future<row_set>> asked;
        for (std::size_t n = 0; n < stops.size(); ++n)
            asked.push_back(stuck.session.query(numbered(n), args(1), request_options().stop(stops[n].get_token())));
        for (std::size_t n = 0; n < stops.size(); n += 2) {
            stops[n].request_stop();
            REQUIRE(ready(asked[n]));  // in request_stop itself
            const error e = error_of(std::move(asked[n]));
            CHECK(e.code() == errc::cancelled);
            CHECK(e.outcome() == outcome::none);
        }
        auto stopped_before = stuck.session.query("ok /* before */", request_options().stop(stops[0].get_token()));
        REQUIRE(ready(stopped_before));
        CHECK(error_of(std::move(stopped_before)).code() == errc::cancelled);
        w.faults.release();
        for (std::size_t n = 1; n < stops.size(); n += 2) CHECK(answer(std::move(asked[n])).size() == 1);
        stops[1].request_stop();  // too late: nothing happens
        answer(std::move(stuck.running));
    }
    for (std::size_t n = 0; n < 10; ++n) CHECK(w.faults.executions(numbered(n)) == n % 2);
    CHECK(w.faults.executions("ok /* before */") == 0);
    w.judge();
}

TEST_CASE("a next that waits for a stuck driver ends at its deadline and the batch comes with the following next") {
    world w("next deadline");
    {
        engine engine;
        auto session = w.connect(engine);
        w.faults.add("at fetch 2 hang");
        auto stream = answer(session.stream("rows 20", stream_options().batch_rows(10).timeout(1s)));
        CHECK(answer(stream.next())->first_row() == 0);
        const auto asked_at = clock::now();
        const error e = error_of(stream.next());
        CHECK(e.code() == errc::deadline);
        CHECK(clock::now() - asked_at >= 1s);
        CHECK(clock::now() - asked_at <= 1s + 10 * promptly);
        auto again = stream.next();
        w.faults.release();
        CHECK(answer(std::move(again))->first_row() == 10);
        CHECK_FALSE(answer(stream.next()));
    }
    w.judge();
}
