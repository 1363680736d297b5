// A connection that is lost: who is told, with which truth; who waits; and how the next connection is made.
#include "event_log.hpp"
#include "fault_world.hpp"

#include <algorithm>
#include <atomic>
#include <barrier>

using namespace sluice;
using namespace sluice::testing;
namespace ask = sluice::protocol;

namespace {

// From the moment when an attempt is let go to its call: a thread has to start.
constexpr std::chrono::milliseconds thread_start = sanitized ? 100ms : 40ms;

void check_lost(const error& e, outcome effect, session_state after) {
    INFO(e.to_string());
    CHECK(e.code() == errc::connection_lost);
    CHECK(e.outcome() == effect);
    CHECK(e.session() == after);
}

std::string numbered(int n) {
    return "affect 1 /* " + std::to_string(n) + " */";
}

std::vector<clock::time_point> attempts(const world& w) {
    std::vector<clock::time_point> made;
    for (const auto& call : w.faults.calls())
        if (call.function == "SQLDriverConnect") made.push_back(call.begin);
    return made;
}

}  // namespace

TEST_CASE("a connection lost with a hundred requests in line fails the one that runs and no other") {
    world w("lost with a line");
    const event_log events;
    {
        engine engine(engine_options().on_event(events.handler()));
        auto session = w.connect(engine);
        w.faults.add("at execute sql 'running' hang");
        auto running = session.query("affect 1 /* running */");
        std::vector<std::future<row_set>> queued;
        for (int n = 0; n < 100; ++n) queued.push_back(session.query(numbered(n)));
        REQUIRE(w.faults.wait_until_hanging(1));
        CHECK(w.faults.lose_connections() == 1);
        check_lost(error_of(std::move(running)), outcome::unknown, session_state::broken);
        for (auto& one : queued) CHECK(answer(std::move(one)).affected_rows() == 1);
        CHECK(session.generation() == 2);
        CHECK(w.faults.count("connect") == 2);
        REQUIRE(events.wait_for(event_kind::recovered));
        const std::vector<event_kind> expected{event_kind::connected, event_kind::connection_lost,
                                               event_kind::recovered};
        CHECK(events.kinds() == expected);
        CHECK(events.first(event_kind::connection_lost).generation == 1);
        CHECK(events.first(event_kind::recovered).generation == 2);
    }
    std::vector<std::string> expected{"affect 1 /* running */"};
    for (int n = 0; n < 100; ++n) expected.push_back(numbered(n));
    CHECK(w.executed() == expected);
    w.judge();
}

TEST_CASE("what belongs to a transaction that is lost fails until it is rolled back") {
    world w("transaction lost");
    {
        engine engine;
        auto session = w.connect(engine);
        w.faults.add("at execute sql 'running' hang");
        answer(session.submit(ask::begin()));
        answer(session.query("affect 1"));
        auto running = session.query("affect 1 /* running */");
        std::vector<std::future<row_set>> bound;
        for (int n = 0; n < 10; ++n) bound.push_back(session.query("affect 2"));
        auto committed = session.submit(ask::commit());
        auto next = session.query("affect 3");
        REQUIRE(w.faults.wait_until_hanging(1));
        w.faults.lose_connections();
        // The transaction is gone, and with it what this did.
        check_lost(error_of(std::move(running)), outcome::none, session_state::broken);
        for (auto& one : bound) check_lost(error_of(std::move(one)), outcome::none, session_state::transaction_failed);
        check_lost(error_of(std::move(committed)), outcome::none, session_state::transaction_failed);
        // Behind the commit that failed the transaction is still to be rolled back.
        check_lost(error_of(std::move(next)), outcome::none, session_state::transaction_failed);
        check_lost(error_of(session.query("affect 2")), outcome::none, session_state::transaction_failed);
        check_lost(error_of(session.submit(ask::commit())), outcome::none, session_state::transaction_failed);
        answer(session.submit(ask::rollback()));
        CHECK(answer(session.query("affect 3")).affected_rows() == 3);
        answer(session.submit(ask::begin()));
        CHECK(answer(session.query("affect 3")).affected_rows() == 3);
        answer(session.submit(ask::commit()));
        CHECK(session.generation() == 2);
    }
    CHECK(w.faults.executions("affect 2") == 0);
    CHECK(w.faults.executions("affect 3") == 2);
    CHECK(w.faults.count("SQLEndTran") == 1);
    w.judge();
}

