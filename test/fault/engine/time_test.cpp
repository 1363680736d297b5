// An engine on a time of the test's: what would take an hour happens when the test says that it has passed.
#include "event_log.hpp"
#include "fault_world.hpp"

#include <sluice/runtime/async.hpp>
#include <sluice/testing/virtual_clock.hpp>

using namespace sluice;
using namespace sluice::testing;

namespace {

using std::chrono::hours;
using std::chrono::minutes;

struct timed_world : world {
    using world::world;
    const std::shared_ptr<virtual_clock> time = std::make_shared<virtual_clock>();
    [[nodiscard]] engine_options options() const { return engine_options().time(time); }

    // Lets an hour pass that nothing may notice before its end.
    template <class T>
    void pass_hour(const std::future<T>& of, session& other) {
        time->advance(minutes(59));
        CHECK(answer(other.query("affect 1")).affected_rows() == 1);
        CHECK_FALSE(ready(of));
        time->advance(minutes(1));
    }
    void let_go() {
        faults.clear_rules();
        faults.release();
    }
};

void check_deadline(const error& e, outcome effect) {
    INFO(e.to_string());
    CHECK(e.code() == errc::deadline);
    CHECK(e.outcome() == effect);
}

const std::string slow = "affect 1 /* slow */";
const char* const slow_hangs = "at execute sql 'slow' hang";

}  // namespace

TEST_CASE("the clock of a test never goes back and takes what it can keep") {
    virtual_clock time;
    const auto begin = std::chrono::steady_clock::now();
    CHECK(time.now() >= begin);
    time.advance(hours(5));
    CHECK(time.now() >= begin + hours(5));
    CHECK(time.now() < begin + hours(6));
    CHECK_THROWS_AS(time.advance(-1ns), std::invalid_argument);
    CHECK_THROWS_AS(time.advance(hours(24 * 365 * 100)), std::invalid_argument);
    CHECK_THROWS_AS(time.advance(std::chrono::steady_clock::duration::max()), std::invalid_argument);
    CHECK(time.now() < begin + hours(6));
    time.advance(0s);
}

TEST_CASE("the deadline of a running request comes when its time has passed") {
    timed_world w("virtual deadline");
    {
        engine engine(w.options());
        auto session = w.connect(engine);
        auto other = w.connect(engine);
        w.faults.add(slow_hangs);
        auto running = session.query(slow, request_options().timeout(hours(1)));
        auto queued = session.query("affect 2", request_options().timeout(hours(2)));
        REQUIRE(w.faults.wait_until_hanging(1));
        w.pass_hour(running, other);
        const error told = error_of(std::move(running));
        check_deadline(told, outcome::unknown);         // SQLCancel ended it
        CHECK(told.timings().executing < minutes(10));  // what is measured is the machine's time
        CHECK(answer(std::move(queued)).affected_rows() == 2);

        // An absolute one is of that clock too.
        running = session.query(slow, request_options().deadline(w.time->now() + hours(1)));
        REQUIRE(w.faults.wait_until_hanging(1));
        w.pass_hour(running, other);
        check_deadline(error_of(std::move(running)), outcome::unknown);
    }
    w.judge();
}

