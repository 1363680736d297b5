// A worker that does not come back: it is replaced as far as the budget goes, and cleans up when it does come back.
#include "event_log.hpp"
#include "fault_world.hpp"

using namespace sluice;
using namespace sluice::testing;
namespace ask = sluice::protocol;

namespace {

constexpr std::chrono::milliseconds patience{30};
// From the deadline of a request to the end of its worker.
constexpr auto given_up_after = limits::cancel_grace;

request_options patient() {
    return request_options().timeout(patience);
}

// A request whose worker is stuck for good from here on.
void get_stuck(session& on) {
    const error e = error_of(on.query("affect 1 /* stuck */", patient()));
    CHECK(e.code() == errc::deadline);
    CHECK(e.outcome() == outcome::unknown);
    CHECK(e.session() == session_state::suspect);
}

void check_not_replaced(const error& e, const std::string& budget) {
    INFO(e.to_string());
    CHECK(e.code() == errc::worker_lost);
    CHECK(e.outcome() == outcome::none);
    CHECK(e.session() == session_state::quarantined);
    CHECK_THAT(e.message(), Catch::Contains("quarantined_max (" + budget + ")"));
}

// Asks until the session has a connection again, which it tries for when it is asked.
bool serves_again(session& on, clock::duration within) {
    const auto until = clock::now() + within;
    while (clock::now() < until) {
        try {
            (void)answer(on.query("affect 3", request_options().deadline(until)));
            return true;
        } catch (const database_error&) {
            std::this_thread::yield();
        }
    }
    return false;
}

}  // namespace

TEST_CASE("a stuck worker is replaced and cleans up after itself when it comes back") {
    world w("replaced");
    w.faults.add("at execute sql 'stuck' hang stubborn");
    const event_log events;
    {
        engine engine(engine_options().on_event(events.handler()));
        auto session = w.connect(engine);
        const auto begun = clock::now();
        get_stuck(session);
        CHECK(clock::now() - begun <= patience + promptly);
        CHECK(session.generation() == 1);
        auto queued = session.query("affect 2");
        REQUIRE(queued.wait_until(begun + patience + given_up_after + promptly) == std::future_status::ready);
        CHECK(clock::now() - begun >= given_up_after);
        CHECK(answer(std::move(queued)).affected_rows() == 2);
        CHECK(session.generation() == 2);
        REQUIRE(events.wait_for(event_kind::recovered));
        CHECK(w.faults.live().connected == 2);
        CHECK(answer(session.query("rows 3")).size() == 3);

        CHECK(w.faults.release() == 1);
        REQUIRE(events.wait_for(event_kind::worker_returned));
        CHECK(comes_true([&] { return w.faults.live().connections == 1; }));
        CHECK(w.faults.live().statements == 0);
        CHECK(answer(session.query("rows 3")).size() == 3);
        CHECK(session.generation() == 2);
        const std::vector<event_kind> expected{event_kind::connected, event_kind::connection_lost,
                                               event_kind::worker_quarantined, event_kind::recovered,
                                               event_kind::worker_returned};
        CHECK(events.kinds() == expected);
        const event stuck = events.first(event_kind::worker_quarantined);
        CHECK(stuck.session == session.id());
        CHECK(stuck.generation == 1);
        CHECK(stuck.why.code() == errc::ok);
        CHECK(events.first(event_kind::worker_returned).generation == 1);
    }
    CHECK(w.faults.executions("affect 2") == 1);
    w.judge();
}

TEST_CASE("a stuck worker beyond the budget is not replaced before one has come back") {
    for (const std::size_t budget : {0U, 1U}) {
        INFO("budget " << budget);
        world w("budget");
        w.faults.add("at execute sql 'stuck' hang stubborn");
        const event_log events;
        {
            engine engine(engine_options().quarantined_max(budget).on_event(events.handler()));
            std::vector<session> sessions;
            for (std::size_t n = 0; n <= budget; ++n) sessions.push_back(w.connect(engine));
            for (auto& one : sessions) get_stuck(one);
            auto& last = sessions.back();
            const auto begun = clock::now();
            auto queued = last.query("affect 2");
            REQUIRE(queued.wait_until(begun + given_up_after + promptly) == std::future_status::ready);
            check_not_replaced(error_of(std::move(queued)), std::to_string(budget));
            // Nobody waits any more.
            for (int n = 0; n < 3; ++n) {
                const auto asked = clock::now();
                check_not_replaced(error_of(last.query("affect 2")), std::to_string(budget));
                check_not_replaced(error_of(last.submit(ask::begin())), std::to_string(budget));
                CHECK(clock::now() - asked <= promptly);
            }
            CHECK(last.generation() == 1);
            if (budget == 1) {
                CHECK(answer(sessions.front().query("affect 2")).affected_rows() == 2);
                CHECK(sessions.front().generation() == 2);
            }
            REQUIRE(events.wait_for(event_kind::worker_quarantined, budget + 1));
            REQUIRE(events.wait_for(event_kind::recovery_ended));
            std::size_t said = 0;
            for (const event& one : events.all()) {
                const bool of_last = one.kind == event_kind::worker_quarantined && one.session == last.id();
                if (!of_last && one.kind != event_kind::recovery_ended) continue;
                check_not_replaced(one.why, std::to_string(budget));
                ++said;
            }
            CHECK(said == 2);

            CHECK(w.faults.release() == budget + 1);
            REQUIRE(events.wait_for(event_kind::worker_returned, budget + 1));
            CHECK(comes_true([&] { return w.faults.live().connections == budget; }));
            CHECK(serves_again(last, limits::failed_session_pause + promptly));
            CHECK(last.generation() == 2);
        }
        CHECK(w.faults.executions("affect 2") == budget);
        w.judge();
    }
}

TEST_CASE("a stuck SQLCancel is told and its thread replaced so that others can be cancelled") {
    world w("cancel stuck");
    const event_log events;
    {
        engine engine(engine_options().on_event(events.handler()));
        auto first = w.connect(engine);
        auto second = w.connect(engine);
        w.faults.add("at execute hang; at SQLCancel 1 hang stubborn");
        std::stop_source stop;
        auto stuck = first.query("affect 1", request_options().stop(stop.get_token()));
        REQUIRE(w.faults.wait_until_in("execute"));
        stop.request_stop();
        CHECK(error_of(std::move(stuck)).code() == errc::cancelled);
        REQUIRE(w.faults.wait_until_in("SQLCancel"));
        const auto begun = clock::now();
        auto other = second.query("affect 2");
        REQUIRE(w.faults.wait_until_called("execute", 2));
        second.cancel();
        REQUIRE(other.wait_until(begun + limits::cancel_call_max + promptly) == std::future_status::ready);
        CHECK(error_of(std::move(other)).code() == errc::cancelled);
        REQUIRE(events.wait_for(event_kind::cancel_stuck));
        // The first session was given up meanwhile, for its worker waits for the cancel.
        REQUIRE(events.wait_for(event_kind::recovered));
        w.faults.clear_rules();
        w.faults.release();
        REQUIRE(events.wait_for(event_kind::worker_returned));
        for (auto* one : {&first, &second}) CHECK(answer(one->query("affect 3")).affected_rows() == 3);
        CHECK(first.generation() == 2);
        CHECK(second.generation() == 1);
    }
    w.judge();
}
