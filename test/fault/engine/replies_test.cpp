// What an answer carries beside its rows: the server's warnings, and where the time went.
#include "fault_world.hpp"

using namespace sluice;
using namespace sluice::testing;
namespace ask = sluice::protocol;

TEST_CASE("warnings are kept beside a success") {
    world w("warnings");
    {
        engine engine;
        auto session = w.connect(engine);
        const auto rows = answer(session.query("rows 3 warn 01000 5 'a notice' warn 01S02 6 'an option changed'"));
        CHECK(rows.size() == 3);
        REQUIRE(rows.warnings().size() == 2);
        CHECK(rows.warnings()[0].sqlstate == "01000");
        CHECK(rows.warnings()[0].native == 5);
        CHECK_THAT(rows.warnings()[0].message, Catch::Contains("a notice"));
        CHECK(rows.warnings()[1].sqlstate == "01S02");
        CHECK(answer(session.query("affect 4 warn 01000 'changed'")).warnings().size() == 1);
        CHECK(answer(session.query("affect 4 warn 01000 'changed'")).affected_rows() == 4);
        auto stream = answer(session.stream("rows 3 warn 01000 7 'beside a stream'"));
        REQUIRE(stream.warnings().size() == 1);
        CHECK(stream.warnings()[0].native == 7);
        CHECK(read(stream).rows == 3);
        CHECK(answer(session.query("rows 1")).warnings().empty());
    }
    w.judge();
}

TEST_CASE("a warning of a fetch costs no row") {
    world w("fetch warnings");
    {
        engine engine;
        auto session = w.connect(engine);
        w.faults.add("at fetch warn 01000 8 'in a fetch'");
        CHECK(answer(session.query("rows 30")).size() == 30);
        auto stream = answer(session.stream("rows 30", stream_options().batch_rows(7)));
        const reading got = read(stream);
        CHECK_FALSE(got.failure);
        CHECK(got.rows == 30);
    }
    w.judge();
}

// What is warned of is gone: unixODBC asks the driver for something else before it returns from SQLEndTran.
TEST_CASE("a commit with a warning is a commit") {
    world w("commit warnings");
    {
        engine engine;
        auto session = w.connect(engine);
        w.faults.add("at SQLEndTran warn 01000 9 'committed with a notice'");
        answer(session.submit(ask::begin()));
        CHECK(answer(session.query("affect 1")).affected_rows() == 1);
        answer(session.submit(ask::commit()));
        CHECK(error_of(session.submit(ask::commit())).code() == errc::invalid_argument);
    }
    w.judge();
}

TEST_CASE("the time is split into waiting and executing and fetching") {
    world w("timings");
    {
        engine engine;
        auto session = w.connect(engine);
        w.faults.add("at execute sql 'slow' delay 30; at fetch sql 'slow' delay 30; at SQLFetchScroll delay 0");
        auto slow = session.query("rows 3 /* slow */");
        auto behind = session.query("rows 1");
        const auto first = answer(std::move(slow)).timings();
        const auto second = answer(std::move(behind)).timings();
        CHECK(first.executing >= 30ms);
        CHECK(second.queued >= 29ms);
        CHECK(second.executing < second.queued);
        CHECK(first.total() == first.queued + first.executing + first.fetching);
        const error wrong = error_of(session.query("error 42000 delay 20"));
        CHECK(wrong.timings().queued > 0ns);
        CHECK(answer(session.submit(ask::begin())).timings.queued > 0ns);
        auto stream = answer(session.stream("rows 3 delay 20"));
        CHECK(stream.timings().executing >= 20ms);
    }
    w.judge();
}

TEST_CASE("the time of a fetch is in the batch that it brought") {
    world w("fetch timings");
    {
        engine engine;
        auto session = w.connect(engine);
        w.faults.add("at fetch 2 delay 30");
        auto stream = answer(session.stream("rows 30", stream_options().batch_rows(10).prefetch(1)));
        CHECK(answer(stream.next())->timings().fetching > 0ns);
        CHECK(answer(stream.next())->timings().fetching >= 30ms);
    }
    w.judge();
}

TEST_CASE("an answer is made of one result only and a statement without rows has none") {
    world w("no rows");
    {
        engine engine;
        auto session = w.connect(engine);
        const auto none = answer(session.query("ok"));
        CHECK(none.empty());
        CHECK(none.columns().empty());
        auto stream = answer(session.stream("affect 5"));
        CHECK(stream.columns().empty());
        CHECK_FALSE(answer(stream.next()));
        CHECK(answer(session.query("affect 0 nodata")).affected_rows().value_or(0) == 0);
        CHECK(answer(session.query("rows 0")).columns().size() == 4);
    }
    w.judge();
}

TEST_CASE("more rows than a request allows are an error and never a part of them") {
    world w("rows max");
    {
        engine engine;
        auto session = w.connect(engine);
        auto db = engine.open(w.faults.connection_string());
        for (const std::size_t rows : {1U, 16U, 17U, 3'000U}) {
            const std::string sql = "rows " + std::to_string(rows);
            CHECK(answer(session.query(sql, request_options().result_rows_max(rows))).size() == rows);
            CHECK(answer(db.query(sql, request_options().result_rows_max(rows))).size() == rows);
            if (rows == 1) continue;
            for (auto& asked : {session.query(sql, request_options().result_rows_max(rows - 1)).share(),
                                db.query(sql, request_options().result_rows_max(rows - 1)).share()}) {
                REQUIRE(asked.wait_for(answer_limit) == std::future_status::ready);
                try {
                    (void)asked.get();
                    FAIL("rows where an error has to come");
                } catch (const database_error& e) {
                    CHECK(e.error().code() == errc::too_large);
                    CHECK(e.error().outcome() == outcome::applied);
                    CHECK(e.error().session() == session_state::usable);
                    CHECK_THAT(e.error().message(), Catch::Contains("result_rows_max"));
                }
            }
        }
        CHECK(error_of(session.catalog(data_types(), request_options().result_rows_max(0))).code() ==
              errc::invalid_argument);
        w.faults.add(
            "answer 'SQLTables(,,,)' with rows 30 columns a: varchar(9), b: varchar(9), c: varchar(9), d: "
            "varchar(9), e: varchar(9)");
        CHECK(error_of(session.catalog(tables(), request_options().result_rows_max(29))).code() == errc::too_large);
        CHECK(answer(session.catalog(tables(), request_options().result_rows_max(30))).size() == 30);
        ask::execute request("rows 10");
        request.result_rows_max = 0;
        CHECK(error_of(session.submit(request)).code() == errc::invalid_argument);
    }
    w.judge();
}
