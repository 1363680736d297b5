// What the fault driver remembers: calls, executions, handles, and what no application may do.
#include "raw_odbc.hpp"

#include <sluice/testing/fault_script.hpp>

#include <catch2/catch.hpp>

#include <dlfcn.h>
#include <future>
#include <string>
#include <thread>
#include <vector>

using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

std::vector<fault_call> calls_of(const fault_script& faults, const std::string& function) {
    std::vector<fault_call> found;
    for (auto& call : faults.calls()) {
        if (call.function == function) found.push_back(std::move(call));
    }
    return found;
}

}  // namespace

TEST_CASE("the ledger has each call with its thread and time and result in order") {
    fault_script faults("ledger");
    const auto before = std::chrono::steady_clock::now();
    raw::connection on(faults.connection_string());
    raw::statement rows(on);
    CHECK(rows.execute("rows 2") == SQL_SUCCESS);
    while (rows.fetch() == SQL_SUCCESS) {
    }
    CHECK(rows.close() == SQL_SUCCESS);
    CHECK(rows.execute("error 22012") == SQL_ERROR);
    const auto after = std::chrono::steady_clock::now();

    std::uint64_t last = 0;
    for (const auto& call : faults.calls()) {
        CHECK(call.sequence > last);
        last = call.sequence;
        CHECK(call.thread == fault_thread());
        CHECK(call.connection != 0);
        CHECK_FALSE(call.running);
        CHECK(call.begin >= before);
        CHECK(call.end >= call.begin);
        CHECK(call.end <= after);
    }
    const auto executed = calls_of(faults, "SQLExecDirect");
    REQUIRE(executed.size() == 2);
    CHECK(executed[0].sql == "rows 2");
    CHECK(executed[0].result == SQL_SUCCESS);
    CHECK(executed[1].result == SQL_ERROR);
    CHECK(executed[1].handle == executed[0].handle);
    CHECK(executed[1].handle != executed[1].connection);
    const auto fetched = calls_of(faults, "SQLFetch");
    REQUIRE(fetched.size() == 3);
    CHECK(fetched[1].detail == 1);
    CHECK(fetched[2].detail == 0);
    CHECK(fetched[2].result == SQL_NO_DATA);
    CHECK(faults.count("SQLDriverConnect") == 1);
    CHECK(faults.count("fetch") == 3);
    CHECK(faults.count("any") <= faults.calls().size());
    CHECK(faults.calls_dropped() == 0);
    CHECK(faults.violations().empty());
}

TEST_CASE("executions are counted by their SQL and a preparation is none") {
    fault_script faults("executions");
    raw::connection on(faults.connection_string());
    raw::statement statement(on);
    CHECK(statement.execute("affect 1 /* request 1 */") == SQL_SUCCESS);
    CHECK(statement.execute("affect 1 /* request 2 */") == SQL_SUCCESS);
    CHECK(statement.execute("affect 1 /* request 2 */") == SQL_SUCCESS);
    CHECK(statement.prepare("affect 1 /* request 3 */") == SQL_SUCCESS);
    CHECK(faults.executions("affect 1 /* request 1 */") == 1);
    CHECK(faults.executions("affect 1 /* request 2 */") == 2);
    CHECK(faults.executions("affect 1 /* request 3 */") == 0);
    CHECK(SQLExecute(statement.get()) == SQL_SUCCESS);
    CHECK(faults.executions("affect 1 /* request 3 */") == 1);
}

TEST_CASE("live handles are counted and none is left") {
    const fault_script faults("live handles");
    const auto before = fault_live();
    {
        raw::connection one(faults.connection_string());
        raw::connection two(faults.connection_string());
        raw::statement on_one(one);
        SQLHSTMT left_to_disconnect = nullptr;
        for (int each = 0; each < 2; ++each)
            REQUIRE(SQLAllocHandle(SQL_HANDLE_STMT, two.get(), &left_to_disconnect) == SQL_SUCCESS);
        CHECK(faults.live().connections == 2);
        CHECK(faults.live().connected == 2);
        CHECK(faults.live().statements == 3);
        CHECK(fault_live().environments == before.environments + 2);
        REQUIRE(SQLDisconnect(two.get()) == SQL_SUCCESS);
        CHECK(faults.live().connected == 1);
        CHECK(faults.live().statements == 1);
    }
    CHECK(faults.live().connections == 0);
    CHECK(faults.live().statements == 0);
    CHECK(fault_live().environments == before.environments);
}

