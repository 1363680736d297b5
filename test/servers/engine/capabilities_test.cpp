// What each DBMS can do, and that it is so.
#include "here.hpp"

#include <algorithm>

using namespace sluice;
using namespace sluice::testing;

TEST_CASE("capabilities: they are those of the DBMS") {
    engine engine;
    auto session = here::connect(engine, "capabilities");
    const auto can = answer(session.capabilities());
    CHECK(can.dbms_name == here::pick("PostgreSQL", "MariaDB", "SQLite"));
    CHECK(can.dbms_version == session.facts().dbms_version);
    CHECK_THAT(can.database, Catch::Contains(here::is_sqlite ? "capabilities-" : "sluice"));
    CHECK(can.identifier_quote == here::pick("\"", "`", "\""));
    CHECK(can.identifiers == here::pick(identifier_case::lower, identifier_case::mixed, identifier_case::mixed));
    CHECK(can.pattern_escape == "\\");
    CHECK(can.catalogs == !here::is_sqlite);
    CHECK(can.schemas == here::is_postgresql);
    CHECK(can.schema_term == here::pick("schema", "", ""));
    CHECK(can.catalog_term == here::pick("catalog", "database", ""));
    CHECK(can.transactions == here::pick(transaction_support::ddl_as_statements, transaction_support::ddl_commits,
                                         transaction_support::ddl_as_statements));
    CHECK(can.isolation.serializable);
    CHECK(can.isolation.read_committed == !here::is_sqlite);
    CHECK(can.isolation_default.has_value() == !here::is_mariadb);  // whose driver does not know
    if (here::is_postgresql) CHECK(can.isolation_default->read_committed);
    if (here::is_sqlite) CHECK(can.isolation_default->serializable);
    CHECK(can.savepoints == true);
    CHECK(can.procedures == !here::is_sqlite);
    CHECK(can.multiple_results == !here::is_sqlite);
    CHECK(can.parameter_arrays == true);
    CHECK(can.read_only == false);
    if (!here::is_postgresql)
        CHECK(std::count(can.keywords.begin(), can.keywords.end(), here::pick("", "DUAL", "SELECT")) == 1);
    CHECK(answer(session.capabilities()) == can);
}

TEST_CASE("capabilities: a name may be as long as they say and no longer") {
    engine engine;
    auto session = here::connect(engine, "capabilities_names");
    const auto most = answer(session.capabilities()).identifier_length_max;
    CHECK(most == here::pick<std::optional<std::uint32_t>>(63, 64, std::nullopt));
    const std::string name(most.value_or(5'000), 'n');
    answer(session.query("drop table if exists " + name));
    answer(session.query("create table " + name + " (i integer)"));
    auto one = tables().name(name);
    if (most) CHECK(answer(session.catalog(one)).size() == 1);
    answer(session.query("drop table " + name));
    if (!most) return;
    if (here::is_postgresql) {  // cuts it, with a notice
        CHECK_FALSE(answer(session.query("create table " + name + "x (i integer)")).warnings().empty());
        answer(session.query("drop table " + name));
    } else {
        CHECK(error_of(session.query("create table " + name + "x (i integer)")).outcome() == outcome::none);
    }
}

TEST_CASE("capabilities: names are compared as they say") {
    engine engine;
    auto session = here::connect(engine, "capabilities_case");
    for (const char* drop : {"drop table if exists capcase", "drop table if exists CapCase"})
        answer(session.query(drop));
    const auto can = answer(session.capabilities());
    answer(session.query("create table CapCase (i integer)"));
    const bool lower = answer(session.catalog(tables().name("capcase"))).size() == 1;
    CHECK(lower == (can.identifiers == identifier_case::lower));
    if (can.identifiers == identifier_case::mixed) CHECK(answer(session.catalog(tables().name("CapCase"))).size() == 1);
    answer(session.query("drop table CapCase"));
}
