// A session of the engine, its worker a real thread, its driver fake_odbc.hpp.

#include "fake_odbc.hpp"
#include "threads.hpp"

#include <sluice/sluice.hpp>

#include <catch2/catch.hpp>

#include <future>
#include <vector>

namespace sluice {

namespace {

using namespace std::chrono_literals;

errc code_of(std::future<row_set>& answer) {
    try {
        (void)answer.get();
        return errc::ok;
    } catch (const database_error& e) {
        return e.code();
    }
}

}  // namespace

TEST_CASE("a caller who has an answer finds the slot of its request free") {
    test::watchdog dog("one slot, one request after the other");
    engine threads;
    auto db = threads.connect("Driver=fake", connect_options().mailbox_slots(1)).get();
    int refused = 0;
    for (int i = 0; i < 5000; ++i) {
        auto answer = db.query("rows 1");
        if (code_of(answer) != errc::ok) ++refused;
    }
    CHECK(refused == 0);
}

TEST_CASE("more requests than slots are refused with queue_full") {
    test::watchdog dog("three requests for two slots");
    engine threads;
    auto db = threads.connect("Driver=fake", connect_options().mailbox_slots(2)).get();
    test::fake::close_gate();
    auto running = db.query("hold");
    CHECK(test::fake::wait_for_held(1));
    auto queued = db.query("rows 1");
    auto refused = db.query("rows 1");
    CHECK(code_of(refused) == errc::queue_full);
    test::fake::open_gate();
    CHECK(code_of(running) == errc::ok);
    CHECK(code_of(queued) == errc::ok);
}

}  // namespace sluice
