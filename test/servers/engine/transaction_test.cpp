// Transactions on the real drivers: an abandoned one, options that hold, savepoints, failures.
#include "here.hpp"

#include <chrono>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

// A table of its own, seen by several sessions.
class place {
public:
    explicit place(std::string name) : table_(std::move(name)), one_(here::connect(engine_, table_)) {
        run(one_, "drop table if exists @");
        run(one_, "create table @ (i integer primary key, n integer)" +
                      std::string(here::is_mariadb ? " engine=innodb" : ""));
    }
    [[nodiscard]] session& one() { return one_; }
    [[nodiscard]] session another() { return here::connect(engine_, table_); }
    [[nodiscard]] pool open(pool_options options) { return engine_.open(connection_text(here::the, table_), options); }
    [[nodiscard]] std::string text(std::string_view sql) const {
        std::string made;
        for (const char c : sql) made += c == '@' ? table_ : std::string(1, c);
        return made;
    }
    template <class On>
    row_set run(On& on, std::string_view sql) {
        return answer(on.query(text(sql)));
    }
    template <class On>
    error failure(On& on, std::string_view sql) {
        return error_of(on.query(text(sql)));
    }
    template <class On>
    std::int64_t count(On& on) {
        return number(on, "select count(*) from @");
    }
    template <class On>
    std::int64_t number(On& on, std::string_view sql) {
        return run(on, sql)[0].template get<std::int64_t>(0);
    }

private:
    std::string table_;
    engine engine_;
    session one_;
};

transaction_options level(isolation of) {
    return transaction_options().isolation(of);
}

}  // namespace

TEST_CASE("transaction: commit keeps and rollback drops as another session sees it") {
    place at("tx_ends");
    auto other = at.another();
    auto tx = answer(at.one().begin());
    at.run(tx, "insert into @ values (1, 1)");
    CHECK(at.count(tx) == 1);
    answer(tx.commit());
    CHECK(at.count(other) == 1);
    tx = answer(at.one().begin());
    at.run(tx, "insert into @ values (2, 1)");
    answer(tx.rollback());
    CHECK(at.count(other) == 1);
    CHECK(at.failure(tx, "select 1").code() == errc::stale_handle);
}

TEST_CASE("transaction: an abandoned one is never committed and does not hold up the next user") {
    place at("tx_abandoned");
    auto other = at.another();
    for (int n = 0; n < 20; ++n) {
        auto tx = answer(at.one().begin());
        at.run(tx, "insert into @ values (1, 1)");
        tx = transaction();
        CHECK(at.count(at.one()) == 0);
    }
    auto db = at.open(pool_options().max_size(1));
    for (int n = 0; n < 20; ++n) {
        auto tx = answer(db.begin());
        at.run(tx, "insert into @ values (2, 1)");
        auto waits = db.query(at.text("select count(*) from @"));
        tx = transaction();
        CHECK(answer(std::move(waits))[0].get<std::int64_t>(0) == 0);
    }
    CHECK(at.count(other) == 0);
    // Its locks are gone with it: the same row can be written at once.
    auto tx = answer(at.one().begin());
    at.run(tx, "insert into @ values (3, 1)");
    tx = transaction();
    at.run(other, "insert into @ values (3, 2)");
    CHECK(at.count(other) == 1);
}

