// Statements with several results, against the scripted driver: each comes in its turn, an error of a later one is
// told whoever asks and however, and whatever happens between two of them leaves a session that goes on.
#include "pool_world.hpp"

#include <sluice/runtime/async.hpp>

#include <stop_token>

using namespace sluice;
using namespace sluice::testing;
namespace ask = sluice::protocol;

namespace {

// The text of a procedure, whose later statements may run yet.
const std::string call = "call three_things()";

struct results_world : pool_world {
    explicit results_world(const std::string& about, const std::string& results = "rows 3 then affect 2 then rows 1")
        : pool_world("results: " + about) {
        faults.add("answer '" + call + "' with " + results);
    }
};

std::uint64_t rows_of_result(row_stream& from) {
    const reading got = read(from);
    if (got.failure) FAIL("the result failed: " << got.failure->to_string());
    return got.rows;
}

bool goes_on(row_stream& from) {
    return answer(from.next_result());
}

// The session serves the next request.
void check_usable(session& on) {
    CHECK(answer(on.query("rows 2")).size() == 2);
}

}  // namespace

TEST_CASE("query_all gives each result in its order and row counts among them") {
    results_world w("all");
    {
        engine engine;
        auto session = w.connect(engine);
        const auto check = [](const std::vector<row_set>& all) {
            REQUIRE(all.size() == 3);
            CHECK(all[0].size() == 3);
            CHECK(all[0].columns().size() == 4);
            CHECK_FALSE(all[0].affected_rows());
            CHECK(all[1].columns().size() == 0);
            CHECK(all[1].affected_rows() == 2);
            CHECK(all[2].size() == 1);
            CHECK(all[2].batches().front().first_row() == 0);
        };
        check(answer(session.query_all(call)));
        check(answer(session.async_query_all(call, sluice::use_future)));
        check(answer(session.submit(ask::execute_all(call))));
        auto tx = answer(session.begin());
        check(answer(tx.query_all(call)));
        answer(tx.commit());
        auto db = engine.open(w.faults.connection_string(), one_session());
        check(answer(db.query_all(call)));
        check(answer(db.query_all(call, request_options().result_rows_max(4))));

        const auto one = answer(session.query_all("affect 7"));
        REQUIRE(one.size() == 1);
        CHECK(one[0].affected_rows() == 7);
        CHECK(answer(session.query_all("rows ?", args(5)))[0].size() == 5);
        const auto counts = answer(session.query_all("affect 1 then affect 2 warn 01000 5 'so' then rows 0"));
        REQUIRE(counts.size() == 3);
        CHECK(counts[0].affected_rows() == 1);
        CHECK(counts[1].affected_rows() == 2);
        REQUIRE(counts[1].warnings().size() == 1);
        CHECK(counts[1].warnings()[0].native == 5);
        CHECK(counts[2].columns().size() == 4);
        CHECK(error_of(sluice::session().query_all(call)).code() == errc::closed);
    }
    w.judge();
}

TEST_CASE("the limits of a whole result hold for all results together") {
    results_world w("limits");
    {
        engine engine;
        auto session = w.connect(engine);
        const auto rows = error_of(session.query_all(call, request_options().result_rows_max(3)));
        CHECK(rows.code() == errc::too_large);
        CHECK(rows.message().find("result_rows_max") != std::string_view::npos);
        const auto bytes = answer(session.query_all(call))[0].bytes();
        CHECK(error_of(session.query_all(call, request_options().result_bytes_max(bytes))).code() == errc::too_large);
        std::string many = "ok";
        for (std::size_t n = 1; n < limits::results_max; ++n) many += " then ok";
        CHECK(answer(session.query_all(many)).size() == limits::results_max);
        const auto enough = answer(session.query(many));
        CHECK(enough.warnings().size() == 1);
        many += " then ok";
        for (auto one : {error_of(session.query_all(many)), error_of(session.query(many + " then ok"))}) {
            CHECK(one.code() == errc::too_large);
            CHECK(one.message().find("results_max") != std::string_view::npos);
            CHECK(one.session() == session_state::usable);
        }
        check_usable(session);
    }
    w.judge();
}

