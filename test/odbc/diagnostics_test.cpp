#include "diagnostics.hpp"

#include "handle.hpp"
#include "utf8.hpp"

#include <sluice/protocol/limits.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::odbc;

TEST_CASE("diagnostics: the driver manager's own and none") {
    env_handle env;
    REQUIRE(env.allocate(SQL_NULL_HANDLE) == SQL_SUCCESS);
    CHECK(read_diagnostics(env).empty());
    REQUIRE(SQLSetEnvAttr(env.get(), SQL_ATTR_ODBC_VERSION, api::number(77), 0) == SQL_ERROR);
    const auto said = read_diagnostics(env, {100, 100});
    REQUIRE(said.size() == 1);
    CHECK(said[0].sqlstate.size() == 5);
    CHECK(said[0].message.find("Driver Manager") != std::string::npos);
    CHECK(said[0].row == -1);
    CHECK(said[0].column == -1);
    CHECK(read_diagnostics(SQL_HANDLE_STMT, SQL_NULL_HANDLE).empty());
}

TEST_CASE("diagnostics: warnings are bounded") {
    std::vector<diagnostic> kept;
    const std::vector<diagnostic> more(limits::warnings_max - 1, diagnostic{"01000", 0, "w", -1, -1});
    add_warnings(kept, more);
    add_warnings(kept, more);
    CHECK(kept.size() == limits::warnings_max);
}

TEST_CASE("diagnostics: secrets are taken out of every text") {
    std::vector<diagnostic> records{{"08001", 1, "cannot log in with PWD=sesame;UID=x, sesame refused", -1, -1},
                                    {"08001", 1, "no secret here", -1, -1}};
    scrub(records, {"sesame"});
    CHECK(records[0].message == "cannot log in with PWD=***;UID=x, *** refused");
    CHECK(records[1].message == "no secret here");
    CHECK(scrubbed("a*b**c", {"*"}) == "a***b******c");
    CHECK(scrubbed("text", {""}) == "text");
}

TEST_CASE("handles: empty ones are harmless and moves leave nothing") {
    env_handle none;
    CHECK(none.free() == SQL_SUCCESS);
    env_handle env;
    REQUIRE(env.allocate(SQL_NULL_HANDLE) == SQL_SUCCESS);
    REQUIRE(SQLSetEnvAttr(env.get(), SQL_ATTR_ODBC_VERSION, api::number(SQL_OV_ODBC3), 0) == SQL_SUCCESS);
    dbc_handle dbc;
    REQUIRE(dbc.allocate(env.get()) == SQL_SUCCESS);
    dbc_handle moved = std::move(dbc);
    CHECK_FALSE(dbc);
    CHECK(moved);
    moved = dbc_handle();
    CHECK_FALSE(moved);
    stmt_handle statement;
    CHECK(statement.allocate(SQL_NULL_HANDLE) == SQL_INVALID_HANDLE);
    CHECK_FALSE(statement);
}

TEST_CASE("utf8: well-formed or not") {
    for (const char* good :
         {"", "abc", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "a\xED\x9F\xBF", "\xF4\x8F\xBF\xBF"})
        CHECK(is_utf8(good));
    for (const char* bad :
         {"\xFF", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "a\xC3", "\xE2\x82", "\x80"}) {
        INFO(to_utf8(bad));
        CHECK_FALSE(is_utf8(bad));
        CHECK(is_utf8(to_utf8(bad)));
    }
    CHECK(to_utf8("a\xFFz") == "a?z");
    const std::string emoji = "0123456789abcdef\xF0\x9F\x98\x80";
    CHECK(is_utf8(emoji));
    CHECK_FALSE(is_utf8(emoji.substr(0, emoji.size() - 1)));
    CHECK(is_utf8(std::string(1'000, 'x')));
    CHECK_FALSE(is_utf8(std::string(1'000, 'x') + "\xFF" + std::string(1'000, 'x')));
}
