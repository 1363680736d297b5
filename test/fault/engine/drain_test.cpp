// The end of an engine that does not block: by draining and by cancelling, in time whatever hangs.
#include "event_log.hpp"
#include "fault_world.hpp"

#include <sluice/runtime/async.hpp>

#include <boost/asio.hpp>

using namespace sluice;
using namespace sluice::testing;
namespace ask = sluice::protocol;

namespace {

constexpr std::chrono::milliseconds drain_grace{200};

void check_shut(const error& e, outcome effect) {
    INFO(e.to_string());
    CHECK(e.code() == errc::shutting_down);
    CHECK(e.outcome() == effect);
}

// Runs the scenario up to three times, until it was in time.
template <class Scenario>
void check_in_time(Scenario scenario) {
    bool in_time = false;
    for (int attempt = 0; attempt < 3 && !in_time; ++attempt) {
        world w("drain");
        in_time = scenario(w);
        w.faults.clear_rules();
        w.faults.release();
        w.judge();
    }
    CHECK(in_time);
}

template <class T>
bool ready_by(const std::future<T>& of, clock::time_point at) {
    return of.wait_until(at) == std::future_status::ready;
}

std::vector<std::future<row_set>> ask_five(session& of) {
    std::vector<std::future<row_set>> asked;
    for (int n = 0; n < 5; ++n) asked.push_back(of.query("affect 2"));
    return asked;
}

}  // namespace

