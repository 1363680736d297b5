// Sessions of a pool that leave because time has passed: on a time of the test's.
#include "pool_world.hpp"

#include <sluice/testing/virtual_clock.hpp>

using namespace sluice;
using namespace sluice::testing;

namespace {

struct aging_world : pool_world {
    using pool_world::pool_world;
    const std::shared_ptr<virtual_clock> time = std::make_shared<virtual_clock>();
    [[nodiscard]] engine_options options() const { return engine_options().time(time); }
};

// So many sessions are there, and idle.
void fill(pool& p, std::size_t count) {
    (void)leases(p, count);
}

}  // namespace

TEST_CASE("what the load does not need any more leaves after the idle timeout") {
    aging_world w("idle timeout");
    {
        engine engine(w.options());
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(4).idle_timeout(10min));
        fill(db, 4);
        w.time->advance(9min);
        CHECK(answer(db.query("rows 1")).size() == 1);
        CHECK(w.faults.live().connected == 4);
        w.time->advance(1min);
        CHECK(w.becomes(1));
        w.time->advance(9min);
        CHECK(w.becomes(0));
        CHECK(answer(db.query("rows 1")).size() == 1);
        CHECK(w.faults.count("connect") == 5);
    }
    w.judge();
}

TEST_CASE("min_idle sessions stay idle for any time") {
    aging_world w("kept");
    {
        engine engine(w.options());
        auto db = engine.open(
            w.faults.connection_string(),
            pool_options().max_size(4).min_idle(2).idle_timeout(10min).max_lifetime(0s).keepalive(0s).test_on_checkout(
                checkout_test::never));
        fill(db, 4);
        w.time->advance(10h);
        CHECK(w.becomes(2));
        w.time->advance(10h);
        const auto both = leases(db, 2);
        CHECK(w.becomes(4));  // two lent, so two more are kept
    }
    w.judge();
}

TEST_CASE("sessions leave at the end of their life less a tenth at most") {
    aging_world w("lifetime");
    {
        engine engine(w.options());
        auto db =
            engine.open(w.faults.connection_string(), pool_options().max_size(4).idle_timeout(0s).max_lifetime(100min));
        fill(db, 4);
        w.time->advance(89min);
        CHECK(answer(db.query("rows 1")).size() == 1);
        CHECK(w.faults.live().connected == 4);
        w.time->advance(11min);
        CHECK(w.becomes(0));
        CHECK(answer(db.query("rows 1")).size() == 1);
        CHECK(w.faults.count("connect") == 5);
    }
    w.judge();
}

TEST_CASE("a session in use outlives its end until it is given back") {
    aging_world w("outlives");
    {
        engine engine(w.options());
        auto db = engine.open(w.faults.connection_string(), one_session().max_lifetime(30min));
        auto held = answer(db.acquire());
        const auto old = held.id();
        w.time->advance(5h);
        auto waiting = db.acquire(request_options().timeout(no_deadline));
        CHECK(answer(held.query("rows 1")).size() == 1);
        CHECK_FALSE(ready(waiting));
        held = session();
        CHECK(answer(std::move(waiting)).id() != old);
        CHECK(w.faults.count("connect") == 2);
    }
    w.judge();
}

TEST_CASE("without limits sessions stay for good") {
    aging_world w("for good");
    {
        engine engine(w.options());
        auto db =
            engine.open(w.faults.connection_string(), pool_options().max_size(3).idle_timeout(0s).max_lifetime(0s));
        fill(db, 3);
        w.time->advance(24h * 365);
        CHECK(answer(db.query("rows 1")).size() == 1);
        CHECK(w.faults.live().connected == 3);
        CHECK(w.faults.count("connect") == 3);
    }
    w.judge();
}
