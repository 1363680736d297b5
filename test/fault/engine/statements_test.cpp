// Statements that stay prepared, against the scripted driver: how often it prepares, what becomes of a statement after
// each failure, and that nothing of them is left.
#include "pool_world.hpp"

#include <sluice/runtime/async.hpp>

#include <algorithm>
#include <set>

using namespace sluice;
using namespace sluice::testing;
namespace ask = sluice::protocol;

namespace {

// What the driver answers to the statements of these tests. They begin with words that it has no meaning for.
constexpr const char* table =
    "answer 'select a from t where k = ?' with echo ?;"
    "answer 'select b from t where k = ?' with echo ?;"
    "answer 'select c from t where k = ?' with echo ?;"
    "answer 'select many from t where k < ?' with rows ?;"
    "answer 'update t set a = ?' with affect ?;";
const std::string a = "select a from t where k = ?";
const std::string b = "select b from t where k = ?";
const std::string c = "select c from t where k = ?";
const std::string many = "select many from t where k < ?";
const std::string update = "update t set a = ?";

struct statement_world : pool_world {
    explicit statement_world(const std::string& about) : pool_world("statements: " + about) { faults.add(table); }

    // What was prepared, in order.
    [[nodiscard]] std::vector<std::string> prepared() const {
        std::vector<std::string> texts;
        for (auto& call : faults.calls())
            if (call.function == "SQLPrepare") texts.push_back(std::move(call.sql));
        return texts;
    }
};

std::int64_t number(const row_set& rows) {
    return rows[0].get<std::int64_t>(0);
}

}  // namespace

TEST_CASE("ten thousand executions of one statement prepare it once") {
    statement_world w("ten thousand");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), one_session());
        constexpr std::int64_t times = sanitized ? 1'000 : 10'000;
        for (std::int64_t n = 0; n < times; ++n)
            if (number(answer(db.query(a, args(n)))) != n) FAIL("another row than that of " << n);
        CHECK(w.faults.count("SQLPrepare") == 1);
        CHECK(w.faults.live().statements == 1);
        const auto seen = engine.metrics();
        CHECK(seen.statement_prepares == 1);
        CHECK(seen.statement_misses == 1);
        CHECK(seen.statement_hits == static_cast<std::uint64_t>(times - 1));
        CHECK(seen.statements_cached == 1);
        CHECK(seen.statement_evictions == 0);
    }
    w.judge();
}

TEST_CASE("the statement that was not used for longest makes room") {
    statement_world w("eviction");
    {
        engine engine;
        auto session = w.connect(engine, connect_options().statement_cache(2));
        for (const auto& sql : {a, b, a, c, a, b, c}) CHECK(number(answer(session.query(sql, args(1)))) == 1);
        CHECK(w.prepared() == std::vector<std::string>{a, b, c, b, c});
        CHECK(w.faults.live().statements == 2);
        CHECK(engine.metrics().statement_evictions == 3);
        CHECK(engine.metrics().statements_cached == 2);
        CHECK(engine.metrics().statement_hits == 2);
    }
    w.judge();
}

TEST_CASE("nothing stays prepared with a cache of no statements or of a text that is too long") {
    statement_world w("off");
    {
        engine engine;
        auto without = w.connect(engine, connect_options().statement_cache(0));
        for (int n = 0; n < 3; ++n) CHECK(number(answer(without.query(a, args(n)))) == n);
        CHECK(w.faults.count("SQLPrepare") == 3);
        CHECK(w.faults.live().statements == 0);
        auto with = w.connect(engine);
        const std::string long_text =
            "select a from t where k = ? and " + std::string(limits::cached_sql_bytes_max, 'x');
        w.faults.add("answer '" + long_text + "' with echo ?");
        for (int n = 0; n < 3; ++n) CHECK(number(answer(with.query(long_text, args(n)))) == n);
        CHECK(w.faults.count("SQLPrepare") == 6);
        CHECK(engine.metrics().statements_cached == 0);
        CHECK(error_of(engine.connect(w.faults.connection_string(),
                                      connect_options().statement_cache(limits::statement_cache_max + 1)))
                  .code() == errc::invalid_argument);
    }
    w.judge();
}

