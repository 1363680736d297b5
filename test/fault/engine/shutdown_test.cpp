// An engine that goes away while a driver hangs: its destructor returns in time, everything that was asked is answered,
// and the worker that comes back later finds nothing gone that it needs.
#include "fault_world.hpp"

using namespace sluice;
using namespace sluice::testing;

namespace {

constexpr std::chrono::milliseconds grace{200};

engine_options short_grace() {
    return engine_options().shutdown_grace(grace);
}

// Destroys the engine, in time: a second try is the caller's, where the machine was busy.
[[nodiscard]] bool gone_in_time(std::optional<engine>& on) {
    const auto before = clock::now();
    on.reset();
    return clock::now() - before <= grace + promptly;
}

// Runs the scenario up to three times, until the destructor was in time.
template <class Scenario>
void check_in_time(Scenario scenario) {
    bool in_time = false;
    for (int attempt = 0; attempt < 3 && !in_time; ++attempt) {
        world w("shutdown");
        in_time = scenario(w);
        w.faults.clear_rules();
        w.faults.release();
        w.judge();
    }
    CHECK(in_time);
}

}  // namespace

TEST_CASE("an engine whose worker hangs in connect goes away in time") {
    check_in_time([](world& w) {
        w.faults.add("at connect hang");
        std::optional<engine> on(short_grace());
        auto db = on->open(w.faults.connection_string());
        auto waiting = db.query("rows 1");
        auto connecting = on->connect(w.faults.connection_string());
        REQUIRE(w.faults.wait_until_hanging(2));
        const bool in_time = gone_in_time(on);
        for (const error& e : {error_of(std::move(connecting)), error_of(std::move(waiting))}) {
            CHECK(e.code() == errc::shutting_down);
            CHECK(e.outcome() == outcome::none);
        }
        CHECK(error_of(db.query("rows 1")).code() == errc::shutting_down);
        return in_time;
    });
}

TEST_CASE("an engine whose worker hangs in execute goes away in time") {
    check_in_time([](world& w) {
        std::optional<engine> on(short_grace());
        auto session = w.connect(*on);
        w.faults.add("at execute hang");
        auto running = session.query("affect 1");
        std::vector<std::future<row_set>> queued;
        for (int n = 0; n < 5; ++n) queued.push_back(session.query("affect 2"));
        REQUIRE(w.faults.wait_until_hanging(1));
        const bool in_time = gone_in_time(on);
        REQUIRE(ready(running));
        const error e = error_of(std::move(running));
        CHECK(e.code() == errc::shutting_down);
        CHECK(e.outcome() == outcome::unknown);
        for (auto& each : queued) {
            REQUIRE(ready(each));
            const error never = error_of(std::move(each));
            CHECK(never.code() == errc::shutting_down);
            CHECK(never.outcome() == outcome::none);
        }
        CHECK(w.faults.executions("affect 2") == 0);
        CHECK(error_of(session.query("rows 1")).code() == errc::shutting_down);
        return in_time;
    });
}

TEST_CASE("an engine whose worker hangs in fetch goes away in time") {
    check_in_time([](world& w) {
        std::optional<engine> on(short_grace());
        auto session = w.connect(*on);
        auto other = w.connect(*on);
        w.faults.add("at fetch sql 'stream' hang");
        w.faults.add("at fetch sql 'whole' hang");
        w.faults.add("at fetch hang");
        auto stream = answer(session.stream("rows 100"));
        auto asked = stream.next();
        auto whole = other.query("rows 100");
        REQUIRE(w.faults.wait_until_hanging(2));
        const bool in_time = gone_in_time(on);
        REQUIRE(ready(asked));
        CHECK(error_of(std::move(asked)).code() == errc::shutting_down);
        CHECK(error_of(stream.next()).code() == errc::shutting_down);
        REQUIRE(ready(whole));
        CHECK(error_of(std::move(whole)).code() == errc::shutting_down);
        return in_time;
    });
}

TEST_CASE("an engine whose worker hangs in fetch answers the close of the stream too") {
    check_in_time([](world& w) {
        std::optional<engine> on(short_grace());
        auto session = w.connect(*on);
        w.faults.add("at fetch hang");
        auto stream = answer(session.stream("rows 100"));
        REQUIRE(w.faults.wait_until_hanging(1));
        auto closed = stream.close();
        const bool in_time = gone_in_time(on);
        REQUIRE(closed.wait_for(answer_limit) == std::future_status::ready);
        return in_time;
    });
}

TEST_CASE("an engine whose worker hangs in disconnect goes away in time") {
    check_in_time([](world& w) {
        std::optional<engine> on(short_grace());
        auto dropped = w.connect(*on);
        auto closing = w.connect(*on);
        w.faults.add("at disconnect hang");
        dropped = session();
        auto closed = closing.close();
        REQUIRE(w.faults.wait_until_hanging(2));
        const bool in_time = gone_in_time(on);
        REQUIRE(ready(closed));
        CHECK(error_of(std::move(closed)).code() == errc::shutting_down);
        return in_time;
    });
}

TEST_CASE("every handle may go before or after its engine while the driver hangs") {
    for (int order = 0; order < 4; ++order) {
        world w("handles and engine");
        std::optional<engine> on(engine_options().shutdown_grace(1ms));
        std::optional<session> session = w.connect(*on);
        std::optional<pool> db = on->open(w.faults.connection_string());
        std::optional<sluice::session> lease = answer(db->acquire());
        w.faults.add("at fetch hang");
        std::optional<row_stream> stream = answer(session->stream("rows 100"));
        auto pooled = lease->query("rows 1");
        auto waiting = db->query("rows 1");
        REQUIRE(w.faults.wait_until_hanging(2));
        if (order == 0) on.reset();
        if (order == 1) stream.reset();
        session.reset();
        if (order == 2) on.reset();
        lease.reset();
        db.reset();
        stream.reset();
        on.reset();
        REQUIRE(ready(pooled));
        REQUIRE(ready(waiting));
        w.faults.clear_rules();
        w.faults.release();
        w.judge();
    }
}

TEST_CASE("an idle engine goes away at once and closes its connections") {
    world w("idle engine");
    std::optional<engine> on(std::in_place);
    auto session = w.connect(*on);
    auto db = on->open(w.faults.connection_string());
    CHECK(answer(db.query("rows 1")).size() == 1);
    const auto before = clock::now();
    on.reset();
    CHECK(clock::now() - before <= 10 * promptly);
    CHECK(w.faults.count("disconnect") == 2);
    w.judge();
    CHECK(error_of(session.query("rows 1")).code() == errc::shutting_down);
}
