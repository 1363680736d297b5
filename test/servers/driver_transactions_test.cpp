// Begin, commit, rollback, and what is left of a transaction in which a statement failed.
#include "driver.hpp"

#include <thread>

using namespace driver;
using namespace sluice;

namespace {

// In a transaction with one row inserted.
void begin_with_a_row(place& at) {
    at.create("i integer primary key");
    REQUIRE(at.on().begin().has_value());
    at.run("insert into @ values (1)");
}

std::string rows_of(place& at) {
    return at.cell("select count(*) from @");
}

// The transaction has failed: neither a commit nor, where the server has none any more, a statement is let through.
void check_failed(place& at, bool gone) {
    const auto commit = at.on().commit();
    REQUIRE_FALSE(commit.has_value());
    CHECK(name(commit.error().outcome()) == "none");
    CHECK(name(commit.error().session()) == "transaction_failed");
    if (gone) CHECK(name(at.failure("insert into @ values (99)").session()) == "transaction_failed");
    REQUIRE(at.on().rollback().has_value());
    CHECK(rows_of(at) == "0");
}

}  // namespace

TEST_CASE("transactions: commit keeps and rollback drops") {
    place at("dt_plain");
    begin_with_a_row(at);
    CHECK(at.on().in_transaction());
    auto other = at.another();
    CHECK(at.on().commit().has_value());
    CHECK_FALSE(at.on().in_transaction());
    CHECK(results::query(other, at.text("select i from @")).rows.size() == 1);
    CHECK(at.on().begin().has_value());
    at.run("insert into @ values (2)");
    CHECK(at.on().rollback().has_value());
    CHECK(rows_of(at) == "1");
    at.run("insert into @ values (3)");  // autocommit again
    CHECK(results::query(other, at.text("select i from @")).rows.size() == 2);
}

TEST_CASE("transactions: empty ones begin and end") {
    place at("dt_empty");
    CHECK(at.on().begin().has_value());
    CHECK(at.on().commit().has_value());
    CHECK(at.on().begin().has_value());
    CHECK(at.on().rollback().has_value());
    at.check_usable();
}

TEST_CASE("transactions: out of order") {
    place at("dt_order");
    CHECK(name(at.on().commit().error().code()) == "invalid_argument");
    CHECK(name(at.on().rollback().error().code()) == "invalid_argument");
    CHECK(at.on().begin().has_value());
    const auto again = at.on().begin();
    CHECK(name(again.error().code()) == "transaction_active");
    CHECK(name(again.error().outcome()) == "none");
    CHECK(at.on().rollback().has_value());
    at.check_usable();
}

TEST_CASE("transactions: a connection closed within one rolls it back") {
    place at("dt_close");
    begin_with_a_row(at);
    auto other = at.another();
    CHECK(at.on().close().has_value());
    CHECK(results::query(other, at.text("select i from @")).rows.empty());
    {
        auto dropped = at.another();
        CHECK(dropped.begin().has_value());
        results::run(dropped, at.text("insert into @ values (5)"));
    }
    CHECK(results::query(other, at.text("select i from @")).rows.empty());
}

TEST_CASE("transactions: an error of one statement leaves the others") {
    place at("dt_statement");
    begin_with_a_row(at);
    const auto e = at.failure("insert into @ values (?)", args(1));
    CHECK(name(e.code()) == "constraint");
    CHECK(name(e.session()) == "usable");
    at.run("insert into @ values (2)");
    CHECK(at.on().commit().has_value());
    CHECK(rows_of(at) == "2");
}

TEST_CASE("transactions: savepoints as text") {
    place at("dt_savepoint");
    begin_with_a_row(at);
    at.run("savepoint a");
    at.run("insert into @ values (2)");
    at.run("rollback to a");
    at.run("insert into @ values (3)");
    CHECK(at.on().commit().has_value());
    CHECK(at.cell("select sum(i) from @") == "4");
}

