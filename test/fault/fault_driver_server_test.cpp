// What happens to the server: it is down, it loses its connections, it does the work and its answer is lost.
#include "raw_odbc.hpp"

#include <sluice/testing/fault_script.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <future>
#include <string>

using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

SQLRETURN commit(const raw::connection& on) {
    return SQLEndTran(SQL_HANDLE_DBC, on.get(), SQL_COMMIT);
}

}  // namespace

TEST_CASE("a server that is down refuses connects with 08001 until it is up and keeps what it has") {
    fault_script faults("down");
    raw::connection open(faults.connection_string());
    faults.down();
    for (int attempt = 0; attempt < 3; ++attempt) {
        raw::connection refused;
        CHECK(refused.connect(faults.connection_string()) == SQL_ERROR);
        CHECK(refused.state() == "08001");
    }
    CHECK(faults.live().connected == 1);
    raw::statement rows(open);
    CHECK(rows.execute("rows 1") == SQL_SUCCESS);
    faults.up();
    const raw::connection again(faults.connection_string());
    CHECK(again.connected == SQL_SUCCESS);
    CHECK(faults.count("connect") == 5);
}

TEST_CASE("a connect that hung while the server went down is refused") {
    fault_script faults("down meanwhile");
    faults.add("at connect hang");
    auto connecting = std::async(std::launch::async, [&] {
        raw::connection on(faults.connection_string());
        return on.state();
    });
    REQUIRE(faults.wait_until_hanging(1));
    faults.down();
    faults.release();
    CHECK(connecting.get() == "08001");
    faults.reset();
    CHECK(raw::connection(faults.connection_string()).connected == SQL_SUCCESS);
}

TEST_CASE("a lost connection says so at its next call and a new one does not") {
    fault_script faults("lost");
    const fault_script others("not lost");
    raw::connection one(faults.connection_string());
    raw::connection two(faults.connection_string());
    raw::connection other(others.connection_string());
    raw::statement rows(one);
    raw::statement fetched(one);
    raw::statement on_other(other);
    REQUIRE(fetched.execute("rows 3") == SQL_SUCCESS);
    CHECK_FALSE(one.dead());
    CHECK(faults.lose_connections() == 2);
    CHECK(faults.lose_connections() == 0);
    CHECK(rows.execute("ok") == SQL_ERROR);
    CHECK(rows.state() == "08S01");
    CHECK(fetched.fetch() == SQL_ERROR);
    CHECK(fetched.state() == "08S01");
    CHECK(one.dead());
    CHECK(two.dead());
    CHECK(commit(two) == SQL_ERROR);
    CHECK(two.state() == "08S01");
    CHECK(on_other.execute("ok") == SQL_SUCCESS);
    const raw::connection later(faults.connection_string());
    CHECK_FALSE(later.dead());
    CHECK(SQLDisconnect(two.get()) == SQL_SUCCESS);
    CHECK(two.connect(faults.connection_string()) == SQL_SUCCESS);
    CHECK_FALSE(two.dead());
    CHECK(faults.violations().empty());
}

TEST_CASE("a call that waits ends when its connection is lost unless it is stubborn") {
    fault_script faults("lost in a call");
    for (const char* sql : {"ok hang", "ok delay 120000"}) {
        CAPTURE(sql);
        faults.reset();
        raw::connection on(faults.connection_string());
        raw::statement stuck(on);
        auto running = std::async(std::launch::async, [&] { return stuck.execute(sql); });
        REQUIRE(faults.wait_until_in("execute"));
        CHECK(faults.lose_connections() == 1);
        CHECK(running.get() == SQL_ERROR);
        CHECK(stuck.state() == "08S01");
        CHECK(on.dead());
        CHECK(faults.applied(sql) == 0);
    }
    faults.reset();
    raw::connection on(faults.connection_string());
    raw::statement stuck(on);
    auto running = std::async(std::launch::async, [&] { return stuck.execute("ok hang stubborn"); });
    REQUIRE(faults.wait_until_hanging(1));
    CHECK(faults.lose_connections() == 1);
    CHECK(faults.wait_until_hanging(1, 0ms));
    CHECK(faults.release() == 1);
    CHECK(running.get() == SQL_ERROR);
    CHECK(stuck.state() == "08S01");
}

