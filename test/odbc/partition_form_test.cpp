// The statements that read the rows of another one in partitions.
#include <sluice/odbc/partition_form.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::odbc;

namespace {

partition_form form(std::string_view sql, args given = {}, const std::string& quote = "\"") {
    partition_form made(sql, std::move(given), quote);
    REQUIRE(made.key("k").has_value());
    return made;
}
value whole(std::int64_t of) {
    return value(of);
}
value day(std::int16_t year) {
    return value(date{year, 1, 1});
}

const std::string from = " FROM (\nselect k from t\n) sluice_part";

}  // namespace

TEST_CASE("partition form: whole numbers stand in the text and other keys are parameters behind those given") {
    const auto of = form("select k from t ; \n", args(7));
    const value least = whole(-5), most = whole(10);
    const auto numbers = of.range(&least, &most, false);
    CHECK(numbers.sql == "SELECT *" + from + R"( WHERE "k" >= -5 AND "k" < 10)");
    CHECK(numbers.with == args(7));
    const value first = day(2024), last = day(2025);
    const auto days = of.range(&first, &last, true);
    CHECK(days.sql == "SELECT *" + from + R"( WHERE "k" >= ? AND "k" < ? ORDER BY "k")");
    CHECK(days.with == args(7, date{2024, 1, 1}, date{2025, 1, 1}));
    const value large(std::uint64_t{18'446'744'073'709'551'615U});
    CHECK(of.range(&large, nullptr, false).sql == "SELECT *" + from + R"( WHERE "k" >= 18446744073709551615)");
}

TEST_CASE("partition form: named parameters get names") {
    const auto of = form("select k from t where k > :least", named_args("least", 7));
    const value first = day(2024), last = day(2025);
    const auto made = of.range(&first, &last, false);
    CHECK(made.sql.find(R"(WHERE "k" >= :sluice_key_0 AND "k" < :sluice_key_1)") != std::string::npos);
    CHECK(made.with == named_args("least", 7, "sluice_key_0", date{2024, 1, 1}, "sluice_key_1", date{2025, 1, 1}));
}

TEST_CASE("partition form: the first and the last range are open and every row belongs to one") {
    const auto of = form("select k from t");
    const value at = whole(3);
    CHECK(of.range(nullptr, &at, false).sql == "SELECT *" + from + R"( WHERE "k" < 3)");
    CHECK(of.range(&at, nullptr, false).sql == "SELECT *" + from + R"( WHERE "k" >= 3)");
    CHECK(of.range(nullptr, nullptr, true).sql == "SELECT *" + from + R"( WHERE "k" IS NOT NULL ORDER BY "k")");
    CHECK(of.without_key().sql == "SELECT *" + from + R"( WHERE "k" IS NULL)");
}

TEST_CASE("partition form: what is asked before") {
    const auto of = form("select k from t", args(1), "`");
    CHECK(of.described().sql == "SELECT *" + from + " WHERE 1 = 0");
    CHECK(of.described().with == args(1));
    CHECK(of.least().sql == "SELECT MIN(`k`)" + from);
    CHECK(of.greatest().sql == "SELECT MAX(`k`)" + from);
    const std::vector<value> boundaries = {whole(1), day(2024), whole(3)};
    const auto twice = of.twice(boundaries);
    CHECK(twice.sql == "SELECT COUNT(*)" + from + " WHERE (`k` < 1 AND `k` >= ?) OR (`k` < ? AND `k` >= 3)");
    CHECK(twice.with == args(1, date{2024, 1, 1}, date{2024, 1, 1}));
}

TEST_CASE("partition form: many boundaries are asked about in groups") {
    const auto of = form("select k from t");
    std::vector<value> boundaries;
    for (std::int64_t n = 0; n <= 201; ++n) boundaries.push_back(whole(n));
    const auto sql = of.twice(boundaries).sql;
    CHECK(sql.find(R"(WHERE (("k" < 0 AND "k" >= 1) OR ("k" < 1 AND "k" >= 2))") != std::string::npos);
    CHECK(sql.find(R"(("k" < 99 AND "k" >= 100)) OR (("k" < 100 AND "k" >= 101) OR )") != std::string::npos);
    CHECK(sql.find(R"(("k" < 199 AND "k" >= 200)) OR (("k" < 200 AND "k" >= 201)))") != std::string::npos);
    CHECK(sql.ends_with(R"("k" >= 201)))"));
}

TEST_CASE("partition form: a name is quoted or refused") {
    partition_form quoted("select k from t", {}, "\"");
    REQUIRE(quoted.key("a\"b").has_value());
    CHECK(quoted.least().sql == R"(SELECT MIN("a""b"))" + from);
    CHECK(quoted.key("").error().code() == errc::invalid_argument);
    partition_form plain("select k from t", {}, " ");
    CHECK(plain.key("a b").error().code() == errc::unsupported);
}