TEST_CASE("draining serves what was accepted and takes nothing more") {
    world w("drain serves");
    {
        engine engine;
        auto session = w.connect(engine);
        auto db = engine.open(w.faults.connection_string(), one_session());
        auto streaming = w.connect(engine);
        auto stream = answer(streaming.stream("rows 1000", stream_options().batch_rows(10).prefetch(1)));
        w.faults.add("at execute hang");
        auto running = session.query("affect 1");
        auto queued = ask_five(session);
        auto lent = db.acquire();
        auto pooled = answer(std::move(lent)).query("affect 4");
        REQUIRE(w.faults.wait_until_hanging(2));
        auto over = engine.shutdown(shutdown_mode::drain, 30s);
        check_shut(error_of(session.query("affect 3")), outcome::none);
        check_shut(error_of(db.query("affect 3")), outcome::none);
        check_shut(error_of(engine.connect(w.faults.connection_string())), outcome::none);
        CHECK_FALSE(ready(over));
        w.faults.clear_rules();
        w.faults.release();
        CHECK(answer(std::move(running)).affected_rows() == 1);
        for (auto& one : queued) CHECK(answer(std::move(one)).affected_rows() == 2);
        CHECK(answer(std::move(pooled)).affected_rows() == 4);
        CHECK(read(stream).rows == 1'000);  // who reads may read on
        CHECK(answer(std::move(over)).threads_left_behind == 0);
        CHECK(w.faults.live().connected == 0);
        check_shut(error_of(session.query("affect 3")), outcome::none);
    }
    CHECK(w.faults.executions("affect 2") == 5);
    CHECK(w.faults.executions("affect 3") == 0);
    w.judge();
}

TEST_CASE("cancelling at the end answers what waits at once and interrupts what runs") {
    check_in_time([](world& w) {
        engine engine;
        auto session = w.connect(engine);
        w.faults.add("at execute hang");
        auto running = session.query("affect 1");
        auto queued = ask_five(session);
        REQUIRE(w.faults.wait_until_hanging(1));
        const auto until = clock::now() + promptly;
        auto over = engine.shutdown(shutdown_mode::cancel, 30s);
        bool in_time = true;
        for (auto& one : queued) in_time = ready_by(one, until) && in_time;
        in_time = ready_by(running, until) && ready_by(over, until) && in_time;
        for (auto& one : queued) check_shut(error_of(std::move(one)), outcome::none);
        check_shut(error_of(std::move(running)), outcome::unknown);
        CHECK(answer(std::move(over)).threads_left_behind == 0);
        CHECK(w.faults.executions("affect 2") == 0);
        CHECK(w.faults.live().connected == 0);
        return in_time;
    });
}

TEST_CASE("a worker that hangs for good is left behind at the end of the grace in both modes") {
    for (const auto mode : {shutdown_mode::drain, shutdown_mode::cancel}) {
        INFO(static_cast<int>(mode));
        check_in_time([mode](world& w) {
            engine engine(engine_options().shutdown_grace(1ms));
            auto session = w.connect(engine);
            auto other = w.connect(engine);
            w.faults.add("at execute sql 'affect 1' hang stubborn");
            auto running = session.query("affect 1");
            auto queued = ask_five(session);
            REQUIRE(w.faults.wait_until_hanging(1));
            auto served = ask_five(other);
            for (auto& one : served) CHECK(answer(std::move(one)).affected_rows() == 2);
            const auto until = clock::now() + drain_grace + promptly;
            auto over = engine.shutdown(mode, drain_grace);
            bool in_time = ready_by(over, until) && ready_by(running, until);
            for (auto& one : queued) in_time = ready_by(one, until) && in_time;
            CHECK(answer(std::move(over)).threads_left_behind == 1);
            check_shut(error_of(std::move(running)), outcome::unknown);
            for (auto& one : queued) check_shut(error_of(std::move(one)), outcome::none);
            CHECK(w.faults.executions("affect 2") == 5);
            return in_time;
        });
    }
}

TEST_CASE("a second shutdown makes the first one sooner") {
    check_in_time([](world& w) {
        engine engine;
        auto session = w.connect(engine);
        w.faults.add("at execute hang stubborn");
        auto running = session.query("affect 1");
        REQUIRE(w.faults.wait_until_hanging(1));
        auto slow = engine.shutdown(shutdown_mode::drain, 60s);
        CHECK_FALSE(ready(slow));
        const auto until = clock::now() + drain_grace + promptly;
        auto quick = engine.async_shutdown(shutdown_mode::cancel, drain_grace, sluice::use_future);
        const bool in_time = ready_by(quick, until) && ready_by(slow, until);
        CHECK(answer(std::move(quick)).threads_left_behind == 1);
        CHECK(answer(std::move(slow)).threads_left_behind == 1);
        check_shut(error_of(std::move(running)), outcome::unknown);
        CHECK(answer(engine.shutdown(shutdown_mode::cancel, 0ms)).threads_left_behind == 1);
        return in_time;
    });
}

TEST_CASE("nothing is connected after the end has begun") {
    for (const auto mode : {shutdown_mode::drain, shutdown_mode::cancel}) {
        INFO(static_cast<int>(mode));
        world w("no connect");
        std::vector<std::future<row_set>> waiting;
        {
            const event_log events;
            engine engine(engine_options().on_event(events.handler()));
            std::vector<session> on;
            for (int n = 0; n < 5; ++n) on.push_back(w.connect(engine));
            w.faults.down();
            w.faults.lose_connections();
            for (auto& one : on) CHECK(error_of(one.query("affect 1")).code() == errc::connection_lost);
            for (auto& one : on) waiting.push_back(one.query("affect 2"));
            // Right behind a failure nobody is at an attempt, which would be let come to its end.
            REQUIRE(events.wait_for(event_kind::reconnect_failed, 2));
            const auto begun = clock::now();
            auto over = engine.shutdown(mode, 30s);
            w.faults.up();
            for (auto& one : waiting) check_shut(error_of(std::move(one)), outcome::none);
            CHECK(answer(std::move(over)).threads_left_behind == 0);
            CHECK(clock::now() - begun <= 10 * promptly);
            for (auto& one : on) check_shut(error_of(one.query("affect 2")), outcome::none);
            const auto connects = w.faults.count("connect");
            CHECK_FALSE(w.faults.wait_until_called("connect", connects + 1, limits::reconnect_pause_most + promptly));
            for (const auto& call : w.faults.calls())
                CHECK_FALSE((call.function == "SQLDriverConnect" && call.begin > begun));
        }
        CHECK(w.faults.executions("affect 2") == 0);
        w.judge();
    }
}
