// Several statements in one message over a driver that hangs, loses the connection, or ends the transaction.
#include "fault_world.hpp"

using namespace sluice;
using namespace sluice::testing;

namespace {

using statements = sluice::protocol::pipeline;

}  // namespace

TEST_CASE("pipeline: where a driver does not come back the outcome is that of all its statements") {
    for (const bool at_first : {true, false}) {
        world w("pipeline hangs");
        {
            engine engine(engine_options().shutdown_grace(100ms));
            auto session = w.connect(engine);
            // Before the first is executed nothing is; a later one hangs where it changes nothing yet.
            w.faults.add(at_first ? "at SQLPrepare 1 hang stubborn" : "at SQLPrepare 2 hang stubborn");
            const auto why =
                error_of(session.pipeline(statements().add("affect ?", args(1)).add("affect ? more", args(2)).add("ok"),
                                          request_options().timeout(200ms)));
            CHECK(why.code() == errc::deadline);
            CHECK(why.outcome() == (at_first ? outcome::none : outcome::unknown));
            w.faults.release();
        }
        w.judge();
    }
}

TEST_CASE("pipeline: where a driver does not come back after the first statement nobody says that all are applied") {
    world w("pipeline hangs after");
    {
        engine engine(engine_options().shutdown_grace(100ms));
        auto session = w.connect(engine);
        w.faults.add("at SQLRowCount 1 hang stubborn");
        const auto why = error_of(session.pipeline(statements().add("affect 1").add("affect 2").add("affect 3"),
                                                   request_options().timeout(200ms)));
        CHECK(why.code() == errc::deadline);
        CHECK(why.outcome() == outcome::unknown);
        CHECK(w.faults.executions("affect 2") == 0);
        w.faults.release();
    }
    w.judge();
}

TEST_CASE("pipeline: the statement that a deadline ends says so behind an error of another") {
    world w("pipeline late");
    w.faults.add("answer 'insert 1' with error 23505 1; at execute 2 hang");
    {
        engine engine;
        auto session = w.connect(engine);
        try {
            const auto replies = answer(session.pipeline(statements().add("insert 1").add("affect 2").add("ok").go_on(),
                                                         request_options().timeout(200ms)));
            CHECK(replies[0].error().code() == errc::constraint);
            CHECK(replies[1].error().code() == errc::deadline);
            CHECK(replies[2].error().code() == errc::cancelled);
        } catch (const database_error& e) {
            CHECK(e.error().code() == errc::deadline);  // the driver took its time
        }
    }
    w.judge();
}

TEST_CASE("pipeline: a lost connection ends it and what was executed before is told") {
    world w("pipeline lost");
    w.faults.add("answer 'insert 2' with lost");
    {
        engine engine;
        auto session = w.connect(engine);
        const auto replies =
            answer(session.pipeline(statements().add("affect 1").add("insert 2").add("affect 3").go_on()));
        REQUIRE(replies.size() == 3);
        CHECK(replies[0].has_value());
        REQUIRE_FALSE(replies[1].has_value());
        CHECK(replies[1].error().code() == errc::connection_lost);
        CHECK(replies[1].error().outcome() == outcome::unknown);
        REQUIRE_FALSE(replies[2].has_value());
        CHECK(replies[2].error().code() == errc::cancelled);
        CHECK(replies[2].error().outcome() == outcome::none);
        CHECK(w.faults.executions("affect 3") == 0);
        CHECK(answer(session.query("rows 3")).size() == 3);
    }
    w.judge();
}

TEST_CASE("pipeline: a conflict that ends the transaction ends it") {
    world w("pipeline conflict");
    w.faults.add("answer 'update 2' with error 40001");
    {
        engine engine;
        auto session = w.connect(engine);
        auto tx = answer(session.begin());
        const auto replies = answer(tx.pipeline(statements().add("affect 1").add("update 2").add("affect 3").go_on()));
        REQUIRE_FALSE(replies[1].has_value());
        CHECK(replies[1].error().code() == errc::serialization);
        CHECK(replies[1].error().session() == session_state::transaction_failed);
        REQUIRE_FALSE(replies[2].has_value());
        CHECK(replies[2].error().session() == session_state::transaction_failed);
        CHECK(w.faults.executions("affect 3") == 0);
        CHECK(tx.state() == transaction_state::failed);
        answer(tx.rollback());
    }
    w.judge();
}
