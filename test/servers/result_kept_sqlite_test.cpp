// SQLite: a SELECT stays prepared as long as the schema is what it was when it was prepared. Whatever happens to the
// schema, an execution gives what one of a text that nobody has executed before would: names, types, values.
#include "results.hpp"

#include <sluice/odbc/call_watch.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <string_view>
#include <thread>
#include <utility>

using namespace results;
using sluice::args;
using sluice::errc;

namespace {

constexpr std::string_view columns_of_all =
    "(k integer primary key, i integer, v text, r real, d date, ts timestamp, n numeric(10,2), b blob, bo boolean, "
    "vc varchar(20), va varchar(255), de decimal(12,4), bare)";

// Does something on the connection's own thread when the nth call begins that can be interrupted.
class acting_watch final : public sluice::odbc::call_watch {
public:
    void entering(const sluice::odbc::interruption& how, sluice::outcome) noexcept override {
        if (how.how == sluice::odbc::interruption::way::none || calls_ == 0 || --calls_ != 0) return;
        std::exchange(act_, nullptr)(how);
    }
    [[nodiscard]] bool left() noexcept override { return std::exchange(sent, false); }
    void answered(sluice::outcome) noexcept override {}
    [[nodiscard]] bool stop_asked() const noexcept override { return stop; }

    void at_call(int n, std::function<void(const sluice::odbc::interruption&)> act) {
        calls_ = n;
        act_ = std::move(act);
    }
    [[nodiscard]] bool acted() const noexcept { return calls_ == 0; }

