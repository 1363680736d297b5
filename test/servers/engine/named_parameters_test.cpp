// Named parameters as each DBMS reads its texts.
#include "here.hpp"

using namespace sluice;
using namespace sluice::testing;

TEST_CASE("named parameters: a name may come more than once and in any order") {
    engine engine;
    auto session = here::connect(engine, "named");
    answer(session.query("drop table if exists named_p"));
    answer(session.query("create table named_p (i integer, t varchar(20))"));
    answer(session.query("insert into named_p values (:i, :t)", named_args("t", "one", "i", 1)));
    answer(session.query("insert into named_p values (:i, :t)", named_args("i", 2, "t", std::optional<std::string>())));
    const auto rows = answer(session.query("select i from named_p where (i = :i or i = :j) and i <> :no and i = :i",
                                           named_args("j", 1, "i", 2, "no", 7)));
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].get<int>(0) == 2);
    CHECK(answer(session.query_as<std::tuple<int>>("select i from named_p where t = :t", named_args("t", "one"))) ==
          std::vector<std::tuple<int>>{{1}});
    auto stream = answer(session.stream("select i from named_p where i < :most", named_args("most", 10)));
    CHECK(answer(stream.next())->rows() == 2);
    answer(stream.close());
    answer(session.query("drop table named_p"));
}

TEST_CASE("named parameters: texts of the DBMS are left alone") {
    engine engine;
    auto session = here::connect(engine, "named");
    const auto one = [&](const std::string& sql) {
        const auto rows = answer(session.query(sql, named_args("n", "x")));
        return rows[0].get<std::string>(0);
    };
    const std::string text = here::pick("cast(:n as text)", ":n", ":n");
    CHECK(one("select ':n' /* :n ' */ -- :n '\n where " + text + " = 'x'") == ":n");
    CHECK(one("select 'it''s :n' where " + text + " = 'x'") == "it's :n");
    if (here::is_postgresql) {
        CHECK(one("select $$:n$$ where 'x' = :n::text") == ":n");
        CHECK(one("select $q$ ? $$ :n $q$ where 'x' = :n::text") == " ? $$ :n ");
        CHECK(one("select E'\\':n' where 'x' = :n::text") == "':n");
        CHECK(one("select /* /* */ ' :n */ 'y' where 'x' = :n::text") == "y");
        CHECK(one("select (array[1,2,3])[1:2]::text where 'x' = :n::text") == "{1,2}");
        CHECK(one("select 1::text as \":n\" where 'x' = :n::text") == "1");
    } else if (here::is_mariadb) {
        CHECK(one("select '\\':n' where :n = 'x'") == "':n");
        CHECK(one("select 'y' # :n '\n where :n = 'x'") == "y");
        CHECK(one("select 'y' `:n` where :n = 'x'") == "y");
        CHECK(one("select cast(5--1 as char) where :n = 'x'") == "6");
    } else {
        CHECK(one("select 'y' as [:n] where :n = 'x'") == "y");
        CHECK(one("select '\\' where :n = 'x'") == "\\");
    }
}

TEST_CASE("named parameters: what is missing or too much is told before anything is sent") {
    engine engine;
    auto session = here::connect(engine, "named");
    const error missing = error_of(session.query("select :here, :gone", named_args("here", 1)));
    CHECK(missing.code() == errc::invalid_argument);
    CHECK(missing.outcome() == outcome::none);
    CHECK(missing.session() == session_state::usable);
    CHECK_THAT(missing.message(), Catch::Contains(":gone"));
    const error unused = error_of(session.stream("select :here", named_args("here", 1, "gone", 2)));
    CHECK(unused.code() == errc::invalid_argument);
    CHECK_THAT(unused.message(), Catch::Contains(":gone"));
    CHECK(error_of(session.query("select :here, ?", named_args("here", 1))).code() == errc::invalid_argument);
    CHECK(error_of(session.query("", named_args())).code() == errc::invalid_argument);
    CHECK(error_of(session.query(std::string((16U << 20U) + 1, ' ') + "select 1", named_args())).code() ==
          errc::too_large);
    CHECK(answer(session.query("select 1", named_args())).size() == 1);
}
