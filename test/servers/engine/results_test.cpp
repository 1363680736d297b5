// Statements with several results, on the real drivers: all of them, errors of later ones, and what follows.
#include "here.hpp"

#include <chrono>
#include <unistd.h>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

// Where one text may hold several statements: MariaDB's driver wants to be asked for it, sqliteodbc takes one.
session several(engine& on) {
    const auto text = connection_text(here::the, "results");
    return answer(on.connect(here::is_mariadb ? text + ";OPTION=67108864" : text));
}

std::uint64_t rows_of_result(row_stream& from) {
    std::uint64_t rows = 0;
    while (const auto part = answer(from.next())) rows += part->rows();
    return rows;
}

std::int64_t number(const row_set& rows) {
    return rows[0].get<std::int64_t>(0);
}

// A table and, on MariaDB, procedures of this test alone.
struct place {
    explicit place(const std::string& name) : on(several(engine)), table("res_" + name + std::to_string(::getpid())) {
        run("drop table if exists " + table);
        run("create table " + table + " (i int primary key)");
    }
    ~place() {
        run("drop table if exists " + table);
        if (here::is_mariadb) run("drop procedure if exists p_" + table);
    }
    void run(const std::string& sql) { (void)answer(on.query(sql)); }
    std::string procedure(const std::string& body) {
        run("drop procedure if exists p_" + table);
        run("create procedure p_" + table + "() begin " + body + " end");
        return "call p_" + table + "()";
    }

    sluice::engine engine;
    session on;
    std::string table;
};

}  // namespace