TEST_CASE("a plain query gives the first result and says that there were more") {
    results_world w("plain");
    {
        engine engine;
        auto session = w.connect(engine);
        const auto first = answer(session.query(call));
        CHECK(first.size() == 3);
        REQUIRE(first.warnings().size() == 1);
        CHECK(first.warnings()[0].sqlstate == "01000");
        CHECK(first.warnings()[0].message.find("2 more results") != std::string::npos);
        CHECK(answer(session.query("rows 3")).warnings().empty());
        CHECK(answer(session.query("affect 3")).warnings().empty());
        CHECK(answer(session.query("affect 3 then affect 4")).affected_rows() == 3);
        CHECK(w.faults.live().statements == 0);
    }
    w.judge();
}

TEST_CASE("the error of a later result is told by whatever asked for the statement") {
    for (const char* before : {"rows 3", "rows 3 then rows 2", "affect 1", "affect 1 then rows 2 then affect 1"}) {
        INFO(before);
        results_world w("later error", std::string(before) + " then error 23000 7 'late' then rows 1");
        {
            engine engine;
            auto session = w.connect(engine);
            const auto check = [](const error& late) {
                CHECK(late.code() == errc::constraint);
                CHECK(late.native() == 7);
                CHECK(late.outcome() == outcome::unknown);  // what came before may have been applied
                CHECK(late.session() == session_state::usable);
            };
            check(error_of(session.query(call)));
            check(error_of(session.query_all(call)));
            check_usable(session);

            // A stream tells it in place of an end.
            std::optional<error> told;
            try {
                auto stream = answer(session.stream(call));
                bool another = true;
                while (another && !told) {
                    told = read(stream).failure;
                    if (!told) another = goes_on(stream);
                }
                REQUIRE(told);
                check(error_of(stream.next()));
                check(error_of(stream.next_result()));
            } catch (const database_error& e) {
                told = e.error();
            }
            REQUIRE(told);
            check(*told);
            check_usable(session);
            CHECK(w.faults.live().statements == 0);
        }
        w.judge();
    }
}

TEST_CASE("a stream goes on from result to result") {
    results_world w("stream");
    {
        engine engine;
        auto session = w.connect(engine);
        auto stream = answer(session.stream(call, stream_options().batch_rows(1).prefetch(1)));
        CHECK(stream.columns().size() == 4);
        CHECK_FALSE(stream.affected_rows());
        const auto early = error_of(stream.next_result());
        CHECK(early.code() == errc::invalid_argument);
        CHECK(early.message().find("end") != std::string_view::npos);
        CHECK(rows_of_result(stream) == 3);
        for (int again = 0; again < 3; ++again) CHECK_FALSE(answer(stream.next()));
        CHECK(error_of(session.query("rows 1")).code() == errc::session_busy);
        CHECK(error_of(session.stream("rows 1")).code() == errc::session_busy);
        REQUIRE(goes_on(stream));
        CHECK(stream.columns().size() == 0);
        CHECK(stream.affected_rows() == 2);
        CHECK_FALSE(answer(stream.next()));
        CHECK(error_of(session.query("rows 1")).code() == errc::session_busy);
        REQUIRE(answer(stream.async_next_result(sluice::use_future)));
        CHECK(stream.columns().size() == 4);
        CHECK_FALSE(stream.affected_rows());
        CHECK(rows_of_result(stream) == 1);
        check_usable(session);  // nothing remains
        for (int again = 0; again < 3; ++again) CHECK_FALSE(goes_on(stream));
        CHECK_FALSE(answer(stream.next()));

        auto counts = answer(session.stream("affect 5 then rows 2"));
        CHECK(counts.affected_rows() == 5);
        CHECK(counts.columns().size() == 0);
        CHECK_FALSE(answer(counts.next()));
        REQUIRE(goes_on(counts));
        CHECK(rows_of_result(counts) == 2);
        CHECK_FALSE(goes_on(counts));

        auto plain = answer(session.stream("rows 3"));
        CHECK(rows_of_result(plain) == 3);
        check_usable(session);
        CHECK_FALSE(goes_on(plain));
        auto none = answer(session.stream("affect 4"));
        CHECK(none.affected_rows() == 4);
        CHECK_FALSE(goes_on(none));
        CHECK(error_of(row_stream().next_result()).code() == errc::closed);
    }
    w.judge();
}

