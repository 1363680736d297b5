// A connection through the fault driver: every call that fails, what is answered, and that no handle stays behind.

#include <sluice/odbc/connection.hpp>
#include <sluice/protocol/limits.hpp>
#include <sluice/testing/fault_script.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace sluice;
using sluice::testing::fault_script;

namespace {

result<odbc::connection> connect(const fault_script& faults, std::vector<diagnostic>* warnings = nullptr) {
    std::vector<diagnostic> dropped;
    return odbc::connection::open(protocol::connect(faults.connection_string() + "PWD=sesame;"),
                                  warnings != nullptr ? *warnings : dropped);
}

result<odbc::execution> run(odbc::connection& on, const std::string& sql, const args& with = {}) {
    return on.execute(sql, with, {});
}

class memory : public protocol::batch_source {
public:
    std::shared_ptr<protocol::batch_storage> acquire(const std::shared_ptr<const schema>& columns,
                                                     const std::vector<std::size_t>& strides,
                                                     std::size_t rows) override {
        return std::make_shared<protocol::batch_storage>(columns, strides, rows);
    }
};

// Executes and reads to the end; the first error on the way.
error first_error(odbc::connection& on, const std::string& sql, const args& with = {}) {
    auto done = run(on, sql, with);
    if (!done) return done.error();
    memory source;
    while (done->rows.is_open()) {
        auto block = done->rows.fetch(source);
        if (!block) return block.error();
        if (!*block) break;
    }
    auto closed = done->rows.close();
    return closed ? error() : closed.error();
}

std::string name(errc code) {
    return std::string(to_string(code));
}
std::string name(outcome o) {
    return std::string(to_string(o));
}
std::string name(session_state s) {
    return std::string(to_string(s));
}

void check_clean(const fault_script& faults, std::uint64_t connected) {
    CHECK(faults.live().statements == 0);
    CHECK(faults.live().connected == connected);
    CHECK(faults.violations().empty());
}

// The functions that a connection called, in order, from the last `from` on.
std::vector<std::string> called_since(const fault_script& faults, std::size_t from) {
    std::vector<std::string> made;
    const auto calls = faults.calls();
    for (std::size_t i = from; i < calls.size(); ++i) made.push_back(calls[i].function);
    return made;
}

}  // namespace

TEST_CASE("fault: what fails while a connection is opened is answered and leaves nothing") {
    for (const char* function : {"SQLDriverConnect", "SQLAllocHandle", "connect"}) {
        fault_script faults("odbc connect");
        faults.add(std::string("at ") + function + " error 28000 7 'PWD=sesame was refused'");
        const auto made = connect(faults);
        INFO(function);
        if (std::string(function) == "SQLAllocHandle" && made.has_value()) continue;  // of the environment: not ours
        REQUIRE_FALSE(made.has_value());
        CHECK(name(made.error().code()) == "credentials");
        CHECK(name(made.error().outcome()) == "none");
        CHECK(name(made.error().session()) == "none");
        CHECK(made.error().function() == "SQLDriverConnect");
        CHECK(made.error().to_string().find("sesame") == std::string::npos);
        check_clean(faults, 0);
    }
}

TEST_CASE("fault: warnings of the connect are kept without secrets") {
    fault_script faults("odbc connect warnings");
    faults.add("at connect warn 01000 5 'PWD=sesame is short'");
    std::vector<diagnostic> warnings;
    auto on = connect(faults, &warnings);
    REQUIRE(on.has_value());
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].native == 5);
    CHECK(warnings[0].message.find("sesame") == std::string::npos);
    CHECK(warnings[0].message.find("***") != std::string::npos);
}

TEST_CASE("fault: an error in any function of an execution frees the statement") {
    for (const char* function : {"SQLAllocHandle", "SQLPrepare", "SQLNumParams", "SQLBindParameter", "SQLExecute",
                                 "SQLNumResultCols", "SQLRowCount", "SQLDescribeCol", "SQLBindCol", "SQLSetStmtAttr",
                                 "SQLFetch", "SQLFetchScroll", "SQLFreeStmt", "SQLColAttribute"}) {
        INFO(function);
        fault_script faults("odbc execution");
        auto on = connect(faults);
        REQUIRE(on.has_value());
        faults.add(std::string("at ") + function + " error HY000 42 'no'");
        const auto e = first_error(*on, "rows ?", args(3));
        faults.clear_rules();
        if (e.code() != errc::ok) {
            CHECK(name(e.code()) == "rejected");
            CHECK(e.native() == 42);
            CHECK(e.function().find("SQL") == 0);
            CHECK(name(e.session()) == "usable");
        }
        CHECK_FALSE(on->broken());
        check_clean(faults, 1);
        CHECK(first_error(*on, "rows 3").code() == errc::ok);
        CHECK(on->close().has_value());
        check_clean(faults, 0);
    }
}

