// A session of the engine, its worker a real thread, its driver fake_odbc.hpp.

#include "answer_box.hpp"
#include "engine_core.hpp"
#include "fake_odbc.hpp"
#include "outcomes.hpp"
#include "threads.hpp"

#include <sluice/sluice.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

namespace sluice {

using namespace std::chrono_literals;
using test::code_of;

TEST_CASE("a caller who has an answer finds the slot of its request free") {
    test::watchdog dog("one slot, one request after the other");
    engine threads;
    auto db = threads.connect("Driver=fake", connect_options().mailbox_slots(1)).get();
    int refused = 0;
    for (int i = 0; i < 5000; ++i)
        if (code_of(db.query("rows 1")) != errc::ok) ++refused;
    CHECK(refused == 0);
}

TEST_CASE("more requests than slots are refused with queue_full") {
    test::watchdog dog("three requests for two slots");
    engine threads;
    auto db = threads.connect("Driver=fake", connect_options().mailbox_slots(2)).get();
    test::held_gate gate;
    auto running = db.query("hold");
    CHECK(test::fake::wait_for_held(1));
    auto queued = db.query("rows 1");
    CHECK(code_of(db.query("rows 1")) == errc::queue_full);
    gate.open();
    CHECK(code_of(running) == errc::ok);
    CHECK(code_of(queued) == errc::ok);
}

TEST_CASE("a request that waits behind a stuck one keeps its deadline and can be cancelled") {
    test::watchdog dog("behind a stuck request");
    engine threads;
    auto db = threads.connect("Driver=fake").get();
    test::held_gate gate;
    auto running = db.query("hold");
    CHECK(test::fake::wait_for_held(1));
    const auto executed = test::fake::executes();
    std::stop_source stop;
    auto late = db.query("rows 1", request_options().timeout(20ms));
    auto stopped = db.query("rows 1", request_options().stop(stop.get_token()));
    auto already = stop.get_token();
    CHECK(code_of(late) == errc::deadline);
    stop.request_stop();
    CHECK(code_of(stopped) == errc::cancelled);
    CHECK(code_of(db.query("rows 1", request_options().stop(already))) == errc::cancelled);
    CHECK(code_of(db.query("rows 1", request_options().timeout(0s))) == errc::deadline);
    auto last = db.query("rows 1");
    gate.open();
    CHECK(code_of(running) == errc::ok);
    CHECK(code_of(last) == errc::ok);
    CHECK(test::fake::executes() == executed + 1);  // of the four that were withdrawn none was executed
}

TEST_CASE("a request cancelled while it is being accepted is not executed") {
    test::watchdog dog("cancelled in the initiating function");
    const auto core = std::make_shared<runtime::engine_core>(engine_options(), nullptr);
    const auto session = core->start_session(protocol::connect("Driver=fake"), connect_options()).value();
    session->begin(true);
    test::answer_box<protocol::connect::reply> connected;
    session->submit(protocol::connect("Driver=fake"), runtime::submission(), connected.completion());
    CHECK(connected.code() == errc::ok);
    const auto executed = test::fake::executes();
    for (int i = 0; i < 300; ++i) {  // more than there are slots
        test::answer_box<row_set> box;
        session->submit(protocol::execute("rows 1"), runtime::submission(),
                        box.completion([](const auto& handle) { handle(); }));
        CHECK(box.code() == errc::cancelled);
        CHECK(box.count() == 1);
    }
    CHECK(test::fake::executes() == executed);
    session->release();
    core->stop();
}

TEST_CASE("what was submitted still runs when the handle is dropped and then the connection is closed") {
    test::watchdog dog("a dropped session");
    engine threads;
    std::vector<std::future<row_set>> answers;
    {
        auto db = threads.connect("Driver=fake").get();
        for (int i = 0; i < 100; ++i) answers.push_back(db.query("rows 1"));
    }
    int wrong = 0;
    for (auto& answer : answers) wrong += code_of(answer) == errc::ok ? 0 : 1;
    CHECK(wrong == 0);
    CHECK(test::all_closed());
}

TEST_CASE("requests of one thread run in their order and those of others between them") {
    test::watchdog dog("four submitters");
    engine threads;
    auto db = threads.connect("Driver=fake", connect_options().mailbox_slots(4096)).get();
    std::atomic<int> wrong{0};
    {
        test::crew crew;
        for (int who = 0; who < 4; ++who) {
            crew.add([&] {
                std::vector<std::future<row_set>> mine;
                for (int i = 0; i < 500; ++i) mine.push_back(db.query("rows 1"));
                // The last is answered: so are all before it.
                (void)mine.back().get();
                mine.pop_back();
                for (auto& answer : mine)
                    if (answer.wait_for(0s) != std::future_status::ready) ++wrong;
            });
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("a stream through a real worker gives every row in order however far it runs ahead") {
    test::watchdog dog("streams with each prefetch");
    engine threads;
    auto db = threads.connect("Driver=fake").get();
    for (std::size_t prefetch = 1; prefetch <= limits::prefetch_batches_max; ++prefetch) {
        auto rows = db.stream("rows 20000", stream_options().batch_rows(7).prefetch(prefetch)).get();
        CHECK(code_of(db.query("rows 1")) == errc::session_busy);
        std::int64_t expected = 0;
        std::int64_t wrong = 0;
        while (auto block = rows.next().get()) {
            if (block->first_row() != static_cast<std::uint64_t>(expected)) ++wrong;
            for (const std::int64_t number : block->column<std::int64_t>(0)) wrong += number == expected++ ? 0 : 1;
        }
        CHECK(expected == 20000);
        CHECK(wrong == 0);
        CHECK_FALSE(rows.next().get().has_value());
    }
    CHECK(code_of(db.query("rows 1")) == errc::ok);
}

TEST_CASE("a stream that is dropped or closed leaves the session to the next request") {
    test::watchdog dog("streams given up early");
    engine threads;
    auto db = threads.connect("Driver=fake").get();
    int wrong = 0;
    for (int i = 0; i < 300; ++i) {
        auto rows = db.stream("rows 100000", stream_options().batch_rows(5)).get();
        for (int read = 0; read < i % 4; ++read) (void)rows.next().get();
        std::future<std::optional<batch>> waiting;
        if (i % 3 == 0) waiting = rows.next();
        if (i % 2 == 0) rows.close().get();
        rows = row_stream();
        wrong += code_of(db.query("rows 1")) == errc::ok ? 0 : 1;
        if (waiting.valid()) (void)code_of(waiting);
    }
    CHECK(wrong == 0);
    CHECK(test::fake::misuses() == 0);
    CHECK(test::fake::cursors_open() == 0);
}

TEST_CASE("a lost connection is told by the stream that lost it and by every request after it if none is made again") {
    test::watchdog dog("a lost connection");
    engine threads;
    auto db = threads.connect("Driver=fake", connect_options().reconnect(false)).get();
    auto rows = db.stream("rows 10 lose", stream_options().batch_rows(4)).get();
    std::uint64_t read = 0;
    for (int i = 0; i < 3; ++i) read += rows.next().get()->rows();
    CHECK(read == 10);
    for (int i = 0; i < 3; ++i) CHECK(code_of(rows.next()) == errc::connection_lost);
    CHECK(code_of(db.query("rows 1")) == errc::connection_lost);
}

TEST_CASE("a lost connection is made again for what comes after it") {
    test::watchdog dog("a lost connection, made again");
    engine threads;
    auto db = threads.connect("Driver=fake").get();
    CHECK(db.generation() == 1);
    const auto connects = test::fake::connects();
    auto rows = db.stream("rows 10 lose", stream_options().batch_rows(4)).get();
    for (int i = 0; i < 3; ++i) (void)rows.next().get();
    for (int i = 0; i < 3; ++i) CHECK(code_of(rows.next()) == errc::connection_lost);
    CHECK(code_of(db.query("rows 1")) == errc::ok);
    CHECK(code_of(db.query("lose")) == errc::connection_lost);
    CHECK(code_of(db.query("rows 1")) == errc::ok);
    CHECK(db.generation() == 3);
    CHECK(test::fake::connects() == connects + 2);
    CHECK(test::fake::misuses() == 0);
}

TEST_CASE("what belongs to a lost transaction is not run without it") {
    test::watchdog dog("a lost transaction");
    engine threads;
    auto db = threads.connect("Driver=fake").get();
    CHECK(code_of(db.submit(protocol::begin())) == errc::ok);
    const auto executed = test::fake::executes();
    test::held_gate gate;
    auto held = db.query("hold");
    CHECK(test::fake::wait_for_held(1));
    auto lost = db.query("lose");
    auto within = db.query("rows 1");
    auto end = db.submit(protocol::commit());
    gate.open();
    CHECK(code_of(held) == errc::ok);
    CHECK(code_of(lost) == errc::connection_lost);
    CHECK(code_of(within) == errc::connection_lost);
    CHECK(code_of(end) == errc::connection_lost);
    CHECK(code_of(db.query("rows 1")) == errc::connection_lost);
    CHECK(test::fake::executes() == executed + 2);  // of these requests none but the first two
    CHECK(code_of(db.submit(protocol::rollback())) == errc::ok);
    CHECK(code_of(db.query("rows 1")) == errc::ok);
}

TEST_CASE("of many triggers at once one begins a recovery") {
    test::watchdog dog("a thousand triggers");
    engine threads;
    auto db = threads.connect("Driver=fake").get();
    const auto connects = test::fake::connects();
    const auto core = db.generation();
    CHECK(core == 1);
    std::atomic<int> begun{0};
    std::vector<std::thread> callers;
    std::atomic<bool> go{false};
    for (int t = 0; t < 8; ++t)
        callers.emplace_back([&] {
            while (!go.load()) std::this_thread::yield();
            for (int i = 0; i < 125; ++i)
                if (db.reconnect(1)) begun.fetch_add(1);
        });
    go.store(true);
    for (auto& caller : callers) caller.join();
    CHECK(begun == 1);
    CHECK(code_of(db.query("rows 1")) == errc::ok);
    CHECK(db.generation() == 2);
    CHECK(test::fake::connects() == connects + 1);
    CHECK_FALSE(db.reconnect(1));  // of a generation that is gone
    CHECK(code_of(db.query("rows 1")) == errc::ok);
    CHECK(db.generation() == 2);
}

}  // namespace sluice
