// Cancelling and deadlines with the real drivers: what runs for a minute ends at once, the session goes on, and no
// other request is hit.
#include "event_log.hpp"
#include "here.hpp"
#include "sanitized.hpp"

#include <algorithm>
#include <random>
#include <set>
#include <stop_token>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;
namespace ask = sluice::protocol;

namespace {

// What may pass beyond a promised time until a waiting thread has run.
constexpr std::chrono::milliseconds promptly = sanitized ? 1'000ms : 100ms;

// A statement that runs for a minute, and how another session sees that it does.
class minute {
public:
    explicit minute(std::string name) : mark_(std::move(name) + "_" + std::to_string(::getpid())) {}

    // SQLite works in SQLExecute where there are parameters, else in SQLFetch.
    [[nodiscard]] std::future<row_set> start(session& on, request_options how, bool with_parameter) const {
        if (!here::is_sqlite)
            return on.query(std::string(here::is_postgresql ? "select pg_sleep(60)" : "select sleep(60)") + comment(),
                            std::move(how));
        const std::string sql =
            "with recursive c(i) as (select 1 union all select i + 1 from c where i < 2000000000) "
            "select count(*) from c" +
            comment();
        if (!with_parameter) return on.query(sql, std::move(how));
        return on.query(sql + " where ? = 1", args(1), std::move(how));
    }
    // Until it has run for about 100 ms.
    void wait_until_runs(session& watcher, const std::future<row_set>& running) const {
        if (!here::is_sqlite) {
            const auto until = clock::now() + server_limit;
            while (answer(watcher.query(seen()))[0].get<std::int64_t>(0) == 0) {
                if (clock::now() > until) FAIL("it does not run");
            }
        }
        REQUIRE(running.wait_for(100ms) == std::future_status::timeout);
    }
    // Until nobody sees it any more.
    [[nodiscard]] bool is_over(session& watcher) const {
        if (here::is_sqlite) return true;
        const auto until = clock::now() + 1s;
        while (answer(watcher.query(seen()))[0].get<std::int64_t>(0) != 0)
            if (clock::now() > until) return false;
        return true;
    }

private:
    [[nodiscard]] std::string comment() const { return " /* " + mark_ + " */"; }
    [[nodiscard]] std::string seen() const {
        return here::is_postgresql ? "select count(*) from pg_stat_activity where state = 'active' and query like '%" +
                                         mark_ + "%' and pid <> pg_backend_pid()"
                                   : "select count(*) from information_schema.processlist where info like '%" + mark_ +
                                         "%' and id <> connection_id()";
    }
    std::string mark_;
};

// A server that takes more than a moment to stop has not said yet what came of it; nor has MariaDB's driver, when it
// has lost the server's answer.
void check_ended(const error& e, errc code) {
    INFO(e.to_string());
    CHECK(e.code() == code);
    const bool told = e.session() == session_state::usable && !here::is_mariadb;
    CHECK((told ? e.outcome() == outcome::none : e.outcome() != outcome::applied));
    CHECK((e.session() == session_state::usable || e.session() == session_state::suspect));
}

void check_goes_on(session& on) {
    const auto begun = clock::now();
    CHECK(answer(on.query("select 42"))[0].get<std::int64_t>(0) == 42);
    CHECK(clock::now() - begun < 1s);
    CHECK(on.generation() == 1);
}

}  // namespace

TEST_CASE("a query that runs for a minute is cancelled in less than a second") {
    engine engine;
    auto session = here::connect(engine, "engine_cancel");
    auto watcher = here::connect(engine, "engine_cancel");
    const minute work("engine_cancel");
    for (int round = 0; round < 6; ++round) {
        INFO("round " << round);
        std::stop_source stop;
        auto running = work.start(session, request_options().stop(stop.get_token()), round % 2 == 1);
        work.wait_until_runs(watcher, running);
        const auto begun = clock::now();
        if (round < 2) session.cancel(cancel_strength::partial);
        if (round == 2 || round == 3) session.cancel(cancel_strength::terminal);
        if (round > 3) stop.request_stop();
        REQUIRE(running.wait_for(1s) == std::future_status::ready);
        CHECK(clock::now() - begun < 1s);
        check_ended(error_of(std::move(running)), errc::cancelled);
        check_goes_on(session);
        CHECK(work.is_over(watcher));
    }
}