TEST_CASE("parameters of other types are another statement") {
    statement_world w("types");
    {
        engine engine;
        auto session = w.connect(engine);
        for (int n = 0; n < 2; ++n) {
            CHECK(number(answer(session.query(a, args(n)))) == n);
            CHECK(answer(session.query(a, args("x")))[0].get<std::string>(0) == "x");
        }
        CHECK(w.faults.count("SQLPrepare") == 2);
    }
    w.judge();
}

TEST_CASE("after each failure of a statement that stays prepared the next execution is right") {
    for (const char* function : {"SQLPrepare", "SQLNumParams", "SQLBindParameter", "SQLExecute", "SQLNumResultCols",
                                 "SQLDescribeCol", "SQLBindCol", "SQLFetch", "SQLFreeStmt", "SQLSetStmtAttr"}) {
        for (const bool cached : {false, true}) {
            INFO(function << (cached ? " of one that was kept" : ""));
            statement_world w(std::string("failure of ") + function);
            {
                engine engine;
                auto session = w.connect(engine);
                if (cached) CHECK(number(answer(session.query(a, args(1)))) == 1);
                const auto reached = w.faults.count(function);
                w.faults.add(std::string("at ") + function + " 1 error HY000 1 'no'");
                auto failing = session.query(a, args(2));
                try {
                    const auto got = number(answer(std::move(failing)));
                    CHECK(got == 2);
                } catch (const database_error& e) {
                    CHECK(e.error().session() == session_state::usable);
                }
                if (!cached) CHECK(w.faults.count(function) > reached);
                for (int n = 3; n < 6; ++n) CHECK(number(answer(session.query(a, args(n)))) == n);
                CHECK(w.faults.live().statements == 1);
                CHECK(engine.metrics().statements_cached == 1);
                CHECK(w.faults.live().connected == 1);
            }
            w.judge();
        }
    }
}

TEST_CASE("a statement whose execution fails is prepared again and one that was interrupted too") {
    statement_world w("fails");
    {
        engine engine;
        auto session = w.connect(engine);
        CHECK(number(answer(session.query(a, args(1)))) == 1);
        w.faults.add("at execute 1 error 42S02 1 'no table'");
        CHECK(error_of(session.query(a, args(2))).code() == errc::syntax);
        CHECK(w.faults.live().statements == 0);
        CHECK(number(answer(session.query(a, args(3)))) == 3);
        CHECK(w.faults.count("SQLPrepare") == 2);
        w.faults.add("at execute 1 hang");
        auto hangs = session.query(a, args(4));
        REQUIRE(w.faults.wait_until_hanging(1));
        session.cancel();
        CHECK(error_of(std::move(hangs)).code() == errc::cancelled);
        CHECK(number(answer(session.query(a, args(5)))) == 5);
        CHECK(w.faults.count("SQLPrepare") == 3);
        CHECK(w.faults.live().statements == 1);
    }
    w.judge();
}

TEST_CASE("a deadline during the preparing is kept and the next connection starts without statements") {
    statement_world w("deadline of preparing");
    {
        engine engine;
        auto session = w.connect(engine);
        CHECK(number(answer(session.query(a, args(1)))) == 1);
        w.faults.add("at SQLPrepare sql 'select b' hang");
        const auto late = error_of(session.query(b, args(1), request_options().timeout(50ms)));
        CHECK(late.code() == errc::deadline);
        CHECK(late.outcome() == outcome::none);
        w.faults.clear_rules();
        w.faults.add(table);
        w.faults.release();
        CHECK(number(answer(session.query(a, args(2)))) == 2);
        CHECK(number(answer(session.query(b, args(3)))) == 3);
    }
    w.judge();
}