TEST_CASE("a disconnect that hangs on a lost connection ends and succeeds") {
    fault_script faults("lost in disconnect");
    faults.add("at disconnect hang");
    raw::connection on(faults.connection_string());
    auto leaving = std::async(std::launch::async, [&] { return SQLDisconnect(on.get()); });
    REQUIRE(faults.wait_until_hanging(1));
    CHECK(faults.lose_connections() == 1);
    CHECK(leaving.get() == SQL_SUCCESS);
    CHECK(faults.live().connected == 0);
}

TEST_CASE("a fault after the work leaves the work done and the answer lost") {
    fault_script faults("after");
    faults.add("at execute 2 after error 08S01 5 'no answer'; at execute 3 after return SQL_NO_DATA");
    raw::connection on(faults.connection_string());
    raw::statement rows(on);
    CHECK(rows.execute("affect 1") == SQL_SUCCESS);
    CHECK(rows.execute("affect 1") == SQL_ERROR);
    CHECK(rows.diagnostics().at(0).native == 5);
    CHECK(rows.execute("affect 1") == SQL_NO_DATA);
    CHECK(rows.execute("error 23505") == SQL_ERROR);
    CHECK(faults.executions("affect 1") == 3);
    CHECK(faults.applied("affect 1") == 3);
    CHECK(faults.executions("error 23505") == 1);
    CHECK(faults.applied("error 23505") == 0);
}

TEST_CASE("a commit is applied or not where its answer is lost and a rollback can be told from it") {
    for (const bool applied : {false, true}) {
        CAPTURE(applied);
        fault_script faults("commit");
        faults.add(std::string("at SQLEndTran sql 'commit' ") + (applied ? "after lost" : "lost"));
        raw::connection on(faults.connection_string());
        SQLSetConnectAttr(on.get(), SQL_ATTR_AUTOCOMMIT, raw::pointer_of(SQL_AUTOCOMMIT_OFF), 0);
        raw::statement writing(on);
        CHECK(writing.execute("affect 1") == SQL_SUCCESS);
        CHECK(SQLEndTran(SQL_HANDLE_DBC, on.get(), SQL_ROLLBACK) == SQL_SUCCESS);
        CHECK(writing.execute("affect 1") == SQL_SUCCESS);
        CHECK(commit(on) == SQL_ERROR);
        CHECK(on.state() == "08S01");
        CHECK(on.dead());
        for (const auto& call : faults.calls()) {
            if (call.sql == "commit") CHECK(call.applied == applied);
            if (call.sql == "rollback") CHECK(call.applied);
        }
    }
}

TEST_CASE("a hang after the work can be released and cancelled and lost") {
    fault_script faults("hang after");
    raw::connection on(faults.connection_string());
    raw::statement rows(on);
    const auto hang = [&] {
        auto running = std::async(std::launch::async, [&] { return rows.execute("affect 1 after hang"); });
        REQUIRE(faults.wait_until_hanging(1));
        return running;
    };
    auto released = hang();
    CHECK(faults.release() == 1);
    CHECK(released.get() == SQL_SUCCESS);
    CHECK(rows.row_count() == 1);
    auto cancelled = hang();
    CHECK(SQLCancel(rows.get()) == SQL_SUCCESS);
    CHECK(cancelled.get() == SQL_ERROR);
    CHECK(rows.state() == "HY008");
    auto lost = hang();
    CHECK(faults.lose_connections() == 1);
    CHECK(lost.get() == SQL_ERROR);
    CHECK(rows.state() == "08S01");
    CHECK(faults.applied("affect 1 after hang") == 3);
}

TEST_CASE("a connect that fails after its work leaves no connection open") {
    fault_script faults("connect after");
    faults.add("at connect 1 after error 08S01");
    raw::connection on;
    CHECK(on.connect(faults.connection_string()) == SQL_ERROR);
    CHECK(on.state() == "08S01");
    CHECK(faults.live().connected == 0);
    CHECK(on.connect(faults.connection_string()) == SQL_SUCCESS);
    CHECK_FALSE(on.dead());
}
