#include "sql_text.hpp"

#include <catch2/catch.hpp>

using namespace sluice::odbc;

namespace {

connection_state state_of(const driver_profile& profile, bool ddl_commits, bool batches = true) {
    connection_state c;
    c.profile = &profile;
    c.ddl_commits = ddl_commits;
    c.batches = batches;
    return c;
}

}  // namespace

TEST_CASE("sql text: nothing but blanks is empty and a comment is not") {
    CHECK(is_empty(""));
    CHECK(is_empty(" \t\r\n"));
    CHECK_FALSE(is_empty("-- x"));
    CHECK(skip_comments(" -- a\n /* b */ select") == "select");
    CHECK(skip_comments("/* never closed").empty());
    CHECK(skip_comments("-- never ended").empty());
}

TEST_CASE("sql text: what only reads") {
    const auto c = state_of(postgresql_profile, false);
    for (const char* reads :
         {"select 1", "(SELECT 1)", "/* c */ values (1)", "show all", "explain select 1", "select/**/1", "table t;"})
        CHECK(effects_of(c, reads).reads_only);
    for (const char* not_sure :
         {"with a as (delete from t) select 1", "insert into t values (1)", "select 1; delete from t"})
        CHECK_FALSE(effects_of(c, not_sure).reads_only);
}

TEST_CASE("sql text: what may commit within a transaction") {
    const auto pg = state_of(postgresql_profile, false);
    const auto my = state_of(mariadb_profile, true);
    for (const char* commits : {"commit", "COMMIT AND CHAIN", "end", "rollback", "call p()", "{call p()}", "do $$ x $$",
                                "insert into t values (1); commit"}) {
        CHECK(effects_of(pg, commits).may_commit);
        CHECK(effects_of(my, commits).may_commit);
    }
    for (const char* ddl : {"create table t (i int)", "DROP TABLE t", "truncate t", "grant x", "something else"}) {
        CHECK_FALSE(effects_of(pg, ddl).may_commit);
        CHECK(effects_of(my, ddl).may_commit);
    }
    for (const char* keeps : {"select 1", "insert into t values (1)", "update t set i=1", "delete from t",
                              "with a as (select 1) select 1"}) {
        CHECK_FALSE(effects_of(pg, keeps).may_commit);
        CHECK_FALSE(effects_of(my, keeps).may_commit);
    }
}

TEST_CASE("sql text: what may be applied in part") {
    const auto pg = state_of(postgresql_profile, false);
    const auto lite = state_of(sqlite_profile, false, false);
    CHECK(effects_of(pg, "insert into t values (1); insert into t values (2)").may_apply_partly);
    CHECK(effects_of(pg, "call p()").may_apply_partly);
    CHECK_FALSE(effects_of(pg, "insert into t values (1); ").may_apply_partly);
    CHECK_FALSE(effects_of(pg, "insert into t values (1);; -- end").may_apply_partly);
    CHECK_FALSE(effects_of(lite, "insert into t values ('a; b')").may_apply_partly);
    CHECK(effects_of(lite, "INSERT OR FAIL into t values (1)").may_apply_partly);
}

TEST_CASE("sql text: what sqliteodbc steps through and what psqlodbc hangs in") {
    for (const char* steps :
         {"select 1", " -- c\nWITH a as (select 1) select 1", "explain select 1", "pragma table_info(t)"})
        CHECK(steps_through_rows(steps));
    for (const char* not_rows : {"values (1)", "insert into t values (1) returning i", "update t set i=1"})
        CHECK_FALSE(steps_through_rows(not_rows));
    for (const char* at_once :
         {"with a as (select 1) insert into t select * from a", "WITH a as (select 1) Delete from t",
          "pragma user_version = 7", "with a as (select 1) replace into t select * from a"})
        CHECK(must_run_at_once(at_once));
    for (const char* reads : {"select 1", "with a as (select 1) select * from a", "explain insert into t values (1)",
                              "insert into t values (1)"})
        CHECK_FALSE(must_run_at_once(reads));
    CHECK(copies_to_client("copy t to stdout"));
    CHECK(copies_to_client("/* c */ COPY t FROM STDIN with csv"));
    CHECK_FALSE(copies_to_client("copy t to '/tmp/x'"));
    CHECK_FALSE(copies_to_client("select 'copy to stdout'"));
}