TEST_CASE("an open stream ends with the loss of its connection and the session goes on") {
    world w("stream lost");
    {
        engine engine;
        auto session = w.connect(engine);
        auto stream = answer(session.stream("rows 1000", stream_options().batch_rows(10).prefetch(2)));
        CHECK(read(stream, 3).rows == 30);
        w.faults.lose_connections();
        std::optional<error> failure;
        std::size_t batches = 0;
        while (!failure && batches < 100) {
            try {
                const auto part = answer(stream.next());
                REQUIRE(part);
                ++batches;
            } catch (const database_error& e) {
                failure = e.error();
            }
        }
        REQUIRE(failure);
        CHECK(batches <= 3);  // those ahead, and one in the making
        CHECK(failure->code() == errc::connection_lost);
        CHECK(failure->session() == session_state::broken);
        for (int again = 0; again < 3; ++again) CHECK(error_of(stream.next()).code() == errc::connection_lost);
        CHECK(answer(session.query("rows 3")).size() == 3);
        CHECK(session.generation() == 2);
        CHECK(error_of(stream.next()).code() == errc::connection_lost);

        // One that is given up while its driver may still have rows.
        stream = answer(session.stream("rows 1000", stream_options().batch_rows(10).prefetch(2)));
        REQUIRE(stream.mode() == stream_mode::buffered_by_driver);  // so its statement was over
        CHECK(session.reconnect());
        const auto given_up = read(stream).failure;
        REQUIRE(given_up);
        check_lost(*given_up, outcome::applied, session_state::broken);
        answer(session.submit(ask::begin()));
        stream = answer(session.stream("rows 1000", stream_options().batch_rows(10).prefetch(2)));
        CHECK(session.reconnect());
        const auto rolled_back = read(stream).failure;
        REQUIRE(rolled_back);
        check_lost(*rolled_back, outcome::none, session_state::broken);
        answer(session.submit(ask::rollback()));
    }
    w.judge();
}

TEST_CASE("a thousand reconnects at once make one connection") {
    constexpr std::size_t callers = 8;
    constexpr std::size_t calls = 125;  // of each
    constexpr std::uint64_t rounds = 10;
    world w("reconnects");
    const event_log events;
    {
        engine engine(engine_options().on_event(events.handler()));
        auto session = w.connect(engine);
        w.faults.add("at execute sql 'running' hang");
        for (std::uint64_t generation = 1; generation <= rounds; ++generation) {
            REQUIRE(w.faults.wait_until_called("disconnect", generation - 1));  // the hang of before is over
            auto running = session.query("affect 1 /* running */");
            REQUIRE(w.faults.wait_until_hanging(1));
            auto queued = session.query("affect 2");
            std::atomic<std::size_t> started{0};
            std::barrier together(callers);
            std::vector<std::thread> threads;
            for (std::size_t n = 0; n < callers; ++n)
                threads.emplace_back([&] {
                    together.arrive_and_wait();
                    for (std::size_t call = 0; call < calls; ++call) started += session.reconnect(generation) ? 1 : 0;
                });
            for (auto& one : threads) one.join();
            CHECK(started == 1);
            const error e = error_of(std::move(running));
            CHECK(e.code() == errc::connection_lost);
            CHECK(e.outcome() == outcome::unknown);
            CHECK(answer(std::move(queued)).affected_rows() == 2);
            REQUIRE(session.generation() == generation + 1);
            CHECK(w.faults.count("connect") == generation + 1);
            CHECK_FALSE(session.reconnect(generation));
        }
        REQUIRE(events.wait_for(event_kind::recovered, rounds));
        CHECK(events.count(event_kind::connection_lost) == rounds);
    }
    CHECK(w.faults.executions("affect 2") == rounds);
    w.judge();
}

