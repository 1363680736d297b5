// The outcome of a failed call: what the server can have done.
#include "failure.hpp"

#include "statement.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::odbc;

namespace {

failure said(const char* sqlstate, int native = 1) {
    return {SQL_ERROR, "SQLExecute", {diagnostic{sqlstate, native, "said", -1, -1}}};
}

// A profile that asks nobody what is left of a transaction.
connection_state state(bool in_transaction, bool ddl_commits = false) {
    connection_state c;
    c.profile = &mariadb_profile;
    c.in_transaction = in_transaction;
    c.transaction_touched = in_transaction;
    c.ddl_commits = ddl_commits;
    return c;
}

}  // namespace

TEST_CASE("failure: nothing is applied before a statement is entered") {
    for (const auto p : {phase::connecting, phase::preparing, phase::beginning, phase::rolling_back})
        for (const bool in_transaction : {false, true})
            for (const char* what : {"42000", "08S01"}) {
                auto c = state(in_transaction);
                CHECK(to_error(c, p, said(what)).outcome() == outcome::none);
            }
}

TEST_CASE("failure: the server said no") {
    auto c = state(false);
    const auto e = to_error(c, phase::executing, said("23000", 1'062));
    CHECK(e.code() == errc::constraint);
    CHECK(e.outcome() == outcome::none);
    CHECK(e.session() == session_state::usable);
    CHECK(e.function() == "SQLExecute");
    CHECK(e.diagnostics().size() == 1);
    CHECK_FALSE(c.broken);
    CHECK(to_error(c, phase::executing, said("23000"), {.may_apply_partly = true}).outcome() == outcome::unknown);
}

TEST_CASE("failure: the connection broke inside a statement") {
    auto c = state(false);
    const auto e = to_error(c, phase::executing, said("08S01", 2'013));
    CHECK(e.code() == errc::connection_lost);
    CHECK(e.outcome() == outcome::unknown);
    CHECK(e.session() == session_state::broken);
    CHECK(c.broken);
    auto in = state(true);
    CHECK(to_error(in, phase::executing, said("08S01")).outcome() == outcome::none);
    auto ddl = state(true, true);
    CHECK(to_error(ddl, phase::executing, said("08S01"), {.may_commit = true}).outcome() == outcome::unknown);
}

TEST_CASE("failure: a commit that got no answer is unknown and one that was refused is not") {
    auto c = state(true);
    const auto lost = to_error(c, phase::committing, said("08S01"));
    CHECK(lost.code() == errc::commit_unknown);
    CHECK(lost.outcome() == outcome::unknown);
    CHECK(lost.session() == session_state::broken);
    auto d = state(true);
    const auto refused = to_error(d, phase::committing, said("40001"));
    CHECK(refused.code() == errc::serialization);
    CHECK(refused.outcome() == outcome::none);
    CHECK(refused.session() == session_state::transaction_failed);
    auto e = state(true);
    const auto silent = to_error(e, phase::committing, {SQL_ERROR, "SQLEndTran", {}});
    CHECK(silent.code() == errc::commit_unknown);
    CHECK(silent.outcome() == outcome::unknown);
    CHECK(silent.message().find("no diagnostic") != std::string::npos);
}

TEST_CASE("failure: an error behind the server's success does not undo it") {
    auto c = state(false);
    CHECK(to_error(c, phase::fetching, said("22003"), {.executed_whole = true}).outcome() == outcome::applied);
    CHECK(to_error(c, phase::fetching, said("22003")).outcome() == outcome::none);
    auto other = state(false);
    other.profile = &default_profile;
    CHECK(to_error(other, phase::fetching, said("22003")).outcome() == outcome::unknown);
    CHECK(to_error(other, phase::fetching, said("22003"), {.reads_only = true}).outcome() == outcome::none);
    auto lost = state(true);
    CHECK(to_error(lost, phase::fetching, said("08S01"), {.executed_whole = true}).outcome() == outcome::none);
    auto whole = state(false);
    CHECK(to_error(whole, phase::fetching, said("08S01"), {.executed_whole = true}).outcome() == outcome::applied);
}

TEST_CASE("failure: a conflict fails the transaction and a deadlock of MariaDB has ended it") {
    auto wait = state(true);
    CHECK(to_error(wait, phase::executing, said("HY000", 1'205)).session() == session_state::transaction_failed);
    CHECK(wait.transaction_failed == errc::serialization);
    CHECK_FALSE(wait.transaction_gone);
    auto deadlock = state(true);
    CHECK(to_error(deadlock, phase::executing, said("40001", 1'213)).session() == session_state::transaction_failed);
    CHECK(deadlock.transaction_gone);
    auto plain = state(true);
    CHECK(to_error(plain, phase::executing, said("23000", 1'062)).session() == session_state::usable);
}

TEST_CASE("failure: what psqlodbc rolls back by itself is known without asking") {
    auto syntax = state(true);
    syntax.profile = &postgresql_profile;
    CHECK(to_error(syntax, phase::executing, said("42601")).session() == session_state::transaction_failed);
    CHECK(syntax.transaction_gone);
    auto fetch = state(true);
    fetch.profile = &postgresql_profile;
    CHECK(to_error(fetch, phase::fetching, said("22012")).session() == session_state::transaction_failed);
    CHECK(fetch.transaction_gone);
    auto untouched = state(true);
    untouched.profile = &postgresql_profile;
    untouched.transaction_touched = false;
    CHECK(to_error(untouched, phase::executing, said("42601")).session() == session_state::usable);
}

TEST_CASE("failure: a return code that ODBC does not allow breaks the session") {
    auto c = state(false);
    const auto e = to_error(c, phase::executing, {SQL_STILL_EXECUTING, "SQLExecute", {}});
    CHECK(e.code() == errc::driver_misbehaved);
    CHECK(e.outcome() == outcome::unknown);
    CHECK(e.session() == session_state::broken);
}