TEST_CASE("a query that runs for a minute ends at its deadline") {
    constexpr auto patience = 200ms;
    engine engine;
    auto session = here::connect(engine, "engine_deadline");
    auto watcher = here::connect(engine, "engine_deadline");
    const minute work("engine_deadline");
    constexpr int rounds = 4;
    int late = 0;
    for (int round = 0; round < rounds; ++round) {
        INFO("round " << round);
        const auto deadline = clock::now() + patience;
        auto running = work.start(session, request_options().deadline(deadline), round % 2 == 1);
        if (running.wait_until(deadline + promptly) != std::future_status::ready) ++late;  // the machine was busy
        check_ended(error_of(std::move(running)), errc::deadline);
        check_goes_on(session);
        CHECK(work.is_over(watcher));
    }
    CHECK(late <= rounds / 4);
}

TEST_CASE("random cancels against short queries hit no other query") {
    constexpr std::size_t sessions = 4;
    constexpr std::size_t cancels = sanitized ? 200 : 1'000;
    std::mt19937_64 dice(std::random_device{}());
    // Not MariaDB's sleep(): a KILL in the moment when it ends makes the server itself wait for 2 s, holding all others
    // who sleep.
    const auto short_query = [](bool victim) {
        return here::pick<std::string>(
            "select pg_sleep(" + std::string(victim ? "0.015" : "0.001") + "), ",
            "select (select count(*) from seq_1_to_" + std::string(victim ? "200000" : "20000") +
                " where seq % 7 = 3), ",
            "select (with recursive c(i) as (select 1 union all select i + 1 from c where i < " +
                std::string(victim ? "20000" : "3000") + ") select count(*) from c), ");
    };
    const event_log events;
    engine engine(engine_options().cancels_per_second(limits::cancels_per_second_max).on_event(events.handler()));
    std::vector<session> on;
    for (std::size_t n = 0; n < sessions; ++n) on.push_back(here::connect(engine, "engine_random_cancel"));
    std::int64_t number = 0;
    std::size_t hit = 0;
    struct asked {
        std::int64_t number;
        std::future<row_set> answer;
    };
    for (std::size_t sent = 0; sent < cancels; sent += sessions) {
        std::vector<std::stop_source> stops;
        std::vector<asked> victims;
        std::vector<asked> others;
        for (auto& one : on) {
            const bool first = dice() % 8 != 0;
            for (const bool victim : {first, !first, false}) {
                ++number;
                // SQLite works in SQLExecute where there are parameters, else in SQLFetch.
                const bool with_parameter = here::is_sqlite && dice() % 4 != 0;
                const args with = with_parameter ? args(1) : args();
                const std::string sql = (dice() % (victim ? 8 : 2) == 0 ? "select 0, " : short_query(victim)) +
                                        std::to_string(number) + (with_parameter ? " where ? = 1" : "");
                if (victim)
                    victims.push_back(
                        {number, one.query(sql, with, request_options().stop(stops.emplace_back().get_token()))});
                else
                    others.push_back({number, one.query(sql, with)});
            }
        }
        std::shuffle(stops.begin(), stops.end(), dice);
        const auto until = clock::now() + std::chrono::microseconds(dice() % 4'000);
        while (clock::now() < until) std::this_thread::yield();
        for (auto& stop : stops) stop.request_stop();
        for (auto& one : others) {
            try {
                if (answer(std::move(one.answer))[0].get<std::int64_t>(1) != one.number) FAIL("another answer");
            } catch (const database_error& e) {
                FAIL("nobody cancelled it: " << e.what());
            }
        }
        for (auto& one : victims) {
            try {
                if (answer(std::move(one.answer))[0].get<std::int64_t>(1) != one.number) FAIL("another answer");
            } catch (const database_error& e) {
                if (e.code() != errc::cancelled) FAIL(e.what());
                ++hit;
            }
        }
    }
    const auto sent = engine.metrics().cancels_sent;
    CAPTURE(hit, sent);
    if (!sanitized) CHECK(sent >= cancels / 10);  // while its call ran
    for (const event& one : events.all())
        if (one.kind != event_kind::connected) FAIL_CHECK(to_string(one.kind) << ": " << one.text);
    CHECK(hit > cancels / 20);
    for (auto& one : on) check_goes_on(one);
}
