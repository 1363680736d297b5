// The statements of a lease's settings: right for every value, whatever is in it.
#include "lease_settings.hpp"

#include <catch2/catch.hpp>

namespace sluice::odbc {
namespace {

const driver_profile& profile_of(driver_kind kind) {
    const char* const library = kind == driver_kind::postgresql ? "psqlodbcw.so"
                                : kind == driver_kind::mariadb  ? "libmaodbc.so"
                                                                : "libsqlite3odbc.so";
    return profile_of_library(library);
}

std::string written(driver_kind kind, const session_setting& s) {
    auto made = statements_of(profile_of(kind), s);
    return made ? made->write : "refused: " + made.error().message();
}

const session_setting zone(session_setting::kind::time_zone, "o'clock\\");
const session_setting path(session_setting::kind::schema, "a`b, c");
const session_setting role(session_setting::kind::role, "r");

}  // namespace

TEST_CASE("what is written is quoted for the DBMS") {
    CHECK(written(driver_kind::postgresql, zone) == "select set_config('timezone', E'o''clock\\\\', false)");
    CHECK(written(driver_kind::postgresql, path) == "select set_config('search_path', E'a`b, c', false)");
    CHECK(written(driver_kind::postgresql, role) == "select set_config('role', E'r', false)");
    CHECK(written(driver_kind::mariadb, zone) == "set session time_zone = convert(x'6f27636c6f636b5c' using utf8mb4)");
    CHECK(written(driver_kind::mariadb, role) == "set role `r`");
    CHECK(written(driver_kind::mariadb, {"sql_mode", "it's"}) == "set session sql_mode = 'it''s'");
    CHECK(written(driver_kind::sqlite, {"journal_mode", "it's"}) == "pragma journal_mode = 'it''s'");
}

TEST_CASE("a number is written as one where the DBMS wants that") {
    for (const char* number : {"1", "-1", "0.5", "-12.25"}) {
        CHECK(written(driver_kind::mariadb, {"x", number}) == "set session x = " + std::string(number));
        CHECK(written(driver_kind::sqlite, {"x", number}) == "pragma x = " + std::string(number));
    }
    for (const char* text : {"", "-", ".", "1.", ".5", "1.2.3", "1e5", "0x10", "--1"})
        CHECK(written(driver_kind::mariadb, {"x", text}) == "set session x = '" + std::string(text) + "'");
}

TEST_CASE("there is a way back to what was there or the setting is refused") {
    const auto& postgresql = profile_of(driver_kind::postgresql);
    const auto& mariadb = profile_of(driver_kind::mariadb);
    CHECK(way_back(postgresql, {"app.x", "1"}, std::nullopt) == "select set_config('app.x', E'', false)");
    CHECK(way_back(mariadb, role, std::nullopt) == "set role none");
    CHECK(way_back(mariadb, role, "old") == "set role `old`");
    CHECK(way_back(mariadb, {"x", "1"}, std::nullopt) == "set session x = null");
    CHECK(way_back(profile_of(driver_kind::sqlite), {"cache_size", "1"}, "-2000") == "pragma cache_size = -2000");
}

TEST_CASE("what a DBMS does not have is refused") {
    CHECK(statements_of(profile_of(driver_kind::sqlite), role).error().code() == errc::unsupported);
    CHECK(statements_of(profile_of(driver_kind::mariadb), path).error().code() == errc::unsupported);
    CHECK(statements_of(default_profile, zone).error().code() == errc::unsupported);
    CHECK(statements_of(profile_of(driver_kind::postgresql), {"STATEMENT_timeout", "1"}).error().code() ==
          errc::unsupported);
}

}  // namespace sluice::odbc
