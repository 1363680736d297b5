// Whole transactions, done again where they met a conflict and only there.
#include "fault_world.hpp"

#include <sluice/runtime/async.hpp>
#include <sluice/testing/virtual_clock.hpp>

#include <atomic>
#include <stdexcept>

using namespace sluice;
using namespace sluice::testing;

namespace {

const std::string conflict = "error 40001 1 'conflict'";

tx_retry quick(unsigned attempts = 5) {
    return tx_retry().attempts(attempts).pause(0ms, 0ms);
}

std::uint64_t ends(const world& w, const std::string& how) {
    std::uint64_t n = 0;
    for (const auto& call : w.faults.calls()) n += call.function == "SQLEndTran" && call.sql == how ? 1U : 0U;
    return n;
}

template <class Call>
error thrown_by(Call call) {
    try {
        call();
    } catch (const database_error& e) {
        return e.error();
    }
    FAIL("nothing was thrown");
    return {};
}

// The way of a body that asks one statement and answers with its count.
struct one_statement {
    std::string sql;
    std::atomic<int>* runs;
    void operator()(transaction& tx, transact_done<std::int64_t> done) const {
        ++*runs;
        tx.async_query(sql, [done = std::move(done)](result<row_set> r) mutable {
            if (!r) return done(r.error());
            done(r->affected_rows().value_or(-1));
        });
    }
};

}  // namespace

TEST_CASE("transact: a body without a conflict runs once and its value comes after the commit") {
    world w("transact once");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), one_session());
        int runs = 0;
        const auto counted = db.transact([&](transaction& tx) {
            ++runs;
            return tx.query("affect 7").get().affected_rows();
        });
        CHECK(counted == 7);
        CHECK(runs == 1);
        auto session = answer(db.acquire());
        session.transact([&](transaction& tx) { answer(tx.query("affect 1")); });
    }
    CHECK(ends(w, "commit") == 2);
    CHECK(ends(w, "rollback") == 0);
    w.judge();
}

TEST_CASE("transact: conflicts are done again as a whole until one attempt is through") {
    for (const bool at_commit : {false, true}) {
        world w("transact again");
        {
            engine engine;
            auto db = engine.open(w.faults.connection_string(), one_session());
            const std::string what = at_commit ? "SQLEndTran " : "execute ";
            const std::string which = at_commit ? " sql 'commit' " : " sql 'contended' ";
            w.faults.add("at " + what + "1" + which + conflict + "; at " + what + "2" + which + conflict);
            int runs = 0;
            db.transact(
                [&](transaction& tx) {
                    ++runs;
                    answer(tx.query("affect 1 /* first */"));
                    answer(tx.query("affect 1 /* contended */"));
                },
                quick());
            CHECK(runs == 3);
            CHECK(w.faults.executions("affect 1 /* first */") == 3);
            CHECK(ends(w, "commit") == (at_commit ? 3 : 1));
            CHECK(ends(w, "rollback") == 2);
        }
        w.judge();
    }
}

TEST_CASE("transact: another error runs the body once and is thrown as it is") {
    struct way {
        const char* fault;
        errc code;
        outcome effect;
    };
    for (const way& one : {way{"at execute 1 error 42000", errc::syntax, outcome::none},
                           way{"at execute 1 error 23000", errc::constraint, outcome::none},
                           way{"at execute 1 error 55P03", errc::rejected, outcome::none},
                           way{"at execute 1 error HY000 1205", errc::rejected, outcome::none},
                           way{"at execute 1 lost", errc::connection_lost, outcome::none},
                           way{"at SQLEndTran 1 sql 'commit' after lost", errc::commit_unknown, outcome::unknown}}) {
        INFO(one.fault);
        world w("transact no more");
        {
            engine engine;
            auto db = engine.open(w.faults.connection_string(), one_session());
            answer(db.query("affect 1"));
            w.faults.add(one.fault);
            int runs = 0;
            const auto e = thrown_by([&] {
                db.transact(
                    [&](transaction& tx) {
                        ++runs;
                        answer(tx.query("affect 2"));
                    },
                    quick());
            });
            CHECK(e.code() == one.code);
            CHECK(e.outcome() == one.effect);
            CHECK(runs == 1);

            w.faults.add(one.fault);
            std::atomic<int> later{0};
            const auto other =
                error_of(db.async_transact<std::int64_t>(one_statement{"affect 2", &later}, quick(), use_future));
            CHECK(other.code() == one.code);
            CHECK(later == 1);
            answer(db.query("affect 3"));
        }
        w.judge();
    }
}

TEST_CASE("transact: the attempts are bounded and the last conflict is thrown") {
    world w("transact bounded");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), one_session());
        w.faults.add("at execute sql 'contended' " + conflict);
        int runs = 0;
        const auto e = thrown_by([&] {
            db.transact(
                [&](transaction& tx) {
                    ++runs;
                    answer(tx.query("affect 1 /* contended */"));
                },
                quick(3));
        });
        CHECK(e.code() == errc::serialization);
        CHECK(e.sqlstate() == "40001");
        CHECK(runs == 3);
        std::atomic<int> later{0};
        CHECK(error_of(db.async_transact<std::int64_t>(one_statement{"affect 1 /* contended */", &later}, quick(4),
                                                       use_future))
                  .code() == errc::serialization);
        CHECK(later == 4);
    }
    CHECK(ends(w, "commit") == 0);
    w.judge();
}

