// A transaction as an object: what belongs to it, who is kept out of it, and how it ends.
#include "fault_world.hpp"

using namespace sluice;
using namespace sluice::testing;
namespace ask = sluice::protocol;

namespace {

void check(const error& e, errc code, outcome effect = outcome::none) {
    INFO(e.to_string());
    CHECK(e.code() == code);
    CHECK(e.outcome() == effect);
}

std::uint64_t ends(const world& w, const std::string& how) {
    std::uint64_t n = 0;
    for (const auto& call : w.faults.calls()) n += call.function == "SQLEndTran" && call.sql == how ? 1U : 0U;
    return n;
}

}  // namespace

TEST_CASE("transaction: what is asked beside an open one is refused and nothing of it is sent") {
    world w("beside");
    {
        engine engine;
        auto session = w.connect(engine);
        auto tx = answer(session.begin());
        CHECK(tx.state() == transaction_state::open);
        const auto begun = w.faults.count("any");
        check(error_of(session.query("affect 1 /* outside */")), errc::transaction_active);
        check(error_of(session.stream("rows 3 /* outside */")), errc::transaction_active);
        check(error_of(session.submit(ask::begin())), errc::transaction_active);
        check(error_of(session.submit(ask::commit())), errc::transaction_active);
        check(error_of(session.submit(ask::rollback())), errc::transaction_active);
        check(error_of(session.submit(ask::savepoint("s"))), errc::transaction_active);
        check(error_of(session.begin()), errc::transaction_active);
        CHECK(w.faults.count("any") == begun);
        CHECK(answer(tx.query("affect 2")).affected_rows() == 2);
        auto stream = answer(tx.stream("rows 100000", stream_options().batch_rows(100).prefetch(1)));
        check(error_of(tx.query("affect 2")), errc::session_busy);
        CHECK(read(stream).rows == 100'000);
        answer(tx.commit());
        CHECK(tx.state() == transaction_state::over);
        check(error_of(tx.query("affect 3")), errc::stale_handle);
        check(error_of(tx.commit()), errc::stale_handle);
        check(error_of(tx.rollback()), errc::stale_handle);
        check(error_of(tx.savepoint("s")), errc::stale_handle);
        CHECK(answer(session.query("affect 4")).affected_rows() == 4);
    }
    const std::vector<std::string> expected{"affect 2", "rows 100000", "affect 4"};
    CHECK(w.executed() == expected);
    CHECK(ends(w, "commit") == 1);
    CHECK(ends(w, "rollback") == 0);
    w.judge();
}

TEST_CASE("transaction: what was asked behind the commit is stale and the next transaction is another one") {
    world w("behind the commit");
    {
        engine engine;
        auto session = w.connect(engine);
        auto tx = answer(session.begin());
        w.faults.add("at execute sql 'holds' hang");
        auto holds = tx.query("affect 1 /* holds */");
        auto committed = tx.commit();
        auto late = tx.query("affect 2 /* late */");
        auto next = session.begin();
        auto later = tx.query("affect 2 /* late */");
        REQUIRE(w.faults.wait_until_hanging(1));
        w.faults.release();
        answer(std::move(holds));
        answer(std::move(committed));
        check(error_of(std::move(late)), errc::stale_handle);
        auto second = answer(std::move(next));
        check(error_of(std::move(later)), errc::stale_handle);
        answer(second.query("affect 3"));
        answer(second.rollback());
        CHECK(w.faults.executions("affect 2 /* late */") == 0);
    }
    w.judge();
}

TEST_CASE("transaction: the messages begin and commit go on to need no handle") {
    world w("messages");
    {
        engine engine;
        auto session = w.connect(engine);
        answer(session.submit(ask::begin()));
        answer(session.query("affect 1"));
        check(error_of(session.begin()), errc::transaction_active);
        answer(session.submit(ask::commit()));
        auto tx = answer(session.begin());
        answer(tx.rollback());
        check(error_of(session.submit(ask::savepoint("s"))), errc::invalid_argument);
    }
    w.judge();
}

TEST_CASE("transaction: savepoints are quoted and executed in the transaction") {
    world w("savepoints");
    {
        engine engine;
        auto session = w.connect(engine);
        w.faults.add(R"(answer 'SAVEPOINT "a ""b"' with ok; answer 'ROLLBACK TO SAVEPOINT "a ""b"' with ok;
                        answer 'RELEASE SAVEPOINT "a ""b"' with ok)");
        auto tx = answer(session.begin());
        answer(tx.savepoint("a \"b"));
        answer(tx.rollback_to("a \"b"));
        answer(tx.release("a \"b"));
        for (const std::string& wrong :
             {std::string(), std::string(64, 'x'), std::string("a\0b", 3), std::string("\xff")})
            check(error_of(tx.savepoint(wrong)), errc::invalid_argument);
        answer(tx.commit());
    }
    CHECK(w.executed().size() == 3);
    w.judge();
}

TEST_CASE("transaction: lost with its connection it is told so and keeps nobody out") {
    world w("lost in the body");
    {
        engine engine;
        auto session = w.connect(engine);
        auto tx = answer(session.begin());
        w.faults.add("at execute sql 'running' hang");
        auto running = tx.query("affect 1 /* running */");
        std::vector<std::future<row_set>> bound;
        for (int n = 0; n < 5; ++n) bound.push_back(tx.query("affect 2"));
        REQUIRE(w.faults.wait_until_hanging(1));
        CHECK(w.faults.lose_connections() == 1);
        check(error_of(std::move(running)), errc::connection_lost);
        for (auto& one : bound) check(error_of(std::move(one)), errc::connection_lost);
        CHECK(tx.state() == transaction_state::failed);
        CHECK(answer(session.query("affect 3")).affected_rows() == 3);  // belongs to none
        check(error_of(tx.query("affect 2")), errc::connection_lost);
        check(error_of(tx.commit()), errc::connection_lost);
        auto second = answer(session.begin());
        check(error_of(tx.query("affect 2")), errc::connection_lost);
        answer(second.query("affect 4"));
        answer(tx.rollback());  // it is
        check(error_of(tx.query("affect 2")), errc::stale_handle);
        answer(second.commit());
        CHECK(w.faults.executions("affect 2") == 0);
    }
    w.judge();
}

TEST_CASE("transaction: lost in the commit nobody knows and the handle is over") {
    for (const bool of_pool : {false, true}) {
        world w("lost in the commit");
        {
            engine engine;
            auto db = engine.open(w.faults.connection_string(), one_session());
            auto session = of_pool ? sluice::session() : answer(db.acquire());
            auto tx = answer(of_pool ? db.begin() : session.begin());
            answer(tx.query("affect 1"));
            w.faults.add("at SQLEndTran 1 sql 'commit' after lost");
            check(error_of(tx.commit()), errc::commit_unknown, outcome::unknown);
            CHECK(tx.state() == transaction_state::over);
            check(error_of(tx.query("affect 1")), errc::stale_handle);
            if (!of_pool) CHECK(answer(session.query("affect 2")).affected_rows() == 2);
            if (of_pool) CHECK(answer(db.query("affect 2")).affected_rows() == 2);
        }
        w.judge();
    }
}

TEST_CASE("transaction: a commit that is late is unknown and the next one begins when the driver is back") {
    world w("late commit");
    {
        engine engine;
        auto session = w.connect(engine);
        auto tx = answer(session.begin());
        answer(tx.query("affect 1"));
        w.faults.add("at SQLEndTran 1 sql 'commit' hang");
        check(error_of(tx.commit(request_options().timeout(50ms))), errc::commit_unknown, outcome::unknown);
        check(error_of(tx.rollback()), errc::stale_handle);
        auto next = session.begin();
        w.faults.release();
        auto second = answer(std::move(next));
        answer(second.commit());
        CHECK(ends(w, "commit") == 2);
        CHECK(ends(w, "rollback") == 0);
    }
    w.judge();
}

TEST_CASE("transaction: a commit that is cancelled in the queue leaves it open") {
    world w("cancelled commit");
    {
        engine engine;
        auto session = w.connect(engine);
        auto tx = answer(session.begin());
        w.faults.add("at execute sql 'holds' hang");
        auto holds = tx.query("affect 1 /* holds */");
        REQUIRE(w.faults.wait_until_hanging(1));
        std::stop_source stop;
        auto committed = tx.commit(request_options().stop(stop.get_token()));
        stop.request_stop();
        check(error_of(std::move(committed)), errc::cancelled);
        w.faults.release();
        answer(std::move(holds));
        CHECK(tx.state() == transaction_state::open);
        answer(tx.query("affect 2"));
        answer(tx.commit());
        CHECK(ends(w, "commit") == 1);
    }
    w.judge();
}

TEST_CASE("transaction: a begin that is given up leaves none open") {
    world w("late begin");
    {
        engine engine;
        auto session = w.connect(engine);
        w.faults.add("at SQLSetConnectAttr 1 hang");
        check(error_of(session.begin({}, request_options().timeout(50ms))), errc::deadline);
        auto next = session.query("affect 1");
        w.faults.release();
        CHECK(answer(std::move(next)).affected_rows() == 1);
        auto tx = answer(session.begin());
        answer(tx.commit());
        CHECK(ends(w, "rollback") == 1);
    }
    w.judge();
}

TEST_CASE("transaction: a session that is closed takes its transaction with it") {
    world w("closed");
    {
        engine engine;
        auto session = w.connect(engine);
        auto tx = answer(session.begin());
        answer(session.close());
        check(error_of(tx.query("affect 1")), errc::closed);
        check(error_of(tx.commit()), errc::closed);
    }
    CHECK(ends(w, "commit") == 0);
    w.judge();
}

TEST_CASE("transaction: the session that it was begun on may be dropped first") {
    world w("session first");
    {
        engine engine;
        transaction tx;
        CHECK(tx.state() == transaction_state::none);
        check(error_of(tx.query("affect 1")), errc::closed);
        check(error_of(tx.commit()), errc::closed);
        {
            auto session = w.connect(engine);
            tx = answer(session.begin());
        }
        CHECK(answer(tx.query("affect 1")).affected_rows() == 1);
        answer(tx.commit());
        CHECK(comes_true([&] { return w.faults.live().connected == 0; }));
    }
    CHECK(ends(w, "commit") == 1);
    w.judge();
}

TEST_CASE("transaction: a pool has its session back before the end is answered") {
    world w("pool");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), one_session());
        for (const bool commits : {true, false}) {
            auto tx = answer(db.begin());
            auto waits = db.query("affect 2");
            answer(tx.query("affect 1"));
            CHECK_FALSE(ready(waits));
            answer(commits ? tx.commit() : tx.rollback());
            CHECK(answer(std::move(waits)).affected_rows() == 2);
            check(error_of(tx.query("affect 1")), errc::stale_handle);
        }
        auto tx = answer(db.begin());
        check(error_of(db.begin({}, request_options().timeout(20ms))), errc::pool_exhausted);
        db = pool();  // what is lent stays usable
        answer(tx.query("affect 1"));
        answer(tx.commit());
        check(error_of(db.begin()), errc::closed);
    }
    CHECK(ends(w, "commit") == 2);
    CHECK(w.faults.count("connect") == 1);
    w.judge();
}

TEST_CASE("transaction: the engine may be gone before the handle") {
    world w("engine first");
    transaction tx;
    {
        engine engine;
        auto session = w.connect(engine);
        tx = answer(session.begin());
        answer(tx.query("affect 1"));
    }
    CHECK(error_of(tx.commit()).outcome() == outcome::none);
    tx = transaction();
    CHECK(ends(w, "commit") == 0);
    w.judge();
}
