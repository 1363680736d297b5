// What a driver says it can do: once for each connection, and nothing where it does not tell.
#include "fault_world.hpp"

using namespace sluice;
using namespace sluice::testing;

TEST_CASE("capabilities: the driver is asked once for each connection") {
    world w("capabilities once");
    {
        engine engine;
        auto session = w.connect(engine);
        const auto before = w.faults.count("SQLGetInfo");
        const auto can = answer(session.capabilities());
        CHECK(can.dbms_name == "SluiceFault");
        CHECK(can.identifier_quote == "\"");
        CHECK(can.pattern_escape == "\\");
        CHECK(can.multiple_results == false);
        CHECK(can.savepoints == std::nullopt);  // of an unknown DBMS
        CHECK(can.transactions == transaction_support::ddl_as_statements);
        CHECK_FALSE(can.catalogs);
        const auto asked = w.faults.count("SQLGetInfo");
        CHECK(asked > before);
        CHECK(answer(session.capabilities()) == can);
        CHECK(w.faults.count("SQLGetInfo") == asked);
        session.reconnect();
        CHECK(answer(session.capabilities()) == can);
        CHECK(w.faults.count("SQLGetInfo") > asked);
        CHECK(error_of(sluice::session().capabilities()).code() == errc::closed);
        auto stream = answer(session.stream("rows 100000"));
        CHECK(error_of(session.capabilities()).code() == errc::session_busy);
    }
    w.judge();
}

TEST_CASE("capabilities: what a driver does not tell is not known") {
    world w("capabilities untold");
    {
        engine engine;
        auto session = w.connect(engine);
        w.faults.add("at SQLGetInfo error HY096 'what?'; at SQLSetStmtAttr error HYC00 'no arrays'");
        const auto can = answer(session.capabilities());
        CHECK(can.dbms_name.empty());
        CHECK(can.identifier_quote.empty());
        CHECK(can.identifiers == identifier_case::unknown);
        CHECK(can.transactions == transaction_support::unknown);
        CHECK(can.isolation == isolation_support());
        CHECK_FALSE(can.isolation_default);
        CHECK_FALSE(can.procedures);
        CHECK_FALSE(can.identifier_length_max);
        CHECK(answer(session.query("rows 1")).size() == 1);
    }
    w.judge();
}

TEST_CASE("capabilities: a connection that is lost meanwhile is told and what was said is forgotten") {
    world w("capabilities lost");
    {
        engine engine;
        auto session = w.connect(engine);
        w.faults.add("at SQLGetInfo 3 lost");
        const error lost = error_of(session.capabilities());
        CHECK(lost.code() == errc::connection_lost);
        CHECK(lost.outcome() == outcome::none);
        CHECK(answer(session.capabilities()).dbms_name == "SluiceFault");
        CHECK(session.generation() == 2);
    }
    w.judge();
}
