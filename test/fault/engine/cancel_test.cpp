// Cancelling: what waits, what runs, what is over; who is hit by it and who is not; how often a server is asked.
#include "fault_world.hpp"

#include <sluice/runtime/async.hpp>

#include <boost/asio.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <stop_token>

using namespace sluice;
using namespace sluice::testing;
namespace ask = sluice::protocol;
namespace asio = boost::asio;

namespace {

enum class way { total, partial, terminal, token };
constexpr std::array every_way{way::total, way::partial, way::terminal, way::token};

asio::cancellation_type type_of(way how) {
    if (how == way::total) return asio::cancellation_type::total;
    return how == way::partial ? asio::cancellation_type::partial : asio::cancellation_type::terminal;
}

// A query that can be cancelled in one of the ways.
class cancellable {
public:
    cancellable(engine& of, session& on, const std::string& sql, way how) : executor_(of.get_executor()), how_(how) {
        if (how == way::token)
            answer = on.query(sql, request_options().stop(stop_.get_token()));
        else
            answer = on.async_query(sql, asio::bind_cancellation_slot(signal_.slot(), sluice::use_future));
    }
    // A signal is for the thread on which its handler runs.
    void cancel() {
        if (how_ == way::token) {
            stop_.request_stop();
            return;
        }
        const auto emitted = std::make_shared<std::promise<void>>();
        executor_.execute([this, emitted] {
            signal_.emit(type_of(how_));
            emitted->set_value();
        });
        emitted->get_future().wait();
    }

    std::future<row_set> answer;

private:
    engine_executor executor_;
    way how_;
    std::stop_source stop_;
    asio::cancellation_signal signal_;
};

void check_cancelled(const error& e, outcome effect, session_state after) {
    INFO(e.to_string());
    CHECK(e.code() == errc::cancelled);
    CHECK(e.outcome() == effect);
    CHECK(e.session() == after);
}

// unixODBC takes an SQLCancel that meets a call on its way back for the end of its statement: then a success is lost.
bool nobody_cancels(const world& w) {
    const auto calls = w.faults.calls();
    return std::none_of(calls.begin(), calls.end(),
                        [](const fault_call& one) { return one.function == "SQLCancel" && one.running; });
}

std::vector<fault_call> calls_of(const world& w, const std::string& function) {
    auto calls = w.faults.calls();
    std::erase_if(calls, [&](const fault_call& one) { return one.function != function; });
    return calls;
}

}  // namespace

TEST_CASE("cancelling what waits ends it at once in each way and nothing else") {
    world w("cancel queued");
    {
        engine engine;
        auto session = w.connect(engine);
        w.faults.add("at execute sql 'affect 1' hang");
        auto running = session.query("affect 1");
        REQUIRE(w.faults.wait_until_hanging(1));
        auto before = session.query("affect 2");
        for (const way how : every_way) {
            cancellable waits(engine, session, "affect 3", how);
            waits.cancel();
            REQUIRE(waits.answer.wait_for(promptly) == std::future_status::ready);
            check_cancelled(error_of(std::move(waits.answer)), outcome::none, session_state::usable);
            waits.cancel();  // late
        }
        auto after = session.query("affect 4");
        session.cancel(cancel_strength::total);
        CHECK_FALSE(ready(running));
        w.faults.release();
        CHECK(answer(std::move(running)).affected_rows() == 1);
        CHECK(answer(std::move(before)).affected_rows() == 2);
        CHECK(answer(std::move(after)).affected_rows() == 4);
    }
    CHECK(w.faults.executions("affect 3") == 0);
    CHECK(w.faults.count("SQLCancel") == 0);
    w.judge();
}

TEST_CASE("cancelling what runs asks the driver but for total") {
    world w("cancel running");
    {
        engine engine;
        auto session = w.connect(engine);
        w.faults.add("at execute sql 'affect 1' hang");
        for (const way how : every_way) {
            const auto cancels = w.faults.count("SQLCancel");
            cancellable runs(engine, session, "affect 1", how);
            auto behind = session.query("affect 2");
            REQUIRE(w.faults.wait_until_hanging(1));
            runs.cancel();
            if (how == way::total) {
                CHECK_FALSE(ready(runs.answer));
                w.faults.release();
                CHECK(answer(std::move(runs.answer)).affected_rows() == 1);
                CHECK(w.faults.count("SQLCancel") == cancels);
            } else {
                REQUIRE(runs.answer.wait_for(promptly) == std::future_status::ready);
                check_cancelled(error_of(std::move(runs.answer)), outcome::unknown, session_state::usable);
                CHECK(w.faults.count("SQLCancel") > cancels);
            }
            CHECK(answer(std::move(behind)).affected_rows() == 2);
        }
        for (const auto strength : {cancel_strength::partial, cancel_strength::terminal}) {
            auto running = session.query("affect 1");
            auto behind = session.query("affect 2");
            REQUIRE(w.faults.wait_until_hanging(1));
            session.cancel(strength);
            REQUIRE(running.wait_for(promptly) == std::future_status::ready);
            check_cancelled(error_of(std::move(running)), outcome::unknown, session_state::usable);
            CHECK(answer(std::move(behind)).affected_rows() == 2);
        }
        CHECK(session.generation() == 1);
    }
    CHECK(w.faults.applied("affect 1") == 1);
    w.judge();
}