TEST_CASE("messages go on from result to result by the id of the stream") {
    results_world w("messages");
    {
        engine engine;
        auto session = w.connect(engine);
        CHECK(error_of(session.submit(ask::stream_next_result(stream_id(9)))).code() == errc::stale_handle);
        const auto opened = answer(session.submit(ask::stream_start(call)));
        while (answer(session.submit(ask::stream_fetch(opened.id)))) {
        }
        const auto second = answer(session.submit(ask::stream_next_result(opened.id)));
        CHECK(second.another);
        CHECK(second.affected_rows == 2);
        answer(session.submit(ask::stream_close(opened.id)));
        CHECK(error_of(session.submit(ask::stream_next_result(opened.id))).code() == errc::closed);
        check_usable(session);
    }
    w.judge();
}

TEST_CASE("a stream that is closed or dropped between two results leaves its session free") {
    results_world w("closed");
    {
        engine engine;
        auto session = w.connect(engine);
        {
            auto stream = answer(session.stream(call));
            CHECK(rows_of_result(stream) == 3);
            answer(stream.close());
            CHECK(error_of(stream.next_result()).code() == errc::closed);
            check_usable(session);
        }
        {
            auto stream = answer(session.stream(call));
            CHECK(rows_of_result(stream) == 3);
        }
        check_usable(session);
        {
            auto stream = answer(session.stream(call));
            CHECK(rows_of_result(stream) == 3);
            REQUIRE(goes_on(stream));
        }
        check_usable(session);
        CHECK(w.faults.live().statements == 0);
        auto db = engine.open(w.faults.connection_string(), one_session());
        {
            auto stream = answer(db.stream(call));
            CHECK(rows_of_result(stream) == 3);
        }
        CHECK(answer(db.query("rows 1")).size() == 1);
    }
    w.judge();
}

TEST_CASE("a deadline and a cancel hold while the server is on its way to the next result") {
    results_world w("waiting", "rows 3 then rows 1 hang");
    {
        engine engine;
        auto session = w.connect(engine);
        SECTION("of a query") {
            const auto late = error_of(session.query(call, request_options().timeout(50ms)));
            CHECK(late.code() == errc::deadline);
            CHECK(late.outcome() == outcome::unknown);
            CHECK(error_of(session.query_all(call, request_options().timeout(50ms))).code() == errc::deadline);
        }
        SECTION("cancelled") {
            auto hangs = session.query_all(call);
            REQUIRE(w.faults.wait_until_in("SQLMoreResults"));
            REQUIRE(w.faults.wait_until_hanging(1));
            session.cancel();
            const auto stopped = error_of(std::move(hangs));
            CHECK(stopped.code() == errc::cancelled);
            CHECK(stopped.outcome() == outcome::unknown);
        }
        SECTION("of a stream") {
            auto stream = answer(session.stream(call, stream_options().timeout(1s).prefetch(1)));
            const reading got = read(stream);
            CHECK(got.rows == 3);
            REQUIRE(got.failure);
            CHECK(got.failure->code() == errc::deadline);
            session.cancel();
            CHECK(comes_true([&] { return error_of(stream.next()).code() == errc::cancelled; }));
            CHECK(error_of(stream.next_result()).code() == errc::cancelled);
        }
        SECTION("a stream that is dropped") {
            auto stream = answer(session.stream(call));
            REQUIRE(answer(stream.next()));
            REQUIRE(w.faults.wait_until_hanging(1));
            stream = row_stream();
        }
        SECTION("the end of the session") {
            auto hangs = session.query_all(call);
            REQUIRE(w.faults.wait_until_hanging(1));
            w.faults.lose_connections();
            CHECK(error_of(std::move(hangs)).code() == errc::connection_lost);
        }
        check_usable(session);
    }
    w.judge();
}

