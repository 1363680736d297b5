// A connection that the server ends: the true outcome, and a session that knows it is broken.
#include "driver.hpp"

using namespace driver;
using namespace sluice;

namespace {

// The server's number of a connection.
std::string number_of(odbc::connection& on) {
    return *results::query(on, pick("select pg_backend_pid()", "select connection_id()", "")).rows[0][0];
}

// Returns when the server has ended it.
void end(odbc::connection& by, const std::string& number) {
    if (is_postgresql) {
        results::run(by, "select pg_terminate_backend(" + number + ", 5000)");
    } else {
        results::run(by, "kill " + number);
        const auto left = "select count(*) from information_schema.processlist where id = " + number;
        while (*results::query(by, left).rows[0][0] != "0") {
        }
    }
}

void check_broken(odbc::connection& on) {
    CHECK(on.broken());
    for (const auto& answer : {on.begin(), on.commit(), on.rollback()}) {
        REQUIRE_FALSE(answer.has_value());
        CHECK(name(answer.error().code()) == "connection_lost");
        CHECK(name(answer.error().outcome()) == "none");
        CHECK(name(answer.error().session()) == "broken");
    }
    const auto next = on.execute("select 1", args(), {});
    REQUIRE_FALSE(next.has_value());
    CHECK(name(next.error().code()) == "connection_lost");
    CHECK(name(next.error().outcome()) == "none");
    CHECK(on.close().has_value());
}

}  // namespace

TEST_CASE("loss: in autocommit the outcome of the next statement is unknown") {
    if (is_sqlite) return;  // has no server
    place at("dl_autocommit");
    at.create("i integer");
    auto other = at.another();
    end(other, number_of(at.on()));
    const auto e = at.failure("insert into @ values (1)");
    INFO(e.to_string());
    CHECK(name(e.code()) == "connection_lost");
    CHECK(name(e.outcome()) == "unknown");
    CHECK(name(e.session()) == "broken");
    check_broken(at.on());
}

TEST_CASE("loss: within a transaction the outcome is none and a commit is not believed") {
    if (is_sqlite) return;
    place at("dl_transaction");
    at.create("i integer");
    auto other = at.another();
    REQUIRE(at.on().begin().has_value());
    at.run("insert into @ values (1)");
    end(other, number_of(at.on()));
    const auto e = at.failure("insert into @ values (2)");
    CHECK(name(e.code()) == "connection_lost");
    CHECK(name(e.outcome()) == "none");
    check_broken(at.on());
    CHECK(results::query(other, at.text("select i from @")).rows.empty());
}

TEST_CASE("loss: data definition within a transaction is unknown where it commits by itself") {
    if (is_sqlite) return;
    place at("dl_ddl");
    at.create("i integer");
    auto other = at.another();
    REQUIRE(at.on().begin().has_value());
    at.run("insert into @ values (1)");
    end(other, number_of(at.on()));
    const auto e = at.failure("create table @_2 (i integer)");
    CHECK(name(e.code()) == "connection_lost");
    CHECK(name(e.outcome()) == pick("none", "unknown", ""));
}

TEST_CASE("loss: during the commit") {
    if (is_sqlite) return;
    place at("dl_commit");
    at.create("i integer");
    auto other = at.another();
    REQUIRE(at.on().begin().has_value());
    at.run("insert into @ values (1)");
    end(other, number_of(at.on()));
    const auto commit = at.on().commit();
    REQUIRE_FALSE(commit.has_value());
    CHECK(name(commit.error().code()) == "commit_unknown");
    CHECK(name(commit.error().outcome()) == "unknown");
    CHECK(name(commit.error().session()) == "broken");
    check_broken(at.on());
}

TEST_CASE("loss: before a begin nothing is applied") {
    if (is_sqlite) return;
    place at("dl_begin");
    auto other = at.another();
    end(other, number_of(at.on()));
    const auto begun = at.on().begin();
    if (begun.has_value()) {  // psqlodbc tells the server with the first statement
        const auto e = at.failure("select 1");
        CHECK(name(e.code()) == "connection_lost");
        CHECK(name(e.outcome()) == "none");
    } else {
        CHECK(name(begun.error().code()) == "connection_lost");
        CHECK(name(begun.error().outcome()) == "none");
    }
    check_broken(at.on());
}

TEST_CASE("loss: while a stream of psqlodbc is read") {
    if (!is_postgresql) return;
    place at("dl_stream");
    auto other = at.another();
    const auto number = number_of(at.on());
    auto streamed = at.run("select i from generate_series(1, 100000) i", {}, results::stream(100));
    results::heap_source source;
    REQUIRE(streamed.rows.fetch(source).has_value());
    end(other, number);
    const auto read = results::read_all(streamed.rows);
    REQUIRE(read.failure.has_value());
    CHECK(name(read.failure->code()) == "connection_lost");
    CHECK(name(read.failure->session()) == "broken");
    (void)streamed.rows.close();
    check_broken(at.on());
}

TEST_CASE("loss: a statement interrupted by the server's own limit leaves the session usable") {
    if (is_sqlite) return;
    place at("dl_limit");
    at.run(pick("set statement_timeout = '50ms'", "set max_statement_time = 0.05", ""));
    // Not MariaDB's sleep(): at a limit that it meets in its first or last moment it gives its row and no error.
    const auto e =
        at.failure(pick("select pg_sleep(5)", "select count(*) from seq_1_to_2000000000 where seq % 7 = 3", ""));
    CHECK(name(e.code()) == "deadline");
    CHECK(name(e.outcome()) == "none");
    CHECK(name(e.session()) == "usable");
    at.check_usable();
}
