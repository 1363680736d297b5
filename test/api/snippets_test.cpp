// What the documents show, as they show it: snippets.cmake sees to it for the README.

#include "support.hpp"

#include <iostream>
#include <sstream>

using namespace api;

namespace {

asio::awaitable<int> of_the_readme(sluice::pool& db, std::string sql) {
    auto rows = co_await db.async_query(sql, sluice::args(42), sluice::use_awaitable);  // throws sluice::database_error
    auto maybe = co_await db.async_query(sql, sluice::args(42));  // sluice::result<row_set>: nothing throws
    co_return static_cast<int>(rows.size() + maybe.value().size());
}

asio::awaitable<int> of_the_design(sluice::pool& db, std::string sql) {
    int seen = 0;

    auto rows = co_await db.async_query(sql, sluice::args(42), sluice::use_awaitable);  // coroutine, throws
    auto maybe = co_await db.async_query(sql, sluice::args(42));  // result<row_set>, does not throw

    seen += static_cast<int>(rows.size() + maybe.value().size());

    auto stream = co_await db.async_stream("select * from big", sluice::use_awaitable);
    while (auto batch = co_await stream.async_next(sluice::use_awaitable))  // nullopt = the end, never silence
        for (auto id : batch->column<std::int64_t>(0)) seen += static_cast<int>(id);
    co_return seen;
}

void quick() {
    sluice::engine engine;                                      // threads
    auto db = engine.open("Driver=SQLite3;Database=:memory:");  // a pool; connects when it is first needed

    db.query("create table item (id integer primary key, name varchar(40))").get();
    db.query("insert into item values (?, ?), (?, ?)", sluice::args(1, "bolt", 2, "nut")).get();

    auto rows = db.query("select name from item where id = ?", sluice::args(2)).get();  // std::future; get() throws
    std::cout << rows[0].get<std::string>("name") << '\n';

    auto stream = db.stream("select id from item order by id").get();
    while (auto batch = stream.next().get())  // nullopt is the end
        for (std::int64_t id : batch->column<std::int64_t>(0)) std::cout << id << '\n';
}

}  // namespace

TEST_CASE("snippets: the example of the README") {
    std::ostringstream said;
    auto* const before = std::cout.rdbuf(said.rdbuf());
    quick();
    std::cout.rdbuf(before);
    CHECK(said.str() == "nut\n1\n2\n");
}

TEST_CASE("snippets: coroutines of the README and of section 5 of the design") {
    const database file;
    sluice::engine engine;
    auto db = engine.open(file.string());
    (void)in_time(db.query("create table item (id integer, name varchar(20))"));
    (void)in_time(db.query("insert into item values (42, 'bolt')"));
    (void)in_time(db.query("create table big (id bigint)"));
    (void)in_time(db.query("insert into big values (1), (2), (3)"));
    const std::string sql = "select name from item where id = ?";

    auto rows = db.query("select name from item where id = ?", sluice::args(42)).get();  // std::future, throws
    CHECK(rows[0].get<std::string>(0) == "bolt");

    CHECK(run(of_the_readme(db, sql)) == 2);
    CHECK(run(of_the_design(db, sql)) == 8);
}
