// The end of an engine in each state of its workers: bounded, everything answered once, nothing touched afterwards.

#include "fake_odbc.hpp"
#include "outcomes.hpp"
#include "threads.hpp"

#include <sluice/sluice.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <optional>
#include <random>
#include <vector>

namespace sluice {

namespace {

using namespace std::chrono_literals;
using test::code_of;

template <class T>
std::optional<error> error_of(std::future<T>& answer) {
    try {
        (void)answer.get();
        return std::nullopt;
    } catch (const database_error& e) {
        return e.error();
    }
}

}  // namespace

TEST_CASE("an engine whose worker is stuck ends after its grace and answers everything") {
    test::watchdog dog("a stuck worker");
    test::held_gate gate;
    std::optional<engine> threads;
    threads.emplace(engine_options().shutdown_grace(30ms));
    auto db = threads->connect("Driver=fake").get();
    auto running = db.query("hold");
    CHECK(test::fake::wait_for_held(1));
    auto queued = db.query("rows 1");
    const auto before = clock::now();
    threads.reset();
    CHECK(clock::now() - before < 20s);
    const auto lost = error_of(running).value();
    CHECK(lost.code() == errc::shutting_down);
    CHECK(lost.outcome() == outcome::unknown);
    CHECK(lost.session() == session_state::quarantined);
    const auto never = error_of(queued).value();
    CHECK(never.code() == errc::shutting_down);
    CHECK(never.outcome() == outcome::none);
    CHECK(code_of(db.query("rows 1")) == errc::shutting_down);
    gate.open();  // the worker comes back and finds nobody
    CHECK(test::all_closed());
}

TEST_CASE("a stuck connect ends with its engine") {
    test::watchdog dog("a stuck connect");
    test::held_gate gate;
    std::optional<engine> threads;
    threads.emplace(engine_options().shutdown_grace(30ms));
    auto session_to_be = threads->connect("Driver=holds");
    auto db = threads->open("Driver=holds");
    auto waiting = db.query("rows 1");
    CHECK(test::fake::wait_for_held(2));
    threads.reset();
    CHECK(code_of(session_to_be) == errc::shutting_down);
    CHECK(code_of(waiting) == errc::shutting_down);
    CHECK(code_of(db.query("rows 1")) == errc::shutting_down);
    gate.open();
    CHECK(test::all_closed());
}

TEST_CASE("a stream whose worker is stuck ends with its engine and its batches stay readable") {
    test::watchdog dog("a stuck stream");
    test::held_gate gate;
    std::optional<engine> threads;
    threads.emplace(engine_options().shutdown_grace(30ms));
    auto db = threads->connect("Driver=fake").get();
    auto rows = db.stream("rows 10 hold", stream_options().batch_rows(5).prefetch(3)).get();
    CHECK(test::fake::wait_for_held(1));  // both batches are there, and the third fetch is stuck
    auto first = rows.next().get();
    threads.reset();
    CHECK(first->rows() == 5);
    CHECK(rows.next().get()->first_row() == 5);
    gate.open();
    CHECK(test::all_closed());
    for (int i = 0; i < 3; ++i) CHECK(code_of(rows.next()) == errc::shutting_down);
}

TEST_CASE("handles that outlive their engine answer and are dropped in any order") {
    test::watchdog dog("handles without an engine");
    for (int order = 0; order < 6; ++order) {
        std::optional<engine> threads;
        threads.emplace();
        std::optional<pool> db = threads->open("Driver=fake");
        std::optional<session> lease = db->acquire().get();
        std::optional<row_stream> rows = lease->stream("rows 1000", stream_options().batch_rows(1)).get();
        auto block = rows->next().get();
        threads.reset();
        (void)code_of(rows->next());
        CHECK(code_of(lease->query("rows 1")) == errc::shutting_down);
        CHECK(code_of(db->acquire()) == errc::shutting_down);
        for (int i = 0; i < 3; ++i) {
            const int which = (order / 2 + (order % 2 == 0 ? i : 3 - i)) % 3;
            if (which == 0) db.reset();
            if (which == 1) lease.reset();
            if (which == 2) rows.reset();
        }
        CHECK(block->rows() == 1);
    }
    CHECK(test::fake::misuses() == 0);
    CHECK(test::all_closed());
}

TEST_CASE("an engine that ends in the middle of everything leaves no question open") {
    test::watchdog dog("engines that end early");
    const test::time_box time;
    for (unsigned seed = 1; seed <= 60 && !time.over(); ++seed) {
        INFO("seed " << seed);
        std::optional<engine> threads;
        threads.emplace();
        auto one = threads->connect("Driver=fake", connect_options().mailbox_slots(16)).get();
        auto many = threads->open("Driver=fake");
        std::atomic<int> asked{0};
        std::atomic<int> dropped{0};
        std::atomic<bool> over{false};
        test::crew crew;
        for (unsigned who = 0; who < 3; ++who) {
            crew.add([&, who] {
                std::mt19937 random(seed * 16 + who);
                std::vector<std::future<row_set>> answers;
                while (!over) {
                    auto options = request_options();
                    std::stop_source stop;
                    const auto dice = random() % 8;
                    if (dice == 0) options.timeout(std::chrono::microseconds(random() % 300));
                    if (dice == 1) options.stop(stop.get_token());
                    const char* sql = random() % 16 == 0 ? "lose" : "rows 3";
                    answers.push_back(random() % 2 == 0 ? one.query("rows 3", options) : many.query(sql, options));
                    ++asked;
                    if (dice == 1) stop.request_stop();
                    if (answers.size() == 50) answers.erase(answers.begin());
                }
                for (auto& answer : answers) {
                    try {
                        (void)code_of(answer);
                    } catch (const std::future_error&) {
                        ++dropped;
                    }
                }
            });
        }
        crew.start();
        while (asked < static_cast<int>(seed) * 10) std::this_thread::yield();
        threads.reset();
        over = true;
        crew.join();
        CHECK(dropped == 0);
    }
    CHECK(test::fake::misuses() == 0);
    CHECK(test::all_closed());
}

}  // namespace sluice
