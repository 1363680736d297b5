// Types that travel as text, as parameters and as columns: uuid, json, interval; and timestamps with a zone.
#include "here.hpp"

using namespace sluice;
using namespace sluice::testing;

TEST_CASE("special types: uuid and json and interval travel as text both ways") {
    engine engine;
    auto session = here::connect(engine, "special_types");
    const std::string uuid = "6f9619ff-8b86-d011-b42d-00cf4fc964ff";
    const std::string json = "{\"a\": [1, \"\xc3\xa4\"]}";
    const std::string interval = here::is_postgresql ? "1 day 02:03:04.5" : "whatever";
    const std::string text = here::pick("interval", "varchar(40)", "varchar(40)");
    answer(session.query("drop table if exists special_types"));
    answer(session.query("create table special_types (k integer, u " +
                         std::string(here::is_sqlite ? "varchar(40)" : "uuid") + ", j " +
                         (here::is_sqlite ? "text" : "json") + ", i " + text + ")"));
    answer(session.query("insert into special_types values (?, ?, ?, ?)", args(1, uuid, json, interval)));
    answer(session.query("insert into special_types values (?, ?, ?, ?)",
                         args(2, null_of<std::string>(), null_of<std::string>(), null_of<std::string>())));
    answer(session.query("insert into special_types values (:k, :u, :j, :i)",
                         named_args("i", interval, "j", json, "u", uuid, "k", 3)));
    const auto rows = answer(session.query("select u, j, i from special_types order by k"));
    REQUIRE(rows.size() == 3);
    for (std::size_t c = 0; c < 3; ++c) {
        CHECK(rows.columns()[c].type == column_type::text);
        CHECK(rows[1].is_null(c));
    }
    for (const std::size_t r : {0U, 2U}) {
        // psqlodbc makes upper case of it.
        const std::string upper = "6F9619FF-8B86-D011-B42D-00CF4FC964FF";
        CHECK(rows[r].get<std::string>(0) == (here::is_postgresql ? upper : uuid));
        CHECK(rows[r].get<std::string>(1) == json);
        CHECK(rows[r].get<std::string>(2) == interval);
    }
    // Found by the value that was read.
    CHECK(answer(session.query("select k from special_types where u = ?", args(rows[0].get<std::string>(0)))).size() ==
          2);
    if (!here::is_sqlite) {
        CHECK(
            error_of(session.query("insert into special_types values (?, ?, ?, ?)", args(4, "no uuid", json, interval)))
                .outcome() == outcome::none);
        CHECK(
            error_of(session.query("insert into special_types values (?, ?, ?, ?)", args(5, uuid, "no json", interval)))
                .outcome() == outcome::none);
        CHECK(answer(session.query("select k from special_types")).size() == 3);
    }
    answer(session.query("drop table special_types"));
}

TEST_CASE("special types: a timestamp with a zone is told in the zone of the session") {
    if (here::is_sqlite) return;  // it has none
    engine engine;
    auto session = here::connect(engine, "special_zone");
    const timestamp noon{2020, 7, 1, 12, 0, 0, 250'000'000};
    const auto zone = [&](const char* hours) {
        answer(session.query(
            here::pick<std::string>(std::string("set time zone interval '") + hours + ":00' hour to minute",
                                    std::string("set time_zone = '") + hours + ":00'", "")));
    };
    answer(session.query("drop table if exists special_zone"));
    answer(session.query(here::pick("create table special_zone (z timestamptz)",
                                    "create table special_zone (z timestamp(6) null)", "")));
    zone("+02");
    answer(session.query("insert into special_zone values (?)", args(noon)));
    const auto read = [&] {
        return answer(session.query("select z from special_zone"));
    };
    CHECK(read().columns()[0].type == column_type::timestamp);
    CHECK(read()[0].get<timestamp>(0) == noon);
    zone("+00");
    CHECK(read()[0].get<timestamp>(0) == timestamp{2020, 7, 1, 10, 0, 0, 250'000'000});
    zone("-05");
    CHECK(read()[0].get<timestamp>(0) == timestamp{2020, 7, 1, 5, 0, 0, 250'000'000});
    answer(session.query("drop table special_zone"));
}