TEST_CASE("transactions: an error of syntax") {
    place at("dt_syntax");
    begin_with_a_row(at);
    const auto e = at.failure("selec 1");
    CHECK(name(e.code()) == "syntax");
    if (is_postgresql) {
        // psqlodbc rolls everything back for it and begins anew with the next statement.
        CHECK(name(e.session()) == "transaction_failed");
        check_failed(at, true);
    } else {
        CHECK(name(e.session()) == "usable");
        CHECK(at.on().commit().has_value());
        CHECK(rows_of(at) == "1");
    }
    at.check_usable();
}

TEST_CASE("transactions: an error of syntax before anything else costs nothing") {
    place at("dt_syntax_first");
    at.create("i integer primary key");
    CHECK(at.on().begin().has_value());
    CHECK(name(at.failure("selec 1").session()) == "usable");
    at.run("insert into @ values (1)");
    CHECK(at.on().commit().has_value());
    CHECK(rows_of(at) == "1");
}

TEST_CASE("transactions: an error of the first statement leaves the session as it was") {
    place at("dt_first");
    at.create("i integer not null");
    if (is_postgresql) at.run("set session characteristics as transaction isolation level repeatable read");
    CHECK(at.on().begin().has_value());
    CHECK(name(at.failure("insert into @ values (?)", args(null_of<int>())).session()) == "usable");
    at.run("insert into @ values (1)");
    if (is_postgresql) CHECK(at.cell("show transaction_isolation") == "repeatable read");
    CHECK(at.on().commit().has_value());
    CHECK(rows_of(at) == "1");
    if (!is_postgresql) return;
    CHECK(at.on().begin().has_value());
    CHECK(name(at.failure("rollback to no_such_savepoint").session()) == "transaction_failed");
    CHECK(at.on().rollback().has_value());
    at.check_usable();
}

TEST_CASE("transactions: psqlodbc rolls back for an error in a cursor fetch") {
    if (!is_postgresql) return;
    place at("dt_fetch");
    begin_with_a_row(at);
    auto streamed = at.run("select 1 / (i - 3000) from generate_series(1, 5000) i", {}, results::stream(500));
    CHECK(streamed.rows.mode() == stream_mode::incremental);
    const auto read = results::read_all(streamed.rows);
    REQUIRE(read.failure.has_value());
    CHECK(name(read.failure->code()) == "data");
    CHECK(name(read.failure->session()) == "transaction_failed");
    CHECK(streamed.rows.close().has_value());
    check_failed(at, true);
    at.check_usable();
}

TEST_CASE("transactions: what aborts one on PostgreSQL is seen and a savepoint saves it") {
    if (!is_postgresql) return;
    place at("dt_aborted");
    begin_with_a_row(at);
    CHECK(name(at.failure("vacuum @").session()) == "transaction_failed");
    check_failed(at, false);

    begin_with_a_row(at);
    at.run("savepoint a");
    CHECK(name(at.failure("rollback to no_such_savepoint").session()) == "transaction_failed");
    CHECK(name(at.failure("select 1").session()) == "transaction_failed");
    at.run("rollback to a");
    CHECK(at.on().commit().has_value());
    CHECK(rows_of(at) == "1");
}

TEST_CASE("transactions: psqlodbc with another Protocol fails as a whole and is not believed") {
    if (!is_postgresql) return;
    for (const char* protocol : {"7.4-0", "7.4-1"}) {
        INFO(protocol);
        std::vector<diagnostic> warnings;
        auto on = odbc::connection::open(protocol::connect(string_with("Protocol", protocol).str()), warnings).value();
        results::run(on, "drop table if exists dt_protocol");
        results::run(on, "create table dt_protocol (i integer primary key)");
        REQUIRE(on.begin().has_value());
        results::run(on, "insert into dt_protocol values (1)");
        const auto e = on.execute("insert into dt_protocol values (1)", args(), {});
        REQUIRE_FALSE(e.has_value());
        CHECK(name(e.error().session()) == "transaction_failed");
        CHECK_FALSE(on.commit().has_value());
        CHECK(on.rollback().has_value());
        CHECK(results::query(on, "select i from dt_protocol").rows.empty());
    }
}

