// Rows for a bulk insert: what they hold, and what cannot be.

#include <sluice/protocol/bulk.hpp>

#include <catch2/catch.hpp>

#include <array>

namespace sluice {

namespace {

std::string wrong_with(const bulk_rows& rows) {
    const auto wrong = rows.problems();
    return wrong ? std::string(to_string(wrong->code())) + ": " + wrong->message() : "";
}

}  // namespace

TEST_CASE("bulk_rows hold columns of any type that an argument can be") {
    const std::array<double, 2> prices{0.5, 1.5};
    const std::vector<std::string> texts{"a", "b"};
    bulk_rows rows("item");
    rows.column("i", std::vector<int>{1, 2})
        .column("n", std::vector<std::optional<std::string>>{"bolt", std::nullopt})
        .borrow("p", std::span(prices))
        .borrow("t", std::span(texts))
        .column("v", std::vector<value>{value(true), value(null_of<bool>())})
        .column("d", std::vector<decimal>{decimal("1.25"), decimal("2")})
        .schema("shop");
    CHECK_FALSE(rows.problems());
    CHECK(rows.rows() == 2);
    CHECK(rows.names() == std::vector<std::string>{"i", "n", "p", "t", "v", "d"});
    CHECK(rows.at(0, 1) == value(std::int64_t{2}));
    CHECK(rows.at(1, 0) == value(std::string("bolt")));
    CHECK(rows.at(1, 1) == value(null_of<std::string>()));
    CHECK(rows.at(2, 1) == value(1.5));
    CHECK(rows.at(3, 0) == value(std::string("a")));
    CHECK(rows.at(4, 0) == value(true));
    CHECK(rows.at(5, 0) == value(decimal("1.25")));
    CHECK(rows.bytes_of_row(0) >= 4 + 8 + 1 + 4);
    CHECK(rows.schema() == "shop");
}

TEST_CASE("bulk_rows say all that is wrong at once") {
    bulk_rows rows("");
    CHECK_THAT(wrong_with(rows), Catch::Contains("invalid_argument") && Catch::Contains("the table has no name") &&
                                     Catch::Contains("there is no column"));
    bulk_rows bad("t");
    bad.column("a", std::vector<int>{1, 2})
        .column("a", std::vector<int>{1})
        .column("", std::vector<int>{1, 2})
        .column(std::string("n\0", 2), std::vector<int>{1, 2})
        .refused_max(0);
    CHECK_THAT(wrong_with(bad), Catch::Contains("\"a\" is there twice") && Catch::Contains("1 cells") &&
                                    Catch::Contains("column 2 has no name") && Catch::Contains("NUL") &&
                                    Catch::Contains("refused_max is 0"));
    bulk_rows none("t");
    none.column("a", std::vector<int>());
    CHECK_FALSE(none.problems());
    CHECK(none.rows() == 0);
}

TEST_CASE("bulk_rows have a limit of rows and of bytes") {
    const std::vector<std::uint8_t> many(limits::bulk_rows_max + 1);
    bulk_rows rows("t");
    rows.borrow("a", std::span(many));
    CHECK_THAT(wrong_with(rows), Catch::Contains("too_large") && Catch::Contains("in parts"));
    // The same megabyte, a thousand and some times.
    const std::vector<std::string> large(1, std::string(1 << 20, 'x'));
    bulk_rows wide("t");
    for (int n = 0; n < 1'025; ++n) wide.borrow("c" + std::to_string(n), std::span(large));
    CHECK_THAT(wrong_with(wide), Catch::Contains("too_large") && Catch::Contains("bulk_bytes_max"));
}

}  // namespace sluice
