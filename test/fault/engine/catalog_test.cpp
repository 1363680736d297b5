// What can go wrong while the catalog is asked: refused, lost, hung, cancelled, late; and what the driver is told.
#include "fault_world.hpp"

#include <stop_token>

using namespace sluice;
using namespace sluice::testing;

namespace {

// Rows of five texts, as SQLTables has them.
const std::string five_texts =
    " columns a: varchar(20), b: varchar(20), c: varchar(20), d: varchar(20), e: varchar(20)";

// What the driver was told by the last call of that function.
std::string last_sql(const world& w, std::string_view function) {
    std::string last;
    for (auto& call : w.faults.calls())
        if (call.function == function) last = std::move(call.sql);
    return last;
}

}  // namespace

TEST_CASE("catalog: an exact name is escaped and a pattern is not") {
    world w("catalog names");
    {
        engine engine;
        auto session = w.connect(engine);
        answer(session.catalog(tables().name("a_b%c\\d").kind("TABLE").kind("VIEW")));
        CHECK(last_sql(w, "SQLTables") == "SQLTables(,,a\\_b\\%c\\\\d,'TABLE','VIEW')");
        answer(session.catalog(tables().schema_like("s_%").name_like("a_b%")));
        CHECK(last_sql(w, "SQLTables") == "SQLTables(,s_%,a_b%,)");
        answer(session.catalog(columns().name("a_b").column("c%d")));
        CHECK(last_sql(w, "SQLColumns") == "SQLColumns(,,a\\_b,c\\%d)");
        answer(session.catalog(primary_keys().name("a_b")));
        CHECK(last_sql(w, "SQLPrimaryKeys") == "SQLPrimaryKeys(,,a_b)");
        answer(session.catalog(foreign_keys().name("a_b").references("c%d")));
        CHECK(last_sql(w, "SQLForeignKeys") == "SQLForeignKeys(,,c%d,,,a_b)");
        answer(session.catalog(indexes().name("a_b")));
        CHECK(last_sql(w, "SQLStatistics") == "SQLStatistics(,,a_b)");
        answer(session.catalog(procedures().name("a_b")));
        CHECK(last_sql(w, "SQLProcedures") == "SQLProcedures(,,a\\_b)");
        CHECK(answer(session.catalog(data_types())).columns().size() == 19);
        CHECK(error_of(session.catalog(tables().catalog("x"))).code() == errc::unsupported);
    }
    w.judge();
}

TEST_CASE("catalog: rows that a driver gives beyond what was asked for are left out") {
    world w("catalog too much");
    {
        engine engine;
        auto session = w.connect(engine);
        w.faults.add("answer 'SQLTables(,,,)' with rows 3000" + five_texts + " null 5");
        const auto all = answer(session.catalog(tables()));
        REQUIRE(all.size() == 3000);
        CHECK(all.batches().size() > 1);
        CHECK(all.columns()[2].name == "TABLE_NAME");
        std::string name;
        std::string remarks;
        for (const auto row : all)
            if (!row.is_null(2) && !row.is_null(4)) {
                name = row.get<std::string>(2);
                remarks = row.get<std::string>(4);
            }
        w.faults.add("answer 'SQLTables(,," + name + ",)' with rows 3000" + five_texts + " null 5");
        const auto one = answer(session.catalog(tables().name(name)));
        REQUIRE_FALSE(one.empty());
        CHECK(one.size() < 100);
        for (const auto row : one) CHECK(row.get<std::string>(2) == name);
        CHECK(one[one.size() - 1].get<std::string>(4) == remarks);
        CHECK(one.columns() == all.columns());
        CHECK(answer(session.catalog(tables().name("there is none"))).columns().size() == 5);
    }
    w.judge();
}

TEST_CASE("catalog: an error is the driver's and the session goes on") {
    world w("catalog errors");
    {
        engine engine;
        auto session = w.connect(engine);
        w.faults.add("at SQLTables 1 error HYC00 'not here'; at SQLColumns 1 error 42501 7 'not for you'");
        const error unsupported = error_of(session.catalog(tables()));
        CHECK(unsupported.code() == errc::unsupported);
        CHECK(unsupported.function() == "SQLTables");
        const error denied = error_of(session.catalog(columns().name("x")));
        CHECK(denied.sqlstate() == "42501");
        CHECK(denied.function() == "SQLColumns");
        for (const auto& e : {unsupported, denied}) {
            CHECK(e.outcome() == outcome::none);
            CHECK(e.session() == session_state::usable);
        }
        w.faults.add("answer 'SQLProcedures(,,,)' with rows 0");
        w.faults.add("answer 'SQLTables(,,late,)' with rows 50" + five_texts + " error 20 HY000 'in the middle'");
        CHECK(error_of(session.catalog(tables().name("late"))).function() == "SQLFetch");
        CHECK(answer(session.query("rows 1")).size() == 1);
        CHECK(answer(session.catalog(tables())).empty());
    }
    w.judge();
}

