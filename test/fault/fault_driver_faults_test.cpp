// What a script does to calls: hangs, delays, errors at the n-th call, cancels.
#include "raw_odbc.hpp"

#include <sluice/testing/fault_script.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <future>
#include <string>
#include <utility>
#include <vector>

using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

// Runs on another thread. The test waits for it with get(), never for ever: a hang has its limit.
template <class Work>
std::future<SQLRETURN> elsewhere(Work work) {
    return std::async(std::launch::async, std::move(work));
}

}  // namespace

TEST_CASE("a call hangs until it is released in connect and execute and fetch and disconnect") {
    for (const char* where : {"connect", "execute", "fetch", "disconnect"}) {
        CAPTURE(where);
        fault_script faults("hang");
        faults.add(std::string("at ") + where + " hang");
        raw::connection on;
        auto session = elsewhere([&] {
            SQLRETURN worst = on.connect(faults.connection_string());
            {
                raw::statement rows(on);
                if (rows.execute("rows 1") != SQL_SUCCESS) worst = SQL_ERROR;
                if (rows.fetch() != SQL_SUCCESS) worst = SQL_ERROR;
            }
            return SQLDisconnect(on.get()) == SQL_SUCCESS ? worst : static_cast<SQLRETURN>(SQL_ERROR);
        });
        CHECK(faults.wait_until_in(where));
        CHECK(faults.wait_until_hanging(1));
        CHECK(session.wait_for(0s) == std::future_status::timeout);
        CHECK(faults.release() == 1);
        CHECK(session.get() == SQL_SUCCESS);
        CHECK_FALSE(faults.wait_until_in(where, 0ms));
        CHECK(faults.count(where) == 1);
    }
}

TEST_CASE("a call hangs in any function until it is released and ignores SQLCancel where it is stubborn") {
    for (const char* where : {"SQLAllocHandle", "SQLPrepare", "SQLExecute", "SQLBindCol", "SQLFetch", "SQLGetData",
                              "SQLCloseCursor", "SQLFreeStmt", "SQLEndTran", "SQLCancel", "SQLSetConnectAttr",
                              "SQLGetInfo", "SQLFreeHandle", "SQLDisconnect", "SQLDriverConnect"}) {
        CAPTURE(where);
        fault_script faults("hang anywhere");
        faults.add(std::string("at ") + where + " 1 hang stubborn");
        SQLHSTMT statement = nullptr;  // as raw::statement would hide when it is freed
        auto session = elsewhere([&] {
            raw::connection on(faults.connection_string());
            SQLULEN value = 0;
            SQLAllocHandle(SQL_HANDLE_STMT, on.get(), &statement);
            SQLPrepare(statement, raw::sql_text("rows 2"), SQL_NTS);
            SQLExecute(statement);
            SQLBindCol(statement, 1, SQL_C_SBIGINT, &value, 0, nullptr);
            SQLFetch(statement);
            SQLGetData(statement, 2, SQL_C_SBIGINT, &value, 0, nullptr);
            SQLFreeStmt(statement, SQL_UNBIND);
            SQLCloseCursor(statement);
            SQLEndTran(SQL_HANDLE_DBC, on.get(), SQL_COMMIT);
            SQLCancel(statement);
            SQLSetConnectAttr(on.get(), SQL_ATTR_AUTOCOMMIT, raw::pointer_of(SQL_AUTOCOMMIT_OFF), 0);
            SQLGetInfo(on.get(), SQL_TXN_CAPABLE, &value, sizeof value, nullptr);
            return SQLFreeHandle(SQL_HANDLE_STMT, statement);
        });
        REQUIRE(faults.wait_until_hanging(1));
        CHECK(faults.wait_until_in(where, 0ms));
        CHECK(faults.release() == 1);
        CHECK(session.get() == SQL_SUCCESS);
        CHECK(faults.live().connections == 0);
        CHECK(faults.violations().empty());
    }
}

TEST_CASE("an SQLCancel that hangs leaves the call it would meet running") {
    fault_script faults("cancel hangs");
    faults.add("at SQLCancel hang stubborn; at execute hang");
    raw::connection on(faults.connection_string());
    raw::statement rows(on);
    auto running = elsewhere([&] { return rows.execute("rows 1"); });
    REQUIRE(faults.wait_until_in("execute"));
    auto cancelling = elsewhere([&] { return SQLCancel(rows.get()); });
    REQUIRE(faults.wait_until_hanging(2));
    CHECK(running.wait_for(0s) == std::future_status::timeout);
    CHECK(faults.release() == 2);
    CHECK(running.get() == SQL_SUCCESS);
    CHECK(cancelling.get() == SQL_SUCCESS);
}

