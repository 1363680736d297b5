// What a connection does to the schema that its prepared statements were made for: pure, without a driver.

#include "schema_version.hpp"

#include "sql_text.hpp"

#include <catch2/catch.hpp>

using namespace sluice::odbc;

TEST_CASE("schema watch: what a statement may do to the schema is known by its first word") {
    for (const char* sql :
         {"select 1", " /* x */ SELECT 1", "with a as (select 1) insert into t select * from a",
          "insert into t values (1)", "update t set a = 1", "delete from t", "replace into t values (1)",
          "explain select 1", "values (1)", "release s", "rollback to s", "rollback transaction to s"})
        CHECK(schema_effect_of(sql) == schema_effect::none);
    for (const char* sql : {"begin", "BEGIN IMMEDIATE", "savepoint s"})
        CHECK(schema_effect_of(sql) == schema_effect::begins);
    for (const char* sql : {"commit", "end transaction", "rollback", "ROLLBACK;"})
        CHECK(schema_effect_of(sql) == schema_effect::ends);
    for (const char* sql : {"create table t (a int)", "create temp view v as select 1", "drop table t",
                            "alter table t add b int", "pragma writable_schema = 1", "vacuum", "detach a", "analyze",
                            "reindex", "what is that", ";create table t (a int)", ""})
        CHECK(schema_effect_of(sql) == schema_effect::changes);
    CHECK(schema_effect_of("-- x\nattach 'f' as a") == schema_effect::attaches);
}

TEST_CASE(
    "schema watch: a change of its own outdates what is prepared and one that can be rolled back lasts until then") {
    schema_watch w;
    w.saw(7);
    CHECK(w.tells());
    CHECK_FALSE(w.executed(schema_effect::none, true, true));
    CHECK(w.executed(schema_effect::changes, false, true));
    CHECK(w.tells());
    CHECK(w.executed(schema_effect::changes, true, false));  // it may have changed something nevertheless
    CHECK_FALSE(w.tells());
    CHECK_FALSE(w.executed(schema_effect::ends, true, true));  // of a text: the connection's own has not ended
    CHECK_FALSE(w.tells());
    w.transaction_over();
    CHECK(w.tells());
    CHECK_FALSE(w.seen());
    w.saw(8);
    w.transaction_over();
    CHECK(w.seen() == 8);
}

TEST_CASE("schema watch: a transaction in text and a savepoint outside of one are not seen through") {
    schema_watch w;
    CHECK_FALSE(w.executed(schema_effect::begins, true, true));  // a savepoint within a transaction
    CHECK(w.tells());
    CHECK_FALSE(w.executed(schema_effect::begins, false, true));
    CHECK_FALSE(w.tells());
    w.saw(7);
    CHECK_FALSE(w.executed(schema_effect::ends, false, false));
    CHECK_FALSE(w.tells());
    CHECK_FALSE(w.executed(schema_effect::ends, false, true));
    CHECK(w.tells());
    CHECK_FALSE(w.seen());
}

TEST_CASE("schema watch: a schema that was attached is never known") {
    schema_watch w;
    CHECK(w.executed(schema_effect::attaches, false, false));
    w.transaction_over();
    CHECK_FALSE(w.executed(schema_effect::ends, false, true));
    CHECK_FALSE(w.tells());
}
