// Bad input: each a typed error that says what to do, and the session still usable.
#include "driver.hpp"

#include <sluice/protocol/limits.hpp>

using namespace driver;
using namespace sluice;

namespace {

void check(place& at, std::string_view sql, const args& with, errc code, const char* part = "") {
    const auto e = at.failure(sql, with);
    INFO(sql.substr(0, 80) << " -> " << e.to_string());
    CHECK(name(e.code()) == name(code));
    CHECK(name(e.outcome()) == "none");
    CHECK(name(e.session()) == "usable");
    CHECK(e.to_string().find(part) != std::string::npos);
    at.check_usable();
}

}  // namespace

TEST_CASE("refusals: a statement that is no statement") {
    place at("dr_text");
    check(at, "", {}, errc::invalid_argument, "empty");
    check(at, " \t\n", {}, errc::invalid_argument, "empty");
    check(at, std::string_view("select 1\0, 2", 12), {}, errc::invalid_argument, "NUL at byte 8");
    check(at, "select '\xFF'", {}, errc::invalid_argument, "UTF-8");
    check(at, "selec 1", {}, errc::syntax);
    check(at, "select * from no_such_table_of_ours", {}, errc::syntax);
    check(at, "select no_such_column from (select 1 as x) y", {}, errc::syntax);
}

TEST_CASE("refusals: a statement that is too long") {
    place at("dr_long");
    const std::string longest(limits::sql_bytes_max + 1 - 9, 'x');
    check(at, "select '" + longest + "'", {}, errc::too_large, "16777216");
}

TEST_CASE("refusals: the wrong number of parameters names both numbers") {
    place at("dr_count");
    at.create("a integer, b integer");
    check(at, "insert into @ (a, b) values (?, ?)", {}, errc::invalid_argument, "2 parameters, 0 were passed");
    check(at, "insert into @ (a, b) values (?, ?)", args(1), errc::invalid_argument, "2 parameters, 1 were passed");
    check(at, "insert into @ (a, b) values (?, ?)", args(1, 2, 3), errc::invalid_argument,
          "2 parameters, 3 were passed");
    check(at, "insert into @ (a, b) values (1, 2)", args(1), errc::invalid_argument, "0 parameters, 1 were passed");
    CHECK(at.cell("select count(*) from @") == "0");
    CHECK(at.cell("select '?'") == "?");
}

TEST_CASE("refusals: more parameters than a driver survives") {
    place at("dr_too_many");
    const std::size_t most = pick(limits::postgresql_parameters_max, limits::parameters_max, limits::parameters_max);
    std::string places = "?";
    for (std::size_t n = 1; n < most; ++n) places += ",?";
    const std::string sql = "select count(*) from (select 1 as x) y where x in (" + places + ")";
    std::vector<value> values(most, value(std::int64_t{1}));
    CHECK(at.cell(sql, args::from(values)) == "1");
    values.emplace_back(std::int64_t{1});
    check(at, sql, args::from(std::move(values)), errc::too_large, std::to_string(most).c_str());
}

TEST_CASE("refusals: values that do not fit their column") {
    place at("dr_values");
    at.create(pick("v integer, s varchar(3)", "v integer, s varchar(3)",
                   "v integer check (typeof(v) = 'integer'), s varchar(3) check (length(s) <= 3)"));
    const auto code = pick(errc::data, errc::data, errc::constraint);
    check(at, "insert into @ (v) values (?)", args("abc"), code);
    check(at, "insert into @ (s) values (?)", args("abcd"), code);
    CHECK(at.cell("select count(*) from @") == "0");
}

TEST_CASE("refusals: constraints") {
    place at("dr_constraints");
    at.create("id integer not null primary key, n integer not null, check (n > 0)");
    at.run("insert into @ values (1, 1)");
    check(at, "insert into @ values (?, ?)", args(1, 2), errc::constraint);
    check(at, "insert into @ values (?, ?)", args(2, null_of<int>()), errc::constraint);
    check(at, "insert into @ values (3, -1)", {}, errc::constraint);
    CHECK(at.cell("select count(*) from @") == "1");
}

TEST_CASE("refusals: an error while rows are made") {
    place at("dr_rows");
    if (is_postgresql) check(at, "select 1/0", {}, errc::data);
    if (is_sqlite) check(at, "select abs(-9223372036854775808)", {}, errc::data);
    if (is_mariadb) {
        at.create("i integer");
        check(at, "insert into @ select 1 / 0", {}, errc::data);
        check(at, "select cast('x' as no_such_type)", {}, errc::syntax);
    }
}

TEST_CASE("refusals: what the driver cannot do") {
    place at("dr_unsupported");
    if (is_postgresql) {
        at.create("i integer");
        check(at, "copy @ to stdout", {}, errc::unsupported, "COPY");
        check(at, "copy @ from stdin", {}, errc::unsupported, "COPY");
    }
    if (is_sqlite) check(at, "select 1; select 2", {}, errc::unsupported);
    if (is_mariadb) check(at, "select 1; select 2", {}, errc::syntax);
}

TEST_CASE("refusals: a comment is a statement of no effect") {
    place at("dr_comment");
    auto done = at.attempt("-- nothing");
    if (done.has_value())
        CHECK_FALSE(done->rows.is_open());
    else
        CHECK(name(done.error().code()) == "syntax");
    at.check_usable();
}

TEST_CASE("refusals: a connection that is not there") {
    odbc::connection none;
    CHECK_FALSE(none);
    CHECK(name(none.execute("select 1", args(), {}).error().code()) == "closed");
    CHECK(name(none.begin().error().code()) == "closed");
    CHECK(name(none.commit().error().code()) == "closed");
    CHECK(name(none.rollback().error().code()) == "closed");
    CHECK(none.close().has_value());
    CHECK_FALSE(none.in_transaction());
    CHECK_FALSE(none.broken());
    CHECK(none.facts().profile.empty());
    place at("dr_moved");
    auto moved = std::move(at.on());
    CHECK(name(at.on().execute("select 1", args(), {}).error().code()) == "closed");
    CHECK(moved.execute("select 1", args(), {}).has_value());
    CHECK(moved.close().has_value());
    CHECK(name(moved.execute("select 1", args(), {}).error().code()) == "closed");
    CHECK(moved.close().has_value());
}
