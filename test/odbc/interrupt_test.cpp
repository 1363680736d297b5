// What a connection's watch is told, and what an interruption does, with the fault driver.
#include "fault_driver/control.hpp"
#include "interrupting_watch.hpp"

#include <sluice/odbc/connection.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

using namespace sluice;
using sluice::testing::fault_script;
using sluice::testing::interrupting_watch;
using sluice::testing::text_of;
using way = interrupting_watch::way;

namespace {

odbc::connection connect(const fault_script& faults, interrupting_watch& watch) {
    std::vector<diagnostic> warnings;
    auto made = odbc::connection::open(protocol::connect(faults.connection_string()), warnings, &watch);
    if (!made) FAIL(made.error().to_string());
    watch.forget();
    return std::move(*made);
}

class memory : public protocol::batch_source {
public:
    std::shared_ptr<protocol::batch_storage> acquire(const std::shared_ptr<const schema>& columns,
                                                     const std::vector<std::size_t>& strides,
                                                     std::size_t rows) override {
        return std::make_shared<protocol::batch_storage>(columns, strides, rows);
    }
};

struct got_rows {
    std::size_t rows = 0;
    error failure;
};

got_rows read(odbc::cursor& from) {
    memory source;
    got_rows made;
    while (from.is_open()) {
        auto block = from.fetch(source);
        if (!block) {
            made.failure = block.error();
            break;
        }
        if (!*block) break;
        made.rows += (*block)->rows();
    }
    return made;
}

error failure_of(odbc::connection& on, const std::string& sql) {
    auto done = on.execute(sql, {}, {});
    return done ? read(done->rows).failure : done.error();
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

// The connection goes on as if nothing had been.
void check_goes_on(const fault_script& faults, odbc::connection& on) {
    CHECK_FALSE(on.broken());
    CHECK(failure_of(on, "rows 3").code() == errc::ok);
    CHECK(faults.live().statements == 0);
    CHECK(faults.violations().empty());
}

// SQLCancel as it comes when the call has just returned.
void from_another_thread(const odbc::interruption& how) {
    std::thread([how] { (void)odbc::interrupt(how); }).join();
}

odbc::cursor_options blocks_of(std::size_t rows) {
    odbc::cursor_options made;
    made.how = odbc::cursor_options::reading::stream;
    made.batch_rows = rows;
    return made;
}

}  // namespace

TEST_CASE("interrupt: what is told of each call") {
    fault_script faults("odbc told");
    interrupting_watch watch;
    faults.add("answer 'select 1' with rows 3; answer 'insert' with affect 1; answer 'select ?' with rows ?");
    std::vector<diagnostic> warnings;
    auto on = odbc::connection::open(protocol::connect(faults.connection_string()), warnings, &watch).value();
    const auto since = [&watch] {
        auto text = text_of(watch.story());
        watch.forget();
        return text;
    };
    CHECK(since() == "none:none");
    CHECK(failure_of(on, "insert").code() == errc::ok);
    CHECK(since() == "statement:unknown =unknown =applied none:applied");  // the last: freed
    CHECK(failure_of(on, "select 1").code() == errc::ok);
    // Executed, then a fetch, the end; closed and freed.
    CHECK(since() == "statement:unknown =none =none none:none =none none:none =applied none:applied none:applied");
    CHECK(on.execute("select ?", args(3), {}).has_value());
    CHECK(since() == "none:none statement:unknown =none =none none:none");  // the last: closed; it stays prepared
    CHECK(name(failure_of(on, "error 42000 1").code()) == "syntax");
    CHECK(since() == "statement:unknown =none none:none");
    CHECK(on.begin().has_value());
    CHECK(since() == "none:none");
    CHECK(failure_of(on, "insert").code() == errc::ok);
    CHECK(since() == "statement:none =unknown =applied none:applied");
    CHECK(on.commit().has_value());
    CHECK(since() == "none:unknown =applied none:applied");
    CHECK(on.begin().has_value());
    since();
    CHECK(on.rollback().has_value());
    CHECK(since() == "none:none =applied none:applied");
    CHECK(on.close().has_value());
    CHECK(since() == "none:none");
    CHECK_FALSE(watch.nested());
}

TEST_CASE("interrupt: a call is entered once for a block of rows") {
    fault_script faults("odbc blocks");
    interrupting_watch watch;
    auto on = connect(faults, watch);
    auto done = on.execute("rows 1000", {}, blocks_of(100));
    REQUIRE(done.has_value());
    const auto before = watch.entered();
    CHECK(read(done->rows).rows == 1'000);
    CHECK(watch.entered() - before == 11);
}

TEST_CASE("interrupt: a statement within SQLExecDirect and SQLExecute") {
    fault_script faults("odbc interrupted");
    interrupting_watch watch;
    auto on = connect(faults, watch);
    for (const bool transaction : {false, true}) {
        for (const char* sql : {"ok hang", "ok hang /* ? */"}) {
            INFO(sql << (transaction ? " in a transaction" : ""));
            if (transaction) REQUIRE(on.begin().has_value());
            const auto before = watch.entered();
            std::thread other([&] {
                if (watch.wait_until_in(way::statement, before) && faults.wait_until_hanging(1)) watch.interrupt();
            });
            const auto e = failure_of(on, sql);
            other.join();
            CHECK(name(e.code()) == "cancelled");
            CHECK(name(e.outcome()) == (transaction ? "none" : "unknown"));
            CHECK(name(e.session()) == "usable");
            CHECK(e.sqlstate() == "HY008");
            CHECK(watch.effect() == e.outcome());
            check_goes_on(faults, on);
            if (transaction) REQUIRE(on.rollback().has_value());
        }
    }
    CHECK_FALSE(watch.nested());
}

TEST_CASE("interrupt: a connect and a commit and a fetch cannot be") {
    fault_script faults("odbc never");
    interrupting_watch watch;
    const auto hangs = [&](const char* rule, auto call) {
        faults.add(rule);
        bool in = false;
        bool refused = false;
        std::thread other([&] {
            in = faults.wait_until_hanging(1);
            refused = !watch.begin();
            faults.release();
        });
        call();
        other.join();
        CHECK(in);
        CHECK(refused);
        faults.clear_rules();
    };
    std::optional<odbc::connection> on;
    hangs("at connect hang", [&] { on = connect(faults, watch); });
    REQUIRE(on.has_value());
    hangs("at fetch 1 hang", [&] { CHECK(failure_of(*on, "rows 3").code() == errc::ok); });
    REQUIRE(on->begin().has_value());
    hangs("at SQLEndTran hang", [&] { CHECK(on->commit().has_value()); });
    hangs("at SQLFreeStmt hang", [&] { CHECK(failure_of(*on, "rows 3").code() == errc::ok); });
    hangs("at disconnect hang", [&] { CHECK(on->close().has_value()); });
}

TEST_CASE("interrupt: a cursor that a late SQLCancel has closed is cancelled with the true outcome") {
    fault_script faults("odbc late");
    interrupting_watch watch;
    faults.add("answer 'select 1' with rows 3; answer 'insert' with affect 1");
    auto on = connect(faults, watch);
    watch.at_leaving = from_another_thread;
    const auto read_only = failure_of(on, "select 1");
    CHECK(name(read_only.code()) == "cancelled");
    CHECK(name(read_only.outcome()) == "none");
    CHECK(read_only.sqlstate() == "HY010");
    check_goes_on(faults, on);

    watch.at_leaving = from_another_thread;
    const auto changing = failure_of(on, "insert");
    CHECK(name(changing.code()) == "cancelled");
    CHECK(name(changing.outcome()) == "unknown");  // of an unknown driver nobody knows whether it was over
    check_goes_on(faults, on);

    // An error whose diagnostics SQLCancel has taken away.
    watch.at_leaving = from_another_thread;
    const auto silent = failure_of(on, "error 23000 1");
    CHECK(name(silent.code()) == "cancelled");
    CHECK(name(silent.outcome()) == "unknown");
    check_goes_on(faults, on);

    // HY010 without an interruption is what it is.
    faults.add("at SQLNumResultCols 1 error HY010 1");
    CHECK(name(failure_of(on, "select 1").code()) == "rejected");
}

TEST_CASE("interrupt: a success stays one and a loss stays one") {
    fault_script faults("odbc stays");
    interrupting_watch watch;
    auto on = connect(faults, watch);
    const auto interrupted = [&](const char* sql) {
        watch.at_leaving = [](const odbc::interruption&) {
        };  // sent, and lost on its way
        return failure_of(on, sql);
    };
    CHECK(interrupted("rows 3").code() == errc::ok);
    CHECK(name(interrupted("error 23000 1").code()) == "constraint");
    CHECK(name(interrupted("lost").code()) == "connection_lost");
    CHECK(on.broken());
}

TEST_CASE("interrupt: nothing is called on the connection while SQLCancel runs") {
    fault_script faults("odbc waits");
    interrupting_watch watch;
    auto on = connect(faults, watch);
    faults.add("at SQLCancel hang");
    bool back = false;
    bool hangs = false;
    bool last = false;
    std::thread other([&] {
        // The statement is over before SQLCancel has begun; SQLCancel hangs in the driver.
        if (!watch.wait_until_in(way::statement) || !faults.wait_until_hanging(1)) return;
        const auto how = watch.begin();
        faults.release();
        back = watch.wait_until_leaving();
        std::thread canceller([&how] { (void)odbc::interrupt(*how); });
        hangs = faults.wait_until_hanging(1);
        last = faults.calls().back().function == "SQLCancel";
        faults.release();
        canceller.join();
        watch.end();
    });
    (void)failure_of(on, "ok hang");
    other.join();
    CHECK(back);
    CHECK(hangs);
    CHECK(last);
    const auto calls = faults.calls();
    const auto cancel =
        std::find_if(calls.begin(), calls.end(), [](const auto& call) { return call.function == "SQLCancel"; });
    REQUIRE(cancel != calls.end());
    REQUIRE(cancel + 1 != calls.end());  // the statement was freed at least
    for (auto after = cancel + 1; after != calls.end(); ++after) CHECK(after->begin >= cancel->end);
    faults.clear_rules();
    check_goes_on(faults, on);
}

TEST_CASE("interrupt: what is to stop is not executed and not committed") {
    fault_script faults("odbc stop before");
    faults.add("answer 'insert' with affect 1; answer 'insert ?' with affect 1");
    interrupting_watch watch;
    auto on = connect(faults, watch);
    const auto check_stopped = [&](const error& e) {
        CHECK(name(e.code()) == "cancelled");
        CHECK(name(e.outcome()) == "none");
        CHECK(name(e.session()) == "usable");
    };
    watch.stop_after = 1;
    check_stopped(failure_of(on, "insert"));
    check_stopped(on.execute("insert ?", args(1), {}).error());
    CHECK(faults.count("execute") == 0);

    watch.stop_after = 0;
    REQUIRE(on.begin().has_value());
    CHECK(failure_of(on, "insert").code() == errc::ok);
    watch.stop_after = 1;
    check_stopped(on.commit().error());
    CHECK(faults.count("SQLEndTran") == 0);
    CHECK(on.in_transaction());
    watch.stop_after = 0;
    CHECK(on.commit().has_value());
    watch.stop_after = 1;
    CHECK_FALSE(on.in_transaction());
    // A transaction can always be rolled back.
    watch.stop_after = 0;
    REQUIRE(on.begin().has_value());
    watch.stop_after = 1;
    CHECK(on.rollback().has_value());
    watch.stop_after = 0;
    check_goes_on(faults, on);
}

TEST_CASE("interrupt: reading stops between blocks with a usable session") {
    fault_script faults("odbc stop");
    faults.add("answer 'select 1' with rows 1000; answer 'call 1' with rows 1000");
    for (const char* sql : {"select 1", "call 1"}) {
        interrupting_watch watch;
        auto on = connect(faults, watch);
        watch.stop_after = 4;  // the first question is before the execute
        auto done = on.execute(sql, {}, blocks_of(100));
        REQUIRE(done.has_value());
        const auto got = read(done->rows);
        INFO(sql);
        CHECK(got.rows == 200);
        CHECK(name(got.failure.code()) == "cancelled");
        CHECK(name(got.failure.outcome()) == (std::string(sql) == "select 1" ? "none" : "unknown"));
        CHECK(name(got.failure.session()) == "usable");
        CHECK(read(done->rows).failure.code() == errc::cancelled);  // and stays so
        CHECK(done->rows.close().has_value());
        watch.stop_after = 0;
        check_goes_on(faults, on);
    }
}

TEST_CASE("interrupt: reading stops between the rows of single-row reading and the parts of a long value") {
    fault_script faults("odbc stop inside");
    faults.add("answer 'select 1' with rows 1000 columns id, text length 10");
    faults.add("answer 'select 2' with rows 1 columns id, text length 30000000");
    interrupting_watch watch;
    auto on = connect(faults, watch);
    watch.stop_after = 13;
    auto rows = on.execute("select 1", {}, blocks_of(100));
    REQUIRE(rows.has_value());
    auto got = read(rows->rows);
    CHECK(name(got.failure.code()) == "cancelled");
    CHECK(got.rows == 10);  // one question before the execute and the block, one before each row
    CHECK(rows->rows.close().has_value());

    interrupting_watch other_watch;
    auto other = connect(faults, other_watch);
    other_watch.stop_after = 4;  // before the execute, before the block, before the row, before the rest of the value
    auto value = other.execute("select 2", {}, {});
    REQUIRE(value.has_value());
    const auto before = faults.count("SQLGetData");
    got = read(value->rows);
    CHECK(name(got.failure.code()) == "cancelled");
    CHECK(got.rows == 0);
    CHECK(faults.count("SQLGetData") - before < 3);
    CHECK(value->rows.close().has_value());
}
