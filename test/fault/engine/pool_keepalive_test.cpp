// Idle sessions that are tested while nobody wants them: on a time of the test's.
#include "event_log.hpp"
#include "pool_world.hpp"

#include <sluice/testing/virtual_clock.hpp>

using namespace sluice;
using namespace sluice::testing;
using std::chrono::hours;

namespace {

struct kept_world : pool_world {
    using pool_world::pool_world;
    const std::shared_ptr<virtual_clock> time = std::make_shared<virtual_clock>();
    const event_log events{};

    [[nodiscard]] engine_options options() const { return engine_options().time(time).on_event(events.handler()); }
    [[nodiscard]] bool asked(std::uint64_t count) const {
        return comes_true([&] { return faults.executions("SELECT 1") == count; });
    }
};

pool_options kept(std::size_t size) {
    return pool_options().max_size(size).idle_timeout(0s).max_lifetime(0s).keepalive(20min).test_on_checkout(
        checkout_test::never);
}

}  // namespace

TEST_CASE("an idle session is tested as often as is asked for") {
    kept_world w("kept alive");
    {
        engine engine(w.options());
        auto db = engine.open(w.faults.connection_string(), kept(3));
        (void)leases(db, 3);
        w.time->advance(17min);
        CHECK(answer(db.query("affect 1")).affected_rows() == 1);  // whose test is put off by that
        CHECK(w.asked(0));
        w.time->advance(3min);
        CHECK(w.asked(2));
        (void)leases(db, 3);  // both have passed it
        w.time->advance(20min);
        CHECK(w.asked(5));
        CHECK(w.faults.count("connect") == 3);
    }
    w.judge();
}

TEST_CASE("a session that is found dead while it is idle leaves and is replaced where the pool keeps some") {
    kept_world w("kept and dead");
    {
        engine engine(w.options());
        auto db = engine.open(w.faults.connection_string(), kept(3).min_idle(2));
        (void)leases(db, 3);
        w.faults.lose_connections();
        w.time->advance(20min);
        REQUIRE(w.events.wait_for(event_kind::check_failed, 3));
        CHECK(comes_true([&] { return w.faults.count("connect") == 5; }));
        CHECK(w.becomes(2));
        const auto both = leases(db, 2);
        for (const auto& one : both) CHECK(one.generation() == 1);
    }
    w.judge();
}

TEST_CASE("who comes while the only session is tested gets it afterwards") {
    kept_world w("tested meanwhile");
    {
        engine engine(w.options());
        auto db = engine.open(w.faults.connection_string(), kept(2));
        (void)leases(db, 1);
        w.faults.add("at execute sql 'SELECT 1' hang");
        w.time->advance(20min);
        REQUIRE(w.faults.wait_until_hanging(1));
        auto waiting = db.query("affect 2");
        CHECK_FALSE(ready(waiting));
        w.faults.release();
        CHECK(answer(std::move(waiting)).affected_rows() == 2);
        CHECK(w.faults.count("connect") == 1);
    }
    w.judge();
}

TEST_CASE("a session that hangs in its test is given up and who waits gets another one") {
    kept_world w("test of idle hangs");
    {
        engine engine(w.options());
        auto db = engine.open(w.faults.connection_string(), kept(2).test_within(10s));
        (void)leases(db, 1);
        w.faults.add("at execute sql 'SELECT 1' hang stubborn");
        w.time->advance(20min);
        REQUIRE(w.faults.wait_until_hanging(1));
        auto waiting = db.query("affect 2", request_options().timeout(hours(1)));
        w.time->advance(10s);
        CHECK(answer(std::move(waiting)).affected_rows() == 2);
        REQUIRE(w.events.wait_for(event_kind::check_failed));
        CHECK(w.faults.count("connect") == 2);
        w.faults.release();
    }
    w.judge();
}

TEST_CASE("a pool that is dropped and an engine that goes away end a test under way") {
    for (const bool whole_engine : {false, true}) {
        kept_world w("gone while tested");
        {
            engine engine(w.options());
            auto db = engine.open(w.faults.connection_string(), kept(2));
            (void)leases(db, 2);
            w.faults.add("at execute sql 'SELECT 1' hang");
            w.time->advance(20min);
            REQUIRE(w.faults.wait_until_hanging(2));
            if (whole_engine) {
                (void)answer(engine.shutdown(shutdown_mode::cancel, 5s));
            } else {
                db = pool();
                w.faults.release();
                CHECK(w.becomes(0));
            }
        }
        w.judge();
    }
}