TEST_CASE("a connection that hangs does not hold up another one") {
    for (const char* where : {"connect", "execute", "fetch", "disconnect"}) {
        CAPTURE(where);
        fault_script stuck("stuck");
        const fault_script free("free");
        stuck.add(std::string("at ") + where + " hang stubborn");
        auto session = elsewhere([&] {
            raw::connection on(stuck.connection_string());
            raw::statement rows(on);
            rows.execute("rows 1");
            return rows.fetch();
        });
        REQUIRE(stuck.wait_until_hanging(1));
        {
            raw::connection on(free.connection_string());
            raw::statement rows(on);
            CHECK(rows.execute("rows 1") == SQL_SUCCESS);
            CHECK(rows.fetch() == SQL_SUCCESS);
        }
        CHECK(free.live().connections == 0);
        CHECK(stuck.release() == 1);
        CHECK(session.get() == SQL_SUCCESS);
    }
}

TEST_CASE("a release is not lost when it comes before the thread sleeps") {
    fault_script faults("early release");
    raw::connection on(faults.connection_string());
    raw::statement rows(on);
    for (int round = 0; round < 200; ++round) {
        auto running = elsewhere([&] { return rows.execute("ok hang"); });
        REQUIRE(faults.wait_until_in("SQLExecDirect"));
        faults.release();
        REQUIRE(running.get() == SQL_SUCCESS);
    }
    CHECK(faults.executions("ok hang") == 200);
    CHECK(faults.violations().size() == 200);  // thread_changed: each round had a thread of its own
}

TEST_CASE("SQLCancel ends a hang and a delay with HY008") {
    for (const char* sql : {"rows 1 hang", "rows 1 delay 120000"}) {
        fault_script faults("cancelled");
        raw::connection on(faults.connection_string());
        raw::statement rows(on);
        auto running = elsewhere([&] { return rows.execute(sql); });
        REQUIRE(faults.wait_until_in("execute"));
        CHECK(SQLCancel(rows.get()) == SQL_SUCCESS);
        CHECK(running.get() == SQL_ERROR);
        CHECK(rows.state() == "HY008");
        std::uint64_t met = 0;
        std::uint64_t executed = 0;
        for (const auto& call : faults.calls()) {
            if (call.function == "SQLCancel") met = call.detail;
            if (call.function == "SQLExecDirect") executed = call.sequence;
        }
        CHECK(met != 0);
        CHECK(met == executed);
        CHECK(rows.execute("rows 1") == SQL_SUCCESS);
    }
}

TEST_CASE("a stubborn hang ignores SQLCancel") {
    fault_script faults("stubborn");
    raw::connection on(faults.connection_string());
    raw::statement rows(on);
    auto running = elsewhere([&] { return rows.execute("rows 1 hang stubborn"); });
    REQUIRE(faults.wait_until_hanging(1));
    CHECK(SQLCancel(rows.get()) == SQL_SUCCESS);
    CHECK(faults.wait_until_hanging(1, 0ms));
    CHECK(faults.release() == 1);
    CHECK(running.get() == SQL_SUCCESS);
}

TEST_CASE("SQLCancel of an idle statement meets nothing") {
    fault_script faults("idle cancel");
    raw::connection on(faults.connection_string());
    raw::statement idle(on);
    CHECK(SQLCancel(idle.get()) == SQL_SUCCESS);
    CHECK(idle.execute("rows 1") == SQL_SUCCESS);
    REQUIRE(faults.count("SQLCancel") == 1);
    for (const auto& call : faults.calls()) {
        if (call.function == "SQLCancel") CHECK(call.detail == 0);
    }
}

TEST_CASE("a hang that nobody releases ends by its limit and is a violation") {
    fault_script faults("not released");
    raw::connection on(faults.connection_string());
    raw::statement rows(on);
    CHECK(rows.execute("rows 1 hang 20") == SQL_ERROR);
    CHECK(rows.state() == "HYT00");
    const auto violations = faults.violations();
    REQUIRE(violations.size() == 1);
    CHECK(violations[0].kind == "hang_not_released");
    CHECK(violations[0].call.function == "SQLExecDirect");
}

