// Statements that stay prepared, on the real servers: right results whatever happens to the tables in between.
#include "here.hpp"

#include <unistd.h>

using namespace sluice;
using namespace sluice::testing;
namespace ask = sluice::protocol;

namespace {

// A table of this test alone, in a file of its own on SQLite.
struct counted_place {
    explicit counted_place(const std::string& name, connect_options options = {})
        : table("kept_" + name + "_" + std::to_string(::getpid())),
          text(connection_text(here::the, table)),
          on(answer(engine.connect(text, std::move(options)))) {
        run("drop table if exists " + table);
        run("create table " + table + " (k int primary key, v varchar(10))");
        run("insert into " + table + " values (1, 'a'), (2, 'b')");
    }
    ~counted_place() { run("drop table if exists " + table); }

    void run(const std::string& sql) { (void)answer(on.query(sql)); }
    [[nodiscard]] std::string find() const { return "select v from " + table + " where k = ?"; }
    [[nodiscard]] std::string all() const { return "select * from " + table + " where k = ?"; }

    sluice::engine engine;
    std::string table;
    std::string text;
    session on;
};

std::string text_of(const row_set& rows) {
    return rows.empty() ? "(no row)" : rows[0].get<std::optional<std::string>>(0).value_or("(null)");
}

}  // namespace

TEST_CASE("a statement with parameters is prepared once and again where the driver does not look again") {
    counted_place p("once");
    const auto before = p.engine.metrics().statement_prepares;
    for (int n = 0; n < 200; ++n) {
        CHECK(text_of(answer(p.on.query(p.find(), args(1 + n % 2)))) == (n % 2 == 0 ? "a" : "b"));
        CHECK(answer(p.on.query("update " + p.table + " set v = v where k = ?", args(1))).affected_rows());
    }
    const auto prepared = p.engine.metrics().statement_prepares - before;
    CHECK(prepared == 2);
    CHECK(p.engine.metrics().statements_cached == 2);
    if (here::is_postgresql)
        CHECK(answer(p.on.query("select count(*) from pg_prepared_statements"))[0].get<std::int64_t>(0) == 2);
}