TEST_CASE("a cancelled preparing is answered as cancelled") {
    statement_world w("cancel of preparing");
    {
        engine engine;
        auto session = w.connect(engine);
        w.faults.add("at SQLPrepare 1 hang");
        auto hangs = session.prepare(a);
        REQUIRE(w.faults.wait_until_hanging(1));
        session.cancel();
        w.faults.release();
        try {
            (void)answer(std::move(hangs));
        } catch (const database_error& e) {
            CHECK(e.code() == errc::cancelled);
        }
        CHECK(number(answer(session.query(a, args(1)))) == 1);
    }
    w.judge();
}

TEST_CASE("a recovery leaves nothing prepared and prepared statements are prepared again") {
    statement_world w("recovery");
    {
        engine engine;
        auto session = w.connect(engine);
        auto mine = answer(session.prepare(b));
        for (int n = 0; n < 2; ++n) {
            CHECK(number(answer(session.query(a, args(n)))) == n);
            CHECK(number(answer(mine.query(args(n)))) == n);
        }
        const auto before = w.faults.count("SQLPrepare");
        CHECK(before == 2);
        w.faults.lose_connections();
        CHECK(error_of(session.query(a, args(1))).code() == errc::connection_lost);
        CHECK(comes_true([&] { return session.generation() == 2 && engine.metrics().workers_ready == 1; }));
        CHECK(engine.metrics().statements_cached == 0);
        CHECK(number(answer(mine.query(args(8)))) == 8);
        CHECK(number(answer(session.query(a, args(9)))) == 9);
        CHECK(number(answer(mine.query(args(8)))) == 8);
        CHECK(w.faults.count("SQLPrepare") == before + 2);
        CHECK(engine.metrics().statements_cached == 2);
    }
    w.judge();
}