TEST_CASE("a second thread inside of a connection is refused and recorded") {
    fault_script faults("two threads");
    raw::connection on(faults.connection_string());
    raw::statement first(on);
    raw::statement second(on);
    auto running = std::async(std::launch::async, [&] { return first.execute("rows 1 hang"); });
    REQUIRE(faults.wait_until_hanging(1));
    CHECK(second.execute("rows 1") == SQL_ERROR);
    faults.release();
    CHECK(running.get() == SQL_SUCCESS);
    const auto violations = faults.violations();
    REQUIRE(violations.size() >= 2);
    CHECK(violations[0].kind == "thread_changed");  // the hanging call is not by the thread that connected
    CHECK(violations[1].kind == "two_threads");
    CHECK(violations[1].call.function == "SQLExecDirect");
    CHECK(violations[1].call.thread == fault_thread());
    CHECK(violations[1].other_thread == violations[0].call.thread);
}

TEST_CASE("a connection that changes its thread is recorded and SQLCancel from another thread is not") {
    fault_script faults("thread changed");
    raw::connection on(faults.connection_string());
    raw::statement rows(on);
    CHECK(rows.execute("rows 1") == SQL_SUCCESS);
    std::thread([&] { SQLCancel(rows.get()); }).join();
    CHECK(faults.violations().empty());
    rows.close();
    std::thread([&] { rows.execute("rows 1"); }).join();
    const auto violations = faults.violations();
    REQUIRE(violations.size() == 1);
    CHECK(violations[0].kind == "thread_changed");
    CHECK(violations[0].other_thread == fault_thread());
}

TEST_CASE("a handle that the driver never gave is refused and recorded") {
    const fault_script faults("unknown handle");
    void* const library = dlopen(fault_driver_path, RTLD_NOLOAD | RTLD_NOW);
    REQUIRE(library != nullptr);
    const auto fetch = reinterpret_cast<SQLRETURN (*)(SQLHSTMT)>(dlsym(library, "SQLFetch"));
    REQUIRE(fetch != nullptr);
    const std::size_t before = fault_unknown_handles().size();
    int nothing = 0;
    CHECK(fetch(&nothing) == SQL_INVALID_HANDLE);
    const auto violations = fault_unknown_handles();
    REQUIRE(violations.size() == before + 1);
    CHECK(violations.back().kind == "unknown_handle");
    CHECK(violations.back().call.function == "SQLFetch");
    CHECK(dlsym(library, "SQLGetFunctions") == nullptr);
    dlclose(library);
}

TEST_CASE("scripts do not see each other and a reset forgets") {
    fault_script one("one of two");
    fault_script two("two of two");
    one.add("at execute error HY000");
    raw::connection on_one(one.connection_string());
    raw::connection on_two(two.connection_string());
    raw::statement first(on_one);
    raw::statement second(on_two);
    CHECK(first.execute("ok") == SQL_ERROR);
    CHECK(second.execute("ok") == SQL_SUCCESS);
    CHECK(one.executions("ok") == 1);
    CHECK(two.count("execute") == 1);
    one.reset();
    CHECK(one.count("any") == 0);
    CHECK(one.calls().empty());
    CHECK(one.executions("ok") == 0);
    CHECK(first.execute("ok") == SQL_SUCCESS);
    CHECK(two.executions("ok") == 1);
}

TEST_CASE("eight threads with a connection each leave no violation and every call in the ledger") {
    fault_script faults("eight threads");
    constexpr std::uint64_t rounds = 50;
    std::vector<std::thread> threads;
    threads.reserve(8);
    for (int at = 0; at < 8; ++at) {
        threads.emplace_back([&faults] {
            raw::connection on(faults.connection_string());
            for (std::uint64_t round = 0; round < rounds; ++round) {
                raw::statement rows(on);
                rows.execute("rows 10");
                SQLRETURN last = SQL_SUCCESS;
                rows.count_rows(last);
            }
        });
    }
    CHECK(faults.wait_until_called("execute", 8 * rounds));
    for (auto& each : threads) each.join();
    CHECK(faults.executions("rows 10") == 8 * rounds);
    CHECK(faults.count("SQLFetch") == 8 * rounds * 11);
    CHECK(faults.violations().empty());
    CHECK(faults.live().connections == 0);
}