TEST_CASE("a delay takes its time") {
    fault_script faults("delay");
    faults.add("at fetch delay 15");
    raw::connection on(faults.connection_string());
    raw::statement rows(on);
    REQUIRE(rows.execute("rows 1 delay 25") == SQL_SUCCESS);
    REQUIRE(rows.fetch() == SQL_SUCCESS);
    for (const auto& call : faults.calls()) {
        if (call.function == "SQLExecDirect") CHECK(call.end - call.begin >= 25ms);
        if (call.function == "SQLFetch") CHECK(call.end - call.begin >= 15ms);
    }
}

TEST_CASE("a rule meets the n-th matching call and those whose SQL has the part") {
    fault_script faults("n-th call");
    raw::connection on(faults.connection_string());
    raw::statement rows(on);
    CHECK(rows.execute("ok") == SQL_SUCCESS);
    faults.add("at execute 2 error 40001 9 'again'; at execute sql 'special' error HY000; at SQLPrepare lost");
    CHECK(rows.execute("ok") == SQL_SUCCESS);
    CHECK(rows.execute("ok") == SQL_ERROR);
    CHECK(rows.diagnostics().at(0).native == 9);
    CHECK(rows.execute("ok") == SQL_SUCCESS);
    CHECK(rows.execute("ok /* special */") == SQL_ERROR);
    CHECK(rows.state() == "HY000");
    CHECK(rows.prepare("ok") == SQL_ERROR);
    CHECK(rows.state() == "08S01");
    CHECK(on.dead());
}

TEST_CASE("an error or a warning of a rule comes on fetch and connect and commit") {
    fault_script faults("other calls");
    faults.add(
        "at connect 1 error 28000 3 'no'; at fetch 3 error 57014; at SQLEndTran error 40001; at fetch 1 warn 01000 4");
    raw::connection on;
    CHECK(on.connect(faults.connection_string()) == SQL_ERROR);
    CHECK(on.state() == "28000");
    CHECK(faults.live().connected == 0);
    REQUIRE(on.connect(faults.connection_string()) == SQL_SUCCESS);
    CHECK(faults.live().connected == 1);
    raw::statement rows(on);
    REQUIRE(rows.execute("rows 5") == SQL_SUCCESS);
    CHECK(rows.fetch() == SQL_SUCCESS_WITH_INFO);
    CHECK(rows.diagnostics().at(0).native == 4);
    CHECK(rows.fetch() == SQL_SUCCESS);
    CHECK(rows.fetch() == SQL_ERROR);
    CHECK(rows.state() == "57014");
    CHECK(rows.fetch() == SQL_SUCCESS);
    CHECK(SQLEndTran(SQL_HANDLE_DBC, on.get(), SQL_COMMIT) == SQL_ERROR);
    CHECK(on.state() == "40001");
}

TEST_CASE("each call of a session can be made to fail in its turn") {
    std::uint64_t n = 1;
    for (bool reached = true; reached; ++n) {
        CAPTURE(n);
        fault_script faults("any call");
        faults.add("at any " + std::to_string(n) + " error HY000");
        {
            raw::connection on(faults.connection_string());
            raw::statement rows(on);
            rows.prepare("rows 3");
            SQLExecute(rows.get());
            rows.fetch();
            rows.close();
        }
        std::vector<fault_call> counted;
        for (auto& call : faults.calls()) {
            if (call.function != "SQLGetDiagRec" && call.function != "SQLGetDiagField")
                counted.push_back(std::move(call));
        }
        reached = faults.count("any") >= n;
        REQUIRE(counted.size() == faults.count("any"));
        if (reached) CHECK(counted[n - 1].result == SQL_ERROR);
        REQUIRE(n < 100);
    }
    CHECK(n > 12);
}

TEST_CASE("a mistake in a rule is refused with what was expected and changes nothing") {
    fault_script faults("mistakes in rules");
    for (const char* rules :
         {"on fetch hang", "at SQLNothing hang", "at fetch", "at fetch 0x hang", "at fetch hang forever",
          "at fetch error 22", "at fetch delay", "at fetch delay 999999999", "answer select with ok", "answer 'a' with",
          "answer 'a' ok", "at execute error 22012; at"}) {
        CAPTURE(rules);
        CHECK_THROWS_AS(faults.add(rules), std::invalid_argument);
    }
    raw::connection on(faults.connection_string());
    raw::statement rows(on);
    CHECK(rows.execute("rows 1") == SQL_SUCCESS);
    CHECK_THROWS_WITH(faults.add("at fetch hung"), Catch::Contains("hung"));
    CHECK_THROWS_AS(faults.count("SQLNothing"), std::invalid_argument);
    CHECK_THROWS_AS(faults.wait_until_in("SQLNothing", 0ms), std::invalid_argument);
}
