// Bulk inserts on the real drivers: what is there afterwards is what was told, whatever went wrong.
#include "bulk_shelf.hpp"
#include "comes_true.hpp"
#include "sanitized.hpp"

#include <sluice/protocol/bulk_rows_of.hpp>
#include <sluice/runtime/transaction.hpp>

#include <chrono>
#include <thread>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;
using here::ids;
using here::named_rows;
using here::shelf;

namespace {

// The rows with these numbers have the key of the row before.
std::vector<std::int64_t> ids_with_twins(std::size_t rows, const std::vector<std::size_t>& twins) {
    auto made = ids(rows);
    for (const auto row : twins) made[row] = made[row - 1];
    return made;
}

}  // namespace

TEST_CASE("bulk: each type arrives as it was with NULLs on whatever it is inserted") {
    const bool pg = here::is_postgresql;
    shelf s("types", std::string("id bigint primary key, b ") + (pg ? "boolean" : "smallint") +
                         ", f double precision, d decimal(18,4), t varchar(200), x " +
                         here::pick<std::string>("bytea", "blob", "blob") + ", day date, at " +
                         here::pick<std::string>("timestamp", "datetime(6)", "timestamp"));
    constexpr std::size_t count = 1'234;
    std::vector<std::optional<bool>> b;
    std::vector<std::optional<double>> f;
    std::vector<std::optional<decimal>> d;
    std::vector<std::optional<std::string>> t;
    std::vector<std::optional<bytes>> x;
    std::vector<std::optional<date>> day;
    std::vector<std::optional<timestamp>> at;
    for (std::size_t i = 0; i < count; ++i) {
        const bool null = i % 7 == 3;
        const auto part = static_cast<std::uint16_t>(i % 28 + 1);
        b.push_back(null ? std::nullopt : std::optional(i % 2 == 0));
        f.push_back(null ? std::nullopt : std::optional(static_cast<double>(i) / 8));
        d.push_back(null ? std::nullopt : std::optional(decimal(std::to_string(i) + ".2500")));
        t.push_back(null ? std::nullopt
                         : std::optional(std::string(i % 50, 'x') + "'\"\\ \xC3\xA9" + std::to_string(i)));
        x.push_back(null ? std::nullopt : std::optional(bytes{std::byte{0}, static_cast<std::byte>(i % 256)}));
        day.push_back(null ? std::nullopt : std::optional(date{2024, 2, part}));
        at.push_back(null ? std::nullopt : std::optional(timestamp{2024, 2, part, 1, 2, 3, 250'000'000}));
    }
    bulk_rows rows(s.table);
    rows.column("id", ids(count)).column("b", b).column("f", f).column("d", d).column("t", t).column("x", x);
    rows.column("day", day).column("at", at);

    auto db = s.engine.open(connection_text(here::the, "bulk"));
    row_set last;
    for (int way = 0; way < 5; ++way) {
        s.run("delete from " + s.table);
        bulk_inserted made;
        if (way == 0) made = answer(s.on.bulk_insert(rows));
        if (way == 1) made = answer(db.bulk_insert(rows));
        if (way == 2) {
            auto tx = answer(s.on.begin());
            made = answer(tx.bulk_insert(rows));
            answer(tx.commit());
        }
        if (way == 3) made = answer(db.bulk_insert(bulk_rows_of(s.table, last)));
        if (way == 4)
            for (const batch& some : last.batches())
                made.rows += answer(db.bulk_insert(bulk_rows_of(s.table, some))).rows;
        CHECK(made.rows == count);
        CHECK(made.refused.empty());
        const auto read = answer(s.on.query("select id, b, f, d, t, x, day, at from " + s.table + " order by id"));
        REQUIRE(read.size() == count);
        bool right = true;
        for (std::size_t i = 0; i < count; ++i) {
            const auto row = read[i];
            right = right && row.get<std::int64_t>(0) == static_cast<std::int64_t>(i);
            right = right && row.get<std::optional<bool>>(1) == b[i] && row.get<std::optional<double>>(2) == f[i];
            right = right && row.get<std::optional<std::string>>(4) == t[i] && row.get<std::optional<bytes>>(5) == x[i];
            right = right && row.get<std::optional<date>>(6) == day[i] && row.get<std::optional<timestamp>>(7) == at[i];
            right = right && row.is_null(3) == !d[i];
            if (!here::is_sqlite && d[i]) right = right && row.get<decimal>(3).str() == d[i]->str();
            if (!right) FAIL("row " << i << " came back otherwise, way " << way);
        }
        last = read;
    }
}