TEST_CASE("fault: a connection lost in any function is broken and can be closed") {
    for (const char* function :
         {"SQLAllocHandle", "SQLPrepare", "SQLNumParams", "SQLExecute", "SQLNumResultCols", "fetch"}) {
        INFO(function);
        fault_script faults("odbc loss");
        auto on = connect(faults);
        REQUIRE(on.has_value());
        faults.add(std::string("at ") + function + " lost");
        const auto e = first_error(*on, "affect ? /* x */", args(3));
        if (std::string(function) == "fetch") continue;  // nothing is fetched
        CHECK(name(e.code()) == "connection_lost");
        const bool entered = std::string(function) == "SQLExecute" || std::string(function) == "SQLNumResultCols";
        CHECK(name(e.outcome()) == (entered ? "unknown" : "none"));
        CHECK(name(e.session()) == "broken");
        CHECK(on->broken());
        CHECK(name(first_error(*on, "ok").code()) == "connection_lost");
        CHECK(name(on->begin().error().code()) == "connection_lost");
        CHECK(on->close().has_value());
        check_clean(faults, 0);
    }
}

TEST_CASE("fault: the answer of an execution") {
    fault_script faults("odbc answers");
    auto on = connect(faults).value();
    CHECK(run(on, "affect 7")->affected_rows == 7);
    CHECK(run(on, "affect 5000000000")->affected_rows == 5'000'000'000);
    CHECK(run(on, "ok nodata")->affected_rows == 0);
    CHECK_FALSE(run(on, "ok")->affected_rows.has_value());
    const auto warned = run(on, "affect 1 warn 01000 3 'careful' warn 01003 4 'very'");
    REQUIRE(warned->warnings.size() == 2);
    CHECK(warned->warnings[0].message.find("careful") != std::string::npos);
    CHECK(warned->warnings[1].native == 4);
    check_clean(faults, 1);
}

TEST_CASE("fault: an error without a diagnostic is an error and its outcome unknown") {
    fault_script faults("odbc silent");
    auto on = connect(faults).value();
    const auto e = first_error(on, "error");
    CHECK(name(e.code()) == "rejected");
    CHECK(name(e.outcome()) == "unknown");
    CHECK(e.diagnostics().empty());
    CHECK(e.message().find("no diagnostic") != std::string::npos);
    CHECK(name(e.session()) == "usable");
    check_clean(faults, 1);
}

TEST_CASE("fault: a long diagnostic arrives whole") {
    fault_script faults("odbc long");
    auto on = connect(faults).value();
    const std::string text(5'000, 'x');
    const auto e = first_error(on, "error 42000 1 '" + text + "'");
    REQUIRE(e.diagnostics().size() == 1);
    CHECK(e.diagnostics()[0].message.find(text) != std::string::npos);
    CHECK(name(e.code()) == "syntax");
}

TEST_CASE("fault: the wrong number of parameters is told with both numbers and nothing is executed") {
    fault_script faults("odbc parameters");
    auto on = connect(faults).value();
    const auto e = first_error(on, "affect ?");
    CHECK(name(e.code()) == "invalid_argument");
    CHECK(e.message().find("1 parameters, 0 were passed") != std::string::npos);
    CHECK(faults.count("execute") == 0);
    check_clean(faults, 1);
}

TEST_CASE("fault: a query timeout is told as long as the driver keeps it") {
    odbc::cursor_options limited;
    limited.query_timeout = std::chrono::seconds(5);
    fault_script faults("odbc timeout");
    auto on = connect(faults).value();
    const auto told = [&](const odbc::cursor_options& how, const char* function) {
        const auto before = faults.count(function);
        CHECK(on.execute("ok", {}, how).has_value());
        return faults.count(function) - before;
    };
    const auto asked_anyway = told({}, "SQLGetStmtAttr");  // by the driver manager
    CHECK(told({}, "SQLSetStmtAttr") == 0);
    CHECK(told(limited, "SQLGetStmtAttr") == asked_anyway + 1);
    CHECK(told(limited, "SQLGetStmtAttr") == asked_anyway);
    CHECK(told(limited, "SQLSetStmtAttr") == 1);
    CHECK(told({}, "SQLSetStmtAttr") == 0);

    on = connect(faults).value();
    faults.add("at SQLSetStmtAttr error HYC00 1");
    CHECK(told(limited, "SQLSetStmtAttr") == 1);
    CHECK(told(limited, "SQLSetStmtAttr") == 0);
}

TEST_CASE("fault: a commit") {
    fault_script faults("odbc commit");
    auto on = connect(faults).value();
    REQUIRE(on.begin().has_value());
    faults.add("at SQLEndTran 1 error 40001 1 'conflict'");
    const auto refused = on.commit();
    CHECK(name(refused.error().code()) == "serialization");
    CHECK(name(refused.error().outcome()) == "none");
    CHECK(name(refused.error().session()) == "transaction_failed");
    CHECK(on.in_transaction());
    CHECK(name(on.commit().error().code()) == "serialization");
    CHECK(faults.count("SQLEndTran") == 1);
    CHECK(on.rollback().has_value());

    faults.clear_rules();
    REQUIRE(on.begin().has_value());
    faults.add("at SQLEndTran lost");
    const auto lost = on.commit();
    CHECK(name(lost.error().code()) == "commit_unknown");
    CHECK(name(lost.error().outcome()) == "unknown");
    CHECK(on.broken());
    faults.clear_rules();
    CHECK(name(on.rollback().error().code()) == "connection_lost");
    CHECK(on.close().has_value());
    check_clean(faults, 0);
}

TEST_CASE("fault: a commit that succeeded stays one when autocommit does not come back") {
    fault_script faults("odbc autocommit");
    auto on = connect(faults).value();
    REQUIRE(on.begin().has_value());
    faults.add("at SQLSetConnectAttr error HY000 9 'no'");
    const auto committed = on.commit();
    REQUIRE(committed.has_value());
    REQUIRE(committed->size() == 1);
    CHECK(committed->front().native == 9);
    CHECK(on.broken());
}

TEST_CASE("fault: a loss within a transaction has no outcome and its commit is not sent") {
    fault_script faults("odbc transaction loss");
    auto on = connect(faults).value();
    REQUIRE(on.begin().has_value());
    const auto e = first_error(on, "lost /* select */");
    CHECK(name(e.code()) == "connection_lost");
    CHECK(name(on.commit().error().code()) == "connection_lost");
    CHECK(name(on.commit().error().outcome()) == "none");
    CHECK(faults.count("SQLEndTran") == 0);
}

TEST_CASE("fault: a connection is closed in order") {
    fault_script faults("odbc close");
    auto on = connect(faults).value();
    REQUIRE(on.begin().has_value());
    CHECK(first_error(on, "affect 1").code() == errc::ok);
    const auto before = faults.calls().size();
    CHECK(on.close().has_value());
    const auto order = called_since(faults, before);
    const auto at = [&](const char* function) {
        return std::find(order.begin(), order.end(), function) - order.begin();
    };
    CHECK(at("SQLEndTran") < at("SQLDisconnect"));
    CHECK(at("SQLDisconnect") < static_cast<std::ptrdiff_t>(order.size()));
    check_clean(faults, 0);
    CHECK(faults.live().connections == 0);
}

TEST_CASE("fault: a driver that does not disconnect at once or not at all") {
    fault_script faults("odbc disconnect");
    {
        auto on = connect(faults).value();
        faults.add("at SQLDisconnect 1 error 25000 1 'transaction'");
        CHECK(on.close().has_value());
        CHECK(faults.count("SQLDisconnect") == 2);
        check_clean(faults, 0);
    }
    faults.reset();
    auto on = connect(faults).value();
    faults.add("at SQLDisconnect error HY000 1 'never'");
    const auto closed = on.close();
    REQUIRE_FALSE(closed.has_value());
    CHECK(name(closed.error().session()) == "broken");
    CHECK(faults.live().connected == 1);
}