TEST_CASE("a next result that does not come in time stays to come") {
    results_world w("late");
    {
        engine engine;
        auto session = w.connect(engine);
        auto stream = answer(session.stream("rows 3 then rows 2", stream_options().timeout(500ms)));
        CHECK(rows_of_result(stream) == 3);
        w.faults.add("at SQLDescribeCol 1 hang stubborn");
        const auto late = error_of(stream.next_result());
        CHECK(late.code() == errc::deadline);
        CHECK_FALSE(answer(stream.next()));  // still between the two
        w.faults.release();
        CHECK(comes_true([&] {
            try {
                return goes_on(stream);
            } catch (const database_error& e) {
                return e.code() != errc::operation_in_progress && e.code() != errc::deadline;
            }
        }));
        stream = row_stream();  // on its second result, where the hang ended before the worker was given up
        check_usable(session);
    }
    w.judge();
}

TEST_CASE("who waits for the next result can withdraw and ask again") {
    results_world w("withdrawn");
    {
        engine engine;
        auto session = w.connect(engine);
        std::stop_source stop;
        auto stream = answer(session.stream("rows 3 then rows 2", stream_options().stop(stop.get_token())));
        CHECK(rows_of_result(stream) == 3);
        w.faults.add("at SQLDescribeCol 1 hang stubborn");
        auto waits = stream.next_result();
        REQUIRE(w.faults.wait_until_hanging(1));
        CHECK(error_of(stream.next()).code() == errc::operation_in_progress);
        CHECK(error_of(stream.next_result()).code() == errc::operation_in_progress);
        stop.request_stop();
        CHECK(error_of(std::move(waits)).code() == errc::cancelled);
        w.faults.release();
        CHECK_FALSE(answer(session.submit(ask::stream_fetch(stream.id()))));  // nobody has been told of the second
        const auto second = answer(session.submit(ask::stream_next_result(stream.id())));
        CHECK(second.another);
        CHECK(second.columns->size() == 4);
        std::uint64_t rows = 0;
        while (const auto part = answer(session.submit(ask::stream_fetch(stream.id())))) rows += part->rows();
        CHECK(rows == 2);
        check_usable(session);
    }
    w.judge();
}

TEST_CASE("a connection that is lost between two results is told and made again") {
    results_world w("lost");
    {
        engine engine;
        auto session = w.connect(engine);
        auto stream = answer(session.stream(call));
        CHECK(rows_of_result(stream) == 3);
        w.faults.lose_connections();
        const auto lost = [&] {
            for (;;) {
                try {
                    if (!goes_on(stream)) return error();
                } catch (const database_error& e) {
                    return e.error();
                }
                if (auto failed = read(stream).failure) return *failed;
            }
        }();
        CHECK(lost.code() == errc::connection_lost);
        CHECK(error_of(stream.next()).code() == errc::connection_lost);
        check_usable(session);
        CHECK(session.generation() == 2);
        CHECK(error_of(session.query("rows 1 then lost")).code() == errc::connection_lost);
        check_usable(session);
    }
    w.judge();
}

TEST_CASE("each failure on the way to the next result is told") {
    for (const char* function : {"SQLMoreResults", "SQLNumResultCols", "SQLDescribeCol", "SQLBindCol", "SQLFetch"}) {
        INFO(function);
        results_world w(std::string("failure of ") + function);
        {
            engine engine;
            auto session = w.connect(engine);
            const auto once = w.faults.count(function);
            (void)answer(session.query_all("rows 1 then rows 1"));
            const auto calls = w.faults.count(function) - once;
            REQUIRE(calls >= 2);
            for (std::uint64_t at = 1; at <= calls; ++at) {
                w.faults.add(std::string("at ") + function + " " + std::to_string(at) + " error HY000 3 'no'");
                CHECK(error_of(session.query_all("rows 1 then rows 1")).native() == 3);
                check_usable(session);
                CHECK(w.faults.live().statements == 0);
            }
        }
        w.judge();
    }
}

TEST_CASE("a single statement whose driver fails on the way to what could follow is told too") {
    results_world w("single");
    {
        engine engine;
        auto session = w.connect(engine);
        for (const char* sql : {"rows 2", "affect 1"}) {
            w.faults.add("at SQLMoreResults 1 error HY000 3 'no'");
            CHECK(error_of(session.query(sql)).native() == 3);
            check_usable(session);
        }
        w.faults.add("at SQLMoreResults error IM001 0 'the driver has no such function'");
        CHECK(answer(session.query("rows 2")).size() == 2);
        CHECK(answer(session.query_all("affect 2")).size() == 1);
    }
    w.judge();
}
