// Open, work, close, a thousand times: memory stops growing, and threads and descriptors are as many as before.
// SLUICE_TEST_SOAK_ITERATIONS is how often, 1,000 if not set: scripts/soak has more.
#include "soak.hpp"

#include "here.hpp"

using namespace sluice;
using namespace sluice::testing;

TEST_CASE("soak: open and work and close leave nothing behind") {
    const std::string table = "soaked";
    // SQLite does not wait for the disk.
    const std::string text = connection_text(here::the, table) + (here::is_sqlite ? ";SyncPragma=OFF" : "");
    {
        engine engine;
        auto one = here::connect(engine, table);
        answer(one.query("drop table if exists " + table));
        answer(one.query("create table " + table + " (i integer primary key, n integer)" +
                         std::string(here::is_mariadb ? " engine=innodb" : "")));
        for (int n = 0; n < 100; ++n)
            answer(one.query("insert into " + table + " values (" + std::to_string(n) + ", 0)"));
    }
    work_texts texts;
    texts.echo = here::pick("select ?::int8", "select cast(? as signed)", "select cast(? as integer)");
    texts.rows = 100;
    texts.sum = texts.rows * (texts.rows - 1) / 2;
    texts.stream = "select cast(i as " + here::pick<std::string>("int8", "signed", "integer") + ") i from " + table;
    if (here::is_sqlite) texts.stream = "select i from " + table;
    texts.write = "update " + table + " set n = n + 1 where i = @";
    texts.catalog = tables().name(table);
    check_soak(text, texts, 1);
}