TEST_CASE("what is prepared sees each change of its table") {
    counted_place p("alter");
    auto other = here::connect(p.engine, p.table);
    const auto change = [&](const std::string& sql) {
        (void)answer(other.query(sql));
    };
    auto mine = answer(p.on.prepare(p.find()));
    CHECK(mine.parameter_count() == 1);
    REQUIRE(mine.columns() != nullptr);
    REQUIRE(mine.columns()->size() == 1);
    CHECK((*mine.columns())[0].name == "v");
    const auto check = [&](const std::string& v, std::size_t columns) {
        for (int n = 0; n < 3; ++n) {
            CHECK(text_of(answer(p.on.query(p.find(), args(1)))) == v);
            CHECK(text_of(answer(mine.query(args(1)))) == v);
            const auto rows = answer(p.on.query(p.all(), args(1)));
            CHECK(rows.columns().size() == columns);
            CHECK(rows.size() == 1);
            CHECK(answer(p.on.query("select * from " + p.table)).columns().size() == columns);
        }
    };
    check("a", 2);
    change("alter table " + p.table + " add column w int default 7");
    // Read as a stream it may be that nothing is prepared for it.
    auto stream = answer(p.on.stream("select * from " + p.table));
    CHECK(stream.columns().size() == 3);
    while (answer(stream.next())) {
    }
    check("a", 3);
    const auto rows = answer(p.on.query(p.all(), args(1)));
    CHECK(rows.columns()[2].name == "w");
    CHECK(rows[0].get<std::int64_t>(2) == 7);
    if (!here::is_sqlite) {
        change("alter table " + p.table +
               (here::is_postgresql ? " alter column v type varchar(3000)" : " modify v varchar(3000)"));
        change("update " + p.table + " set v = concat('a', repeat('x', 2999)) where k = 1");
        check("a" + std::string(2'999, 'x'), 3);
    }
    change("drop table " + p.table);
    CHECK(error_of(p.on.query(p.find(), args(1))).code() == errc::syntax);
    CHECK(error_of(mine.query(args(1))).code() == errc::syntax);
    change("create table " + p.table + " (w int, x int, y int, k int, v int)");
    change("insert into " + p.table + " values (1, 2, 3, 1, 42)");
    for (int n = 0; n < 3; ++n) {
        CHECK(answer(p.on.query(p.find(), args(1)))[0].get<std::int64_t>(0) == 42);
        CHECK(answer(mine.query(args(1)))[0].get<std::int64_t>(0) == 42);
        const auto now = answer(p.on.query(p.all(), args(1)));
        REQUIRE(now.columns().size() == 5);
        CHECK(now.columns()[0].name == "w");
        CHECK(now.columns()[4].name == "v");
    }
    CHECK(p.on.generation() == 1);
}

TEST_CASE("a value goes into a column that has another type since the statement was prepared") {
    counted_place p("retyped");
    const std::string insert = "insert into " + p.table + " (k, v) values (?, ?)";
    CHECK(answer(p.on.query(insert, args(10, "x"))).affected_rows() == 1);
    CHECK(answer(p.on.query(insert, args(11, "y"))).affected_rows() == 1);
    p.run("drop table " + p.table);
    p.run("create table " + p.table + " (k int primary key, v time)");
    for (int n = 0; n < 2; ++n) CHECK(answer(p.on.query(insert, args(n, "10:11:12"))).affected_rows() == 1);
    CHECK(answer(p.on.query("select count(*) from " + p.table))[0].get<std::int64_t>(0) == 2);
}

TEST_CASE("a change of the table within a transaction of others is seen in ours and ours goes on") {
    counted_place p("transaction");
    auto other = here::connect(p.engine, p.table);
    CHECK(answer(p.on.query(p.all(), args(1))).columns().size() == 2);
    (void)answer(other.query("alter table " + p.table + " add column w int"));
    answer(p.on.submit(ask::begin()));
    CHECK(answer(p.on.query("insert into " + p.table + " (k, v) values (?, 'c')", args(3))).affected_rows() == 1);
    CHECK(answer(p.on.query(p.all(), args(1))).columns().size() == 3);
    CHECK(answer(p.on.query("insert into " + p.table + " (k, v) values (?, 'd')", args(4))).affected_rows() == 1);
    answer(p.on.submit(ask::commit()));
    CHECK(answer(p.on.query("select count(*) from " + p.table))[0].get<std::int64_t>(0) == 4);
}

TEST_CASE("an error of the values leaves a statement prepared and right") {
    counted_place p("constraint");
    const std::string insert = "insert into " + p.table + " values (?, 'x')";
    CHECK(answer(p.on.query(insert, args(5))).affected_rows() == 1);
    const auto prepared = p.engine.metrics().statement_prepares;
    for (int n = 6; n < 9; ++n) {
        CHECK(error_of(p.on.query(insert, args(5))).code() == errc::constraint);
        CHECK(answer(p.on.query(insert, args(n))).affected_rows() == 1);
    }
    CHECK(p.engine.metrics().statement_prepares == prepared);
    CHECK(error_of(p.on.query("select v, nix from " + p.table + " where k = ?", args(1))).code() == errc::syntax);
    CHECK(answer(p.on.query("select count(*) from " + p.table))[0].get<std::int64_t>(0) == 6);
}

TEST_CASE("parameters of another type are read as what they are") {
    counted_place p("types");
    const std::string echo = here::is_mariadb ? "select concat(?, '')" : "select ?";
    for (int n = 0; n < 3; ++n) {
        CHECK(answer(p.on.query(echo, args("text")))[0].get<std::string>(0) == "text");
        const auto number = answer(p.on.query("select ?", args(std::int64_t{1} << 40)));
        if (!here::is_postgresql)
            CHECK(number[0].get<std::int64_t>(0) == std::int64_t{1} << 40);
        else
            CHECK(number[0].get<std::string>(0) == "1099511627776");
        CHECK(answer(p.on.query("select ?", args(null_of<int>())))[0].is_null(0));
    }
}

TEST_CASE("what is prepared keeps nobody from its table") {
    counted_place p("locks");
    for (int n = 0; n < 3; ++n) {
        CHECK(text_of(answer(p.on.query(p.find(), args(1)))) == "a");
        CHECK(answer(p.on.query("update " + p.table + " set v = v where k = ?", args(1))).affected_rows());
    }
    auto stream = answer(p.on.stream(p.find(), args(2)));
    while (answer(stream.next())) {
    }
    { auto half = answer(p.on.stream(p.find(), args(2))); }
    auto other = here::connect(p.engine, p.table);
    if (here::is_postgresql) (void)answer(other.query("set lock_timeout = 2000"));
    if (here::is_mariadb) (void)answer(other.query("set lock_wait_timeout = 2"));
    (void)answer(other.query("drop table " + p.table, request_options().timeout(std::chrono::seconds(20))));
}

TEST_CASE("clearing frees on the server what is prepared there") {
    counted_place p("clear");
    CHECK(answer(p.on.clear_statements()) == 0);
    CHECK(text_of(answer(p.on.query(p.find(), args(1)))) == "a");
    CHECK(answer(p.on.query("update " + p.table + " set v = v where k = ?", args(1))).affected_rows());
    auto mine = answer(p.on.prepare(p.find()));
    CHECK(text_of(answer(mine.query(args(2)))) == "b");
    CHECK(answer(p.on.clear_statements()) == 3);
    CHECK(p.engine.metrics().statements_cached == 0);
    if (here::is_postgresql)
        CHECK(answer(p.on.query("select count(*) from pg_prepared_statements"))[0].get<std::int64_t>(0) == 0);
    CHECK(text_of(answer(mine.query(args(1)))) == "a");
    answer(p.on.submit(ask::begin()));
    CHECK(answer(p.on.query("update " + p.table + " set v = 'z' where k = ?", args(1))).affected_rows() == 1);
    CHECK(answer(p.on.clear_statements()) >= 1);
    answer(p.on.submit(ask::rollback()));
    CHECK(text_of(answer(mine.query(args(1)))) == "a");
}

TEST_CASE("what is wrong with a statement is said when it is prepared or when it is executed") {
    counted_place p("wrong");
    const auto check_wrong = [&](const std::string& sql, const args& with) {
        try {
            auto made = answer(p.on.prepare(sql));
            CHECK_FALSE(here::is_postgresql);  // the others ask the server later
            CHECK(error_of(made.query(with)).code() == errc::syntax);
        } catch (const database_error& e) {
            CHECK(e.code() == errc::syntax);
            CHECK(e.error().outcome() == outcome::none);
        }
    };
    check_wrong("selec 1", {});
    check_wrong("select v from no_such_table_at_all where k = ?", args(1));
    auto none = answer(p.on.prepare("delete from " + p.table + " where k = ?"));
    if (none.columns() != nullptr) CHECK(none.columns()->size() == 0);
    CHECK((none.columns() != nullptr) == !here::is_sqlite);
    CHECK(answer(none.query(args(1))).affected_rows() == 1);
    CHECK(answer(none.query(args(1))).affected_rows() == 0);
    auto without = answer(p.on.prepare("select count(*) from " + p.table));
    CHECK(without.parameter_count() == 0);
    for (int n = 0; n < 3; ++n) CHECK(answer(without.query())[0].get<std::int64_t>(0) == 1);
    answer(p.on.submit(ask::begin()));
    check_wrong("selec 1", {});
    answer(p.on.submit(ask::rollback()));
    CHECK(text_of(answer(p.on.query(p.find(), args(2)))) == "b");
}
