// engine_options::memory_max: who waits for room, who does not, and who is told.
#include "fault_world.hpp"

#include <sluice/testing/virtual_clock.hpp>

using namespace sluice;
using namespace sluice::testing;

namespace {

constexpr std::size_t room = 256 * 1024;

engine_options small() {
    return engine_options().memory_max(room);
}

// Rows that take more than the room.
const std::string large = "rows 20000";

}  // namespace

TEST_CASE("what was fetched is counted until nobody has it") {
    world w("memory is counted");
    {
        engine engine(small());
        auto session = w.connect(engine);
        CHECK(engine.metrics().memory_bytes == 0);
        auto rows = answer(session.query("rows 100"));
        const auto few = engine.metrics().memory_bytes;
        CHECK(few > 100 * 8);
        CHECK(few < room);
        {
            auto more = answer(session.query("rows 200"));
            CHECK(engine.metrics().memory_bytes > few + 100 * 8);
        }
        CHECK(engine.metrics().memory_bytes == few);
        auto copy = rows;
        rows = row_set();
        CHECK(engine.metrics().memory_bytes == few);
        copy = row_set();
        CHECK(engine.metrics().memory_bytes == 0);
    }
    w.judge();
}

TEST_CASE("a request that brings rows waits until there is room and others do not") {
    world w("requests wait");
    {
        engine engine(small());
        auto full = w.connect(engine);
        auto other = w.connect(engine);
        auto third = w.connect(engine);
        auto rows = answer(full.query(large));
        REQUIRE(engine.metrics().memory_bytes >= room);
        auto one = other.query("rows 7");
        auto two = other.query("rows 8");
        answer(third.submit(protocol::ping()));
        answer(third.submit(protocol::begin()));
        answer(third.submit(protocol::rollback()));
        CHECK_FALSE(ready(one));
        CHECK(w.faults.executions("rows 7") == 0);
        rows = row_set();
        CHECK(answer(std::move(one)).size() == 7);
        CHECK(answer(std::move(two)).size() == 8);
    }
    w.judge();
}

TEST_CASE("who waits for memory is told at his deadline and can be cancelled") {
    world w("no memory");
    const auto time = std::make_shared<virtual_clock>();
    {
        engine engine(small().time(time));
        auto full = w.connect(engine);
        auto other = w.connect(engine);
        auto rows = answer(full.query(large));
        auto late = other.query("rows 7", request_options().timeout(5s));
        std::stop_source stop;
        auto cancelled = other.query("rows 8", request_options().stop(stop.get_token()));
        auto patient = other.query("rows 9", request_options().timeout(no_deadline));
        stop.request_stop();
        CHECK(error_of(std::move(cancelled)).code() == errc::cancelled);
        time->advance(6s);
        const error e = error_of(std::move(late));
        CHECK(e.code() == errc::deadline);
        CHECK(e.outcome() == outcome::none);
        CHECK_THAT(e.message(), Catch::Contains("memory_max"));
        CHECK_FALSE(ready(patient));
        rows = row_set();
        CHECK(answer(std::move(patient)).size() == 9);
        CHECK(w.faults.executions("rows 7") == 0);
        CHECK(w.faults.executions("rows 8") == 0);
    }
    w.judge();
}

TEST_CASE("a stream goes on batch by batch without memory and fetches ahead again with it") {
    world w("streams without memory");
    {
        engine engine(small());
        auto full = w.connect(engine);
        auto session = w.connect(engine);
        auto stream = answer(session.stream("rows 2000", stream_options().batch_rows(100).prefetch(8)));
        auto rows = answer(full.query(large));
        std::uint64_t next = 0;
        for (int n = 0; n < 8; ++n) check_rows(*answer(stream.next()), next);  // these may have been there before
        for (int n = 0; n < 4; ++n) {
            const auto fetched = w.faults.count("SQLFetch");
            check_rows(*answer(stream.next()), next);
            CHECK(w.faults.count("SQLFetch") <= fetched + 2);
        }
        CHECK(w.faults.count("SQLFetch") > 0);
        rows = row_set();
        check_rows(*answer(stream.next()), next);
        while (auto part = answer(stream.next())) check_rows(*part, next);
        CHECK(next == 2'000);
    }
    w.judge();
}

TEST_CASE("a program that keeps all batches of a stream still gets them all") {
    world w("all batches kept");
    {
        engine engine(small());
        auto session = w.connect(engine);
        auto stream = answer(session.stream(large, stream_options().batch_rows(500)));
        std::vector<batch> kept;
        std::uint64_t next = 0;
        while (auto part = answer(stream.next())) {
            check_rows(*part, next);
            kept.push_back(std::move(*part));
        }
        CHECK(next == 20'000);
        CHECK(engine.metrics().memory_bytes > room);
    }
    w.judge();
}

TEST_CASE("what waits for memory is served when its session is dropped and answered when the engine goes") {
    world w("the end without memory");
    row_set rows;
    std::future<row_set> served;
    std::future<row_set> answered;
    {
        engine engine(small());
        auto full = w.connect(engine);
        rows = answer(full.query(large));
        {
            auto dropped = w.connect(engine);
            served = dropped.query("rows 5");
        }
        CHECK(answer(std::move(served)).size() == 5);
        auto other = w.connect(engine);
        answered = other.query("rows 6");
        CHECK_FALSE(ready(answered));
        CHECK(answer(engine.shutdown(shutdown_mode::cancel, 5s)).threads_left_behind == 0);
        CHECK(error_of(std::move(answered)).code() == errc::shutting_down);
    }
    CHECK(rows.size() == 20'000);
    w.judge();
}