    bool sent = false;  // an interruption, into the call under way
    bool stop = false;

private:
    int calls_ = 0;
    std::function<void(const sluice::odbc::interruption&)> act_;
};

// The call that executes a SELECT that is kept.
constexpr int execution = 1;
// The same of one that is executed anew: a question after the one before, two before it.
constexpr int execution_anew = 4;

struct two_connections {
    explicit two_connections(const std::string& journal = "delete", const std::string& more = "")
        : on(open(more, &watch)) {
        (void)query(on, "pragma journal_mode = " + journal);
        for (const char* old : {"drop view if exists w", "drop table if exists t", "drop table if exists u"})
            run(on, old);
        make();
        other = open(more);  // SQLite's ALTER looks at the schema as it was when the connection was opened
    }
    [[nodiscard]] static sluice::odbc::connection open(const std::string& more = "",
                                                       sluice::odbc::call_watch* watch = nullptr) {
        std::vector<sluice::diagnostic> warnings;
        auto made = sluice::odbc::connection::open(
            sluice::protocol::connect(connection_string(server::sqlite, "kept_schema") + ";" + more), warnings, watch);
        if (!made) FAIL(made.error().to_string());
        return std::move(*made);
    }
    void make() {
        run(on, "create table t " + std::string(columns_of_all));
        for (const char* values :
             {"1, 1, 'a', 1.5, '2026-01-02', '2026-01-02 03:04:05', 12.25, x'0102', 1, 'abc', 'd', 1.5, 5",
              "2, -7, 'another', 2, '1999-12-31', null, 7, x'00', 0, 'a text longer than what was declared', 5, 1, 'x'",
              "3, null, null, null, null, null, null, null, null, null, null, null, null",
              "4, 9223372036854775807, x'41', 1e300, '2026-01-02', '2026-01-02 03:04:05.678', 0.01, 'text', 1, 7, "
              "x'42', '12.5', x'0001'",
              "5, 0, '', 0, '0001-01-01', '9999-12-31 23:59:59', -1, '', 0, '', '', 0, 2.5"})
            run(on, "insert into t values (" + std::string(values) + ")");
        run(on, "update t set v = ?, b = zeroblob(3000) where k = 5", args(std::string(3'000, 'z')));
    }
    [[nodiscard]] table read(const std::string& sql, const args& with) { return read_by(on, sql, with); }
    [[nodiscard]] static table read_by(sluice::odbc::connection& by, const std::string& sql, const args& with) {
        auto done = by.execute(sql, with, whole());
        table made;
        if (!done) {
            made.failure = done.error();
            return made;
        }
        made = read_all(done->rows);
        if (auto closed = done->rows.close(); !closed) FAIL(closed.error().to_string());
        return made;
    }
    [[nodiscard]] table read_anew(const std::string& sql, const args& with) {
        return read(sql + " -- " + std::to_string(++texts), with);
    }
    void check(const std::string& sql, const args& with = args(1)) {
        INFO(sql);
        const auto want = read_anew(sql, with);
        compare(read(sql, with), want);
    }
    // With what a connection reads that was opened just now.
    void check_from_outside(const std::string& sql, const args& with) {
        INFO(sql);
        const auto got = read(sql, with);
        auto outside = open();
        compare(got, read_by(outside, sql, with));
    }
    static void compare(const table& got, const table& want) {
        REQUIRE(got.failure.has_value() == want.failure.has_value());
        if (want.failure) {
            CHECK(got.failure->code() == want.failure->code());
            return;
        }
        CHECK(*got.columns == *want.columns);
        CHECK(got.rows == want.rows);
    }
    [[nodiscard]] std::uint64_t hits() const { return on.statements().hits; }

    acting_watch watch;
    sluice::odbc::connection on;
    sluice::odbc::connection other;
    int texts = 0;
};

const std::string all = "select * from t where k >= ? order by k";
const std::string declared = "select k, i, v, r, d, ts, n, b, bo, vc, va, de from t where k = ?";
const std::string point = "select v from t where k = ?";

const std::vector<std::string> schema_changes{
    "alter table t add column w int default 7",
    "alter table t rename column w to x",
    "create index ti on t (v)",
    "alter table t drop column x",
    "drop index ti",
    "create view w as select v, k from t",
    "drop view w",
    "create view w as select k as v, k from t",
    "vacuum",
    "alter table t rename to u",
    "create table t (k text, v blob, w int)",
    "insert into t values (1, x'01', 2)",
    "drop table t",
    "alter table u rename to t",
    "alter table t drop column i",
    "alter table t add column i text default 'seven'",
    "drop view w",
};

void change(sluice::odbc::connection& by, const std::string& sql) {
    run(by, sql);
}

}  // namespace

TEST_CASE("SQLite: a SELECT of columns with a declared type is prepared once") {
    two_connections w;
    const auto before = w.on.statements();
    for (int n = 0; n < 100; ++n) {
        const auto rows = w.read(point, args(1 + n % 2)).rows;
        REQUIRE(rows.size() == 1);
        CHECK(rows[0][0] == (n % 2 == 0 ? "a" : "another"));
    }
    const auto after = w.on.statements();
    CHECK(after.prepares - before.prepares == 1);
    CHECK(after.hits - before.hits == 99);
    CHECK(after.misses - before.misses == 1);
}

TEST_CASE("SQLite: an execution of a SELECT that stays prepared has the types and values of its own rows") {
    two_connections w;
    for (const std::string& sql :
         {declared, std::string("select v, vc from t where k = ? union all select i, b from t where k = 2"),
          std::string("select l.i, r.b, r.va from t l left join t r on r.k = l.k + 1 where l.k = ?"),
          std::string("select distinct v, d from t where k = ? group by v, d having count(*) > 0"),
          std::string("select n from (select v n, k from t) where k = ?"),
          std::string("select i \"a.b\", t.v from t where k >= ? order by k desc")}) {
        INFO(sql);
        const auto before = w.hits();
        for (const int k : {1, 2, 3, 4, 5, 3, 5, 1, 4, 2, 6, 5, 1, 2, 3, 4, 5}) w.check(sql, args(k));
        CHECK(w.hits() - before == 16);
    }
}

TEST_CASE(
    "SQLite: a SELECT with a column of no declared type is prepared each time and has the type of its first value") {
    two_connections w;
    for (const std::string sql :
         {"select * from t where k = ?", "select bare from t where k = ?", "select i + 1 from t where k = ?",
          "select v, max(i), count(*) from t where k = ?", "select ? as e",
          "select cast(bare as text) from t where k = ?", "select case when ? = 1 then x'00' else 5 end as e",
          "select coalesce(i, 'x') from t where k = ?",
          "select bare from t where k = ? union all select i from t where k = 1",
          "select zeroblob(k) from t where k = ?"}) {
        const auto before = w.hits();
        for (const int k : {1, 2, 3, 4, 5, 3, 1, 4, 2, 6, 5}) w.check(sql, args(k));
        CHECK(w.hits() == before);
    }
    const auto number = w.read("select bare from t where k = ?", args(1));
    CHECK((*number.columns)[0].type == sluice::column_type::int64);
    const auto text = w.read("select bare from t where k = ?", args(2));
    CHECK((*text.columns)[0].type == sluice::column_type::text);
}

TEST_CASE("SQLite: each change of the schema is seen by the next execution whatever it is") {
    const std::vector<std::string> by_text{
        point,
        "select * from t where k = ?",
        "select * from t order by 1",
        "with x as (select * from t) select * from x order by 1",
        "select t.*, 1 + 1 as e from t where k = ?",
        "select * from w where k = ?",
    };
    for (const char* journal : {"delete", "wal"})
        for (const bool own : {false, true})
            for (const std::size_t shift : {0U, 4U}) {
                two_connections w(journal);
                REQUIRE(w.on.prepare(1, point).has_value());
                REQUIRE(w.on.prepare(2, by_text[1]).has_value());
                const auto look = [&](std::size_t kind) {
                    if (kind < by_text.size())
                        return w.check_from_outside(by_text[kind], kind == 2 || kind == 3 ? args() : args(1));
                    const auto number = kind - by_text.size() + 1;
                    table got;
                    if (auto done = w.on.execute_prepared(number, args(1), whole()))
                        got = read_all(done->rows);
                    else
                        got.failure = done.error();
                    auto outside = two_connections::open();
                    two_connections::compare(got, two_connections::read_by(outside, by_text[number - 1], args(1)));
                };
                const auto kinds = by_text.size() + 2;
                const auto before = w.hits();
                for (std::size_t i = 0; i < schema_changes.size(); ++i) {
                    INFO(journal << (own ? ", own: " : ", another's: ") << schema_changes[i]);
                    change(own ? w.on : w.other, schema_changes[i]);
                    for (std::size_t n = 0; n < 2 * kinds; ++n) look((i + shift + n) % kinds);
                }
                CHECK(w.hits() - before > 2 * schema_changes.size());
            }
}

TEST_CASE("SQLite: a change of the schema right before the execution of a SELECT that is kept is seen") {
    for (const char* journal : {"delete", "wal"}) {
        INFO(journal);
        two_connections w(journal);
        run(w.on, "alter table t drop column bare");
        w.check(all);
        w.check(point);
        for (const auto& sql : schema_changes) {
            INFO(sql);
            w.check(all);
            w.check(point);
            const bool readable = !w.read_anew(point, args(1)).failure;
            // Prepared for the schema before, executed after it.
            if (readable)
                w.watch.at_call(execution, [&](const auto&) { change(w.other, sql); });
            else
                change(w.other, sql);
            const auto got = w.read(point, args(1));
            CHECK(w.watch.acted());
            const auto want = w.read_anew(point, args(1));
            REQUIRE(got.failure.has_value() == want.failure.has_value());
            if (got.failure) continue;
            CHECK(*got.columns == *want.columns);
            if (sql.starts_with("insert")) continue;
            CHECK(got.rows == want.rows);
        }
    }
}

TEST_CASE("SQLite: a schema that changes before each execution ends in an error") {
    two_connections w;
    w.check(point);
    int changes = 0;
    std::function<void(const sluice::odbc::interruption&)> again = [&](const auto&) {
        change(w.other, "create table extra" + std::to_string(++changes) + " (a int)");
        w.watch.at_call(execution_anew, again);
    };
    w.watch.at_call(execution, again);
    const auto got = w.read(point, args(1));
    w.watch.at_call(0, nullptr);
    REQUIRE(got.failure.has_value());
    CHECK(got.failure->code() == errc::serialization);
    CHECK(got.failure->outcome() == sluice::outcome::none);
    CHECK(changes == static_cast<int>(sluice::limits::stale_executions_max));
    for (; changes > 0; --changes) change(w.other, "drop table extra" + std::to_string(changes));
    w.check(point);
}

TEST_CASE("SQLite: what only this connection sees outdates what it has prepared") {
    two_connections w;
    const auto see = [&](const std::string& v, std::size_t columns) {
        for (int n = 0; n < 2; ++n) {
            w.check(all);
            w.check(point);
            const auto rows = w.read("select * from t where k = ?", args(1));
            REQUIRE(rows.rows.size() == 1);
            CHECK(rows.columns->size() == columns);
            CHECK(w.read(point, args(1)).rows[0][0] == v);
        }
    };
    run(w.on, "alter table t drop column bare");
    see("a", 12);
    SECTION("a temporary table and view") {
        run(w.on, "create temp table t (k int, v text)");
        run(w.on, "insert into t values (1, 'temporary')");
        see("temporary", 2);
        run(w.on, "alter table temp.t add column x int");
        see("temporary", 3);
        run(w.on, "drop table temp.t");
        see("a", 12);
        run(w.on, "create temp view t as select k, 'viewed' v from main.t");
        see("viewed", 2);
        run(w.on, "drop view temp.t");
        see("a", 12);
    }
    SECTION("a temporary table that is prepared to be made") {
        REQUIRE(w.on.prepare(1, "create temp table t as select 1 k, 'temporary' v").has_value());
        REQUIRE(w.on.execute_prepared(1, args(), whole()).has_value());
        see("temporary", 2);
    }
    SECTION("a transaction that is rolled back") {
        REQUIRE(w.on.begin().has_value());
        see("a", 12);
        run(w.on, "alter table t add column y int");
        see("a", 13);
        run(w.on, "create temp table t (k int, v text)");
        run(w.on, "insert into t values (1, 'temporary')");
        see("temporary", 2);
        REQUIRE(w.on.rollback().has_value());
        see("a", 12);
        change(w.other, "alter table t rename column v to x");
        change(w.other, "alter table t add column v text default 'another'");
        see("another", 13);
    }
    SECTION("a version that came back with another schema") {
        REQUIRE(w.on.begin().has_value());
        run(w.on, "alter table t add column y int");
        see("a", 13);
        REQUIRE(w.on.rollback().has_value());
        change(w.other, "alter table t drop column i");
        see("a", 11);
    }
    SECTION("a savepoint that is rolled back") {
        using sluice::odbc::savepoint_step;
        REQUIRE(w.on.begin().has_value());
        REQUIRE(w.on.savepoint(savepoint_step::set, "s").has_value());
        run(w.on, "alter table t add column y int");
        see("a", 13);
        REQUIRE(w.on.savepoint(savepoint_step::roll_back_to, "s").has_value());
        see("a", 12);
        run(w.on, "alter table t drop column i");
        see("a", 11);
        REQUIRE(w.on.commit().has_value());
        see("a", 11);
    }
    SECTION("a transaction in text") {
        run(w.on, "begin");
        see("a", 12);
        run(w.on, "alter table t add column y int");
        see("a", 13);
        run(w.on, "rollback");
        change(w.other, "alter table t drop column i");  // the version that the rolled back one had
        see("a", 11);
        const auto before = w.hits();
        see("a", 11);
        CHECK(w.hits() > before);
    }
    SECTION("a version that is set") {
        const auto version = *query(w.on, "pragma schema_version").rows[0][0];
        run(w.on, "alter table t add column y int");
        see("a", 13);
        (void)query(w.on, "pragma schema_version = " + version);
        see("a", 13);
    }
}

TEST_CASE("SQLite: with another database attached no SELECT stays prepared") {
    two_connections w;
    w.check(point);
    const std::string file = variable("SLUICE_TEST_SQLITE") + "/kept_attached-" + std::to_string(::getpid()) + ".db";
    run(w.on, "attach '" + file + "' as a");
    run(w.on, "drop table if exists a.there");
    run(w.on, "create table a.there (k int, v text)");
    const std::string there = "select * from there where k = ?";
    const auto before = w.hits();
    for (int n = 0; n < 3; ++n) {
        w.check(there);
        run(w.on, "alter table a.there add column c" + std::to_string(n) + " int");
        w.check(there);
        w.check(point);
    }
    CHECK(w.hits() == before);
    run(w.on, "insert into t (k) values (?)", args(50));
    run(w.on, "insert into t (k) values (?)", args(51));
    CHECK(w.hits() == before + 1);
    run(w.on, "detach a");
    w.check(point);
    w.check(point);
    CHECK(w.hits() == before + 1);
}

TEST_CASE("SQLite: a transaction goes on to use what is prepared and sees the schema of its snapshot") {
    two_connections w("wal");
    w.check(point);
    REQUIRE(w.on.begin().has_value());
    auto before = w.hits();
    w.check(point);
    w.check(point);
    CHECK(w.hits() - before == 2);
    change(w.other, "alter table t rename column v to x");
    w.check(point);
    CHECK(w.read(point, args(1)).rows[0][0] == "a");
    REQUIRE(w.on.commit().has_value());
    w.check(point);
    CHECK(w.read(point, args(1)).failure->code() == errc::syntax);
    change(w.other, "alter table t rename column x to v");
    w.check(point);
    // Without parameters it does not step through its rows within a transaction.
    REQUIRE(w.on.prepare(1, "select v, k from t").has_value());
    REQUIRE(w.on.begin().has_value());
    before = w.hits();
    for (int n = 0; n < 3; ++n) {
        auto done = w.on.execute_prepared(1, args(), whole());
        REQUIRE(done.has_value());
        CHECK(read_all(done->rows).rows.size() == 5);
        REQUIRE(done->rows.close().has_value());
    }
    CHECK(w.hits() - before == 3);
    REQUIRE(w.on.rollback().has_value());
}

TEST_CASE("SQLite: what streams is not kept and what was kept does not stream") {
    two_connections w;
    REQUIRE(w.on.prepare(1, "select v, k from t").has_value());
    for (int n = 0; n < 3; ++n) {
        auto done = w.on.execute_prepared(1, args(), stream(2));
        REQUIRE(done.has_value());
        const auto rows = read_all(done->rows);
        CHECK(rows.rows.size() == 5);
        CHECK(rows.mode == sluice::stream_mode::incremental);
        REQUIRE(done->rows.close().has_value());
    }
    CHECK(w.hits() == 0);
}

TEST_CASE("SQLite: a lock that another takes before an execution leaves what is kept prepared") {
    two_connections w("delete", "Timeout=20");
    w.check(point);
    w.watch.at_call(execution, [&](const auto&) { run(w.other, "begin exclusive"); });
    const auto locked = w.read(point, args(1));
    CHECK(w.watch.acted());
    REQUIRE(locked.failure.has_value());
    CHECK(locked.failure->outcome() == sluice::outcome::none);
    const auto anew = w.read_anew(point, args(1));
    REQUIRE(anew.failure.has_value());
    CHECK(locked.failure->code() == anew.failure->code());
    CHECK(locked.failure->sqlstate() == anew.failure->sqlstate());
    CHECK(locked.failure->native() == anew.failure->native());
    run(w.other, "rollback");
    w.check(point);
    const auto before = w.hits();
    w.check(point);
    w.check(point);
    CHECK(w.hits() > before);
}

// SQLite prepares such a statement anew for each value.
TEST_CASE("SQLite: a value that changes the plan is no change of the schema") {
    two_connections w;
    run(w.on, "create index tv on t (i) where v = 'a'");
    run(w.on, "create index tw on t (v)");
    for (const char* sql :
         {"select k from t where v like ?", "select k from t where v glob ?", "select i from t where v = ?",
          "select k from t where k in (select k from t where v like ?)"})
        for (const char* v : {"a", "%other%", "*other*", "a", "nothing"}) w.check(sql, args(v));
    const auto before = w.hits();
    for (int n = 0; n < 3; ++n) CHECK(w.read("select k from t where v like ?", args("a%")).rows.size() == 2);
    CHECK(w.hits() == before + 3);
    change(w.other, "alter table t rename column k to kk");
    CHECK((*w.read("select * from t where v like ?", args("a%")).columns)[0].name == "kk");
    change(w.other, "alter table t rename column kk to k");
    w.check("select k from t where v like ?", args("a%"));
}

TEST_CASE("SQLite: more statements than SQLite is asked about are held against the version of the schema") {
    two_connections w;
    for (std::uint64_t n = 1; n < sluice::limits::sqlite_statements_asked_max + 10; ++n)
        REQUIRE(w.on.prepare(n, "select v from t where k = ? and i < " + std::to_string(n)).has_value());
    w.check(point);
    change(w.other, "alter table t rename column v to x");
    change(w.other, "alter table t add column v text default 'new'");
    const auto got = w.read(point, args(1));
    CHECK(got.rows == std::vector<row>{row{"new"}});
}

TEST_CASE("SQLite: who stops a SELECT before it is executed anew stops it") {
    two_connections w;
    w.check(point);
    // An interruption that comes before the execution: nothing is interrupted but what is asked to stop is stopped.
    w.watch.at_call(execution, [&](const auto& how) {
        CHECK(sluice::odbc::interrupt(how));
        w.watch.sent = true;
        w.watch.stop = true;
    });
    auto stopped = w.on.execute(point, args(1), whole());
    CHECK(w.watch.acted());
    if (stopped) {
        const auto rows = read_all(stopped->rows);
        REQUIRE(rows.failure.has_value());
        CHECK(rows.failure->code() == errc::cancelled);
        CHECK(rows.rows.empty());
        REQUIRE(stopped->rows.close().has_value());
    } else {
        CHECK(stopped.error().code() == errc::cancelled);
    }
    w.watch.stop = false;
    w.check(point);
    // The same where the schema is another one: it is not executed again.
    w.check(point);
    w.watch.at_call(execution, [&](const auto&) {
        change(w.other, "create table extra (a int)");
        w.watch.at_call(1, [&](const auto&) { w.watch.stop = true; });
    });
    const auto again = w.on.execute(point, args(1), whole());
    w.watch.stop = false;
    REQUIRE_FALSE(again.has_value());
    CHECK(again.error().code() == errc::cancelled);
    CHECK(again.error().outcome() == sluice::outcome::none);
    change(w.other, "drop table extra");
    w.check(point);
}

TEST_CASE("SQLite: names types and values agree while another thread changes the schema") {
    using clock = std::chrono::steady_clock;
    two_connections w("wal", "SyncPragma=OFF");
    run(w.on, "drop table t");
    run(w.on, "create table t (k int, v text)");
    run(w.on, "insert into t values (1, 'text')");
    std::atomic<bool> over = false;
    std::atomic<int> failures = 0;
    std::atomic<int> reads = 0;
    std::thread changer([&] {
        auto mine = two_connections::open("SyncPragma=OFF");
        const auto execute = [&](const char* sql) {
            if (!mine.execute(sql, args(), whole())) ++failures;
        };
        const std::vector<std::vector<const char*>> changes{
            {"begin immediate", "drop table t", "create table t (v int, k int)", "insert into t values (42, 1)",
             "commit"},
            {"begin immediate", "drop table t", "create table t (k int, v text, w int)",
             "insert into t values (1, 'text', 7)", "commit"},
            {"alter table t drop column w"},
        };
        while (!over)
            for (const auto& all_of : changes) {
                // One change for some reads: an execution is not repeated without an end.
                for (const int seen = reads; reads < seen + 3 && !over;) std::this_thread::yield();
                for (const char* sql : all_of) execute(sql);
            }
    });
    int text = 0;
    int number = 0;
    int other = 0;
    const auto until = clock::now() + std::chrono::milliseconds(700);
    while (clock::now() < until) {
        const auto v = w.read(point, args(1));
        ++reads;
        const auto star = w.read("select * from t where k = ?", args(1));
        ++reads;
        if (v.failure || star.failure || v.rows.size() != 1 || star.rows.size() != 1) {
            ++other;
            continue;
        }
        const bool is_number = (*v.columns)[0].type == sluice::column_type::int64;
        CHECK(v.rows[0][0] == (is_number ? "42" : "text"));
        is_number ? ++number : ++text;
        const bool first = (*star.columns)[0].name == "v";
        CHECK((*star.columns)[first ? 0 : 1].type == (first ? sluice::column_type::int64 : sluice::column_type::text));
        CHECK(star.rows[0] == (first                       ? row{"42", "1"}
                               : star.columns->size() == 3 ? row{"1", "text", "7"}
                                                           : row{"1", "text"}));
    }
    over = true;
    changer.join();
    CHECK(failures == 0);
    CHECK(other == 0);
    CHECK(text > 0);
    CHECK(number > 0);
}
