// What an error says of the server and of the session: the outcome is true, whatever breaks where.
#include "fault_world.hpp"

using namespace sluice;
using namespace sluice::testing;
namespace ask = sluice::protocol;

namespace {

void check_error(const error& e, errc code, outcome effect, session_state after) {
    INFO(e.to_string());
    CHECK(e.code() == code);
    CHECK(e.outcome() == effect);
    CHECK(e.session() == after);
    CHECK_FALSE(e.message().empty());
}

// The session is of no use any more, and says so before anything is done.
void check_lost(session& of) {
    check_error(error_of(of.query("rows 1")), errc::connection_lost, outcome::none, session_state::broken);
    check_error(error_of(of.submit(ask::begin())), errc::connection_lost, outcome::none, session_state::broken);
}

}  // namespace

TEST_CASE("an error of a single statement is none and the session goes on") {
    world w("statement errors");
    w.faults.add(
        "answer 'insert 23' with error 23505 1; answer 'insert 40' with error 40001;"
        "answer 'select 22' with error 22003; answer 'selekt' with error 42601");
    {
        engine engine;
        auto session = w.connect(engine);
        check_error(error_of(session.query("insert 23")), errc::constraint, outcome::none, session_state::usable);
        check_error(error_of(session.query("insert 40")), errc::serialization, outcome::none, session_state::usable);
        check_error(error_of(session.query("select 22")), errc::data, outcome::none, session_state::usable);
        const error wrong = error_of(session.query("selekt"));
        check_error(wrong, errc::syntax, outcome::none, session_state::usable);
        CHECK(wrong.sqlstate() == "42601");
        const bool where = wrong.function() == "SQLExecDirect" || wrong.function() == "SQLExecute";
        CHECK(where);
        check_error(error_of(session.stream("selekt")), errc::syntax, outcome::none, session_state::usable);
        CHECK(answer(session.query("rows 1")).size() == 1);
    }
    w.judge();
}

TEST_CASE("a connection lost in execute has an unknown outcome") {
    world w("lost in execute");
    w.faults.add("answer 'insert into t values (1)' with lost");
    {
        engine engine;
        auto session = w.connect(engine, connect_options().reconnect(false));
        const error e = error_of(session.query("insert into t values (1)"));
        check_error(e, errc::connection_lost, outcome::unknown, session_state::broken);
        CHECK(e.sqlstate() == "08S01");
        check_lost(session);
        answer(session.close());
    }
    w.judge();
}

TEST_CASE("a connection lost in the fetch of a read is told with the rows before it") {
    world w("lost in fetch");
    w.faults.add("answer 'select a from t' with rows 20 lost 15");
    {
        engine engine;
        auto session = w.connect(engine, connect_options().reconnect(false));
        auto stream = answer(session.stream("select a from t", stream_options().batch_rows(10)));
        const reading got = read(stream);
        CHECK(got.rows == 15);
        REQUIRE(got.failure);
        CHECK(got.failure->code() == errc::connection_lost);
        CHECK(got.failure->session() == session_state::broken);
        check_lost(session);
    }
    w.judge();
}

TEST_CASE("a connection lost within a transaction before its commit is none") {
    world w("lost in a transaction");
    w.faults.add("answer 'update t set a = 2' with lost");
    {
        engine engine;
        auto session = w.connect(engine);
        answer(session.submit(ask::begin()));
        CHECK(answer(session.query("affect 1")).affected_rows() == 1);
        const error e = error_of(session.query("update t set a = 2"));
        check_error(e, errc::connection_lost, outcome::none, session_state::broken);
        // What belongs to it is not run on the next connection.
        for (int i = 0; i < 2; ++i)
            check_error(error_of(session.query("affect 1")), errc::connection_lost, outcome::none,
                        session_state::transaction_failed);
        check_error(error_of(session.submit(ask::commit())), errc::connection_lost, outcome::none,
                    session_state::transaction_failed);
        CHECK(w.faults.executions("affect 1") == 1);
        answer(session.submit(ask::rollback()));
        CHECK(answer(session.query("affect 1")).affected_rows() == 1);
        CHECK(w.faults.count("SQLEndTran") == 0);
    }
    w.judge();
}

