// The catalog of each DBMS: exact names however odd, keys in their order, ODBC's names for the columns.
#include "here.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <vector>

using namespace sluice;
using namespace sluice::testing;

namespace {

// `_` and `%` of one name match letters of the other.
const std::vector<std::string> odd_names = {"cat_Upper",       "cat_upper_X",  "catXupper_X",
                                            "cat_per%cent",    "cat_perXcent", "cat we\"ird`x'y",
                                            "cat_back\\slash", "cat_bac_\\_k", "cat_h\xc3\xa9llo\xe6\x97\xa5"};

std::string quoted(const std::string& name) {
    const char quote = here::pick("\"", "`", "\"")[0];
    std::string made(1, quote);
    for (const char c : name) {
        if (c == quote) made += c;
        made += c;
    }
    return made + quote;
}

// Gone before the test and after it.
class table {
public:
    table(session& on, std::string name, const std::string& columns) : on_(on), name_(std::move(name)) {
        drop();
        answer(on_.query("create table " + name_ + " (" + columns + ")"));
    }
    table(const table&) = delete;
    table& operator=(const table&) = delete;
    ~table() { drop(); }

private:
    void drop() { answer(on_.query("drop table if exists " + name_)); }
    session& on_;
    const std::string name_;
};

std::string text(row_view row, std::size_t column) {
    return row.get<std::optional<std::string>>(column).value_or("(null)");
}

std::vector<std::string> texts(const row_set& rows, std::string_view column) {
    const auto at = rows.columns().find(column);
    if (!at) FAIL("there is no column " << column);
    std::vector<std::string> made;
    for (const auto row : rows) made.push_back(text(row, *at));
    return made;
}

std::vector<std::int64_t> numbers(const row_set& rows, std::string_view column) {
    const auto at = rows.columns().find(column);
    if (!at) FAIL("there is no column " << column);
    std::vector<std::int64_t> made;
    for (const auto row : rows) made.push_back(row.get<std::optional<std::int64_t>>(*at).value_or(-1));
    return made;
}

using names = std::vector<std::string>;

// What MariaDB calls a database: others of them are seen there too.
catalog_query in_this_database(catalog_query q) {
    return here::is_mariadb ? q.catalog("sluice") : q;
}

void check_columns(const row_set& rows, const names& expected) {
    REQUIRE(rows.columns().size() >= expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) CHECK(rows.columns()[i].name == expected[i]);
}

}  // namespace

TEST_CASE("catalog: a name is found letter by letter however odd it is") {
    engine engine;
    auto session = here::connect(engine, "catalog_odd");
    std::vector<std::unique_ptr<table>> made;
    for (const auto& name : odd_names)
        made.push_back(std::make_unique<table>(
            session, quoted(name),
            "id integer not null primary key, " + quoted("c_1") + " varchar(20), " + quoted("cX1") + " integer"));
    for (const auto& name : odd_names) {
        INFO(name);
        CHECK(texts(answer(session.catalog(in_this_database(tables().name(name)))), "TABLE_NAME") == names{name});
        const auto all = answer(session.catalog(columns().name(name)));
        CHECK(texts(all, "COLUMN_NAME") == names{"id", "c_1", "cX1"});
        CHECK(texts(all, "TABLE_NAME") == names{name, name, name});
        CHECK(texts(answer(session.catalog(columns().name(name).column("c_1"))), "COLUMN_NAME") == names{"c_1"});
        CHECK(texts(answer(session.catalog(columns().name(name).column_like("c_1"))), "COLUMN_NAME") ==
              names{"c_1", "cX1"});
        const auto key = answer(session.catalog(primary_keys().name(name)));
        CHECK(texts(key, "COLUMN_NAME") == names{"id"});
        CHECK(texts(key, "TABLE_NAME") == names{name});
        CHECK(texts(answer(session.catalog(indexes().name(name).unique())), "COLUMN_NAME") == names{"id"});
    }
    CHECK(answer(session.catalog(tables().name("CAT_UPPER"))).empty());
    CHECK(answer(session.catalog(columns().name("CAT_UPPER"))).empty());
    CHECK(answer(session.catalog(primary_keys().name("CAT_UPPER"))).empty());
    // sqliteodbc knows the case of no table whose indexes it is asked for.
    CHECK(answer(session.catalog(indexes().name("CAT_UPPER_X").unique())).size() == (here::is_sqlite ? 1 : 0));
    CHECK(answer(session.catalog(tables().name("no_such_table"))).empty());
    CHECK(answer(session.catalog(columns().name("no_such_table"))).columns().size() >= 18);
}

