// The query timeout of a statement, told to the driver.
#include "driver.hpp"

#include <chrono>

using namespace driver;
using namespace sluice;

namespace {

odbc::cursor_options within(std::chrono::seconds limit, odbc::cursor_options how = {}) {
    how.query_timeout = limit;
    return how;
}

}  // namespace

TEST_CASE("timeout: the server ends the statement where the driver passes it on") {
    place at("dt_ends");
    if (!is_postgresql) {
        // Taken and ignored by the driver: nobody is told a lie.
        for (int i = 0; i < 3; ++i) {
            const auto done = at.attempt("select 1", {}, within(std::chrono::seconds(1)));
            REQUIRE(done.has_value());
            CHECK(done->warnings.empty());
        }
        return;
    }
    const auto begin = std::chrono::steady_clock::now();
    const auto done = at.attempt("select pg_sleep(60)", {}, within(std::chrono::seconds(1)));
    REQUIRE_FALSE(done.has_value());
    INFO(done.error().to_string());
    CHECK(name(done.error().code()) == "deadline");
    CHECK(name(done.error().outcome()) == "none");
    CHECK(name(done.error().session()) == "usable");
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
    at.check_usable();
}

TEST_CASE("timeout: the next statement has none") {
    if (!is_postgresql) return;
    place at("dt_next");
    const auto limit_of = [&at](std::chrono::seconds limit, odbc::cursor_options how = {}) {
        auto done = at.run("select current_setting('statement_timeout')", {}, within(limit, how));
        return *results::read_all(done.rows).rows[0][0];
    };
    const std::chrono::seconds none{0};
    const std::chrono::seconds some{7};
    CHECK(limit_of(none) == "0");
    CHECK(limit_of(some) == "7s");
    CHECK(limit_of(some) == "7s");
    CHECK(limit_of(none) == "0");
    CHECK(limit_of(some, results::stream()) == "7s");
    CHECK(limit_of(none, results::stream()) == "0");

    // The driver's SET belongs to the transaction, and goes with it; the driver knows.
    CHECK(limit_of(some) == "7s");
    REQUIRE(at.on().begin().has_value());
    CHECK(limit_of(none) == "0");
    CHECK_FALSE(at.attempt("select 1 / 0", {}, within(some)).has_value());
    CHECK(limit_of(none) == "0");
    CHECK_FALSE(at.attempt("select 1 / 0", {}, within(some)).has_value());
    CHECK(limit_of(some) == "7s");
    CHECK(limit_of(none) == "0");
    REQUIRE(at.on().rollback().has_value());
    CHECK(limit_of(none) == "0");
    CHECK(limit_of(some) == "7s");
}