TEST_CASE("a driver that ignores cancels holds up nobody who cancels for good") {
    world w("cancel ignored");
    {
        engine engine;
        auto session = w.connect(engine);
        w.faults.add("at execute sql 'affect 1' hang stubborn");
        for (const way how : {way::terminal, way::token}) {
            cancellable runs(engine, session, "affect 1", how);
            REQUIRE(w.faults.wait_until_hanging(1));
            runs.cancel();
            REQUIRE(runs.answer.wait_for(promptly) == std::future_status::ready);
            check_cancelled(error_of(std::move(runs.answer)), outcome::unknown, session_state::suspect);
            w.faults.release();
            CHECK(answer(session.query("affect 2")).affected_rows() == 2);
        }
    }
    w.judge();
}

TEST_CASE("a success that comes after a partial cancel is delivered") {
    bool delivered = false;
    for (int attempt = 0; attempt < 5 && !delivered; ++attempt) {
        world w("success late");
        {
            engine engine;
            auto session = w.connect(engine);
            w.faults.add("at execute sql 'affect 1' hang stubborn");
            cancellable runs(engine, session, "affect 1", way::partial);
            REQUIRE(w.faults.wait_until_hanging(1));
            runs.cancel();
            REQUIRE(w.faults.wait_until_called("SQLCancel", 3));
            REQUIRE(comes_true([&] { return nobody_cancels(w); }));
            CHECK_FALSE(ready(runs.answer));
            w.faults.release();
            try {
                CHECK(answer(std::move(runs.answer)).affected_rows() == 1);
                delivered = true;
            } catch (const database_error& e) {
                check_cancelled(e.error(), outcome::unknown, session_state::usable);
            }
            CHECK(answer(session.query("affect 2")).affected_rows() == 2);
            CHECK(session.generation() == 1);
        }
        w.judge();
    }
    CHECK(delivered);
}

TEST_CASE("a success that comes before a terminal cancel has run out is delivered") {
    bool delivered = false;
    for (int attempt = 0; attempt < 5 && !delivered; ++attempt) {  // the machine may lose the 30 ms
        world w("success first");
        {
            engine engine;
            auto session = w.connect(engine);
            w.faults.add("at execute sql 'affect 1' hang stubborn");
            cancellable runs(engine, session, "affect 1", way::terminal);
            REQUIRE(w.faults.wait_until_hanging(1));
            runs.cancel();
            REQUIRE(w.faults.wait_until_called("SQLCancel", 1));
            REQUIRE(comes_true([&] { return nobody_cancels(w); }));
            w.faults.release();
            try {
                CHECK(answer(std::move(runs.answer)).affected_rows() == 1);
                delivered = true;
            } catch (const database_error& e) {
                CHECK(e.code() == errc::cancelled);
                CHECK(e.error().outcome() == outcome::unknown);
            }
            CHECK(answer(session.query("affect 2")).affected_rows() == 2);
        }
        w.judge();
    }
    CHECK(delivered);
}

TEST_CASE("a cancel that was lost is sent again") {
    for (const std::string lost : {"return SQL_SUCCESS", "error HY000", "late"}) {
        INFO(lost);
        world w("cancel lost");
        {
            engine engine;
            auto session = w.connect(engine);
            w.faults.add("at execute sql 'affect 1' hang; at SQLCancel 1 " + lost);
            for (const way how : {way::partial, way::terminal}) {
                const auto before = w.faults.count("SQLCancel");
                cancellable runs(engine, session, "affect 1", how);
                REQUIRE(w.faults.wait_until_hanging(1));
                runs.cancel();
                REQUIRE(runs.answer.wait_for(limits::cancel_resend + promptly) == std::future_status::ready);
                check_cancelled(error_of(std::move(runs.answer)), outcome::unknown, session_state::usable);
                CHECK(w.faults.count("SQLCancel") == before + (how == way::partial ? 2 : 1));
                if (lost != "late" || how == way::terminal) continue;
                // Which the driver keeps for the next call; the one after it is free of it.
                check_cancelled(error_of(session.query("affect 2")), outcome::unknown, session_state::usable);
            }
            CHECK(answer(session.query("affect 2")).affected_rows() == 2);
        }
        w.judge();
    }
}

