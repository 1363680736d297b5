// Opening a connection that cannot be: what the error says, and what it never says.
#include "driver.hpp"

#include <sluice/odbc/installed.hpp>

#include <algorithm>
#include <filesystem>

using namespace driver;
using namespace sluice;

namespace {

// sqliteodbc cannot take a value that needs quoting.
const char* const secret = is_sqlite ? "opensesame77" : "open;sesame}77";

error refusal(const connection_string& string) {
    std::vector<diagnostic> warnings;
    const auto made = odbc::connection::open(protocol::connect(string.str()), warnings);
    if (made) FAIL("connected");
    const auto& e = made.error();
    INFO(e.to_string());
    CHECK(name(e.outcome()) == "none");
    CHECK(name(e.session()) == "none");
    CHECK_FALSE(e.message().empty());
    for (const char* part : {secret, "sesame"}) CHECK(e.to_string().find(part) == std::string::npos);
    return e;
}

connection_string with_secret(std::string_view key, std::string_view value) {
    auto string = string_with("PWD", secret);
    string.set(key, value);
    return string;
}

}  // namespace

TEST_CASE("connect: a wrong password or user is credentials and shows no secret") {
    if (is_sqlite) return;  // has no users
    CHECK(name(refusal(with_secret("X", "1")).code()) == "credentials");
    CHECK(name(refusal(with_secret("UID", "nobody_of_that_name")).code()) == "credentials");
    CHECK(name(refusal(string_with("PWD", "")).code()) == "credentials");
}

TEST_CASE("connect: a server that cannot be reached") {
    if (is_sqlite) {
        CHECK(name(refusal(with_secret("Database", "/no/such/folder/x.db")).code()) == "unreachable");
        return;
    }
    CHECK(name(refusal(with_secret("Port", "1")).code()) == "unreachable");
    CHECK(name(refusal(with_secret("Server", "no.such.host.invalid")).code()) == "unreachable");
    CHECK(name(refusal(string_with("Database", "no_such_database")).code()) == "unreachable");
}

TEST_CASE("connect: an unknown driver or data source says which there are") {
    const auto driver = refusal(with_secret("Driver", "no such driver"));
    CHECK(name(driver.code()) == "invalid_argument");
    CHECK(driver.message().find("no such driver") != std::string::npos);
    CHECK(driver.message().find("SQLite3") != std::string::npos);
    CHECK(driver.sqlstate() == "01000");
    CHECK(name(refusal(with_secret("Driver", "/no/such/driver.so")).code()) == "invalid_argument");
    CHECK(name(refusal(with_secret("Driver", "/etc/passwd")).code()) == "invalid_argument");
    const auto source = refusal(connection_string().set("DSN", "no_such_source").set("PWD", secret));
    CHECK(name(source.code()) == "invalid_argument");
    CHECK(source.message().find("data source") != std::string::npos);
}

TEST_CASE("connect: a driver by the path of its library") {
    const auto drivers = odbc::installed_drivers();
    REQUIRE(drivers.has_value());
    const auto wanted = string_with("X", "1").get("Driver");
    const auto found =
        std::find_if(drivers->begin(), drivers->end(), [&](const auto& one) { return one.name == wanted; });
    REQUIRE(found != drivers->end());
    const auto path = std::find_if(found->attributes.begin(), found->attributes.end(),
                                   [](const auto& a) { return a.first == "Driver"; });
    REQUIRE(path != found->attributes.end());
    std::vector<diagnostic> warnings;
    auto on = odbc::connection::open(protocol::connect(string_with("Driver", path->second).str()), warnings);
    if (!on) FAIL(on.error().to_string());
    CHECK(on->facts().profile == results::name_of(here));
    CHECK(on->close().has_value());
}

TEST_CASE("connect: a driver that its file does not give away is asked for its name") {
    const auto drivers = odbc::installed_drivers().value();
    const auto wanted = string_with("X", "1").get("Driver");
    const auto found =
        std::find_if(drivers.begin(), drivers.end(), [&](const auto& one) { return one.name == wanted; });
    REQUIRE(found != drivers.end());
    const auto link = std::filesystem::path(results::variable("SLUICE_TEST_SQLITE")) /
                      (std::string("link-to-") + pick("pg", "my", "lite") + ".so");
    std::filesystem::remove(link);
    for (const auto& [key, library] : found->attributes)
        if (key == "Driver") std::filesystem::create_symlink(library, link);
    std::vector<diagnostic> warnings;
    auto on = odbc::connection::open(protocol::connect(string_with("Driver", link.string()).str()), warnings);
    if (!on) FAIL(on.error().to_string());
    CHECK(on->facts().profile == results::name_of(here));
    auto read = results::start(*on, "select 1", results::stream());
    CHECK(read.rows.mode() ==
          pick(stream_mode::incremental, stream_mode::buffered_by_driver, stream_mode::incremental));
}

TEST_CASE("connect: the caller's own keys win") {
    if (!is_sqlite) return;
    std::vector<diagnostic> warnings;
    auto string = string_with("StepAPI", "0");
    auto on = odbc::connection::open(protocol::connect(string.str()), warnings).value();
    auto read = results::start(on, "select 1", results::stream());
    CHECK(read.rows.mode() == stream_mode::buffered_by_driver);
}

TEST_CASE("connect: a data source of odbc.ini") {
    if (!is_sqlite) return;
    const auto sources = odbc::data_sources();
    REQUIRE(sources.has_value());
    const bool there =
        std::any_of(sources->begin(), sources->end(), [](const auto& s) { return s.name == "sluice-sqlite"; });
    if (!there) FAIL("odbc.ini has no data source sluice-sqlite: see docs/hacking.md");
    std::vector<diagnostic> warnings;
    auto on = odbc::connection::open(protocol::connect("DSN=sluice-sqlite"), warnings);
    if (!on) FAIL(on.error().to_string());
    CHECK(on->facts().profile == "sqlite");
    CHECK(results::start(*on, "select 1", results::stream()).rows.mode() == stream_mode::incremental);
}

TEST_CASE("connect: sqlite without a database and one in memory") {
    if (!is_sqlite) return;
    CHECK(name(refusal(connection_string().set("Driver", "SQLite3").set("PWD", secret)).code()) == "invalid_argument");
    std::vector<diagnostic> warnings;
    auto on = odbc::connection::open(protocol::connect("Driver=SQLite3;Database=:memory:"), warnings);
    REQUIRE(on.has_value());
    results::run(*on, "create table t (i integer)");
    CHECK(results::query(*on, "select * from t").rows.empty());
}

TEST_CASE("connect: a hundred connections come and go") {
    for (int i = 0; i < 100; ++i) {
        auto on = results::connect(here, "odbc_connect");
        if (i % 10 == 0) CHECK(results::query(on, "select 1").rows.size() == 1);
        if (i % 2 == 0) CHECK(on.close().has_value());
    }
}
