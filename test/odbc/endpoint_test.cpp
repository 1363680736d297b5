// The profile of a driver, and what is added to a connection string.
#include "endpoint.hpp"

#include <sluice/odbc/connection.hpp>
#include <sluice/protocol/limits.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

using namespace sluice;
using namespace sluice::odbc;
using std::chrono::seconds;

namespace {

connection_string text_for(std::string_view string, const driver_profile& profile, int login = 15) {
    const auto e = read_endpoint(string);
    if (!e) FAIL(e.error().to_string());
    const auto text = driver_text(*e, profile, seconds(login));
    if (!text) FAIL(text.error().to_string());
    return connection_string::parse(*text).value();
}

}  // namespace

TEST_CASE("profile: a driver is known by the file of its library") {
    CHECK(profile_of_library("/usr/lib/x86_64-linux-gnu/odbc/psqlodbcw.so").name == "postgresql");
    CHECK(profile_of_library("psqlodbca.so").name == "postgresql");
    CHECK(profile_of_library("libmaodbc.so").name == "mariadb");
    CHECK(profile_of_library("/opt/LibSQLite3ODBC-0.9998.so").name == "sqlite");
    CHECK(profile_of_library("sqlite3odbc.so").name == "sqlite");
    CHECK(profile_of_library("/home/sqlite/libtdsodbc.so").name == "default");
    CHECK(profile_of_library("").name == "default");
}

TEST_CASE("endpoint: a library by its path or by its bare name is itself") {
    CHECK(read_endpoint("Driver=/opt/x.so;A=1")->library == "/opt/x.so");
    CHECK(read_endpoint("Driver={no such driver of ours}")->library == "no such driver of ours");
}

TEST_CASE("endpoint: defaults are added for what the caller left out") {
    const auto lite = text_for("Driver=/x/libsqlite3odbc.so;Database=/tmp/a b.db", sqlite_profile);
    CHECK(lite.get("StepAPI") == "1");
    CHECK(lite.get("Timeout") == "2000");
    CHECK(lite.get("BigInt") == "1");
    CHECK(lite.get("Database") == "/tmp/a b.db");
    const auto pg = text_for("Driver=/x/psqlodbcw.so;Server=s", postgresql_profile);
    CHECK(pg.get("BoolsAsChar") == "0");
    CHECK(pg.get("Protocol") == "7.4-2");
    CHECK(pg.get("pqopt").value_or("").find("keepalives_idle=30") == 0);
    const auto my = text_for("Driver=/x/libmaodbc.so;Server=s", mariadb_profile, 7);
    CHECK(my.get("CHARSET") == "utf8mb4");
    CHECK(my.get("CONN_TIMEOUT") == "7");
    CHECK_FALSE(text_for("Driver=/x/libmaodbc.so", mariadb_profile, 0).contains("CONN_TIMEOUT"));
    CHECK(text_for("Driver=/x/other.so;A=1", default_profile).keys().size() == 2);
}

TEST_CASE("endpoint: the caller's own keys win in any case and under their other names") {
    const auto lite = text_for("driver=/x/libsqlite3odbc.so;database=d;STEPAPI=0;timeout=5", sqlite_profile);
    CHECK(lite.get("StepAPI") == "0");
    CHECK(lite.get("Timeout") == "5");
    const auto pg = text_for("Driver=/x/psqlodbcw.so;B9=1;protocol=7.4-0;KeepaliveTime=5", postgresql_profile);
    CHECK_FALSE(pg.contains("BoolsAsChar"));
    CHECK(pg.get("Protocol") == "7.4-0");
    CHECK_FALSE(pg.contains("pqopt"));
    CHECK(text_for("Driver=/x/libmaodbc.so;conn_timeout=99", mariadb_profile).get("CONN_TIMEOUT") == "99");
}

TEST_CASE("endpoint: a password with everything that needs quoting arrives whole") {
    const auto pg = text_for("Driver=/x/psqlodbcw.so;PWD={p@ss;word}}1}", postgresql_profile);
    CHECK(pg.get("PWD") == "p@ss;word}1");
}

