// The table of SQLSTATEs and native codes, with what the drivers were seen to say.
#include "classify.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::odbc;

namespace {

struct said {
    const driver_profile* by;
    const char* sqlstate;
    int native;
    const char* message;
    errc means;
};

failure failed_with(const char* sqlstate, int native, const char* message) {
    return {SQL_ERROR, "SQLExecDirect", {diagnostic{sqlstate, native, message, -1, -1}}};
}

const driver_profile* pg = &postgresql_profile;
const driver_profile* my = &mariadb_profile;
const driver_profile* lite = &sqlite_profile;
const driver_profile* other = &default_profile;

const std::vector<said> of_statements{
    {pg, "57014", 1, "ERROR: canceling statement due to user request", errc::cancelled},
    {pg, "57014", 1, "ERROR: canceling statement due to statement timeout", errc::deadline},
    {my, "HY018", 1317, "Query execution was interrupted", errc::cancelled},
    {my, "HY018", 1969, "Query execution was interrupted (max_statement_time exceeded)", errc::deadline},
    {lite, "HY000", 9, "[SQLite]interrupted (9)", errc::cancelled},
    {other, "HY008", 0, "Operation canceled", errc::cancelled},
    {other, "HYT00", 0, "Timeout expired", errc::deadline},
    {pg, "40001", 110, "could not serialize access", errc::serialization},
    {pg, "40P01", 1, "deadlock detected", errc::serialization},
    {pg, "55P03", 1, "canceling statement due to lock timeout", errc::serialization},
    {my, "40001", 1213, "Deadlock found", errc::serialization},
    {my, "HY000", 1205, "Lock wait timeout exceeded", errc::serialization},
    {lite, "HY000", 5, "[SQLite]database is locked", errc::serialization},
    {lite, "HY000", 6, "[SQLite]database table is locked", errc::serialization},
    {pg, "23505", 1, "duplicate key value", errc::constraint},
    {pg, "23502", 1, "null value", errc::constraint},
    {my, "23000", 1062, "Duplicate entry", errc::constraint},
    {my, "HY000", 1364, "Field 'n' doesn't have a default value", errc::constraint},
    {lite, "HY000", 19, "[SQLite]UNIQUE constraint failed: t.i (19)", errc::constraint},
    {pg, "0A000", 1, "cannot use a subquery here", errc::unsupported},
    {other, "HYC00", 0, "Optional feature not implemented", errc::unsupported},
    {other, "IM001", 0, "Driver does not support this function", errc::unsupported},
    {lite, "HY000", -1, "[SQLite]only one SQL statement allowed", errc::unsupported},
    {pg, "54001", 1, "stack depth limit exceeded", errc::too_large},
    {lite, "HY000", 18, "[SQLite]string or blob too big (18)", errc::too_large},
    {pg, "42501", 1, "permission denied for table t", errc::rejected},
    {my, "42000", 1142, "SELECT command denied", errc::rejected},
    {pg, "22012", 1, "division by zero", errc::data},
    {pg, "22P02", 1, "invalid input syntax for type integer", errc::data},
    {my, "22007", 1366, "Incorrect integer value", errc::data},
    {my, "22001", 1406, "Data too long", errc::data},
    {lite, "HY000", 1, "[SQLite]integer overflow (1)", errc::data},
    {lite, "HY000", 20, "[SQLite]datatype mismatch (20)", errc::data},
    {pg, "07006", 32, "Received an unsupported type", errc::type_mismatch},
    {pg, "07002", 32, "Parameters exist but IPD isn't set", errc::invalid_argument},
    {my, "HY000", 1835, "Malformed communication packet", errc::invalid_argument},
    {lite, "HY000", -1, "[SQLite]unbound parameters in query", errc::invalid_argument},
    {pg, "42601", 1, "syntax error at or near", errc::syntax},
    {pg, "42P01", 1, "relation does not exist", errc::syntax},
    {my, "42000", 1064, "You have an error in your SQL syntax", errc::syntax},
    {my, "42S02", 1146, "Table doesn't exist", errc::syntax},
    {lite, "HY000", 1, "[SQLite]no such table: nope (1)", errc::syntax},
    {pg, "25P02", 1, "current transaction is aborted", errc::rejected},
    {my, "45000", 1644, "mine", errc::rejected},
    {other, "S1000", 0, "General error", errc::rejected},
};

const std::vector<said> of_loss{
    {pg, "08S01", 35, "server closed the connection unexpectedly", errc::connection_lost},
    {pg, "57P01", 35, "terminating connection due to administrator command", errc::connection_lost},
    {pg, "57P02", 35, "terminating connection because of crash", errc::connection_lost},
    {pg, "57P03", 35, "the database system is shutting down", errc::connection_lost},
    {my, "08S01", 2006, "Server has gone away", errc::connection_lost},
    {my, "HY000", 2027, "malformed packet", errc::connection_lost},
    {my, "HY000", 5014, "Write error: Connection reset by peer", errc::connection_lost},
    {my, "08003", 0, "Connection not open", errc::connection_lost},
    {other, "08007", 0, "Connection failure during transaction", errc::connection_lost},
    {other, "HYT01", 0, "Connection timeout expired", errc::connection_lost},
};

const std::vector<said> of_connects{
    {pg, "08001", 101, "FATAL:  password authentication failed for user \"x\"", errc::credentials},
    {pg, "08001", 101, "fe_sendauth: no password supplied", errc::credentials},
    {pg, "08001", 101, "FATAL:  role \"x\" does not exist", errc::credentials},
    {pg, "08001", 101, "FATAL:  no pg_hba.conf entry for host", errc::credentials},
    {pg, "08001", 101, "FATAL:  database \"x\" does not exist", errc::unreachable},
    {pg, "08001", 101, "Connection refused", errc::unreachable},
    {pg, "08001", 101, "timeout expired", errc::unreachable},
    {my, "28000", 1045, "Access denied for user", errc::credentials},
    {my, "HY000", 2002, "Can't connect to server", errc::unreachable},
    {my, "42000", 1049, "Unknown database", errc::unreachable},
    {lite, "HY000", 14, "[SQLite]connect failed", errc::unreachable},
    {other, "28000", 0, "Login failed", errc::credentials},
    {other, "HYT00", 0, "Login timeout expired", errc::unreachable},
    {other, "01000", 0, "[unixODBC][Driver Manager]Can't open lib 'X' : file not found", errc::invalid_argument},
    {other, "IM002", 0, "Data source name not found", errc::invalid_argument},
    {other, "IM004", 0, "Driver's SQLAllocHandle on SQL_HANDLE_HENV failed", errc::invalid_argument},
};

void check(const said& s, phase p) {
    INFO(s.by->name << " " << s.sqlstate << "/" << s.native << " " << s.message);
    const auto got = classify(*s.by, p, failed_with(s.sqlstate, s.native, s.message));
    CHECK(to_string(got.code) == to_string(s.means));
    CHECK(got.lost == (s.means == errc::connection_lost));
}

}  // namespace

