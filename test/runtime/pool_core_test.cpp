// Pools of the engine, their workers real threads, their driver fake_odbc.hpp.

#include "fake_odbc.hpp"
#include "outcomes.hpp"
#include "threads.hpp"

#include <sluice/sluice.hpp>

#include <catch2/catch.hpp>

#include <future>
#include <string>
#include <vector>

namespace sluice {

using namespace std::chrono_literals;
using test::code_of;

TEST_CASE("a pool connects when it is first needed and again when its session was lost") {
    test::watchdog dog("connects");
    engine threads;
    const auto before = test::fake::connects();
    auto db = threads.open("Driver=fake", pool_options().max_size(1));
    CHECK(test::fake::connects() == before);
    for (int i = 0; i < 3; ++i) CHECK(code_of(db.query("rows 1")) == errc::ok);
    CHECK(test::fake::connects() == before + 1);
    CHECK(code_of(db.query("lose")) == errc::connection_lost);
    CHECK(code_of(db.query("rows 1")) == errc::ok);
    CHECK(test::fake::connects() == before + 2);
}

TEST_CASE("a connect that fails is told to everyone in line and the next one tries again") {
    test::watchdog dog("refused connects");
    engine threads;
    auto db = threads.open("Driver=refuses");
    for (int round = 0; round < 8; ++round) {  // each waits for the pace of a server that is down
        std::vector<std::future<row_set>> line;
        for (int i = 0; i < 5; ++i) line.push_back(db.query("rows 1"));
        for (auto& answer : line) CHECK(code_of(answer) == errc::unreachable);
    }
}

TEST_CASE("who waits for a session is served in line") {
    test::watchdog dog("a line of waiters");
    engine threads;
    auto db = threads.open("Driver=fake", pool_options().max_size(1));
    auto held = db.acquire().get();
    std::vector<std::future<session>> line;
    for (int i = 0; i < 20; ++i) line.push_back(db.acquire());
    int out_of_turn = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        for (std::size_t k = i; k < line.size(); ++k)
            out_of_turn += line[k].wait_for(0s) == std::future_status::timeout ? 0 : 1;
        held = session();
        held = line[i].get();
    }
    CHECK(out_of_turn == 0);
}

TEST_CASE("who waits is withdrawn by deadline and by cancellation and the others keep their places") {
    test::watchdog dog("withdrawn waiters");
    engine threads;
    auto db = threads.open("Driver=fake", pool_options().max_size(1).waiters_max(3));
    auto held = db.acquire().get();
    std::stop_source stop;
    auto late = db.acquire(request_options().timeout(20ms));
    auto stopped = db.query("rows 1", request_options().stop(stop.get_token()));
    auto last = db.query("rows 1");
    CHECK(code_of(db.acquire()) == errc::queue_full);
    CHECK(code_of(late) == errc::pool_exhausted);
    stop.request_stop();
    CHECK(code_of(stopped) == errc::cancelled);
    CHECK(code_of(db.query("rows 1", request_options().stop(stop.get_token()))) == errc::cancelled);
    held = session();
    CHECK(code_of(last) == errc::ok);
}

TEST_CASE("a session comes back clean however early it was dropped") {
    test::watchdog dog("begin and drop, again and again");
    engine threads;
    auto db = threads.open("Driver=fake", pool_options().max_size(1));
    int dirty = 0;
    for (int i = 0; i < 3000; ++i) {
        auto first = db.acquire().get();
        auto begun = first.submit(protocol::begin());
        if (i % 2 == 0) begun.wait();
        first = session();
        auto second = db.acquire().get();
        if (code_of(second.submit(protocol::begin())) != errc::ok) ++dirty;
    }
    CHECK(dirty == 0);
    CHECK(test::fake::misuses() == 0);
}

TEST_CASE("a session that was closed or is streaming comes back fit for the next") {
    test::watchdog dog("sessions left in each state");
    engine threads;
    auto db = threads.open("Driver=fake", pool_options().max_size(1));
    int wrong = 0;
    for (int i = 0; i < 300; ++i) {
        auto lease = db.acquire().get();
        row_stream rows;
        std::future<void> closed;
        if (i % 3 == 0) closed = lease.close();
        if (i % 3 == 1) rows = lease.stream("rows 1000", stream_options().batch_rows(1)).get();
        if (i % 3 == 2) lease.submit(protocol::begin()).get();
        lease = session();
        rows = row_stream();
        wrong += code_of(db.query("rows 1")) == errc::ok ? 0 : 1;
        if (closed.valid()) wrong += code_of(closed) == errc::ok ? 0 : 1;
    }
    CHECK(wrong == 0);
    CHECK(test::fake::misuses() == 0);
}

TEST_CASE("what a dropped pool has accepted still runs") {
    test::watchdog dog("a dropped pool");
    engine threads;
    std::vector<std::future<row_set>> answers;
    {
        auto db = threads.open("Driver=fake", pool_options().max_size(1));
        for (int i = 0; i < 100; ++i) answers.push_back(db.query("rows 1"));
    }
    int wrong = 0;
    for (auto& answer : answers) wrong += code_of(answer) == errc::ok ? 0 : 1;
    CHECK(wrong == 0);
    CHECK(test::all_closed());
}

TEST_CASE("sessions that nobody waits for any more are handed on without end") {
    test::watchdog dog("sixty thousand dropped futures");
    engine threads;
    auto db = threads.open("Driver=fake", pool_options().max_size(1).waiters_max(limits::waiters_max));
    auto held = db.acquire().get();
    for (int i = 0; i < 60000; ++i) (void)db.acquire();
    auto last = db.acquire();
    held = session();
    CHECK(last.get().id());
}

}  // namespace sluice
