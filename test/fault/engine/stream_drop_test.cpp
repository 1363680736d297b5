// A stream that is left half-way: the very next query succeeds, the cursor is closed once, nothing stays behind.
#include "fault_world.hpp"

#include <map>

using namespace sluice;
using namespace sluice::testing;

namespace {

constexpr int drops = sanitized ? 60 : 150;

// Each statement whose cursor was opened: how often it was closed and freed.
void check_cursors_closed_once(const world& w) {
    struct fate {
        int executed = 0, closed = 0, freed = 0;
    };
    std::map<std::uint64_t, fate> fates;
    for (const auto& call : w.faults.calls()) {
        if (call.handle == call.connection) continue;
        fate& its = fates[call.handle];
        if (call.function == "SQLExecDirect" || call.function == "SQLExecute") ++its.executed;
        if (call.function == "SQLCloseCursor" || call.function == "SQLFreeStmt") ++its.closed;
        if (call.function == "SQLFreeHandle") ++its.freed;
    }
    REQUIRE(w.faults.calls_dropped() == 0);
    for (const auto& [handle, its] : fates) {
        if (its.executed == 0) continue;
        if (its.closed != 1 || its.freed != 1)
            FAIL("statement " << handle << " was closed " << its.closed << " times and freed " << its.freed
                              << " times");
    }
}

template <class Leave>
void leave_half_way(const char* name, Leave leave) {
    for (int number = 0; number < drops; ++number) {
        INFO("SLUICE_TEST_SEED=" << seed_of_run() << " round " << number);
        std::mt19937_64 dice(seed_of_run() + static_cast<std::uint64_t>(number));
        world w(name);
        {
            engine engine;
            auto session = w.connect(engine);
            for (int streams = 0; streams < 3; ++streams) {
                const auto how = stream_options().batch_rows(1 + dice() % 100).prefetch(1 + dice() % 8);
                auto stream = answer(session.stream("rows 1000", how));
                const auto batches = dice() % 5;
                CHECK(read(stream, batches).batches == batches);
                std::future<row_set> after = leave(std::move(stream), session);
                CHECK(answer(std::move(after)).size() == 3);
            }
        }
        w.judge();
        check_cursors_closed_once(w);
    }
}

}  // namespace

TEST_CASE("the query right after a stream was dropped half-way succeeds") {
    leave_half_way("dropped", [](row_stream stream, session& on) {
        { const auto dropped = std::move(stream); }
        return on.query("rows 3");
    });
}

TEST_CASE("the query right after the close of a stream was asked for succeeds") {
    leave_half_way("closed", [](row_stream stream, session& on) {
        auto closed = stream.close();
        auto after = on.query("rows 3");
        answer(std::move(closed));
        CHECK(error_of(stream.next()).code() == errc::closed);
        return after;
    });
}

TEST_CASE("a stream dropped while its reader waits answers the reader and frees the session") {
    world w("dropped with a reader");
    {
        engine engine;
        auto session = w.connect(engine);
        w.faults.add("at fetch 2 hang");
        auto stream = answer(session.stream("rows 100", stream_options().batch_rows(10)));
        (void)answer(stream.next());
        auto waiting = stream.next();
        REQUIRE(w.faults.wait_until_hanging(1));
        stream = row_stream();
        CHECK(error_of(std::move(waiting)).code() == errc::closed);
        auto after = session.query("rows 3");
        CHECK_FALSE(ready(after));
        w.faults.release();
        CHECK(answer(std::move(after)).size() == 3);
    }
    w.judge();
    check_cursors_closed_once(w);
}

TEST_CASE("a close while the driver fetches is answered when the cursor is closed") {
    world w("closed in a fetch");
    {
        engine engine;
        auto session = w.connect(engine);
        w.faults.add("at fetch 1 hang");
        auto stream = answer(session.stream("rows 100", stream_options().batch_rows(10)));
        REQUIRE(w.faults.wait_until_hanging(1));
        auto closed = stream.close();
        CHECK(error_of(stream.next()).code() == errc::closed);
        CHECK(error_of(stream.close()).code() == errc::operation_in_progress);
        CHECK_FALSE(ready(closed));
        w.faults.release();
        answer(std::move(closed));
        answer(stream.close());
        CHECK(answer(session.query("rows 3")).size() == 3);
    }
    w.judge();
    check_cursors_closed_once(w);
}

TEST_CASE("a slow reader makes the driver wait and prefetch is the bound") {
    for (const std::size_t prefetch : {1U, 2U, 4U, 8U}) {
        world w("prefetch");
        {
            engine engine;
            auto session = w.connect(engine);
            auto stream = answer(session.stream("rows 1000", stream_options().batch_rows(10).prefetch(prefetch)));
            for (std::uint64_t taken = 0; taken < 20; ++taken) {
                const auto most = taken + prefetch;
                REQUIRE(w.faults.wait_until_called("fetch", most));
                // A request of another kind goes through the worker, which then would have fetched more.
                CHECK(error_of(session.query("rows 1")).code() == errc::session_busy);
                CHECK(error_of(session.query("rows 1")).code() == errc::session_busy);
                CHECK(w.faults.count("fetch") == most);
                CHECK(answer(stream.next()));
            }
        }
        w.judge();
    }
}
