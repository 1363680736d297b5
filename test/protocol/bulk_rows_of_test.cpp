// bulk_rows that are made of rows.

#include <sluice/protocol/bulk_rows_of.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <list>

namespace sluice {

namespace {

struct item {
    int id = 0;
    std::string name;
    std::optional<double> price;
    bool sold = false;
};

const std::list<item> items{{1, "bolt", 0.5, true}, {2, "nut", std::nullopt, false}};

}  // namespace

TEST_CASE("bulk_rows_of makes columns of what a function makes of each row") {
    const auto rows = bulk_rows_of("item", {"id", "name", "price", "sold"}, items,
                                   [](const item& i) { return std::tie(i.id, i.name, i.price, i.sold); });
    CHECK_FALSE(rows.problems());
    CHECK(rows.table() == "item");
    CHECK(rows.names() == std::vector<std::string>{"id", "name", "price", "sold"});
    REQUIRE(rows.rows() == 2);
    CHECK(rows.at(0, 1) == value(std::int64_t{2}));
    CHECK(rows.at(1, 0) == value(std::string("bolt")));
    CHECK(rows.at(2, 0) == value(0.5));
    CHECK(rows.at(2, 1) == value(null_of<double>()));
    CHECK(rows.at(3, 0) == value(true));
    CHECK(rows.at(3, 1) == value(false));
}

TEST_CASE("bulk_rows_of keeps as its own what a row only points to") {
    std::vector<std::string> texts{"a long enough text not to be within the string", "b"};
    std::array<std::byte, 3> raw{std::byte{1}, std::byte{2}, std::byte{3}};
    using row = std::tuple<std::string_view, const char*, std::span<const std::byte>, std::optional<std::string_view>,
                           std::optional<bool>>;
    std::vector<row> all{{texts[0], "x", raw, texts[1], true}, {texts[1], "y", {}, std::nullopt, std::nullopt}};
    const auto rows = bulk_rows_of("t", {"a", "b", "c", "d", "e"}, all);
    texts.clear();
    raw.fill(std::byte{9});
    all.clear();
    CHECK(rows.at(0, 0) == value(std::string("a long enough text not to be within the string")));
    CHECK(rows.at(1, 1) == value(std::string("y")));
    CHECK(rows.at(2, 0) == value(bytes{std::byte{1}, std::byte{2}, std::byte{3}}));
    CHECK(rows.at(2, 1) == value(bytes()));
    CHECK(rows.at(3, 0) == value(std::string("b")));
    CHECK(rows.at(3, 1) == value(null_of<std::string>()));
    CHECK(rows.at(4, 0) == value(true));
    CHECK(rows.at(4, 1) == value(null_of<bool>()));
}

TEST_CASE("bulk_rows_of reads an array of char to its end or its NUL") {
    struct raw {
        char full[4] = {'a', 'b', 'c', 'd'};
        char behind[4] = {'X', 'X', 'X', 'X'};
        char part[8] = "xy";
    };
    const auto rows =
        bulk_rows_of("t", {"full", "part"}, std::vector<raw>(1), [](const raw& r) { return std::tie(r.full, r.part); });
    CHECK(rows.at(0, 0) == value(std::string("abcd")));
    CHECK(rows.at(1, 0) == value(std::string("xy")));
}

TEST_CASE("bulk_rows_of takes pairs and no rows at all") {
    const auto rows = bulk_rows_of("t", {"a", "b"}, std::vector<std::pair<int, decimal>>{{7, decimal("1.50")}});
    CHECK(rows.at(0, 0) == value(std::int64_t{7}));
    CHECK(rows.at(1, 0) == value(decimal("1.50")));
    const auto none = bulk_rows_of("t", {"a"}, std::vector<std::tuple<int>>());
    CHECK_FALSE(none.problems());
    CHECK(none.rows() == 0);
    CHECK(none.names().size() == 1);
}

TEST_CASE("bulk_rows_of rows of values wants as many of them as there are names") {
    std::vector<std::vector<value>> all{{value(std::int64_t{1}), value(std::string("a"))},
                                        {value(null_of<int>()), value(2.5)}};
    const auto rows = bulk_rows_of("t", {"a", "b"}, all);
    REQUIRE(rows.has_value());
    CHECK(rows->is_mixed(1));
    CHECK(rows->at(0, 1) == value(null_of<int>()));
    CHECK(rows->at(1, 1) == value(2.5));
    all[1].pop_back();
    const auto wrong = bulk_rows_of("t", std::vector<std::string>{"a", "b"}, all);
    REQUIRE_FALSE(wrong.has_value());
    CHECK(wrong.error().code() == errc::invalid_argument);
    CHECK_THAT(wrong.error().message(), Catch::Contains("row 1 has 1 values for 2 columns"));
}

}  // namespace sluice
