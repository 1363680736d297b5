// An error in the middle of a result: exactly the rows before it first, then the error and nothing but the error; and a
// session that goes on, also when a result is left half-way.
#include "results.hpp"

using namespace results;

namespace {

// The rows are 1, 2, 3 ... in column 0. Answers how many there were.
std::size_t count_up_to_error(sluice::odbc::cursor& rows, std::optional<sluice::error>& failure) {
    heap_source source;
    std::int64_t next = 1;
    for (;;) {
        auto got = rows.fetch(source);
        if (!got) {
            failure = got.error();
            break;
        }
        if (!*got) break;
        const sluice::batch part(*got);
        for (const std::int64_t value : part.column<std::int64_t>(0))
            if (value != next++) FAIL("row " << next - 2 << " is " << value);
    }
    return static_cast<std::size_t>(next - 1);
}

}  // namespace

TEST_CASE("postgresql: a division by zero at row 400000 comes after the whole packets before it") {
    auto on = connect(server::postgresql, "result_errors");
    const std::pair<std::size_t, std::size_t> cases[] = {{1'000, 400'000}, {1'024, 400'000}, {5'000, 400'000},
                                                         {1'021, 20'000},  {7, 20'000},      {1, 500}};
    for (const auto& [batch_rows, at] : cases) {
        INFO("batch_rows " << batch_rows << " error at " << at);
        const std::string sql =
            "select generate_series(1, 1000000) i, 1 / (" + std::to_string(at) + " - generate_series(1, 1000000))";
        auto rows = start(on, sql, stream(batch_rows)).rows;
        CHECK(rows.mode() == sluice::stream_mode::incremental);
        std::optional<sluice::error> failure;
        CHECK(count_up_to_error(rows, failure) == (at - 1) / batch_rows * batch_rows);
        REQUIRE(failure);
        CHECK(failure->sqlstate() == "22012");
        CHECK(failure->session() == sluice::session_state::usable);
        heap_source source;
        auto again = rows.fetch(source);
        REQUIRE_FALSE(again.has_value());
        CHECK(again.error().sqlstate() == "22012");
        CHECK(rows.close().has_value());
        CHECK(query(on, "select 1").rows.size() == 1);
    }
}

TEST_CASE("postgresql: an error near the end of the first packet loses no row of a packet before it") {
    auto on = connect(server::postgresql, "result_errors");
    // Wide rows: a block is smaller than a packet.
    for (const int at : {65, 100, 129, 1'000}) {
        auto rows = start(on,
                          "select i, repeat('x', 200), repeat('y', 200), 1 / (" + std::to_string(at) +
                              " - i) from generate_series(1, 3000) i",
                          stream(64, 20'000))
                        .rows;
        std::optional<sluice::error> failure;
        CHECK(count_up_to_error(rows, failure) == static_cast<std::size_t>((at - 1) / 64 * 64));
        REQUIRE(failure);
        CHECK(failure->sqlstate() == "22012");
    }
}

TEST_CASE("sqlite: an error at any row comes after exactly the rows before it") {
    auto on = connect(server::sqlite, "result_errors");
    run(on, "drop table if exists counted");
    run(on, "create table counted(i integer)");
    run(on,
        "insert into counted with recursive c(i) as (select 1 union all select i + 1 from c where i < 5000) "
        "select i from c");
    for (const std::size_t batch_rows : {1U, 7U, 1'024U}) {
        for (const int at : {2, 7, 8, 1'024, 1'025, 4'999, 5'000}) {
            INFO("batch_rows " << batch_rows << " error at " << at);
            auto rows = start(on,
                              "select i, abs(case when i = " + std::to_string(at) +
                                  " then -9223372036854775807 - 1 else i end) from counted",
                              stream(batch_rows))
                            .rows;
            std::optional<sluice::error> failure;
            CHECK(count_up_to_error(rows, failure) == static_cast<std::size_t>(at - 1));
            REQUIRE(failure);
            CHECK(failure->message().size() + failure->diagnostics().size() > 0);
            CHECK(failure->session() == sluice::session_state::usable);
            CHECK(rows.close().has_value());
            CHECK(query(on, "select 1").rows.size() == 1);
        }
    }
}

TEST_CASE("a result that is left half-way leaves a session that goes on at once") {
    for (const server s : {server::postgresql, server::mariadb, server::sqlite}) {
        INFO(name_of(s));
        auto on = connect(s, "result_left");
        const std::string sql = s == server::postgresql ? "select i from generate_series(1, 20000) i"
                                : s == server::mariadb
                                    ? "select seq from seq_1_to_20000"
                                    : "with recursive c(i) as (select 1 union all select i + 1 from c "
                                      "where i < 20000) select i from c";
        make_table(s, on, "left_behind", "i int");
        for (int round = 0; round < 20; ++round) {
            heap_source source;
            auto rows = start(on, sql, round % 2 == 0 ? stream() : whole()).rows;
            for (int batches = 0; batches < round % 4; ++batches) REQUIRE(rows.fetch(source).has_value());
            if (round % 3 == 0)
                CHECK(rows.close().has_value());
            else if (round % 3 == 1)
                rows = sluice::odbc::cursor();
            else
                sluice::odbc::cursor moved(std::move(rows));
            CHECK_FALSE(rows.is_open());
            run(on, "insert into left_behind values(1)");
        }
        CHECK(query(on, "select i from left_behind").rows.size() == 20);
        // In a transaction too.
        REQUIRE(on.begin().has_value());
        for (int round = 0; round < 4; ++round) {
            heap_source source;
            auto rows = start(on, sql, stream(100)).rows;
            REQUIRE(rows.fetch(source).has_value());
            rows = sluice::odbc::cursor();
            run(on, "insert into left_behind values(2)");
        }
        REQUIRE(on.rollback().has_value());
        CHECK(query(on, "select i from left_behind").rows.size() == 20);
    }
}

TEST_CASE("a statement without a result gives a cursor that is not open") {
    for (const server s : {server::postgresql, server::mariadb, server::sqlite}) {
        INFO(name_of(s));
        auto on = connect(s, "result_none");
        for (const auto& how : {whole(), stream()}) {
            run(on, "drop table if exists nothing_here");
            auto made = start(on, "create table nothing_here(i int)", how);
            CHECK_FALSE(made.rows.is_open());
            CHECK(made.rows.columns()->empty());
            CHECK(made.rows.close().has_value());
            auto empty = start(on, "select i from nothing_here", how).rows;
            CHECK(empty.is_open());
            CHECK(empty.columns()->size() == 1);
            CHECK(read_all(empty).rows.empty());
            heap_source source;
            auto end = empty.fetch(source);
            REQUIRE(end.has_value());
            CHECK(*end == nullptr);
        }
        run(on, "drop table nothing_here");
    }
}