TEST_CASE("catalog: a pattern is a pattern where it is asked for") {
    engine engine;
    auto session = here::connect(engine, "catalog_pattern");
    const table one(session, "catpat_a1", "i integer");
    const table two(session, "catpatXa2", "i integer");
    const auto found = [&](catalog_query q) {
        auto list = texts(answer(session.catalog(in_this_database(std::move(q)))), "TABLE_NAME");
        for (auto& each : list)
            std::transform(each.begin(), each.end(), each.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        std::sort(list.begin(), list.end());
        return list;
    };
    CHECK(found(tables().name_like("catpat%")) == names{"catpat_a1", "catpatxa2"});
    CHECK(found(tables().name_like("catpat_a_")) == names{"catpat_a1", "catpatxa2"});
    // sqliteodbc forgets what was escaped where the pattern has a wildcard too.
    CHECK(found(tables().name_like("catpat\\_%")).size() == (here::is_sqlite ? 2 : 1));
    CHECK(found(tables().name_like("catpat\\_a1")) == names{"catpat_a1"});
    CHECK(found(tables().name("catpat%")).empty());
    CHECK(found(columns().name_like("catpat%")) == names{"catpat_a1", "catpatxa2"});
}

TEST_CASE("catalog: keys come in the order of the key and not of the table") {
    engine engine;
    auto session = here::connect(engine, "catalog_keys");
    answer(session.query("drop table if exists catk_child"));
    const table parent(session, "catk_parent",
                       "a integer not null, b integer not null, v varchar(10), primary key (b, a)");
    const table child(
        session, "catk_child",
        "id integer not null primary key, pa integer, pb integer, constraint catk_fk foreign key (pb, pa) "
        "references catk_parent (b, a) on delete cascade");
    answer(session.query("create unique index catk_unique on catk_parent (v, a)"));
    answer(session.query("create index catk_plain on catk_parent (v)"));

    const auto key = answer(session.catalog(primary_keys().name("catk_parent")));
    check_columns(key, {"TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "COLUMN_NAME", "KEY_SEQ", "PK_NAME"});
    CHECK(texts(key, "COLUMN_NAME") == names{"b", "a"});
    CHECK(numbers(key, "KEY_SEQ") == std::vector<std::int64_t>{1, 2});

    for (const auto& asked : {foreign_keys().name("catk_child"), foreign_keys().references("catk_parent"),
                              foreign_keys().name("catk_child").references("catk_parent")}) {
        const auto foreign = answer(session.catalog(asked));
        check_columns(foreign, {"PKTABLE_CAT", "PKTABLE_SCHEM", "PKTABLE_NAME", "PKCOLUMN_NAME", "FKTABLE_CAT",
                                "FKTABLE_SCHEM", "FKTABLE_NAME", "FKCOLUMN_NAME", "KEY_SEQ", "UPDATE_RULE",
                                "DELETE_RULE", "FK_NAME", "PK_NAME", "DEFERRABILITY"});
        CHECK(texts(foreign, "PKTABLE_NAME") == names{"catk_parent", "catk_parent"});
        CHECK(texts(foreign, "PKCOLUMN_NAME") == names{"b", "a"});
        CHECK(texts(foreign, "FKTABLE_NAME") == names{"catk_child", "catk_child"});
        CHECK(texts(foreign, "FKCOLUMN_NAME") == names{"pb", "pa"});
        CHECK(numbers(foreign, "KEY_SEQ") == std::vector<std::int64_t>{1, 2});
        CHECK(numbers(foreign, "DELETE_RULE") == std::vector<std::int64_t>{0, 0});  // cascade
    }
    CHECK(answer(session.catalog(foreign_keys().name("catk_parent"))).empty());
    CHECK(answer(session.catalog(foreign_keys().references("catk_child"))).empty());

    const auto all = answer(session.catalog(indexes().name("catk_parent")));
    check_columns(all, {"TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "NON_UNIQUE", "INDEX_QUALIFIER", "INDEX_NAME", "TYPE",
                        "ORDINAL_POSITION", "COLUMN_NAME", "ASC_OR_DESC", "CARDINALITY", "PAGES", "FILTER_CONDITION"});
    std::set<std::tuple<std::string, std::int64_t, std::int64_t, std::string>> seen;
    const auto index = texts(all, "INDEX_NAME");
    for (std::size_t i = 0; i < index.size(); ++i)
        if (index[i].rfind("catk_", 0) == 0 && index[i] != "catk_parent_pkey")
            seen.emplace(index[i], numbers(all, "NON_UNIQUE")[i], numbers(all, "ORDINAL_POSITION")[i],
                         texts(all, "COLUMN_NAME")[i]);
    CHECK(seen == std::set<std::tuple<std::string, std::int64_t, std::int64_t, std::string>>{
                      {"catk_unique", 0, 1, "v"}, {"catk_unique", 0, 2, "a"}, {"catk_plain", 1, 1, "v"}});
    CHECK(index.size() == 5);  // and the two of the primary key
    CHECK(answer(session.catalog(indexes().name("catk_parent").unique())).size() == 4);
    answer(session.query("drop table catk_child"));
}

TEST_CASE("catalog: columns tell their types") {
    engine engine;
    auto session = here::connect(engine, "catalog_types");
    const table one(session, "catt", "i integer not null, v varchar(10) default 'x', d decimal(10,2)");
    const auto rows = answer(session.catalog(columns().name("catt")));
    check_columns(rows,
                  {"TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "COLUMN_NAME", "DATA_TYPE", "TYPE_NAME", "COLUMN_SIZE",
                   "BUFFER_LENGTH", "DECIMAL_DIGITS", "NUM_PREC_RADIX", "NULLABLE", "REMARKS", "COLUMN_DEF",
                   "SQL_DATA_TYPE", "SQL_DATETIME_SUB", "CHAR_OCTET_LENGTH", "ORDINAL_POSITION", "IS_NULLABLE"});
    CHECK(numbers(rows, "NULLABLE") == std::vector<std::int64_t>{0, 1, 1});
    if (!here::is_postgresql) CHECK(texts(rows, "IS_NULLABLE") == names{"NO", "YES", "YES"});  // psqlodbc tells NULL
    CHECK(numbers(rows, "ORDINAL_POSITION") == std::vector<std::int64_t>{1, 2, 3});
    CHECK(numbers(rows, "COLUMN_SIZE")[1] == 10);
    CHECK_THAT(texts(rows, "COLUMN_DEF")[1], Catch::Contains("x"));
    for (const char* number : {"DATA_TYPE", "COLUMN_SIZE", "NULLABLE", "ORDINAL_POSITION"})
        CHECK(rows.columns()[*rows.columns().find(number)].type == column_type::int64);
    for (const char* name : {"TABLE_NAME", "COLUMN_NAME", "TYPE_NAME", "COLUMN_DEF"})
        CHECK(rows.columns()[*rows.columns().find(name)].type == column_type::text);
}

TEST_CASE("catalog: views and tables are told apart") {
    engine engine;
    auto session = here::connect(engine, "catalog_kinds");
    const table one(session, "catv_t", "i integer");
    answer(session.query("drop view if exists catv_v"));
    answer(session.query("create view catv_v as select i from catv_t"));
    const auto found = [&](catalog_query q) {
        return texts(answer(session.catalog(in_this_database(q.name_like("catv%")))), "TABLE_NAME");
    };
    CHECK(found(tables().kind("TABLE")) == names{"catv_t"});
    CHECK(found(tables().kind("VIEW")) == names{"catv_v"});
    CHECK(found(tables().kind("VIEW").kind("TABLE")).size() == 2);
    const auto rows = answer(session.catalog(in_this_database(tables().name("catv_v"))));
    check_columns(rows, {"TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "TABLE_TYPE", "REMARKS"});
    CHECK(texts(rows, "TABLE_TYPE") == names{"VIEW"});
    answer(session.query("drop view catv_v"));
}

TEST_CASE("catalog: of several schemas or databases the one that is named") {
    engine engine;
    auto session = here::connect(engine, "catalog_schemas");
    if (here::is_sqlite) {
        for (const auto& q : {tables().schema("main"), tables().catalog("main"), columns().name("x").schema("main")}) {
            const error e = error_of(session.catalog(q));
            CHECK(e.code() == errc::unsupported);
            CHECK(e.outcome() == outcome::none);
            CHECK(e.session() == session_state::usable);
        }
        return;
    }
    const auto in = [](catalog_query q, const char* place) {
        return here::is_mariadb ? q.catalog(place) : q.schema(place);
    };
    const std::string create = here::pick("create schema ", "create database ", "");
    const std::string drop = here::pick("drop schema if exists ", "drop database if exists ", "");
    const std::string cascade = here::pick(" cascade", "", "");
    for (const char* place : {"cats_1", "catsx1"}) {
        answer(session.query(drop + place + cascade));
        answer(session.query(create + place));
    }
    answer(session.query("create table cats_1.catsame (z integer not null, primary key (z))"));
    answer(session.query("create table catsx1.catsame (y integer)"));
    const table mine(session, "catsame", "x integer");

    CHECK(texts(answer(session.catalog(in(tables(), "cats_1"))), "TABLE_NAME") == names{"catsame"});
    CHECK(texts(answer(session.catalog(in(tables().name("catsame"), "cats_1"))),
                here::is_mariadb ? "TABLE_CAT" : "TABLE_SCHEM") == names{"cats_1"});
    CHECK(texts(answer(session.catalog(in(columns().name("catsame"), "cats_1"))), "COLUMN_NAME") == names{"z"});
    CHECK(texts(answer(session.catalog(in(columns().name("catsame"), "catsx1"))), "COLUMN_NAME") == names{"y"});
    CHECK(texts(answer(session.catalog(columns().name("catsame"))), "COLUMN_NAME") == names{"x"});
    CHECK(texts(answer(session.catalog(in(primary_keys().name("catsame"), "cats_1"))), "COLUMN_NAME") == names{"z"});
    CHECK(answer(session.catalog(primary_keys().name("catsame"))).empty());
    CHECK(texts(answer(session.catalog(in(indexes().name("catsame"), "cats_1"))), "COLUMN_NAME") == names{"z"});
    CHECK(answer(session.catalog(in(tables().name("catsame"), "cats%"))).empty());
    CHECK(answer(session.catalog(in(tables().name("catsame"), "CATS_1"))).empty());
    if (here::is_postgresql) {
        CHECK(answer(session.catalog(tables().name("catsame").schema_like("cats_1"))).size() == 2);
        CHECK(answer(session.catalog(tables().name("catsame").schema_like("%"))).size() == 3);
        CHECK(answer(session.catalog(tables().name("catsame").catalog("sluice"))).size() == 1);
        CHECK(error_of(session.catalog(tables().name("catsame").catalog("other"))).code() == errc::unsupported);
    } else {
        CHECK(answer(session.catalog(tables().name("catsame").catalog("nosuch"))).empty());
        const error e = error_of(session.catalog(tables().schema("cats_1")));
        CHECK(e.code() == errc::unsupported);
        CHECK_THAT(e.message(), Catch::Contains("catalog()"));
    }
    for (const char* place : {"cats_1", "catsx1"}) answer(session.query(drop + place + cascade));
}

TEST_CASE("catalog: procedures") {
    engine engine;
    auto session = here::connect(engine, "catalog_procedures");
    const auto asked = procedures().name("catp_one");
    if (here::is_sqlite) {
        CHECK(answer(session.catalog(asked)).empty());
        return;
    }
    answer(session.query("drop procedure if exists catp_one"));
    answer(session.query(here::pick("create procedure catp_one(a int) language sql as 'select 1'",
                                    "create procedure catp_one(in a int) select 1", "")));
    answer(session.query("drop procedure if exists catpxone"));
    answer(session.query(here::pick("create procedure catpxone(a int) language sql as 'select 1'",
                                    "create procedure catpxone(in a int) select 1", "")));
    const auto rows = answer(session.catalog(asked));
    check_columns(rows, {"PROCEDURE_CAT", "PROCEDURE_SCHEM", "PROCEDURE_NAME", "NUM_INPUT_PARAMS", "NUM_OUTPUT_PARAMS",
                         "NUM_RESULT_SETS", "REMARKS", "PROCEDURE_TYPE"});
    CHECK(texts(rows, "PROCEDURE_NAME") == names{"catp_one"});
    CHECK(answer(session.catalog(procedures().name_like("catp_one"))).size() == 2);
    answer(session.query("drop procedure catp_one"));
    answer(session.query("drop procedure catpxone"));
}

TEST_CASE("catalog: data types") {
    engine engine;
    auto session = here::connect(engine, "catalog_data_types");
    const auto all = answer(session.catalog(data_types()));
    check_columns(all, {"TYPE_NAME", "DATA_TYPE", "COLUMN_SIZE", "LITERAL_PREFIX", "LITERAL_SUFFIX", "CREATE_PARAMS",
                        "NULLABLE", "CASE_SENSITIVE", "SEARCHABLE", "UNSIGNED_ATTRIBUTE", "FIXED_PREC_SCALE",
                        "AUTO_UNIQUE_VALUE", "LOCAL_TYPE_NAME", "MINIMUM_SCALE", "MAXIMUM_SCALE", "SQL_DATA_TYPE",
                        "SQL_DATETIME_SUB", "NUM_PREC_RADIX", "INTERVAL_PRECISION"});
    CHECK(all.size() > 10);
    const auto integers = answer(session.catalog(data_types().sql_type(4)));  // SQL_INTEGER
    CHECK_FALSE(integers.empty());
    for (const auto number : numbers(integers, "DATA_TYPE")) CHECK(number == 4);
}

TEST_CASE("catalog: what is wrong with a question is told before anything is asked") {
    engine engine;
    auto session = here::connect(engine, "catalog_wrong");
    for (const auto& q :
         {primary_keys(), indexes(), foreign_keys(), tables().name(""), tables().column("c"), data_types().name("x"),
          primary_keys().name_like("a%"), columns().name("a").kind("TABLE"), tables().kind("a'b"), tables().unique(),
          tables().name(std::string("a\0b", 3)), tables().name(std::string(5'000, 'x')), tables().name("\xff")}) {
        const error e = error_of(session.catalog(q));
        INFO(e.to_string());
        CHECK(e.code() == errc::invalid_argument);
        CHECK(e.outcome() == outcome::none);
    }
    const error two = error_of(session.catalog(primary_keys().column("c").unique()));
    CHECK_THAT(two.message(), Catch::Contains("column()") && Catch::Contains("unique()") && Catch::Contains("name()"));
    CHECK(answer(session.query("select 1")).size() == 1);
}

TEST_CASE("catalog: a question belongs to the transaction that is open") {
    if (here::is_mariadb) return;  // its DDL commits
    engine engine;
    auto session = here::connect(engine, "catalog_transaction");
    auto other = here::connect(engine, "catalog_transaction");
    answer(session.query("drop table if exists catx"));
    answer(session.submit(protocol::begin()));
    answer(session.query("create table catx (a integer not null, b integer not null, primary key (b, a))"));
    CHECK(answer(session.catalog(tables().name("catx"))).size() == 1);
    CHECK(texts(answer(session.catalog(primary_keys().name("catx"))), "COLUMN_NAME") == names{"b", "a"});
    if (here::is_postgresql) CHECK(answer(other.catalog(tables().name("catx"))).empty());
    answer(session.submit(protocol::rollback()));
    CHECK(answer(session.catalog(tables().name("catx"))).empty());
}

TEST_CASE("catalog: a result that is too large is refused") {
    engine engine;
    auto session = here::connect(engine, "catalog_large");
    const error e = error_of(session.catalog(data_types(), request_options().result_bytes_max(100)));
    CHECK(e.code() == errc::too_large);
    CHECK(answer(session.catalog(data_types())).size() > 10);
}

TEST_CASE("catalog: a question that waits can be cancelled and has a deadline") {
    if (!here::is_postgresql) return;
    engine engine;
    // Only who owns the server may lock its catalog; it lets him in by its socket.
    auto owner = connection_string::parse(connection_text(here::the, "")).value();
    std::string folder = variable("SLUICE_TEST_POSTGRES_DATA");
    folder.resize(folder.rfind("/data"));
    owner.set("Server", folder).set("UID", "postgres").set("PWD", "");
    auto blocker = answer(engine.connect(owner.str()));
    auto session = here::connect(engine, "catalog_cancel");
    answer(session.query("select 1"));
    const auto generation = session.generation();
    answer(blocker.submit(protocol::begin()));
    answer(blocker.query("lock table pg_catalog.pg_attrdef in access exclusive mode"));
    std::stop_source stop;
    auto waits = session.catalog(columns().name("catalog_cancel"), request_options().stop(stop.get_token()));
    CHECK(waits.wait_for(std::chrono::milliseconds(200)) == std::future_status::timeout);
    stop.request_stop();
    const error cancelled = error_of(std::move(waits));
    INFO(cancelled.to_string());
    CHECK(cancelled.code() == errc::cancelled);
    CHECK(cancelled.outcome() == outcome::none);
    const error late = error_of(
        session.catalog(columns().name("catalog_cancel"), request_options().timeout(std::chrono::milliseconds(300))));
    INFO(late.to_string());
    CHECK(late.code() == errc::deadline);
    answer(blocker.submit(protocol::rollback()));
    CHECK(answer(session.catalog(columns().name("catalog_cancel"))).empty());
    CHECK(session.generation() == generation);  // the driver was interrupted, not given up
}
