// Connector/ODBC answers an execution with SQL_SUCCESS_WITH_INFO where the server's error has a SQLSTATE of class 01,
// as "data truncated" has in strict mode: nothing was inserted then.
#include "here.hpp"

using namespace sluice;
using namespace sluice::testing;

TEST_CASE("an error that the driver calls a warning is an error") {
    engine engine;
    auto on = here::connect(engine, "warned");
    const std::string table = "warned";
    const auto check_refused = [&](const error& e, errc code, outcome effect = outcome::none) {
        INFO(e.to_string());
        CHECK(e.code() == code);
        CHECK(e.outcome() == effect);
        CHECK(e.session() == session_state::usable);
        CHECK_FALSE(e.diagnostics().empty());
    };
    const auto run = [&](const std::string& sql) {
        (void)answer(on.query(sql));
    };
    run("drop procedure if exists warned_insert");
    run("drop table if exists " + table);
    run("create table " + table + " (d double, e enum('a', 'b'))");
    run("create procedure warned_insert(v varchar(20)) begin select 1; insert into " + table + " (e) values (v); end");
    auto prepared = answer(on.prepare("insert into " + table + " (d) values (?)"));
    for (int n = 0; n < 3; ++n) {
        check_refused(error_of(on.query("insert into " + table + " (d) values (?)", args("12x"))), errc::data);
        check_refused(error_of(on.query("insert into " + table + " (e) values (?)", args("c"))), errc::data);
        check_refused(error_of(on.query("insert into " + table + " (e) values ('c')")), errc::data);
        check_refused(error_of(prepared.query(args("10.1.2"))), errc::data);
        check_refused(error_of(on.query_all("call warned_insert(?)", args("c"))), errc::data, outcome::unknown);
        CHECK(answer(on.query("select count(*) from " + table))[0].get<std::int64_t>(0) == 0);
    }
    // What the server calls a warning is none.
    run("set sql_mode = ''");
    CHECK(answer(on.query("insert into " + table + " (e) values (?)", args("c"))).affected_rows() == 1);
    CHECK(answer(prepared.query(args("12x"))).affected_rows() == 1);
    CHECK(answer(on.query("select count(*) from " + table))[0].get<std::int64_t>(0) == 2);
    run("drop procedure warned_insert");
    run("drop table " + table);
}