TEST_CASE("ten thousand random cancels hit no other request") {
    constexpr std::size_t sessions = 8;
    constexpr std::size_t cancels = sanitized ? 1'000 : 10'000;
    constexpr std::size_t of_a_world = sanitized ? 500 : 2'500;  // the ledger has an end
    std::size_t hit = 0;
    std::size_t met = 0;
    std::uint64_t sent = 0;
    INFO("seed " << seed_of_run());
    std::mt19937_64 dice(seed_of_run());
    for (std::size_t part = 0; part < cancels / of_a_world; ++part) {
        world w("random cancels");
        std::set<std::size_t> cancelled;
        std::size_t number = 0;
        {
            engine engine(engine_options().cancels_per_second(limits::cancels_per_second_max));
            std::vector<session> on;
            for (std::size_t n = 0; n < sessions; ++n) on.push_back(w.connect(engine));
            while (cancelled.size() < of_a_world) {
                std::deque<cancellable> to_cancel;
                std::vector<std::future<row_set>> to_succeed;
                for (auto& one : on) {
                    const bool first = dice() % 4 != 0;
                    for (const bool victim : {first, !first}) {
                        const std::string text = "affect 1 " +
                                                 std::string(dice() % 4 == 0 ? ""
                                                             : victim        ? "delay 2 "
                                                                             : "delay 1 ") +
                                                 "/* " + std::to_string(++number) + " */";
                        if (victim) {
                            to_cancel.emplace_back(engine, one, text, every_way[1 + dice() % 3]);
                            cancelled.insert(number);
                        } else {
                            to_succeed.push_back(one.query(text));
                        }
                    }
                }
                std::vector<std::size_t> order(to_cancel.size());
                for (std::size_t n = 0; n < order.size(); ++n) order[n] = n;
                std::shuffle(order.begin(), order.end(), dice);
                const auto until = clock::now() + std::chrono::microseconds(dice() % 2'000);
                while (clock::now() < until) std::this_thread::yield();
                for (const std::size_t n : order) to_cancel[n].cancel();
                for (auto& one : to_succeed) {
                    if (answer(std::move(one)).affected_rows() != 1) FAIL("another answer");
                }
                for (auto& one : to_cancel) {
                    try {
                        if (answer(std::move(one.answer)).affected_rows() != 1) FAIL("another answer");
                    } catch (const database_error& e) {
                        if (e.code() != errc::cancelled) FAIL(e.what());
                        ++hit;
                    }
                }
            }
            for (const auto& one : on) CHECK(one.generation() == 1);
            sent += engine.metrics().cancels_sent;
        }
        CHECK(w.faults.calls_dropped() == 0);
        std::map<std::uint64_t, fault_call> by_sequence;
        for (auto& call : w.faults.calls()) by_sequence.emplace(call.sequence, call);
        for (const auto& [sequence, call] : by_sequence) {
            if (call.function != "SQLCancel" || call.detail == 0) continue;
            const auto& victim = by_sequence.at(call.detail);
            if (victim.function != "SQLExecDirect") FAIL("a cancel met " << victim.function);
            const auto comment = victim.sql.find("/* ");
            if (cancelled.count(std::stoul(victim.sql.substr(comment + 3))) == 0) FAIL("a cancel met " << victim.sql);
            ++met;
        }
        w.judge();
    }
    CAPTURE(hit, met, sent);
    CHECK(sent >= cancels / 10);  // while its call ran
    CHECK(met >= sent / 2);
    CHECK(hit >= met / 2);
}

TEST_CASE("no more cancels are sent than the rate allows") {
    constexpr std::size_t sessions = 9;
    constexpr std::uint32_t rate = 5;
    constexpr auto all_but_the_first = (sessions - 1) * 1'000ms / rate;
    world w("cancel rate");
    {
        engine engine(engine_options().cancels_per_second(rate));
        std::vector<session> on;
        for (std::size_t n = 0; n < sessions; ++n) on.push_back(w.connect(engine));
        w.faults.add("at execute hang");
        std::vector<std::future<row_set>> running;
        for (auto& one : on) running.push_back(one.query("affect 1"));
        REQUIRE(w.faults.wait_until_hanging(sessions));
        const auto begun = clock::now();
        for (auto& one : on) one.cancel();
        for (auto& one : running) check_cancelled(error_of(std::move(one)), outcome::unknown, session_state::usable);
        const auto took = clock::now() - begun;
        CHECK(took >= all_but_the_first);
        CHECK(took <= all_but_the_first + promptly);
    }
    const auto cancels = calls_of(w, "SQLCancel");
    CHECK(cancels.size() == sessions);
    for (const auto& first : cancels) {
        const auto within_a_second = std::count_if(cancels.begin(), cancels.end(), [&](const fault_call& one) {
            return one.begin >= first.begin && one.begin < first.begin + 1s;
        });
        CHECK(within_a_second <= rate + 1);  // the bucket holds one; the call begins a little after it was let go
    }
    w.judge();
}