TEST_CASE("classify: what drivers say of a statement") {
    for (const auto& s : of_statements)
        for (const auto p : {phase::preparing, phase::executing, phase::fetching}) check(s, p);
}

TEST_CASE("classify: a lost connection is known whatever the state") {
    for (const auto& s : of_loss)
        for (const auto p : {phase::preparing, phase::executing, phase::fetching, phase::committing}) check(s, p);
}

TEST_CASE("classify: what drivers say of a connect") {
    for (const auto& s : of_connects) check(s, phase::connecting);
}

TEST_CASE("classify: a loss counts in any record and a code of one driver not for another") {
    auto failed = failed_with("HY000", 1, "something");
    failed.records.push_back({"08S01", 0, "gone", -1, -1});
    CHECK(classify(postgresql_profile, phase::executing, failed).lost);
    CHECK_FALSE(classify(default_profile, phase::executing, failed_with("HY000", 2006, "x")).lost);
    CHECK(classify(default_profile, phase::executing, failed_with("HY000", 19, "x")).code == errc::rejected);
}

TEST_CASE("classify: the server has answered unless only the driver spoke") {
    CHECK(classify(*pg, phase::executing, failed_with("42601", 1, "x")).answered);
    CHECK_FALSE(classify(*pg, phase::executing, failed_with("08S01", 35, "x")).answered);
    CHECK_FALSE(classify(*pg, phase::executing, failed_with("HY001", 0, "x")).answered);
    CHECK_FALSE(classify(*other, phase::executing, failed_with("HYT00", 0, "x")).answered);
    CHECK_FALSE(classify(*other, phase::executing, {SQL_ERROR, "SQLExecute", {}}).answered);
    CHECK(classify(*other, phase::executing, {SQL_ERROR, "SQLExecute", {}}).code == errc::rejected);
}

