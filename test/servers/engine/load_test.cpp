// A hundred jobs of mixed work beside each other on a pool of eight.
#include "here.hpp"
#include "mixed_work.hpp"

using namespace sluice;
using namespace sluice::testing;

TEST_CASE("load: a hundred jobs of mixed work beside each other all succeed") {
    constexpr std::size_t jobs = 100;
    const std::string table = "load_of_jobs";
    engine engine;
    auto db = engine.open(connection_text(here::the, table));
    // A reader who streams would keep writers of the same file away for as long as he reads.
    if (here::is_sqlite) answer(db.query("pragma journal_mode = wal"));
    answer(db.query("drop table if exists " + table));
    answer(db.query("create table " + table + " (i integer primary key, n integer)" +
                    std::string(here::is_mariadb ? " engine=innodb" : "")));
    std::string rows;
    for (std::size_t n = 0; n < jobs; ++n) rows += (n == 0 ? "(" : ", (") + std::to_string(n) + ", 0)";
    answer(db.query("insert into " + table + " values " + rows));
    answer(db.query("drop table if exists " + table + "_read"));
    answer(db.query("create table " + table + "_read (i bigint)"));
    answer(db.query("insert into " + table + "_read " + here::counting(5'000)));

    work_texts texts;
    texts.echo = here::pick("select ?::int8", "select cast(? as signed)", "select cast(? as integer)");
    texts.rows = 5'000;
    texts.sum = texts.rows * (texts.rows + 1) / 2;
    texts.stream = "select i from " + table + "_read";
    texts.write = "update " + table + " set n = n + 1 where i = @";
    texts.catalog = tables().name(table);
    const auto report = run_jobs(db, texts, jobs, 1);
    for (const auto& e : report.failed) UNSCOPED_INFO(e.to_string());
    CHECK(report.wrong == std::vector<std::string>());
    CHECK(report.right == jobs);
    const auto written = answer(db.query("select max(n), count(*) from " + table + " where n > 0"));
    CHECK(written[0].get<std::int64_t>(0) == 2);  // the writes of one transaction
    CHECK(written[0].get<std::int64_t>(1) == jobs / 5);
    CHECK(engine.metrics().sessions <= 8);
}