TEST_CASE("a prepared statement tells of its parameters and serves queries and streams") {
    statement_world w("prepared");
    {
        engine engine;
        auto session = w.connect(engine);
        auto made = answer(session.prepare(many));
        CHECK(made.sql() == many);
        CHECK(made.parameter_count() == 1);
        REQUIRE(made.columns() != nullptr);
        CHECK(made.columns()->size() == 4);
        CHECK(made.id());
        CHECK(answer(made.query(args(3))).size() == 3);
        CHECK(answer(made.async_query(args(4), sluice::use_future)).size() == 4);
        auto stream = answer(made.stream(args(5'000), stream_options().batch_rows(100)));
        CHECK(error_of(made.query(args(1))).code() == errc::session_busy);
        std::uint64_t rows = 0;
        while (auto batch = answer(stream.next())) rows += batch->rows();
        CHECK(rows == 5'000);
        CHECK(w.faults.count("SQLPrepare") == 1);
        CHECK(error_of(made.query()).code() == errc::invalid_argument);
        made = statement();
        CHECK(comes_true([&] { return w.faults.live().statements == 0; }));
        CHECK(error_of(made.query()).code() == errc::closed);
        CHECK(made.columns() == nullptr);
        w.faults.add("at SQLPrepare 1 error 42000 7 'no'");
        CHECK(error_of(session.prepare(a)).code() == errc::syntax);
        CHECK(error_of(session.prepare("")).code() == errc::invalid_argument);
    }
    w.judge();
}

TEST_CASE("a prepared statement goes with its session and nobody else can use it") {
    statement_world w("stale");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), one_session());
        statement left;
        {
            auto lease = answer(db.acquire());
            left = answer(lease.prepare(a));
            CHECK(number(answer(left.query(args(1)))) == 1);
        }
        CHECK(error_of(left.query(args(1))).code() == errc::stale_handle);
        CHECK(error_of(left.stream(args(1))).code() == errc::stale_handle);
        {
            auto next = answer(db.acquire());  // the same connection, cleaned
            CHECK(w.faults.live().connected == 1);
            CHECK(w.faults.live().statements == 0);
            ask::execute stolen("");
            stolen.statement = left.id();
            CHECK(error_of(next.submit(stolen)).code() == errc::stale_handle);
        }
        auto other = w.connect(engine);
        auto of_other = answer(other.prepare(b));
        answer(other.close());
        CHECK(error_of(of_other.query(args(1))).code() == errc::stale_handle);
        auto third = w.connect(engine);
        ask::stream_start stolen("");
        stolen.statement = of_other.id();
        CHECK(error_of(third.submit(stolen)).code() == errc::stale_handle);
        CHECK(error_of(session().prepare(a)).code() == errc::closed);
    }
    w.judge();
}

TEST_CASE("a prepared statement that is dropped still answers what was asked before") {
    statement_world w("dropped");
    {
        engine engine;
        auto session = w.connect(engine);
        auto mine = answer(session.prepare(a));
        w.faults.add("at execute 1 hang");
        auto running = session.query(b, args(1));
        REQUIRE(w.faults.wait_until_hanging(1));
        auto queued = mine.query(args(2));
        mine = statement();
        w.faults.release();
        CHECK(number(answer(std::move(running))) == 1);
        CHECK(number(answer(std::move(queued))) == 2);
        CHECK(comes_true([&] { return w.faults.live().statements == 1; }));  // b's
    }
    w.judge();
}

TEST_CASE("a session has a bounded number of prepared statements") {
    statement_world w("bounded");
    {
        engine engine;
        auto session = w.connect(engine);
        std::vector<statement> all;
        for (std::size_t n = 0; n < limits::prepared_statements_max; ++n) all.push_back(answer(session.prepare(a)));
        CHECK(error_of(session.prepare(a)).code() == errc::too_large);
        all.pop_back();
        CHECK(answer(session.prepare(a)).id());
        all.clear();
        CHECK(comes_true([&] { return w.faults.live().statements == 0; }));
    }
    w.judge();
}

TEST_CASE("clearing frees what is prepared and says how many") {
    statement_world w("clear");
    {
        engine engine;
        auto session = w.connect(engine);
        CHECK(answer(session.clear_statements()) == 0);
        for (const auto& sql : {a, b, c}) CHECK(number(answer(session.query(sql, args(1)))) == 1);
        auto mine = answer(session.prepare(a));
        CHECK(engine.metrics().statements_cached == 4);
        CHECK(answer(session.clear_statements()) == 4);
        CHECK(engine.metrics().statements_cached == 0);
        CHECK(w.faults.live().statements == 0);
        CHECK(answer(session.clear_statements()) == 0);
        CHECK(number(answer(mine.query(args(2)))) == 2);  // prepared again
        CHECK(number(answer(session.query(a, args(3)))) == 3);
        CHECK(answer(session.async_clear_statements(sluice::use_future)) == 2);

        SECTION("one that executes is over before") {
            w.faults.add("at execute 1 hang");
            auto running = session.query(a, args(4));
            REQUIRE(w.faults.wait_until_hanging(1));
            auto cleared = session.clear_statements();
            CHECK_FALSE(ready(cleared));
            w.faults.release();
            CHECK(number(answer(std::move(running))) == 4);
            CHECK(answer(std::move(cleared)) == 1);
            CHECK(w.faults.live().statements == 0);
        }
        SECTION("one that streams goes on and is freed at its end") {
            CHECK(number(answer(session.query(a, args(4)))) == 4);
            auto stream = answer(session.stream(many, args(3'000), stream_options().batch_rows(10)));
            REQUIRE(answer(stream.next()));
            CHECK(answer(session.clear_statements()) == 1);
            CHECK(engine.metrics().statements_cached == 0);
            std::uint64_t rows = 10;
            while (auto batch = answer(stream.next())) rows += batch->rows();
            CHECK(rows == 3'000);
            CHECK(comes_true([&] { return w.faults.live().statements == 0; }));
            CHECK(engine.metrics().statements_cached == 0);
        }
        SECTION("within a transaction it is still there") {
            answer(session.submit(ask::begin()));
            CHECK(answer(session.query(update, args(1))).affected_rows() == 1);
            CHECK(answer(session.clear_statements()) == 1);
            CHECK(answer(session.query(update, args(2))).affected_rows() == 2);
            answer(session.submit(ask::commit()));
            CHECK(w.executed().back() == update);
        }
        SECTION("on a connection that is lost there is nothing") {
            CHECK(number(answer(session.query(a, args(4)))) == 4);
            w.faults.lose_connections();
            CHECK(error_of(session.query("rows 1")).code() == errc::connection_lost);
            CHECK(answer(session.clear_statements()) == 0);
            CHECK(engine.metrics().statements_cached == 0);
        }
    }
    w.judge();
}

TEST_CASE("clearing a pool frees the statements of all its sessions") {
    statement_world w("clear a pool");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(4));
        CHECK(answer(db.clear_statements()) == 0);
        {
            auto all = leases(db, 4);
            for (auto& one : all)
                for (const auto& sql : {a, b}) CHECK(number(answer(one.query(sql, args(1)))) == 1);
            CHECK(engine.metrics().statements_cached == 8);
            CHECK(answer(db.clear_statements()) == 8);  // lent ones
            for (auto& one : all) CHECK(number(answer(one.query(a, args(2)))) == 2);
        }
        CHECK(engine.metrics().statements_cached == 4);
        CHECK(answer(db.async_clear_statements(sluice::use_future)) == 4);  // idle ones
        CHECK(engine.metrics().statements_cached == 0);
        CHECK(w.faults.live().statements == 0);

        // One executes, one streams, one is idle, one is in a transaction.
        auto all = leases(db, 4);
        for (auto& one : all) CHECK(number(answer(one.query(a, args(3)))) == 3);
        auto stream = answer(all[1].stream(many, args(3'000), stream_options().batch_rows(10)));
        answer(all[3].submit(ask::begin()));
        w.faults.add("at execute 1 hang");
        auto running = all[0].query(a, args(4));
        REQUIRE(w.faults.wait_until_hanging(1));
        auto cleared = db.clear_statements();
        CHECK_FALSE(ready(cleared));
        w.faults.release();
        CHECK(number(answer(std::move(running))) == 4);
        CHECK(answer(std::move(cleared)) == 4);
        std::uint64_t rows = 0;
        while (auto batch = answer(stream.next())) rows += batch->rows();
        CHECK(rows == 3'000);
        CHECK(comes_true([&] { return w.faults.live().statements == 0; }));
        answer(all[3].submit(ask::rollback()));

        // A deadline is kept, and what stayed behind goes when its turn comes.
        CHECK(number(answer(all[2].query(a, args(5)))) == 5);
        w.faults.add("at execute 1 hang");
        auto late = all[0].query(a, args(6));
        REQUIRE(w.faults.wait_until_hanging(1));
        CHECK(error_of(db.clear_statements(request_options().timeout(30ms))).code() == errc::deadline);
        w.faults.release();
        CHECK(number(answer(std::move(late))) == 6);
        CHECK(error_of(pool().clear_statements()).code() == errc::closed);
    }
    w.judge();
}

TEST_CASE("a result that changes between two executions is delivered as it is") {
    statement_world w("another result");
    {
        engine engine;
        auto session = w.connect(engine);
        CHECK(number(answer(session.query(a, args(1)))) == 1);
        // Described anew by this driver: nothing is taken from the execution before.
        auto rows = answer(session.query(a, args(2)));
        CHECK(rows.columns().size() == 1);
        CHECK(number(rows) == 2);
        CHECK(w.faults.count("SQLPrepare") == 1);
        CHECK(w.faults.count("SQLDescribeCol") >= 2);
    }
    w.judge();
}