TEST_CASE("a connection lost in the commit is commit unknown") {
    world w("lost in commit");
    {
        engine engine;
        auto session = w.connect(engine, connect_options().reconnect(false));
        w.faults.add("at SQLEndTran 1 lost");
        answer(session.submit(ask::begin()));
        CHECK(answer(session.query("affect 1")).affected_rows() == 1);
        check_error(error_of(session.submit(ask::commit())), errc::commit_unknown, outcome::unknown,
                    session_state::broken);
        check_lost(session);
    }
    w.judge();
}

TEST_CASE("a commit that the server refuses is none") {
    world w("commit refused");
    {
        engine engine;
        auto session = w.connect(engine);
        w.faults.add("at SQLEndTran 1 error 40001");
        answer(session.submit(ask::begin()));
        CHECK(answer(session.query("affect 1")).affected_rows() == 1);
        const error e = error_of(session.submit(ask::commit()));
        CHECK(e.code() == errc::serialization);
        CHECK(e.outcome() == outcome::none);
        if (e.session() == session_state::transaction_failed) answer(session.submit(ask::rollback()));
        CHECK(answer(session.query("rows 1")).size() == 1);
        answer(session.submit(ask::begin()));
        answer(session.submit(ask::commit()));
    }
    w.judge();
}

TEST_CASE("a connection that is refused or not let in is none and says why without the secret") {
    world w("no connection");
    {
        engine engine;
        const std::string text = w.faults.connection_string() + "UID=someone;PWD=hunter2-secret;";
        w.faults.add(
            "at connect 1 error 08001 111 'connection refused'; at connect 2 error 28000 1045 'wrong password'");
        const error refused = error_of(engine.connect(text));
        check_error(refused, errc::unreachable, outcome::none, session_state::none);
        CHECK(refused.sqlstate() == "08001");
        const error not_let_in = error_of(engine.connect(text));
        check_error(not_let_in, errc::credentials, outcome::none, session_state::none);
        CHECK_THAT(refused.to_string(), !Catch::Contains("hunter2"));
        CHECK_THAT(not_let_in.to_string(), !Catch::Contains("hunter2"));
        auto session = answer(engine.connect(text));
        CHECK(answer(session.query("rows 1")).size() == 1);
    }
    w.judge();
}

TEST_CASE("each ODBC call of a session can fail in its turn and each answer is right or an error") {
    std::uint64_t n = 1;
    for (bool reached = true; reached; ++n) {
        for (const char* fails : {" error HY000", " lost", " error"}) {
            world w("every call");
            w.faults.add("at any " + std::to_string(n) + fails);
            INFO("call " << n << " does" << fails);
            {
                engine engine;
                auto connecting = engine.connect(w.faults.connection_string());
                try {
                    auto session = answer(std::move(connecting));
                    for (const char* sql : {"rows 5", "rows 3"}) {
                        auto asked = session.query(sql);
                        try {
                            std::uint64_t rows = 0;
                            for (const auto rows_of = answer(std::move(asked)); const auto& part : rows_of.batches())
                                check_rows(part, rows);
                            REQUIRE(rows == (std::string(sql) == "rows 5" ? 5 : 3));
                        } catch (const database_error& e) {
                            REQUIRE(e.code() != errc::ok);
                        }
                    }
                    auto streaming = session.stream("rows 25", stream_options().batch_rows(10));
                    try {
                        auto stream = answer(std::move(streaming));
                        const reading got = read(stream);
                        if (!got.failure) REQUIRE(got.rows == 25);
                    } catch (const database_error& e) {
                        REQUIRE(e.code() != errc::ok);
                    }
                    for (auto& done : {session.submit(ask::begin()).share(), session.submit(ask::commit()).share()}) {
                        if (done.wait_for(answer_limit) != std::future_status::ready) FAIL("no answer");
                    }
                } catch (const database_error& e) {
                    REQUIRE(e.error().outcome() == outcome::none);  // of the connect
                }
            }
            reached = w.faults.count("any") >= n;
            for (const auto& seen : w.faults.violations()) FAIL(seen.kind << " in " << seen.call.function);
        }
        REQUIRE(n < 400);
    }
    CHECK(n > 30);
}