TEST_CASE("what waits in a mailbox or for a lease or for a batch is over when its time has passed") {
    timed_world w("virtual waiting");
    {
        engine engine(w.options());
        auto db = engine.open(w.faults.connection_string(), one_session());
        auto lease = answer(db.acquire());
        auto other = w.connect(engine);
        auto stream = answer(other.stream("rows 100000 /* stream */", stream_options().batch_rows(100).prefetch(1)));
        REQUIRE(answer(stream.next()).has_value());  // the first batch has the deadline of the start
        auto waiting = db.query("affect 1", request_options().timeout(hours(1)));
        w.faults.add(slow_hangs);
        auto running = lease.query(slow, request_options().timeout(hours(3)));
        auto queued = lease.query("affect 3", request_options().timeout(hours(2)));
        REQUIRE(w.faults.wait_until_hanging(1));

        w.time->advance(hours(1));
        CHECK(error_of(std::move(waiting)).code() == errc::pool_exhausted);
        CHECK_FALSE(ready(queued));
        w.time->advance(hours(1));
        check_deadline(error_of(std::move(queued)), outcome::none);
        CHECK_FALSE(ready(running));

        w.faults.add("at fetch hang");
        std::uint64_t rows = 0;
        error late;
        while (late.code() == errc::ok) {
            auto asked = stream.next();
            if (comes_true([&] { return ready(asked) || w.faults.wait_until_hanging(2, 0ms); }) && !ready(asked))
                w.time->advance(hours(1));
            try {
                if (!answer(std::move(asked))) break;
                ++rows;
            } catch (const database_error& e) {
                late = e.error();
            }
        }
        check_deadline(late, outcome::none);
        CHECK(rows < 100'000);
        check_deadline(error_of(std::move(running)), outcome::unknown);
        w.let_go();
    }
    CHECK(w.faults.executions("affect 3") == 0);
    w.judge();
}

TEST_CASE("credentials that were refused are tried again when their pause has passed") {
    timed_world w("virtual pause");
    {
        engine engine(w.options());
        w.faults.add("at connect error 28000 1045 'wrong password'");
        auto db = engine.open(w.faults.connection_string(), one_session());
        CHECK(error_of(db.query("affect 1")).code() == errc::credentials);
        CHECK(error_of(db.query("affect 1")).code() == errc::credentials);
        CHECK(w.faults.count("connect") == 1);
        w.faults.clear_rules();
        CHECK(error_of(db.query("affect 1")).code() == errc::credentials);
        w.time->advance(limits::permanent_failure_pause);
        CHECK(answer(db.query("affect 1")).affected_rows() == 1);
        CHECK(w.faults.count("connect") == 2);
    }
    w.judge();
}

TEST_CASE("a stuck worker is given up when its grace has passed") {
    timed_world w("virtual grace");
    const event_log events;
    {
        engine engine(w.options().on_event(events.handler()));
        auto session = w.connect(engine);
        auto other = w.connect(engine);
        w.faults.add("at execute sql 'slow' hang stubborn");
        auto running = session.query(slow, request_options().timeout(hours(1)));
        REQUIRE(w.faults.wait_until_hanging(1));
        w.pass_hour(running, other);
        check_deadline(error_of(std::move(running)), outcome::unknown);
        CHECK(engine.metrics().quarantined == 0);
        w.time->advance(limits::cancel_grace);
        REQUIRE(events.wait_for(event_kind::worker_quarantined));
        CHECK(answer(session.query("affect 2")).affected_rows() == 2);
        w.let_go();
    }
    w.judge();
}

TEST_CASE("a worker that does not come back from its disconnect is told of when its grace has passed") {
    timed_world w("virtual disconnect");
    const event_log events;
    {
        engine engine(w.options().on_event(events.handler()));
        w.faults.add("at disconnect hang");
        { auto session = w.connect(engine); }
        REQUIRE(w.faults.wait_until_hanging(1));
        CHECK(events.count(event_kind::worker_quarantined) == 0);
        w.time->advance(limits::cancel_grace);
        REQUIRE(events.wait_for(event_kind::worker_quarantined));
        CHECK(engine.metrics().quarantined == 1);
        w.let_go();
        REQUIRE(events.wait_for(event_kind::worker_returned));
        CHECK(comes_true([&] { return engine.metrics().quarantined == 0; }));
    }
    w.judge();
}

TEST_CASE("an engine that waits an hour for its end waits for that of the test") {
    timed_world w("virtual end");
    engine engine(w.options());
    auto session = w.connect(engine);
    w.faults.add("at execute sql 'slow' hang stubborn");
    auto running = session.query(slow, request_options().timeout(hours(3)));
    REQUIRE(w.faults.wait_until_hanging(1));
    auto over = engine.shutdown(shutdown_mode::drain, std::chrono::minutes(10));
    CHECK_FALSE(ready(over));
    w.time->advance(minutes(10));
    CHECK(answer(std::move(over)).threads_left_behind == 1);
    CHECK(error_of(std::move(running)).code() == errc::shutting_down);
    w.let_go();
    w.judge();
}