TEST_CASE("bulk: of all or nothing nothing is there where a row is refused and the error names it") {
    shelf s("all");
    const auto why = error_of(s.on.bulk_insert(named_rows(s.table, ids_with_twins(2'000, {777, 1'500}))));
    CHECK(why.code() == errc::constraint);
    CHECK(why.outcome() == outcome::none);
    CHECK(why.session() == session_state::usable);
    CHECK(why.row() == 777);
    CHECK(why.message().find("row 777") != std::string::npos);
    CHECK_FALSE(why.diagnostics().empty());
    CHECK(s.count() == 0);
    CHECK(answer(s.on.bulk_insert(named_rows(s.table, ids(2'000)))).rows == 2'000);
    CHECK(s.count() == 2'000);
    CHECK(answer(s.on.bulk_insert(named_rows(s.table, {}))).rows == 0);
    CHECK(answer(s.on.bulk_insert(named_rows(s.table, {5'000}))).rows == 1);
}

TEST_CASE("bulk: bad rows are skipped and told and all others are there") {
    constexpr std::size_t count = sanitized ? 10'000 : 100'000;
    shelf s("skip");
    std::vector<std::size_t> twins;
    for (std::size_t n = 1; n <= 10; ++n) twins.push_back(n * count / 10 - n);
    auto rows = named_rows(s.table, ids_with_twins(count, twins));
    rows.mode(bulk_mode::skip_bad_rows);
    const auto made = answer(s.on.bulk_insert(rows, request_options().timeout(120s)));
    CHECK(made.rows == count - 10);
    REQUIRE(made.refused.size() == 10);
    for (std::size_t n = 0; n < 10; ++n) {
        CHECK(made.refused[n].row == twins[n]);
        CHECK(made.refused[n].why.code() == errc::constraint);
        CHECK_FALSE(made.refused[n].why.diagnostics().empty());
    }
    CHECK(s.count() == static_cast<std::int64_t>(count) - 10);

    s.run("delete from " + s.table);
    const auto why = error_of(s.on.bulk_insert(rows.refused_max(9), request_options().timeout(120s)));
    CHECK(why.code() == errc::constraint);
    CHECK(why.outcome() == outcome::none);
    CHECK(why.message().find("refused_max (9)") != std::string::npos);
    CHECK(s.count() == 0);
}

TEST_CASE("bulk: bad rows are found wherever they are and however few rows there are") {
    for (const std::size_t count : std::vector<std::size_t>{1, 3, 99, 100, 700}) {
        for (const std::size_t bad : {std::size_t{0}, count / 2, count - 1}) {
            shelf s("where", "id bigint primary key, name varchar(80) not null");
            std::vector<std::optional<std::string>> names(count, "name");
            names[bad].reset();
            bulk_rows rows(s.table);
            rows.column("id", ids(count)).column("name", std::move(names));
            INFO(count << " rows, bad is " << bad);
            const auto why = error_of(s.on.bulk_insert(rows));
            CHECK(why.code() == errc::constraint);
            CHECK(why.row() == static_cast<std::int64_t>(bad));
            CHECK(s.count() == 0);
            for (int n = 0; n < 2; ++n) {
                const auto made = answer(s.on.bulk_insert(rows.mode(bulk_mode::skip_bad_rows)));
                CHECK(made.rows == count - 1);
                REQUIRE(made.refused.size() == 1);
                CHECK(made.refused[0].row == bad);
                CHECK(s.count() == static_cast<std::int64_t>(count) - 1);
                s.run("delete from " + s.table);
            }
            {
                auto tx = answer(s.on.begin());
                CHECK(answer(tx.bulk_insert(rows)).rows == count - 1);
                answer(tx.commit());
            }
            CHECK(s.count() == static_cast<std::int64_t>(count) - 1);
        }
    }
}

TEST_CASE("bulk: rows of a thousand columns are as many statements as it takes") {
    constexpr std::size_t columns = 1'000;
    std::string sql = "id bigint primary key";
    for (std::size_t n = 1; n < columns; ++n) sql += ", c" + std::to_string(n) + " smallint";
    shelf s("wide", sql);
    bulk_rows rows(s.table);
    // The address sanitizer looks through the text of a statement of SQLite from each of its places on.
    const std::size_t count = sanitized && here::is_sqlite ? 2 : 40;
    rows.column("id", ids(count));
    for (std::size_t n = 1; n < columns; ++n)
        rows.column("c" + std::to_string(n), std::vector<int>(count, static_cast<int>(n)));
    CHECK(answer(s.on.bulk_insert(rows)).rows == count);
    CHECK(answer(s.on.query("select count(*), min(c999), max(c1) from " + s.table))[0].get<int>(1) == 999);
    CHECK(s.count() == static_cast<std::int64_t>(count));
}

TEST_CASE("bulk: cells of several types and lengths in a column arrive as they are") {
    shelf s("mixed", "id bigint primary key, c varchar(4000), d decimal(18,4), e bigint");
    constexpr std::size_t count = 1'300;
    for (const std::size_t longest : std::vector<std::size_t>{20, 900, 1'100, 3'900}) {
        std::vector<value> c;
        std::vector<decimal> d;
        std::vector<std::optional<std::uint64_t>> e;
        for (std::size_t i = 0; i < count; ++i) {
            const auto number = static_cast<std::int64_t>(i);
            if (i % 4 == 0)
                c.emplace_back(number);
            else if (i % 4 == 1)
                c.emplace_back(null_of<double>());
            else
                c.emplace_back(std::string(i % 7 == 3 ? longest : i % 20, 'x'));
            d.emplace_back(std::to_string(i) + (i % 3 == 0 ? "" : i % 3 == 1 ? ".5" : ".1250"));
            e.push_back(i % 5 == 0 ? std::nullopt : std::optional<std::uint64_t>(i));
        }
        bulk_rows rows(s.table);
        rows.column("id", ids(count))
            .borrow("c", std::span<const value>(c))
            .borrow("d", std::span<const decimal>(d))
            .borrow("e", std::span<const std::optional<std::uint64_t>>(e));
        CHECK(answer(s.on.bulk_insert(std::move(rows))).rows == count);
        const auto found = answer(s.on.query("select c, d, e from " + s.table + " order by id"));
        REQUIRE(found.size() == count);
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const auto text = found[i].get<std::optional<std::string>>(0);
            const auto* given = std::get_if<std::string>(&c[i]);
            const bool same = i % 4 == 0   ? text == std::to_string(i)
                              : i % 4 == 1 ? !text
                                           : given != nullptr && text == *given;
            const double number = std::stod(d[i].str());
            const auto as_text = std::stod(found[i].get<decimal>(1).str());
            const auto last = found[i].get<std::optional<std::int64_t>>(2);
            const bool last_same = e[i] ? last == static_cast<std::int64_t>(*e[i]) : !last;
            if (!same || as_text != number || !last_same) ++wrong;
        }
        CHECK(wrong == 0);
        s.run("delete from " + s.table);
    }
}

TEST_CASE("bulk: texts that are only pointed to and numbers of both halves arrive as they are") {
    shelf s("pointed", std::string("id bigint primary key, name varchar(300), big ") +
                           here::pick<std::string>("numeric(20)", "bigint unsigned", "text"));
    const std::string longest(250, 'l');
    constexpr std::size_t count = 400;
    std::vector<const char*> names;
    std::vector<std::optional<std::uint64_t>> big;
    const std::uint64_t above = here::is_sqlite ? 0 : std::uint64_t{1} << 63;
    for (std::size_t i = 0; i < count; ++i) {
        names.push_back(i % 3 == 0 ? "short" : i % 3 == 1 ? longest.c_str() : "");
        big.push_back(i % 11 == 5 ? std::nullopt : std::optional(i % 2 == 0 ? i : above + i));
    }
    bulk_rows rows(s.table);
    rows.column("id", ids(count)).column("name", names).column("big", big);
    CHECK(rows.bytes_of_row(1) >= longest.size());
    CHECK(answer(s.on.bulk_insert(rows)).rows == count);
    const std::string as_text = here::is_mariadb ? "cast(big as char)" : "cast(big as text)";
    const auto found = answer(s.on.query("select name, " + as_text + " from " + s.table + " order by id"));
    REQUIRE(found.size() == count);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const auto text = found[i].get<std::optional<std::string>>(1);
        const bool same = big[i] ? text == std::to_string(*big[i]) : !text;
        if (!same || found[i].get<std::string>(0) != names[i]) ++wrong;
    }
    CHECK(wrong == 0);
}

TEST_CASE("bulk: a column takes the same of many rows as of one") {
    using list = std::vector<std::string>;
    const list columns = here::pick<list>({"smallint", "bigint",     "numeric(10,2)", "double precision", "real",
                                           "text",     "varchar(8)", "char(8)",       "boolean",          "bytea",
                                           "date",     "time",       "timestamp",     "timestamptz",      "uuid",
                                           "jsonb",    "interval",   "int[]",         "bit(3)",           "inet"},
                                          {"smallint", "bigint", "decimal(10,2)", "double", "text", "varchar(8)",
                                           "varbinary(20)", "date", "time(6)", "datetime(6)", "json"},
                                          {"integer", "real", "decimal(10,2)", "text", "blob", "date", "timestamp"});
    // A double that is shorter than the driver writes it goes as it is in an array: 1e300, not 1.0000000000000001e+300.
    std::vector<value> values{std::int64_t{5},
                              std::int64_t{70'000},
                              std::uint64_t{7},
                              true,
                              2.5,
                              0.1F,
                              decimal("12.345"),
                              decimal("3"),
                              date{2026, 11, 28},
                              sluice::time{10, 11, 12, 0},
                              sluice::time{1, 2, 3, 500'000'000},
                              timestamp{2026, 11, 28, 10, 11, 12, 120'000'000},
                              null_of<std::string>(),
                              bytes{std::byte{'a'}, std::byte{0}, std::byte{255}},
                              bytes()};
    for (const char* text : {"",
                             "abc",
                             "longer than eight",
                             "5",
                             "-5.5",
                             "true",
                             "2026-11-28",
                             "10:11:12",
                             "\\x61",
                             "2026-11-28 10:11:12",
                             "00000000-0000-0000-0000-00000000000a",
                             "{\"a\": [1, null]}",
                             "101",
                             "{1,2}",
                             "1 day",
                             "10.1.2.3",
                             "NULL",
                             "a\"b",
                             "a\\b",
                             "'",
                             " x ",
                             "\xC3\xA4,{}"})
        values.emplace_back(text);
    shelf s("as_one", "n int");
    const auto read = here::pick<std::string>("cast(c as text)", "hex(c)", "cast(c as text)");
    // What was in the column afterwards, or what was said.
    const auto inserted = [&](const value& of, std::size_t count) -> std::string {
        s.run("delete from " + s.table);
        bulk_rows rows(s.table);
        rows.column("c", std::vector<value>(count, of));
        try {
            const auto done = answer(s.on.bulk_insert(std::move(rows)));
            CHECK(done.rows == count);
        } catch (const database_error& e) {
            INFO(e.what());
            CHECK(e.error().row() == 0);
            CHECK_FALSE(e.error().diagnostics().empty());
            return std::string(to_string(e.code()));
        }
        const auto found =
            answer(s.on.query("select count(*), count(distinct " + read + "), min(" + read + ") from " + s.table));
        CHECK(found[0].get<std::int64_t>(0) == static_cast<std::int64_t>(count));
        const auto text = found[0].get<std::optional<std::string>>(2);
        CHECK(found[0].get<std::int64_t>(1) == (text ? 1 : 0));
        return text ? "'" + *text + "'" : "null";
    };
    int taken = 0;
    for (const auto& type : columns) {
        s.drop();
        s.run("create table " + s.table + " (c " + type + ")");
        for (const auto& each : values) {
            INFO(type << ", alternative " << each.index() << ", of "
                      << (std::holds_alternative<std::string>(each) ? std::get<std::string>(each) : ""));
            const auto one = inserted(each, 1);
            const auto many = inserted(each, 120);
            CHECK(many == one);
            if (one.front() == '\'') ++taken;
        }
    }
    CHECK(taken > 100);
}

TEST_CASE("bulk: within a transaction a refused insert leaves the rest of it as it was") {
    shelf s("within");
    auto tx = answer(s.on.begin());
    (void)answer(tx.query("insert into " + s.table + " values (100000, 'before')"));
    const auto why = error_of(tx.bulk_insert(named_rows(s.table, ids_with_twins(1'500, {1'200}))));
    CHECK(why.code() == errc::constraint);
    CHECK(why.row() == 1'200);
    CHECK(why.session() == session_state::usable);
    auto skipping = named_rows(s.table, ids_with_twins(1'500, {1'200}));
    CHECK(answer(tx.bulk_insert(skipping.mode(bulk_mode::skip_bad_rows))).rows == 1'499);
    answer(tx.commit());
    CHECK(s.count() == 1'500);
    auto undone = answer(s.on.begin());
    CHECK(answer(undone.bulk_insert(named_rows(s.table, {200'000, 200'001}))).rows == 2);
    answer(undone.rollback());
    CHECK(s.count() == 1'500);
}

TEST_CASE("bulk: a value that cannot be sent is a bad row and a table that is not there is not") {
    shelf s("values");
    bulk_rows rows(s.table);
    rows.column("id", ids(3)).column("name", std::vector<std::string>{"a", "\xFF", "c"});
    const auto why = error_of(s.on.bulk_insert(rows));
    CHECK(why.code() == errc::data);
    CHECK(why.row() == 1);
    CHECK(s.count() == 0);
    const auto made = answer(s.on.bulk_insert(rows.mode(bulk_mode::skip_bad_rows)));
    CHECK(made.rows == 2);
    REQUIRE(made.refused.size() == 1);
    CHECK(made.refused[0].row == 1);
    CHECK(s.count() == 2);

    const auto no_table = error_of(s.on.bulk_insert(named_rows("bulk_no_such_table", ids(10))));
    CHECK(no_table.outcome() == outcome::none);
    CHECK(no_table.session() == session_state::usable);
    const auto bad = error_of(s.on.bulk_insert(bulk_rows(s.table)));
    CHECK(bad.code() == errc::invalid_argument);
    CHECK(s.count() == 2);
}

TEST_CASE("bulk: names are quoted by the rules of the server") {
    shelf s("quoted");
    const std::string q = here::is_mariadb ? "`" : "\"";
    const std::string odd = s.table + " \xC3\xA9 select";
    const auto as = [&](const std::string& name) {
        std::string made = q;
        for (const char c : name) made += c == q[0] ? q + q : std::string(1, c);
        return made + q;
    };
    const std::string column = "or\"der `x";
    s.run("drop table if exists " + as(odd));
    s.run("create table " + as(odd) + " (" + as(column) + " int)");
    bulk_rows rows(odd);
    CHECK(answer(s.on.bulk_insert(rows.column(column, std::vector<int>{1, 2, 3}))).rows == 3);
    CHECK(s.number("select count(*) from " + as(odd) + " where " + as(column) + " = 2") == 1);
    s.run("drop table " + as(odd));
}

TEST_CASE("bulk: a deadline and a cancel leave nothing behind") {
    shelf s("late");
    const auto rows = named_rows(s.table, ids(sanitized ? 100'000 : 400'000));
    const auto late = error_of(s.on.bulk_insert(rows, request_options().timeout(100ms)));
    CHECK(late.code() == errc::deadline);
    CHECK(late.outcome() == outcome::none);
    CHECK(s.count() == 0);
    std::stop_source stop;
    auto running = s.on.bulk_insert(rows, request_options().stop(stop.get_token()));
    REQUIRE(comes_true([&] { return s.engine.metrics().queued == 0; }));
    stop.request_stop();
    const auto stopped = error_of(std::move(running));
    CHECK(stopped.code() == errc::cancelled);
    CHECK(stopped.outcome() == outcome::none);
    CHECK(s.count() == 0);
    CHECK(answer(s.on.bulk_insert(named_rows(s.table, ids(10)))).rows == 10);

    // What a transaction has done before stays, and it goes on.
    s.run("delete from " + s.table);
    auto tx = answer(s.on.begin());
    (void)answer(tx.query("insert into " + s.table + " values (-1, 'before')"));
    const auto within = error_of(tx.bulk_insert(rows, request_options().timeout(100ms)));
    CHECK(within.code() == errc::deadline);
    CHECK(within.outcome() != outcome::applied);
    auto seen = tx.query("select count(*) from " + s.table);
    try {
        const auto rows_of_it = answer(std::move(seen));
        CHECK(rows_of_it[0].get<int>(0) == 1);
    } catch (const database_error& e) {
        // SQLite rolls back the whole transaction where an insert is interrupted in its middle.
        INFO(e.error().to_string());
        CHECK(here::is_sqlite);
        CHECK(e.error().session() == session_state::transaction_failed);
        answer(tx.rollback());
        CHECK(s.count() == 0);
        return;
    }
    (void)answer(tx.query("insert into " + s.table + " values (-2, 'after')"));
    answer(tx.commit());
    CHECK(s.count() == 2);
}

TEST_CASE("bulk: a connection that is killed half way leaves nothing behind and says so") {
    if (here::is_sqlite) return;  // there is no server that could kill it
    shelf s("killed");
    auto other = here::connect(s.engine, "bulk");
    const auto number = s.number(here::is_postgresql ? "select pg_backend_pid()" : "select connection_id()");
    const std::string its = std::to_string(number);
    const std::string at_work =
        here::is_postgresql
            ? "select count(*) from pg_stat_activity where pid = " + its +
                  " and state <> 'idle' and query like 'INSERT%'"
            : "select count(*) from information_schema.processlist where id = " + its + " and info like 'INSERT%'";
    auto running = s.on.bulk_insert(named_rows(s.table, ids(400'000)), request_options().timeout(120s));
    REQUIRE(comes_true([&] { return answer(other.query(at_work))[0].get<std::int64_t>(0) == 1; }));
    (void)answer(other.query(here::is_postgresql ? "select pg_terminate_backend(" + its + ")" : "kill " + its));
    const auto why = error_of(std::move(running));
    INFO(why.to_string());
    CHECK(why.code() == errc::connection_lost);
    CHECK(why.outcome() == outcome::none);
    CHECK(s.count() == 0);
    CHECK(answer(s.on.bulk_insert(named_rows(s.table, ids(1'000)))).rows == 1'000);
}
