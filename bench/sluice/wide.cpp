// What is wide or long, one at a time. It is made, read back and compared; where a driver does not take it, its error
// is that of the program.

#include "../tables.hpp"
#include "scenarios.hpp"

#include <sluice/runtime/engine.hpp>

#include <stdexcept>
#include <vector>

namespace {

[[nodiscard]] std::string listed(std::int64_t count, const std::string& before, const std::string& after) {
    std::string all;
    for (std::int64_t n = 1; n <= count; ++n) all += (n == 1 ? "" : ",") + before + std::to_string(n) + after;
    return all;
}

[[nodiscard]] std::string question_marks(std::int64_t count) {
    std::string all = "?";
    for (std::int64_t n = 1; n < count; ++n) all += ",?";
    return all;
}

// COUNT integers, as a row of sluice_bench_wide has them.
[[nodiscard]] sluice::args multiples(std::int64_t of, std::int64_t count) {
    std::vector<sluice::value> values;
    for (std::int64_t n = 1; n <= count; ++n) values.emplace_back(of * n);
    return sluice::args::from(std::move(values));
}

void require(bool holds, const char* what) {
    if (!holds) throw std::runtime_error(what);
}

template <class Run>
[[nodiscard]] bench::measured timed(const std::string& connection, Run run) {
    sluice::engine engine;
    auto session = engine.connect(connection).get();
    bench::measured found;
    const auto begun = bench::clock::now();
    run(session);
    found.seconds = bench::seconds_since(begun);
    return found;
}

}  // namespace

bench::measured bench::wide_table(const std::string& connection, std::int64_t) {
    return timed(connection, [](sluice::session& session) {
        session.query("drop table if exists sluice_bench_wide").get();
        session.query("create table sluice_bench_wide (" + listed(wide_columns, "c", " int") + ")").get();
        session.submit(sluice::protocol::begin()).get();
        const std::string sql = "insert into sluice_bench_wide values (" + question_marks(wide_columns) + ")";
        for (std::int64_t row = 1; row <= wide_rows; ++row) session.query(sql, multiples(row, wide_columns)).get();
        session.submit(sluice::protocol::commit()).get();
    });
}

bench::measured bench::wide_columns_read(const std::string& connection, std::int64_t count) {
    return timed(connection, [count](sluice::session& session) {
        session.query("drop table if exists sluice_wide").get();
        session.query("create table sluice_wide (" + listed(count, "c", " int") + ")").get();
        session.query("insert into sluice_wide values (" + question_marks(count) + ")", multiples(3, count)).get();
        const auto rows = session.query("select * from sluice_wide").get();
        require(rows.size() == 1, "not one row");
        for (std::int64_t n = 1; n <= count; ++n)
            require(rows[0].get<std::int64_t>(static_cast<std::size_t>(n - 1)) == 3 * n, "another number");
    });
}

bench::measured bench::wide_bulk(const std::string& connection, std::int64_t count) {
    return timed(connection, [count](sluice::session& session) {
        constexpr std::int64_t rows = 10;
        session.query("drop table if exists sluice_wide").get();
        session.query("create table sluice_wide (" + listed(count, "c", " int") + ")").get();
        sluice::bulk_rows all("sluice_wide");
        for (std::int64_t n = 1; n <= count; ++n)
            all.column(std::string("c").append(std::to_string(n)), std::vector<std::int64_t>(rows, n));
        require(session.bulk_insert(std::move(all)).get().rows == rows, "another number of rows");
        const auto most = session.query("select max(c" + std::to_string(count) + ") from sluice_wide").get();
        require(most[0].get<std::int64_t>(0) == count, "another number");
    });
}

bench::measured bench::wide_parameters(const std::string& connection, std::int64_t count) {
    return timed(connection, [count](sluice::session& session) {
        const auto sql = "select count(*) from sluice_bench_keys where k in (" + question_marks(count) + ")";
        const auto rows = session.query(sql, multiples(1, count)).get();
        require(rows[0].get<std::int64_t>(0) == count, "another count");
    });
}

bench::measured bench::wide_sql(const std::string& connection, std::int64_t count) {
    return timed(connection, [count](sluice::session& session) {
        const std::string text(static_cast<std::size_t>(count), 'x');
        const auto rows = session.query("select length('" + text + "')").get();
        require(rows[0].get<std::int64_t>(0) == count, "another length");
    });
}

bench::measured bench::wide_value(const std::string& connection, std::int64_t count) {
    return timed(connection, [&](sluice::session& session) {
        std::string text(static_cast<std::size_t>(count), 'a');
        for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i * i % 26);
        const bool mariadb = connection.find("MariaDB") != std::string::npos;
        session.query("drop table if exists sluice_wide_value").get();
        session.query(std::string("create table sluice_wide_value (v ") + (mariadb ? "longtext)" : "text)")).get();
        session.query("insert into sluice_wide_value values (?)", sluice::args(text)).get();
        const auto rows = session.query("select v from sluice_wide_value").get();
        require(rows.size() == 1 && rows[0].get<std::string_view>(0) == text, "another text");
        session.query("drop table sluice_wide_value").get();
    });
}
