// Which statements stay prepared and which go: pure, without a driver.

#include "kept_statements.hpp"

#include "sql_text.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace sluice::odbc;

namespace {

kept_statement made(const kept_statements& all, std::string key, std::uint64_t number = 0) {
    kept_statement one;
    one.key = std::move(key);
    one.number = number;
    one.epoch = all.epoch();
    return one;
}

bool takes(kept_statements& from, const std::string& key, std::uint64_t number = 0) {
    stmt_handle outdated;
    auto found = from.take(key, number, outdated);
    if (!found) return false;
    (void)from.put(std::move(*found));
    return true;
}

connection_state of(const driver_profile& profile) {
    connection_state c;
    c.profile = &profile;
    c.batches = false;
    return c;
}

bool may_stay(const connection_state& c, std::string_view sql) {
    return may_stay_prepared(*c.profile, effects_of(c, sql), sql);
}

}  // namespace

TEST_CASE("kept statements: the least recently used goes first") {
    kept_statements all;
    all.capacity(2);
    (void)all.put(made(all, "a"));
    (void)all.put(made(all, "b"));
    CHECK(takes(all, "a"));  // now b is the older one
    (void)all.put(made(all, "c"));
    CHECK(all.idle() == 2);
    CHECK(all.counts.evictions == 1);
    CHECK(takes(all, "a"));
    CHECK(takes(all, "c"));
    CHECK_FALSE(takes(all, "b"));
}

TEST_CASE("kept statements: one that is in use is not handed out again") {
    kept_statements all;
    all.capacity(2);
    (void)all.put(made(all, "a"));
    stmt_handle outdated;
    auto used = all.take("a", 0, outdated);
    REQUIRE(used);
    CHECK(all.idle() == 0);
    CHECK_FALSE(takes(all, "a"));
    (void)all.put(made(all, "a"));  // a second one, meanwhile
    (void)all.put(std::move(*used));
    CHECK(all.idle() == 1);
}

TEST_CASE("kept statements: none are kept without room") {
    kept_statements all;
    CHECK_FALSE(all.keeps());
    (void)all.put(made(all, "a"));
    CHECK(all.idle() == 0);
}

TEST_CASE("kept statements: what was asked for by number is not driven out and ends with its number") {
    kept_statements all;
    all.capacity(1);
    all.open(7, "a");
    REQUIRE(all.text(7) != nullptr);
    CHECK(*all.text(7) == "a");
    (void)all.put(made(all, "a", 7));
    for (const char* other : {"b", "c", "d"}) (void)all.put(made(all, other));
    CHECK(all.idle() == 2);
    CHECK(takes(all, "a", 7));
    CHECK_FALSE(takes(all, "a"));  // by its text alone it is not there
    CHECK_FALSE(takes(all, "a, with another type", 7));
    CHECK(all.idle() == 1);  // that one was of no use any more
    (void)all.put(made(all, "a", 7));
    stmt_handle outdated;
    auto used = all.take("a", 7, outdated);
    (void)all.close(7);
    CHECK(all.text(7) == nullptr);
    (void)all.put(std::move(*used));
    CHECK(all.idle() == 1);
    CHECK(all.opened() == 0);
}

TEST_CASE("kept statements: a number that was prepared without types takes the first that come") {
    kept_statements all;
    all.open(1, "a");
    auto one = made(all, "a");
    one.number = 1;
    one.any_types = true;
    (void)all.put(std::move(one));
    CHECK(takes(all, "a int", 1));
    CHECK_FALSE(takes(all, "a text", 1));
}

TEST_CASE("kept statements: clearing takes all that are here and later those that are in use") {
    kept_statements all;
    all.capacity(4);
    all.open(1, "n");
    for (const char* key : {"a", "b"}) (void)all.put(made(all, key));
    (void)all.put(made(all, "n", 1));
    stmt_handle outdated;
    auto used = all.take("a", 0, outdated);
    CHECK(all.clear().size() == 2);
    CHECK(all.idle() == 0);
    (void)all.put(std::move(*used));
    CHECK(all.idle() == 0);
    CHECK(all.text(1) != nullptr);
    CHECK(all.clear().empty());
}

TEST_CASE("sql text: which statements may stay prepared depends on what the driver sees again") {
    const auto any = of(postgresql_profile);
    const auto named = of(mariadb_profile);
    const auto same_schema = of(sqlite_profile);
    struct row {
        const char* sql;
        bool postgresql, mariadb, sqlite;
    };
    for (const row& r :
         {row{"select a from t where b = ?", true, true, true},
          row{"/* x */ select a from t where b = ?", true, false, true},
          row{"select * from t where b = ?", true, false, true},
          row{"select t.* from t where b = ?", true, false, true},
          row{"select count(*) from t where b = ?", true, true, true}, row{"select a * ? from t", true, false, true},
          row{"insert into t values (?)", true, true, true},
          row{"insert into t values (?) returning a", true, true, false},
          row{"update t set a = ? where b = ?", true, true, true},
          row{"with x as (select 1) select a from x where a = ?", true, true, false},
          row{"call p(?)", false, false, false}, row{"{call p(?)}", false, false, false},
          row{"create table t (a int default ?)", false, false, false}, row{"explain select ?", false, false, false},
          row{"insert or fail into t values (?)", false, false, false}}) {
        INFO(r.sql);
        CHECK(may_stay(any, r.sql) == r.postgresql);
        CHECK(may_stay(named, r.sql) == r.mariadb);
        CHECK(may_stay(same_schema, r.sql) == r.sqlite);
    }
    auto batches = of(mariadb_profile);
    batches.batches = true;
    CHECK_FALSE(may_stay(batches, "select a from t where b = ?; delete from t"));
}

TEST_CASE("sql text: what makes a driver look at other tables outdates what is prepared") {
    const auto mariadb = of(mariadb_profile);
    for (const char* sql : {"use other", "drop table t", "create temporary table t (a int)", "rename table a to b",
                            "alter table t add b int", "set sql_mode = 'ANSI'", "set names latin1"})
        CHECK(outdates_prepared(mariadb, sql));
    for (const char* sql : {"set @a = 1", "insert into t values (1)", "select 1", "call p()", "begin"})
        CHECK_FALSE(outdates_prepared(mariadb, sql));
    const auto postgresql = of(postgresql_profile);
    CHECK(outdates_prepared(postgresql, "discard all"));
    CHECK(outdates_prepared(postgresql, "deallocate x"));
    CHECK_FALSE(outdates_prepared(postgresql, "drop table t"));  // the server sees to that
    CHECK_FALSE(outdates_prepared(of(sqlite_profile), "drop table t"));
}