TEST_CASE("results: query_all gives all of them with the counts between") {
    place at("all");
    if (here::is_sqlite) {
        CHECK(error_of(at.on.query_all("select 1; select 2")).outcome() == outcome::none);
        CHECK(number(answer(at.on.query_all("select 7"))[0]) == 7);
        CHECK(answer(at.on.query_all("insert into " + at.table + " values (1)"))[0].affected_rows() == 1);
        return;
    }
    const auto all = answer(at.on.query_all("insert into " + at.table + " values (1), (2), (3); select i from " +
                                            at.table + " order by i; update " + at.table +
                                            " set i = i + 10 where i > 1; select 'x' as x, 5 as y"));
    REQUIRE(all.size() == 4);
    CHECK(all[0].affected_rows() == 3);
    CHECK(all[0].columns().size() == 0);
    CHECK(all[1].size() == 3);
    CHECK(number(all[1]) == 1);
    CHECK(all[2].affected_rows() == 2);
    CHECK(all[3].columns().size() == 2);
    CHECK(all[3][0].get<std::string>(0) == "x");
    CHECK(all[3][0].get<std::int64_t>(1) == 5);
    CHECK(answer(at.on.query_all("select ?; select 2", args(8))).size() == 2);
    // More rows than a block, and other types in the second.
    const auto large = answer(at.on.query_all(here::counting(5'000) + "; select 'a text'"));
    REQUIRE(large.size() == 2);
    CHECK(large[0].size() == 5'000);
    CHECK(large[1][0].get<std::string>(0) == "a text");
    const auto first = answer(at.on.query("select 1; select 2"));
    CHECK(number(first) == 1);
    CHECK(first.warnings().size() == 1);
    CHECK(error_of(at.on.query_all("select 1; select 2", request_options().result_rows_max(1))).code() ==
          errc::too_large);
    CHECK(number(answer(at.on.query("select 3"))) == 3);
}

TEST_CASE("results: a stream goes on from one to the next") {
    place at("stream");
    const std::string one = here::counting(3'000);
    if (here::is_sqlite) {
        auto stream = answer(at.on.stream(one));
        CHECK(rows_of_result(stream) == 3'000);
        CHECK_FALSE(answer(stream.next_result()));
        return;
    }
    auto stream = answer(at.on.stream(one + "; insert into " + at.table + " values (1), (2); " + here::counting(100),
                                      stream_options().batch_rows(100)));
    CHECK(error_of(stream.next_result()).code() == errc::invalid_argument);
    CHECK(rows_of_result(stream) == 3'000);
    CHECK(error_of(at.on.query("select 1")).code() == errc::session_busy);
    REQUIRE(answer(stream.next_result()));
    CHECK(stream.affected_rows() == 2);
    CHECK(stream.columns().size() == 0);
    CHECK_FALSE(answer(stream.next()));
    REQUIRE(answer(stream.next_result()));
    CHECK(rows_of_result(stream) == 100);
    CHECK(number(answer(at.on.query("select 4"))) == 4);
    CHECK_FALSE(answer(stream.next_result()));

    // Left where it is, in the middle of a result and between two.
    for (const bool between : {false, true}) {
        auto left = answer(at.on.stream(one + "; select 2; select 3", stream_options().batch_rows(100)));
        REQUIRE(answer(left.next()));
        if (between) CHECK(rows_of_result(left) == 2'900);
        left = row_stream();
        CHECK(number(answer(at.on.query("select 5"))) == 5);
    }
}

TEST_CASE("results: the error of a later statement is told") {
    place at("error");
    if (here::is_sqlite) return;
    const std::string twice = "insert into " + at.table + " values (5); insert into " + at.table + " values (5)";
    for (int times = 0; times < 2; ++times) {
        const auto e = error_of(times == 0 ? at.on.query(twice)
                                           : at.on.query("select 1; insert into " + at.table + " values (5), (5)"));
        CHECK(e.outcome() == outcome::unknown);
        CHECK(e.session() == session_state::usable);
        CHECK(e.to_string().find("uplicate") != std::string::npos);
    }
    CHECK(number(answer(at.on.query("select 6"))) == 6);
    if (!here::is_mariadb) return;

    // A procedure that fails behind its rows: SQLExecDirect says nothing of it.
    const auto call = at.procedure("select 1 as one; select 2 as two; insert into no_such_table_here values (1);");
    for (const bool prepared : {false, true}) {
        const auto how = prepared ? "{" + call + "}" : call;
        CHECK(error_of(at.on.query(how)).code() == errc::syntax);
        CHECK(error_of(at.on.query_all(how)).outcome() == outcome::unknown);
        auto stream = answer(at.on.stream(how));
        REQUIRE(answer(stream.next()));
        CHECK_FALSE(answer(stream.next()));
        REQUIRE(answer(stream.next_result()));
        CHECK(stream.columns()[0].name == "two");
        REQUIRE(answer(stream.next()));
        CHECK(error_of(stream.next()).code() == errc::syntax);
        CHECK(error_of(stream.next_result()).code() == errc::syntax);
        CHECK(number(answer(at.on.query("select 7"))) == 7);
    }
}

TEST_CASE("results: the status of a procedure is none") {
    place at("status");
    if (!here::is_mariadb) return;
    const auto one = at.procedure("select 1 as one;");
    CHECK(answer(at.on.query(one)).warnings().empty());
    CHECK(answer(at.on.query_all(one)).size() == 1);
    auto stream = answer(at.on.stream(one));
    CHECK(rows_of_result(stream) == 1);
    CHECK(number(answer(at.on.query("select 8"))) == 8);  // nothing remains
    CHECK_FALSE(answer(stream.next_result()));
    const auto two =
        at.procedure("select 1 as one; insert into " + at.table + " values (1); select 'b' as b, 2 as two;");
    const auto all = answer(at.on.query_all(two));
    REQUIRE(all.size() == 2);
    CHECK(all[1][0].get<std::string>(0) == "b");
    CHECK(answer(at.on.query("delete from " + at.table)).affected_rows() == 1);
}

TEST_CASE("results: a deadline and a cancel hold in a procedure between two of them") {
    place at("late");
    if (!here::is_mariadb) return;
    const auto call =
        at.procedure("select 1 as one; select count(*) from seq_1_to_100000 a, seq_1_to_100000 b; select 3;");
    const auto started = std::chrono::steady_clock::now();
    CHECK(error_of(at.on.query_all(call, request_options().timeout(300ms))).code() == errc::deadline);
    auto stream = answer(at.on.stream(call, stream_options().timeout(2s)));
    REQUIRE(answer(stream.next()));
    CHECK(error_of(stream.next()).code() == errc::deadline);
    answer(stream.close());
    auto hangs = at.on.query_all(call);
    CHECK(hangs.wait_for(300ms) == std::future_status::timeout);
    at.on.cancel();
    const auto stopped = error_of(std::move(hangs));
    CHECK(stopped.code() == errc::cancelled);
    CHECK(stopped.outcome() == outcome::unknown);
    CHECK(number(answer(at.on.query("select 9"))) == 9);
    CHECK(std::chrono::steady_clock::now() - started < 20s);
    // Within a transaction, and after it.
    auto tx = answer(at.on.begin());
    CHECK(answer(tx.query("insert into " + at.table + " values (1)")).affected_rows() == 1);
    CHECK(error_of(tx.query_all(call, request_options().timeout(300ms))).code() == errc::deadline);
    tx = transaction();
    CHECK(number(answer(at.on.query("select count(*) from " + at.table))) == 0);
}