TEST_CASE("transactions: sqlite rolls back for insert or rollback") {
    if (!is_sqlite) return;
    place at("dt_or_rollback");
    begin_with_a_row(at);
    const auto e = at.failure("insert or rollback into @ values (1)");
    CHECK(name(e.code()) == "constraint");
    CHECK(name(e.session()) == "transaction_failed");
    check_failed(at, true);
}

TEST_CASE("transactions: a commit that the server refuses") {
    place at("dt_deferred");
    if (is_mariadb) return;  // has no deferred constraints
    at.create("i integer");
    at.run("drop table if exists @_child");
    at.run("drop table if exists @_parent");
    at.run("create table @_parent (i integer primary key)");
    at.run("create table @_child (i integer references @_parent (i) deferrable initially deferred)");
    if (is_sqlite) at.run("pragma foreign_keys = on");
    CHECK(at.on().begin().has_value());
    at.run("insert into @_child values (1)");
    const auto refused = at.on().commit();
    REQUIRE_FALSE(refused.has_value());
    CHECK(name(refused.error().code()) == "constraint");
    CHECK(name(refused.error().outcome()) == "none");
    CHECK(name(refused.error().session()) == "transaction_failed");
    CHECK(at.on().rollback().has_value());
    CHECK(at.cell("select count(*) from @_child") == "0");
    at.run("drop table @_child");
    at.run("drop table @_parent");
}

TEST_CASE("transactions: a lock that is not given is a conflict") {
    place at("dt_lock");
    begin_with_a_row(at);
    auto other = at.another();
    if (is_postgresql) results::run(other, "set lock_timeout = '100ms'");
    if (is_mariadb) results::run(other, "set innodb_lock_wait_timeout = 1");
    auto started = other.begin();
    REQUIRE(started.has_value());
    const auto e = other.execute(at.text("insert into @ values (1)"), args(), {});
    REQUIRE_FALSE(e.has_value());
    CHECK(name(e.error().code()) == "serialization");
    CHECK(name(e.error().outcome()) == "none");
    CHECK(name(e.error().session()) == pick("transaction_failed", "transaction_failed", "usable"));
    if (!is_sqlite) {
        // A statement that succeeds does not make up for it.
        results::run(other, "select 1");
        CHECK(name(other.commit().error().code()) == "serialization");
    }
    CHECK(other.rollback().has_value());
    CHECK(at.on().commit().has_value());
}

TEST_CASE("transactions: a deadlock is a conflict for one and leaves the other") {
    if (is_sqlite) return;  // one writer at a time
    place at("dt_deadlock");
    at.create("i integer primary key, n integer");
    at.run("insert into @ values (1, 0), (2, 0)");
    auto other = at.another();
    REQUIRE(at.on().begin().has_value());
    REQUIRE(other.begin().has_value());
    at.run("update @ set n = n + 1 where i = 1");
    results::run(other, at.text("update @ set n = n + 1 where i = 2"));

    // Each wants the row of the other. Who fails rolls back, which lets the other go on.
    const auto want = [&](odbc::connection& on, int row) -> std::optional<error> {
        auto done = on.execute(at.text("update @ set n = n + 1 where i = ?"), args(row), {});
        if (done.has_value()) return std::nullopt;
        const auto e = done.error();
        (void)on.rollback();
        return e;
    };
    std::optional<error> theirs;
    std::thread elsewhere([&] { theirs = want(other, 1); });
    const auto ours = want(at.on(), 2);
    elsewhere.join();

    REQUIRE(ours.has_value() != theirs.has_value());
    const error e = ours ? *ours : *theirs;
    INFO(e.to_string());
    CHECK(name(e.code()) == "serialization");
    CHECK(name(e.outcome()) == "none");
    CHECK(name(e.session()) == "transaction_failed");
    auto& winner = ours ? other : at.on();
    CHECK(winner.commit().has_value());
    CHECK(at.cell("select sum(n) from @") == "2");
}
