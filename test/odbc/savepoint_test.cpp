// Savepoints and the options of a transaction as text, for each server.
#include "savepoint.hpp"

#include "transaction_settings.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace sluice;
using namespace sluice::odbc;
using namespace std::chrono_literals;

namespace {

std::string text(savepoint_step step, std::string_view name, std::string_view quote = "\"",
                 std::string_view dbms = "PostgreSQL") {
    return savepoint_text(step, name, quote, dbms).value();
}

errc refusal(std::string_view name, std::string_view quote = "\"") {
    return savepoint_text(savepoint_step::set, name, quote, "x").error().code();
}

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("savepoint: the name is quoted and its quotes are doubled") {
    CHECK(text(savepoint_step::set, "a") == "SAVEPOINT \"a\"");
    CHECK(text(savepoint_step::roll_back_to, "a b") == "ROLLBACK TO SAVEPOINT \"a b\"");
    CHECK(text(savepoint_step::release, "a\"; drop table t; --") == "RELEASE SAVEPOINT \"a\"\"; drop table t; --\"");
    CHECK(text(savepoint_step::set, "a`\"`", "`", "MariaDB") == "SAVEPOINT `a``\"```");
    CHECK(text(savepoint_step::set, "\"", "\"") == "SAVEPOINT \"\"\"\"");
}

TEST_CASE("savepoint: SQL Server has words of its own and no release") {
    const std::string_view dbms = "Microsoft SQL Server";
    CHECK(text(savepoint_step::set, "a", "\"", dbms) == "SAVE TRANSACTION \"a\"");
    CHECK(text(savepoint_step::roll_back_to, "a", "\"", dbms) == "ROLLBACK TRANSACTION \"a\"");
    CHECK(text(savepoint_step::release, "a", "\"", dbms).empty());
}

TEST_CASE("savepoint: names that cannot be are refused") {
    CHECK(refusal("") == errc::invalid_argument);
    CHECK(refusal(std::string(64, 'a')) == errc::invalid_argument);
    CHECK(text(savepoint_step::set, std::string(63, 'a')).size() == 63 + 12);
    CHECK(refusal(std::string_view("a\0", 2)) == errc::invalid_argument);
    CHECK(refusal("\xc3") == errc::invalid_argument);
    for (const char* none : {"", " "}) {
        CHECK(text(savepoint_step::set, "a_1", none) == "SAVEPOINT a_1");
        for (const char* odd : {"1a", "a b", "a;", "\xc3\xbc"}) CHECK(refusal(odd, none) == errc::unsupported);
    }
}

TEST_CASE("transaction settings: PostgreSQL is told in the transaction") {
    const auto plan = [](const transaction_options& o) {
        return plan_settings(postgresql_profile, o, 2s).value();
    };
    CHECK(plan({}).first.empty());
    const auto all =
        plan(transaction_options().isolation(isolation::repeatable_read).read_only(true).lock_timeout(1500ms));
    CHECK(all.first ==
          texts{"set transaction isolation level repeatable read, read only", "set local lock_timeout = 1500"});
    CHECK(all.before.empty());
    CHECK(all.isolation == 0);
    CHECK(plan(transaction_options().read_only(true)).first == texts{"set transaction read only"});
}

TEST_CASE("transaction settings: MariaDB counts in whole seconds and never in fewer") {
    const auto plan = [](const transaction_options& o) {
        return plan_settings(mariadb_profile, o, 2s).value();
    };
    CHECK(plan(transaction_options().isolation(isolation::serializable)).first ==
          texts{"set transaction isolation level serializable", "start transaction"});
    for (const auto& [wait, seconds] : std::vector<std::pair<std::chrono::milliseconds, std::string>>{
             {1ms, "1"}, {1000ms, "1"}, {1001ms, "2"}, {24h, "86400"}}) {
        const auto made = plan(transaction_options().lock_timeout(wait));
        REQUIRE(made.before.size() == 2);
        CHECK(made.before[0].write + made.before[0].value == "set session innodb_lock_wait_timeout = " + seconds);
        CHECK(made.before[1].write + made.before[1].value == "set session lock_wait_timeout = " + seconds);
        CHECK(made.first.empty());
    }
}

TEST_CASE("transaction settings: SQLite is serializable and gets its driver's wait back") {
    const auto made =
        plan_settings(sqlite_profile,
                      transaction_options().isolation(isolation::read_committed).read_only(true).lock_timeout(7s), 2s)
            .value();
    CHECK(made.first.empty());
    CHECK(made.isolation == 0);
    REQUIRE(made.before.size() == 2);
    CHECK(made.before[0].write + made.before[0].value == "pragma query_only = 1");
    CHECK(made.before[1].write + made.before[1].value == "pragma busy_timeout = 3500");  // twice
    CHECK(made.before[1].instead_of_zero == "2000");

    // The driver's Timeout, the whole wait, and what SQLite is told of it.
    for (const auto& [timeout, whole, one] : std::vector<std::tuple<int, int, std::string>>{
             {0, 7, "7"}, {2000, 2000, "0"}, {2000, 2600, "520"}, {2000, 3000, "1000"}, {2000, 4000, "2000"}}) {
        const auto with = transaction_options().lock_timeout(std::chrono::milliseconds(whole));
        const auto plan = plan_settings(sqlite_profile, with, std::chrono::milliseconds(timeout)).value();
        CHECK(plan.before[0].value == one);
    }
    CHECK(plan_settings(sqlite_profile, transaction_options().lock_timeout(1999ms), 2s).error().code() ==
          errc::unsupported);
}

TEST_CASE("transaction settings: of an unknown driver only the isolation") {
    CHECK(plan_settings(default_profile, transaction_options().isolation(isolation::serializable), 2s)->isolation ==
          SQL_TXN_SERIALIZABLE);
    CHECK(plan_settings(default_profile, transaction_options().read_only(true), 2s).error().code() ==
          errc::unsupported);
    CHECK(plan_settings(default_profile, transaction_options().lock_timeout(1s), 2s).error().code() ==
          errc::unsupported);
}