TEST_CASE("endpoint: sqliteodbc gets its values without braces or not at all") {
    const auto e = read_endpoint("Driver=/x/libsqlite3odbc.so;Database={/tmp/x y.db}");
    REQUIRE(e.has_value());
    const auto text = driver_text(*e, sqlite_profile, seconds(1));
    REQUIRE(text.has_value());
    CHECK(text->find("Database=/tmp/x y.db;") != std::string::npos);
    const auto split =
        driver_text(*read_endpoint("Driver=/x/libsqlite3odbc.so;Database={/tmp/x;y.db}"), sqlite_profile, seconds(1));
    REQUIRE_FALSE(split.has_value());
    CHECK(split.error().code() == errc::invalid_argument);
    CHECK(split.error().message().find("/tmp") == std::string::npos);
}

TEST_CASE("endpoint: sqliteodbc without a database would make a file of the string") {
    const auto text = driver_text(*read_endpoint("Driver=/x/libsqlite3odbc.so;PWD=sesame"), sqlite_profile, seconds(1));
    REQUIRE_FALSE(text.has_value());
    CHECK(text.error().code() == errc::invalid_argument);
    CHECK(text.error().message().find("Database") != std::string::npos);
    CHECK(text.error().to_string().find("sesame") == std::string::npos);
}

TEST_CASE("endpoint: a malformed string and one that names no driver") {
    for (const char* bad : {"", ";", "garbage", "=x", "PWD=sesame", "Driver={x;PWD=sesame", "Driver=x;PWD={sesame}x"}) {
        const auto e = read_endpoint(bad);
        INFO(bad);
        REQUIRE_FALSE(e.has_value());
        CHECK(e.error().code() == errc::invalid_argument);
        CHECK(e.error().outcome() == outcome::none);
        CHECK(e.error().to_string().find("sesame") == std::string::npos);
    }
    CHECK_FALSE(read_endpoint(std::string("Driver=x\0y", 10)).has_value());
    CHECK_FALSE(read_endpoint("Driver=x;UID=\xFF\xFE").has_value());
}

TEST_CASE("endpoint: the secrets of a string are known") {
    const auto e = read_endpoint("Driver=x;UID=me;pwd=sesame;pqopt={sslpassword=opensesame user=me};Token=t0ken");
    REQUIRE(e.has_value());
    const auto has = [&](const std::string& s) {
        return std::find(e->secrets.begin(), e->secrets.end(), s) != e->secrets.end();
    };
    CHECK(has("sesame"));
    CHECK(has("opensesame"));
    CHECK(has("t0ken"));
    CHECK_FALSE(has("me"));
    for (std::size_t i = 1; i < e->secrets.size(); ++i) CHECK(e->secrets[i - 1].size() >= e->secrets[i].size());
}

TEST_CASE("endpoint: a forgotten semicolon does not show the password behind it") {
    const auto e = read_endpoint("Driver=SQLite3 PWD=sesame");
    REQUIRE(e.has_value());
    CHECK(std::find(e->secrets.begin(), e->secrets.end(), "SQLite3 PWD=sesame") != e->secrets.end());
    CHECK(std::find(e->secrets.begin(), e->secrets.end(), "sesame") != e->secrets.end());
}

TEST_CASE("endpoint: what counts as on") {
    for (const char* on : {"1", "yes", "TRUE", "On"}) CHECK(is_on(on));
    for (const char* off : {"0", "no", "", "2", "ye"}) CHECK_FALSE(is_on(off));
}

TEST_CASE("endpoint: a string with no room for the defaults is refused") {
    std::string text = "Driver=/x/libmaodbc.so;X=";
    text.append(limits::connection_string_bytes_max - text.size() - 5, 'x');
    const auto e = read_endpoint(text);
    REQUIRE(e.has_value());
    const auto made = driver_text(*e, mariadb_profile, seconds(15));
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().code() == errc::invalid_argument);
}

TEST_CASE("endpoint: databases in memory are known") {
    CHECK(is_in_memory("Driver=/x/libsqlite3odbc.so;Database=:memory:"));
    CHECK(is_in_memory("Driver=/x/libsqlite3odbc.so;Database=file:a?mode=memory&cache=shared"));
    CHECK_FALSE(is_in_memory("Driver=/x/libsqlite3odbc.so;Database=/tmp/memory.db"));
    CHECK_FALSE(is_in_memory("Driver=/x/psqlodbcw.so;Database=:memory:"));
    CHECK_FALSE(is_in_memory("garbage"));
}
