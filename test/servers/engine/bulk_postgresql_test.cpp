// How PostgreSQL is sent many rows: as arrays, where each column has one.
#include "bulk_shelf.hpp"

using namespace sluice;
using namespace sluice::testing;
using here::ids;
using here::named_rows;
using here::shelf;

TEST_CASE("bulk: many rows are arrays where each column has one") {
    shelf s("sent", "id bigint primary key, name varchar(80), tags int[], at box, owner text default 'me'");
    shelf log("sent_log", "sql text");
    const std::string pid = std::to_string(::getpid());
    s.run("create function noted" + pid + "() returns trigger language plpgsql as $$ begin insert into " + log.table +
          " values (current_query()); return null; end $$");
    s.run("create trigger noted after insert on " + s.table + " for each statement execute function noted" + pid +
          "()");
    const auto statements = [&](const bulk_rows& rows) {
        log.run("delete from " + log.table);
        s.run("delete from " + s.table);
        const auto rows_in = static_cast<std::int64_t>(answer(s.on.bulk_insert(rows)).rows);
        CHECK(s.count() == rows_in);
        CHECK(s.number("select count(*) from " + s.table + " where owner = 'me'") == rows_in);
        const auto found =
            answer(s.on.query("select count(*), count(case when sql like '%unnest%' then 1 end) from " + log.table))[0];
        return std::pair(found.get<std::int64_t>(0), found.get<std::int64_t>(1));
    };
    using counts = std::pair<std::int64_t, std::int64_t>;
    CHECK(statements(named_rows(s.table, ids(99))) == counts(1, 0));
    CHECK(statements(named_rows(s.table, ids(100))) == counts(1, 1));
    CHECK(statements(named_rows(s.table, ids(2'500))) == counts(3, 3));
    auto tagged = named_rows(s.table, ids(600));
    tagged.column("tags", std::vector<std::string>(600, "{1,2}"));
    CHECK(statements(tagged) == counts(2, 0));
    CHECK(s.number("select count(*) from " + s.table + " where tags = array[1, 2]") == 600);
    auto boxed = named_rows(s.table, ids(600));
    boxed.column("at", std::vector<std::string>(600, "(1,2),(3,4)"));
    CHECK(statements(boxed) == counts(2, 0));
    // Where NULL is no NULL in the text of an array.
    s.run("set array_nulls = off");
    std::vector<std::optional<std::string>> nulls(200);
    bulk_rows unnamed(s.table);
    unnamed.column("id", ids(200)).column("name", std::move(nulls));
    CHECK(statements(unnamed) == counts(1, 0));
    CHECK(s.number("select count(*) from " + s.table + " where name is null") == 200);
    s.run("reset array_nulls");
    s.run("drop trigger noted on " + s.table);
    s.run("drop function noted" + pid + "()");
}