TEST_CASE("catalog: warnings are kept beside the rows") {
    world w("catalog warnings");
    {
        engine engine;
        auto session = w.connect(engine);
        w.faults.add("at SQLTables warn 01000 5 'a notice'");
        const auto rows = answer(session.catalog(tables().name("x")));
        REQUIRE(rows.warnings().size() == 1);
        CHECK(rows.warnings()[0].native == 5);
        CHECK(rows.timings().executing > 0ns);
    }
    w.judge();
}

TEST_CASE("catalog: a connection that is lost meanwhile has changed nothing and is made again") {
    world w("catalog lost");
    {
        engine engine;
        auto session = w.connect(engine);
        w.faults.add("at catalog 1 lost");
        const error lost = error_of(session.catalog(tables()));
        CHECK(lost.code() == errc::connection_lost);
        // It reads: whatever became of it on the server, nothing was changed.
        CHECK(lost.outcome() == outcome::none);
        CHECK(answer(session.catalog(tables())).empty());
        CHECK(session.generation() == 2);
    }
    w.judge();
}

TEST_CASE("catalog: a question that hangs is cancelled or meets its deadline") {
    world w("catalog hang");
    {
        engine engine;
        auto session = w.connect(engine);
        w.faults.add("at SQLTables 1 hang; at SQLTables 2 hang");
        std::stop_source stop;
        auto hangs = session.catalog(tables(), request_options().stop(stop.get_token()));
        REQUIRE(w.faults.wait_until_hanging(1));
        stop.request_stop();
        const error cancelled = error_of(std::move(hangs));
        CHECK(cancelled.code() == errc::cancelled);
        CHECK(cancelled.outcome() == outcome::none);
        const error late = error_of(session.catalog(tables(), request_options().timeout(50ms)));
        CHECK(late.code() == errc::deadline);
        CHECK(late.outcome() == outcome::none);
        CHECK(w.faults.count("SQLCancel") >= 2);
        CHECK(answer(session.catalog(tables())).empty());
        CHECK(session.generation() == 1);
    }
    w.judge();
}

TEST_CASE("catalog: a question waits for its turn and is refused beside an open stream") {
    world w("catalog order");
    {
        engine engine;
        auto session = w.connect(engine);
        auto stream = answer(session.stream("rows 100000"));
        CHECK(error_of(session.catalog(tables())).code() == errc::session_busy);
        answer(stream.close());
        CHECK(answer(session.catalog(tables())).empty());
        answer(session.submit(protocol::begin()));
        w.faults.add("at execute sql 'gone' lost");
        CHECK(error_of(session.query("affect 1 /* gone */")).code() == errc::connection_lost);
        CHECK(error_of(session.catalog(tables())).code() == errc::connection_lost);
        answer(session.submit(protocol::rollback()));
        CHECK(answer(session.catalog(tables())).empty());
        answer(session.close());
        CHECK(error_of(session.catalog(tables())).code() == errc::closed);
        CHECK(error_of(sluice::session().catalog(tables())).code() == errc::closed);
        CHECK(error_of(sluice::pool().catalog(tables())).code() == errc::closed);
    }
    w.judge();
}

TEST_CASE("catalog: a pool asks on one of its sessions") {
    world w("catalog pool");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string());
        CHECK(answer(db.catalog(columns().name("x"))).columns().size() == 18);
        CHECK(error_of(db.catalog(primary_keys())).code() == errc::invalid_argument);
        CHECK(error_of(db.catalog(tables(), request_options().result_bytes_max(0))).code() == errc::invalid_argument);
        w.faults.add("at SQLTables 1 hang");
        std::stop_source stop;
        auto hangs = db.catalog(tables(), request_options().stop(stop.get_token()));
        REQUIRE(w.faults.wait_until_hanging(1));
        stop.request_stop();
        CHECK(error_of(std::move(hangs)).code() == errc::cancelled);
        CHECK(answer(db.catalog(tables())).empty());
    }
    w.judge();
}