TEST_CASE("while the server is down it is tried at most four times a second and found soon") {
    constexpr std::size_t sessions = 10;
    constexpr std::size_t tries = 6;
    world w("server down");
    const event_log events;
    {
        engine engine(engine_options().on_event(events.handler()));
        std::vector<session> on;
        for (std::size_t n = 0; n < sessions; ++n) on.push_back(w.connect(engine));
        w.faults.down();
        const auto begun = clock::now();
        w.faults.lose_connections();
        std::vector<std::future<row_set>> waiting;
        for (auto& one : on) {
            check_lost(error_of(one.query("affect 1")), outcome::none, session_state::broken);
            waiting.push_back(one.query("affect 2"));
        }
        const error late = error_of(on[0].query("affect 3", request_options().timeout(100ms)));
        INFO(late.to_string());
        CHECK(late.code() == errc::deadline);
        CHECK(late.outcome() == outcome::none);
        CHECK(late.session() == session_state::broken);
        CHECK_THAT(late.message(), Catch::Contains("while the connection was being made"));

        REQUIRE(w.faults.wait_until_called("connect", sessions + tries));
        const auto up_at = clock::now();
        w.faults.up();
        bool first = false;
        while (!first && clock::now() < up_at + answer_limit) {
            first = std::any_of(waiting.begin(), waiting.end(), [](const auto& one) { return ready(one); });
            std::this_thread::yield();
        }
        CHECK(clock::now() - up_at <= limits::reconnect_pause_most + promptly);
        for (auto& one : waiting) CHECK(answer(std::move(one)).affected_rows() == 2);
        CHECK(clock::now() - up_at <= limits::reconnect_pause_most + 2 * promptly);
        for (const auto& one : on) CHECK(one.generation() > 1);

        auto times = attempts(w);
        times.erase(times.begin(), times.begin() + sessions);  // those of before
        REQUIRE(events.wait_for(event_kind::recovered, sessions));
        const auto failed = events.count(event_kind::reconnect_failed);
        CHECK(failed + 1 >= tries);  // the last may have come to the server when it was up
        REQUIRE(times.size() == failed + sessions);
        for (std::size_t n = 1; n <= failed; ++n) {
            CHECK(times[n] - times[n - 1] >= limits::reconnect_pause_least - thread_start);
            CHECK(times[n] - times[n - 1] <= limits::reconnect_pause_most + promptly);
        }
        CHECK(times[failed] - times[0] >= failed * limits::reconnect_pause_least - thread_start);
        CHECK(times[0] - begun <= promptly);
    }
    CHECK(w.faults.executions("affect 2") == sessions);
    CHECK(w.faults.executions("affect 3") == 0);
    w.judge();
}

TEST_CASE("credentials that are refused on the way back are tried once and told to everybody") {
    world w("permanent");
    const event_log events;
    {
        engine engine(engine_options().on_event(events.handler()));
        auto session = w.connect(engine);
        w.faults.add("at execute sql 'running' hang; at connect error 28000 1045 'wrong password'");
        auto running = session.query("affect 1 /* running */");
        auto queued = session.query("affect 2");
        REQUIRE(w.faults.wait_until_hanging(1));
        w.faults.lose_connections();
        check_lost(error_of(std::move(running)), outcome::unknown, session_state::broken);
        REQUIRE(queued.wait_for(10 * promptly) == std::future_status::ready);
        const error told = error_of(std::move(queued));
        CHECK(told.code() == errc::credentials);
        CHECK(told.outcome() == outcome::none);
        CHECK(told.sqlstate() == "28000");
        for (int n = 0; n < 20; ++n) {
            const auto asked = clock::now();
            const error again = error_of(session.query("affect 2"));
            CHECK(again.code() == errc::credentials);
            CHECK(again.outcome() == outcome::none);
            CHECK(clock::now() - asked <= promptly);
        }
        REQUIRE(events.wait_for(event_kind::recovery_ended));
        const std::vector<event_kind> expected{event_kind::connected, event_kind::connection_lost,
                                               event_kind::reconnect_failed, event_kind::recovery_ended};
        CHECK(events.kinds() == expected);
        CHECK(events.first(event_kind::recovery_ended).why.code() == errc::credentials);
        CHECK_FALSE(w.faults.wait_until_called("connect", 3, limits::reconnect_pause_most + promptly));
    }
    CHECK(w.faults.count("connect") == 2);
    CHECK(w.faults.executions("affect 2") == 0);
    w.judge();
}