TEST_CASE("transact: what a body throws rolls back and is not done again") {
    world w("transact throws");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), one_session());
        int runs = 0;
        CHECK_THROWS_AS(db.transact([&](transaction& tx) {
            ++runs;
            answer(tx.query("affect 1"));
            throw std::runtime_error("the body's own");
        }),
                        std::runtime_error);
        CHECK(runs == 1);
        answer(db.query("affect 2"));
    }
    CHECK(ends(w, "commit") == 0);
    CHECK(ends(w, "rollback") == 1);
    w.judge();
}

TEST_CASE("transact: a conflict that the body swallows is found by the commit and done again") {
    world w("transact swallowed");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), one_session());
        w.faults.add("at execute 1 sql 'contended' " + conflict);
        int runs = 0;
        db.transact(
            [&](transaction& tx) {
                ++runs;
                try {
                    answer(tx.query("affect 1 /* contended */"));
                } catch (const database_error&) {
                    CHECK(tx.state() == transaction_state::failed);
                }
            },
            quick());
        CHECK(runs == 2);
    }
    CHECK(ends(w, "commit") == 1);
    w.judge();
}

TEST_CASE("async_transact: runs the body for each attempt and commits what it answers") {
    for (const bool at_commit : {false, true}) {
        world w("async transact");
        {
            engine engine;
            auto db = engine.open(w.faults.connection_string(), one_session());
            const std::string what = at_commit ? "SQLEndTran " : "execute ";
            const std::string which = at_commit ? " sql 'commit' " : " sql 'contended' ";
            w.faults.add("at " + what + "1" + which + conflict);
            std::atomic<int> runs{0};
            CHECK(answer(db.async_transact<std::int64_t>(one_statement{"affect 9 /* contended */", &runs}, quick(),
                                                         use_future)) == 9);
            CHECK(runs == 2);
            std::promise<result<std::int64_t>> heard;
            db.async_transact<std::int64_t>(one_statement{"affect 4", &runs},
                                            [&](result<std::int64_t> r) { heard.set_value(std::move(r)); });
            CHECK(answer(heard.get_future()).value() == 4);
        }
        CHECK(ends(w, "rollback") == 1);
        w.judge();
    }
}

TEST_CASE("async_transact: a body that answers nothing or throws ends with an error and nothing is committed") {
    world w("async transact wrong bodies");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), one_session());
        const auto forgets = [](transaction&, transact_done<int>) {
        };
        CHECK(error_of(db.async_transact<int>(forgets, use_future)).code() == errc::cancelled);
        const auto throws = [](transaction&, transact_done<int>) {
            throw database_error(error(errc::data, "the body's own"));
        };
        CHECK(error_of(db.async_transact<int>(throws, use_future)).code() == errc::data);
        const auto refuses = [](transaction&, transact_done<int> done) {
            done(error(errc::syntax, "no"));
        };
        CHECK(error_of(db.async_transact<int>(refuses, use_future)).code() == errc::syntax);
        CHECK(error_of(pool().async_transact<int>(refuses, use_future)).code() == errc::closed);
    }
    CHECK(ends(w, "commit") == 0);
    CHECK(ends(w, "rollback") == 3);
    w.judge();
}

TEST_CASE("async_transact: rests by the engine's clock and an engine that goes away ends the rest") {
    world w("async transact rests");
    {
        const auto time = std::make_shared<virtual_clock>();
        engine engine(engine_options().time(time));
        auto db = engine.open(w.faults.connection_string(), one_session());
        w.faults.add("at execute 1 sql 'contended' " + conflict + "; at execute 3 sql 'contended' " + conflict);
        std::atomic<int> runs{0};
        const auto slow = tx_retry().pause(1min, 1min);
        auto done = db.async_transact<std::int64_t>(one_statement{"affect 1 /* contended */", &runs}, slow, use_future);
        REQUIRE(comes_true([&] { return ends(w, "rollback") == 1; }));
        CHECK_FALSE(ready(done));
        CHECK(runs == 1);
        do {
            time->advance(1min);  // its rest may begin a moment after the rollback
        } while (done.wait_for(2s) != std::future_status::ready);
        CHECK(answer(std::move(done)) == 1);
        CHECK(runs == 2);
        auto last = db.async_transact<std::int64_t>(one_statement{"affect 1 /* contended */", &runs}, slow, use_future);
        REQUIRE(comes_true([&] { return ends(w, "rollback") == 2; }));
        answer(engine.shutdown(shutdown_mode::cancel, 1s));
        const auto conflict_met = error_of(std::move(last));
        CHECK(conflict_met.code() == errc::serialization);
        tx_retry more = slow;
        CHECK(error_of(more.again(db, conflict_met)).code() == errc::shutting_down);
    }
    w.judge();
}
