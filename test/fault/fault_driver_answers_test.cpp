// What a call answers that no sound driver would: return codes out of place, cancels out of time, a crash.
#include "raw_odbc.hpp"

#include <sluice/testing/fault_script.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <csignal>
#include <future>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

using namespace sluice::testing;

TEST_CASE("a call returns any code that the script wants and does no work") {
    fault_script faults("codes");
    raw::connection on(faults.connection_string());
    raw::statement rows(on);
    REQUIRE(rows.execute("rows 3") == SQL_SUCCESS);
    for (const int code : {12'345, -3, 99, -32'768, 32'767, -2, 100, -1}) {
        CAPTURE(code);
        faults.clear_rules();
        faults.add("at fetch 1 return " + std::to_string(code));
        CHECK(rows.fetch() == code);
        CHECK(rows.diagnostics().empty());
        const auto calls = faults.calls();
        const auto fetch =
            std::find_if(calls.begin(), calls.end(), [](const auto& call) { return call.function == "SQLFetch"; });
        REQUIRE(fetch != calls.end());
        CHECK(fetch->result == code);
        CHECK_FALSE(fetch->applied);
        rows.close();
        faults.reset();
        REQUIRE(rows.execute("rows 3") == SQL_SUCCESS);
    }
}

TEST_CASE("a fetch that ends too early is not the end") {
    fault_script faults("early end");
    faults.add("at fetch 2 return SQL_NO_DATA");
    raw::connection on(faults.connection_string());
    raw::statement rows(on);
    REQUIRE(rows.execute("rows 3") == SQL_SUCCESS);
    SQLRETURN last = SQL_SUCCESS;
    CHECK(rows.count_rows(last) == 1);
    CHECK(last == SQL_NO_DATA);
}

TEST_CASE("an execute that is still executing is so until the script says otherwise") {
    fault_script faults("still executing");
    faults.add("at execute 1 return SQL_STILL_EXECUTING");
    raw::connection on(faults.connection_string());
    raw::statement rows(on);
    CHECK(rows.execute("rows 1") == SQL_STILL_EXECUTING);
    CHECK(rows.execute("rows 1") == SQL_SUCCESS);
    CHECK(rows.fetch() == SQL_SUCCESS);
}

TEST_CASE("an execute can want data and an SQLCancel ends that") {
    fault_script faults("need data");
    faults.add("at execute 1 return SQL_NEED_DATA");
    raw::connection on(faults.connection_string());
    raw::statement rows(on);
    CHECK(rows.execute("rows 1") == SQL_NEED_DATA);
    CHECK(SQLCancel(rows.get()) == SQL_SUCCESS);
    CHECK(rows.execute("rows 1") == SQL_SUCCESS);
}

TEST_CASE("connect and commit and disconnect and free can return odd codes") {
    fault_script faults("odd codes elsewhere");
    faults.add("at connect 1 return 12345; at SQLEndTran 1 return SQL_STILL_EXECUTING; at disconnect 1 return 77");
    raw::connection on;
    CHECK(on.connect(faults.connection_string()) == 12'345);
    REQUIRE(on.connect(faults.connection_string()) == SQL_SUCCESS);
    CHECK(SQLEndTran(SQL_HANDLE_DBC, on.get(), SQL_COMMIT) == SQL_STILL_EXECUTING);
    CHECK(SQLDisconnect(on.get()) == 77);
    CHECK(faults.live().connected == 1);
    CHECK(SQLDisconnect(on.get()) == SQL_SUCCESS);
    CHECK(faults.live().connected == 0);
}

TEST_CASE("a statement or a connection whose freeing fails is freed or not as the script says") {
    fault_script faults("free");
    const std::size_t unknown = fault_unknown_handles().size();
    raw::connection on(faults.connection_string());
    SQLHSTMT kept = nullptr;
    SQLHSTMT freed = nullptr;
    REQUIRE(SQLAllocHandle(SQL_HANDLE_STMT, on.get(), &kept) == SQL_SUCCESS);
    REQUIRE(SQLAllocHandle(SQL_HANDLE_STMT, on.get(), &freed) == SQL_SUCCESS);
    faults.add("at SQLFreeHandle 1 error HY000; at SQLFreeHandle 2 after return SQL_ERROR");
    CHECK(SQLFreeHandle(SQL_HANDLE_STMT, kept) == SQL_ERROR);
    CHECK(faults.live().statements == 2);
    CHECK(SQLFreeHandle(SQL_HANDLE_STMT, freed) == SQL_ERROR);
    CHECK(faults.live().statements == 1);
    CHECK(SQLDisconnect(on.get()) == SQL_SUCCESS);
    CHECK(faults.live().statements == 0);
    CHECK(fault_unknown_handles().size() == unknown);
}

TEST_CASE("a late cancel spares the call that runs and meets the next execute or fetch") {
    fault_script faults("late cancel");
    faults.add("at SQLCancel late");
    raw::connection on(faults.connection_string());
    raw::statement rows(on);
    raw::statement next(on);
    auto running = std::async(std::launch::async, [&] { return rows.execute("rows 2 hang"); });
    REQUIRE(faults.wait_until_hanging(1));
    CHECK(SQLCancel(rows.get()) == SQL_SUCCESS);
    CHECK(faults.wait_until_hanging(1));
    CHECK(faults.release() == 1);
    CHECK(running.get() == SQL_SUCCESS);
    CHECK(next.prepare("affect 1") == SQL_SUCCESS);
    CHECK(SQLExecute(next.get()) == SQL_ERROR);
    CHECK(next.state() == "HY008");
    CHECK(faults.applied("affect 1") == 0);
    CHECK(SQLExecute(next.get()) == SQL_SUCCESS);
    CHECK(rows.fetch() == SQL_SUCCESS);
    CHECK(SQLCancel(next.get()) == SQL_SUCCESS);
    CHECK(rows.fetch() == SQL_ERROR);
    CHECK(rows.state() == "HY008");
}

TEST_CASE("a crash ends the process by its signal") {
    for (const int signal : {SIGSEGV, SIGABRT}) {
        fault_script faults("crash");
        faults.add(signal == SIGABRT ? "at execute crash abort" : "at execute crash");
        raw::connection on(faults.connection_string());
        raw::statement rows(on);
        const pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            rows.execute("ok");
            _exit(0);
        }
        int status = 0;
        REQUIRE(waitpid(child, &status, 0) == child);
        REQUIRE(WIFSIGNALED(status));
        CHECK(WTERMSIG(status) == signal);
    }
}

TEST_CASE("a mistake in a fault of this kind is refused") {
    fault_script faults("mistakes in answers");
    for (const char* rules : {"at fetch return", "at fetch return 32768", "at fetch return SQL_MAYBE",
                              "at fetch return 'SQL_ERROR'", "at fetch after", "at fetch after warn 01000",
                              "at fetch after late", "at fetch after after lost", "down up", "at down hang"}) {
        CAPTURE(rules);
        CHECK_THROWS_AS(faults.add(rules), std::invalid_argument);
    }
}