TEST_CASE("transaction: with a stream half way it is dropped as well") {
    place at("tx_stream");
    auto tx = answer(at.one().begin());
    at.run(tx, "insert into @ values (1, 1)");
    auto stream = answer(tx.stream(here::counting(20'000), stream_options().batch_rows(100)));
    CHECK(answer(stream.next()).has_value());
    tx = transaction();
    CHECK(at.count(at.one()) == 0);
}

TEST_CASE("transaction: others on the session are kept out") {
    place at("tx_alone");
    auto tx = answer(at.one().begin());
    CHECK(at.failure(at.one(), "insert into @ values (1, 1)").code() == errc::transaction_active);
    answer(tx.commit());
    CHECK(at.count(at.one()) == 0);
}

TEST_CASE("transaction: savepoints with odd names") {
    place at("tx_savepoints");
    for (const char* name : {"a", "select", "a b", "a\"b", "a`b", "a'b;--", "\xc3\xbc", "[x]"}) {
        INFO(name);
        at.run(at.one(), "delete from @");
        auto tx = answer(at.one().begin());
        answer(tx.savepoint("outer"));
        at.run(tx, "insert into @ values (1, 1)");
        answer(tx.savepoint(name));
        at.run(tx, "insert into @ values (2, 1)");
        answer(tx.rollback_to(name));
        at.run(tx, "insert into @ values (3, 1)");
        answer(tx.release(name));
        CHECK(error_of(tx.release(name)).outcome() == outcome::none);
        if (here::is_postgresql) CHECK(tx.state() == transaction_state::failed);
        if (here::is_postgresql) continue;
        answer(tx.commit());
        CHECK(at.number(at.one(), "select max(i) + count(*) from @") == 5);
    }
}

TEST_CASE("transaction: a savepoint is part of the transaction and not the whole of it") {
    place at("tx_savepoint_first");
    {
        auto tx = answer(at.one().begin());
        answer(tx.savepoint("s"));
        at.run(tx, "insert into @ values (1, 1)");
        answer(tx.release("s"));
    }
    CHECK(at.count(at.one()) == 0);
    auto tx = answer(at.one().begin());
    answer(tx.savepoint("s"));
    at.run(tx, "insert into @ values (1, 1)");
    answer(tx.release("s"));
    answer(tx.commit());
    CHECK(at.count(at.one()) == 1);
}

TEST_CASE("transaction: what fails first after a savepoint leaves the savepoint") {
    place p("txfirst");
    p.run(p.one(), "insert into @ values (1, 1)");
    // At the second time the statement stays prepared.
    for (int n = 0; n < 3; ++n) {
        auto tx = answer(p.one().begin());
        answer(tx.savepoint("first"));
        const auto why = error_of(tx.query(p.text("insert into @ values (?, ?)"), args(1, n)));
        CHECK(why.code() == errc::constraint);
        CHECK(why.session() == session_state::usable);
        answer(tx.rollback_to("first"));
        (void)answer(tx.query(p.text("insert into @ values (?, ?)"), args(10 + n, n)));
        answer(tx.commit());
        CHECK(p.count(p.one()) == n + 2);
    }
}

TEST_CASE("transaction: read_only refuses a write and is over with the transaction") {
    place at("tx_read_only");
    at.run(at.one(), "insert into @ values (1, 1)");
    for (int way = 0; way < 3; ++way) {
        auto tx = answer(at.one().begin(transaction_options().read_only(true)));
        CHECK(at.count(tx) == 1);
        const auto e = at.failure(tx, "insert into @ values (9, 9)");
        INFO(e.to_string());
        CHECK(e.outcome() == outcome::none);
        if (way == 0 && !here::is_postgresql) answer(tx.commit());
        if (way == 1) answer(tx.rollback());
        tx = transaction();
        at.run(at.one(), "update @ set n = n + 1");
        tx = answer(at.one().begin());
        at.run(tx, "update @ set n = n + 1");
        answer(tx.commit());
    }
    CHECK(at.number(at.one(), "select n from @") == 7);
    CHECK(at.count(at.one()) == 1);
}

TEST_CASE("transaction: lock_timeout ends in about its time and the session has its own again") {
    place at("tx_lock");
    at.run(at.one(), "insert into @ values (1, 1)");
    auto other = at.another();
    if (here::is_mariadb) at.run(other, "set session innodb_lock_wait_timeout = 7");
    auto holds = answer(at.one().begin());
    at.run(holds, "update @ set n = 2 where i = 1");
    const auto own = [&](const std::string& variable) {
        return answer(other.query("select " + variable))[0].get<std::int64_t>(0);
    };
    const auto wait = here::is_sqlite ? 2600ms : 300ms;  // sqliteodbc waits for its Timeout at least
    if (here::is_sqlite) {
        const auto e = error_of(other.begin(transaction_options().lock_timeout(1999ms)));
        CHECK(e.code() == errc::unsupported);
        CHECK(e.outcome() == outcome::none);
    }
    for (int way = 0; way < 2; ++way) {
        auto tx = answer(other.begin(transaction_options().lock_timeout(wait)));
        const auto started = clock::now();
        const auto e = at.failure(tx, "update @ set n = 3 where i = 1");
        const auto took = clock::now() - started;
        INFO(e.to_string());
        CHECK(e.code() == errc::serialization);
        CHECK(e.outcome() == outcome::none);
        CHECK_FALSE(tx_retry::may_repeat(e));
        CHECK(took >= wait - 50ms);
        CHECK(took < wait + (here::is_mariadb ? 1600ms : 900ms));  // in whole seconds there
        if (way == 0) answer(tx.rollback());
    }
    if (here::is_postgresql) CHECK(at.run(other, "show lock_timeout")[0].get<std::string>(0) == "0");
    if (here::is_mariadb) CHECK(own("@@session.innodb_lock_wait_timeout") == 7);
    if (here::is_mariadb) CHECK(own("@@session.lock_wait_timeout") == 86400);
    if (here::is_sqlite) CHECK(at.number(other, "pragma busy_timeout") == 2000);
    answer(holds.commit());
    at.run(other, "update @ set n = 4 where i = 1");
}

TEST_CASE("transaction: the isolation is in force and only for the transaction") {
    place at("tx_isolation");
    if (here::is_sqlite) return;  // serializable always: the case below
    at.run(at.one(), "insert into @ values (1, 1)");
    auto other = at.another();
    const auto sees_changes = [&](transaction_options how) {
        auto tx = answer(other.begin(std::move(how)));
        const auto before = at.number(tx, "select n from @ where i = 1");
        at.run(at.one(), "update @ set n = n + 1 where i = 1");
        const auto after = at.number(tx, "select n from @ where i = 1");
        answer(tx.commit());
        return after != before;
    };
    CHECK(sees_changes(level(isolation::read_committed)));
    CHECK(sees_changes(level(isolation::read_committed).read_only(true)));
    CHECK_FALSE(sees_changes(level(isolation::repeatable_read)));
    CHECK_FALSE(sees_changes(level(isolation::repeatable_read).read_only(true).lock_timeout(5s)));
    CHECK(sees_changes({}) == here::is_postgresql);  // the server's default

    // A dirty read, which PostgreSQL never has.
    auto writes = answer(at.one().begin());
    at.run(writes, "update @ set n = 1000 where i = 1");
    auto tx = answer(other.begin(level(isolation::read_uncommitted)));
    CHECK((at.number(tx, "select n from @ where i = 1") == 1000) == here::is_mariadb);
    answer(tx.rollback());
    answer(writes.rollback());

    // MariaDB locks what a serializable transaction reads; PostgreSQL finds the conflict.
    tx = answer(other.begin(level(isolation::serializable)));
    (void)at.number(tx, "select n from @ where i = 1");
    if (here::is_mariadb) {
        auto blocked = answer(at.one().begin(transaction_options().lock_timeout(1s)));
        CHECK(at.failure(blocked, "update @ set n = 5 where i = 1").code() == errc::serialization);
    } else {
        CHECK(at.run(tx, "show transaction_isolation")[0].get<std::string>(0) == "serializable");
    }
    answer(tx.commit());
}

TEST_CASE("transaction: SQLite gives every isolation that is asked for") {
    if (!here::is_sqlite) return;
    place at("tx_isolation_sqlite");
    for (const auto of : {isolation::read_uncommitted, isolation::read_committed, isolation::repeatable_read,
                          isolation::serializable}) {
        auto tx = answer(at.one().begin(level(of)));
        at.run(tx, "insert into @ values (" + std::to_string(static_cast<int>(of)) + ", 0)");
        answer(tx.commit());
    }
    CHECK(at.count(at.one()) == 4);
}

TEST_CASE("transaction: one that has failed is not committed and says why") {
    if (!here::is_postgresql) return;
    place at("tx_failed");
    auto tx = answer(at.one().begin());
    at.run(tx, "insert into @ values (1, 1)");
    CHECK(at.failure(tx, "selekt 1").session() == session_state::transaction_failed);
    CHECK(tx.state() == transaction_state::failed);
    CHECK(at.failure(tx, "insert into @ values (2, 1)").session() == session_state::transaction_failed);
    const auto e = error_of(tx.commit());
    CHECK(e.code() == errc::syntax);  // by its cause
    CHECK(e.sqlstate() == "42601");
    CHECK(e.outcome() == outcome::none);
    CHECK(e.session() == session_state::transaction_failed);
    answer(tx.rollback());
    CHECK(tx.state() == transaction_state::over);
    CHECK(at.count(at.one()) == 0);

    tx = answer(at.one().begin());
    answer(tx.savepoint("s"));
    at.run(tx, "insert into @ values (1, 1)");
    CHECK(at.failure(tx, "rollback to savepoint none").session() == session_state::transaction_failed);
    CHECK(tx.state() == transaction_state::failed);
    answer(tx.rollback_to("s"));
    CHECK(tx.state() == transaction_state::open);
    answer(tx.commit());
}

TEST_CASE("transaction: what is asked for is not lost with a transaction that the driver ends") {
    if (!here::is_postgresql) return;
    place at("tx_options_lost");
    // psqlodbc rolls back for an error of syntax, and begins another transaction with the next statement.
    auto tx = answer(at.one().begin(level(isolation::serializable)));
    CHECK(at.failure(tx, "selekt 1").session() == session_state::transaction_failed);
    CHECK(at.failure(tx, "insert into @ values (1, 1)").outcome() == outcome::none);
    CHECK(error_of(tx.commit()).code() == errc::syntax);
    tx = transaction();
    CHECK(at.count(at.one()) == 0);
}

TEST_CASE("transaction: prepared statements are executed within it") {
    place at("tx_statements");
    auto& on = at.one();
    auto put = answer(on.prepare(at.text("insert into @ values (?, ?)")));
    auto find = answer(on.prepare(at.text("select n from @ where i = ?")));
    const auto n_of = [&](transaction& tx, int i) {
        return answer(tx.query(find, args(i)))[0].get<std::int64_t>(0);
    };
    {
        auto tx = answer(on.begin());
        for (int i = 0; i < 3; ++i) CHECK(answer(tx.query(put, args(i, 10 * i))).affected_rows() == 1);
        CHECK(error_of(find.query(args(1))).code() == errc::transaction_active);
        answer(tx.savepoint("s"));
        CHECK(answer(tx.query(put, args(3, 30))).affected_rows() == 1);
        CHECK(n_of(tx, 3) == 30);
        answer(tx.rollback_to("s"));
        CHECK(answer(tx.query(find, args(3))).empty());
        auto rows = answer(tx.stream(find, args(2)));
        const auto batch = answer(rows.next());
        REQUIRE(batch);
        CHECK(batch->rows() == 1);
        answer(rows.close());
        answer(tx.commit());
    }
    CHECK(at.count(on) == 3);
    {
        auto tx = answer(on.begin());
        CHECK(answer(tx.query(put, args(4, 40))).affected_rows() == 1);
        CHECK(n_of(tx, 4) == 40);
        const auto wrong = error_of(tx.query(put, args(4, 41)));
        CHECK(wrong.code() == errc::constraint);
        CHECK(tx.state() == transaction_state::open);
    }
    CHECK(at.count(on) == 3);
    CHECK(answer(find.query(args(1)))[0].get<std::int64_t>(0) == 10);
    auto other = at.another();
    auto of_other = answer(other.prepare(at.text("select n from @ where i = ?")));
    auto tx = answer(on.begin());
    CHECK(error_of(tx.query(of_other, args(1))).code() == errc::stale_handle);
    CHECK(n_of(tx, 1) == 10);
}