TEST_CASE("classify: what the driver manager says of a statement that an interruption has closed") {
    for (const char* state : {"HY010", "24000", "07005"}) {
        auto failed = failed_with(state, 0, "x");
        CHECK(classify(*pg, phase::fetching, failed).code != errc::cancelled);
        failed.interrupted = true;
        CHECK(classify(*pg, phase::fetching, failed).code == errc::cancelled);
        CHECK_FALSE(classify(*pg, phase::fetching, failed).answered);
    }
    auto reset = failed_with("00000", 0, "[ma-3.1.15][10.11.19-MariaDB]");
    CHECK(classify(*my, phase::executing, reset).code == errc::rejected);
    reset.interrupted = true;
    CHECK(classify(*my, phase::executing, reset).code == errc::cancelled);
    CHECK_FALSE(classify(*my, phase::executing, reset).answered);
    failure silent{SQL_ERROR, "SQLExecute", {}};
    silent.interrupted = true;
    CHECK(classify(*other, phase::executing, silent).code == errc::cancelled);
    CHECK_FALSE(classify(*other, phase::executing, silent).answered);
    // What the server says counts more.
    auto refused = failed_with("23505", 1, "duplicate key");
    refused.interrupted = true;
    CHECK(classify(*pg, phase::executing, refused).code == errc::constraint);
    refused.records.front().sqlstate = "08S01";
    CHECK(classify(*pg, phase::executing, refused).lost);
}

TEST_CASE("classify: a return code that ODBC does not allow") {
    for (const int rc : {SQL_INVALID_HANDLE, SQL_STILL_EXECUTING, SQL_NEED_DATA, 12'345}) {
        const auto got = classify(*other, phase::executing, {static_cast<SQLRETURN>(rc), "SQLExecute", {}});
        CHECK(got.code == errc::driver_misbehaved);
        CHECK(got.lost);
        CHECK_FALSE(got.answered);
    }
}

TEST_CASE("classify: only a deadlock of MariaDB ends the transaction on the server") {
    CHECK(classify(*my, phase::executing, failed_with("40001", 1213, "x")).ends_transaction);
    CHECK_FALSE(classify(*my, phase::executing, failed_with("HY000", 1205, "x")).ends_transaction);
    CHECK_FALSE(classify(*pg, phase::executing, failed_with("40P01", 1, "x")).ends_transaction);
}

TEST_CASE("classify: every row of the table can be reached") {
    // A rule behind one that takes all it fits would never be used.
    for (const auto table : {statement_rules(), connect_rules()})
        for (std::size_t i = 0; i < table.size(); ++i)
            for (std::size_t j = 0; j < i; ++j) {
                const auto& a = table[j];
                const auto& b = table[i];
                const bool wider = (a.profile.empty() || a.profile == b.profile) &&
                                   b.sqlstate.starts_with(a.sqlstate) && a.text.empty() && a.native_min == 0 &&
                                   a.native_max == 0;
                INFO("rule " << j << " hides rule " << i << ": " << b.sqlstate << " " << b.native_min);
                CHECK_FALSE(wider);
            }
}
