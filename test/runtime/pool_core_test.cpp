// A pool of the engine, its one worker a real thread, its driver fake_odbc.hpp.

#include "fake_odbc.hpp"
#include "threads.hpp"

#include <sluice/sluice.hpp>

#include <catch2/catch.hpp>

#include <future>
#include <string>
#include <vector>

namespace sluice {

namespace {

using namespace std::chrono_literals;

template <class T>
errc code_of(std::future<T>& answer) {
    try {
        (void)answer.get();
        return errc::ok;
    } catch (const database_error& e) {
        return e.code();
    }
}

template <class T>
errc code_of(std::future<T>&& answer) {
    return code_of(answer);
}

}  // namespace

TEST_CASE("a session comes back clean however early it was dropped") {
    test::watchdog dog("begin and drop, again and again");
    engine threads;
    auto db = threads.open("Driver=fake");
    int dirty = 0;
    for (int i = 0; i < 5000; ++i) {
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

TEST_CASE("sessions that nobody waits for any more are handed on without end") {
    test::watchdog dog("twenty thousand dropped futures");
    engine threads;
    auto db = threads.open("Driver=fake", pool_options().waiters_max(limits::waiters_max));
    auto held = db.acquire().get();
    for (int i = 0; i < 60000; ++i) (void)db.acquire();
    auto last = db.acquire();
    held = session();
    CHECK(last.get().id());
}

}  // namespace sluice
