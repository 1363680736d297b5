#include "batch_builder.hpp"

#include <sluice/protocol/record.hpp>

#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace sluice {

namespace record_test {

struct item {
    int id;
    std::string name;
    std::optional<double> price;
};

struct wide {
    bool a;
    signed char b;
    unsigned short c;
    std::int64_t d;
    std::uint64_t e;
    float f;
    double g;
    decimal h;
    std::string i;
    bytes j;
    date k;
    sluice::time l;
    timestamp m;
    std::optional<decimal> n;
};

struct single {
    std::string only;
};

}  // namespace record_test

namespace {

using record_test::item;
using test::batch_builder;
using test::column_of;

std::vector<column> item_columns() {
    return {column_of("id", column_type::int64), column_of("name", column_type::text),
            column_of("price", column_type::float64)};
}

row_set items(const std::vector<std::vector<value>>& cells) {
    batch_builder built(item_columns(), cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) built.put(i, cells[i]);
    row_set rows;
    rows.append(built.make());
    return rows;
}

row_set two_items() {
    return items(
        {{test::of(1), test::of("bolt"), test::of(0.5)}, {test::of(2), test::of("a nut of steel"), test::null()}});
}

bool says(const error& e, std::string_view text) {
    return e.message().find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("rows become structs by position") {
    const auto made = rows_as<item>(two_items());
    REQUIRE(made.has_value());
    REQUIRE(made->size() == 2);
    CHECK((*made)[0].id == 1);
    CHECK((*made)[0].name == "bolt");
    CHECK((*made)[0].price == 0.5);
    CHECK((*made)[1].name == "a nut of steel");
    CHECK_FALSE((*made)[1].price);
}

TEST_CASE("rows become tuples by position") {
    using record = std::tuple<std::int64_t, std::optional<std::string>, std::optional<double>>;
    const auto made = rows_as<record>(two_items());
    REQUIRE(made.has_value());
    CHECK((*made)[1] == record(2, "a nut of steel", std::nullopt));
}

TEST_CASE("a struct of one field of each type is filled") {
    std::vector<column> columns;
    const column_type types[] = {
        column_type::boolean, column_type::int64,   column_type::int64,     column_type::int64,  column_type::uint64,
        column_type::float32, column_type::float64, column_type::decimal,   column_type::text,   column_type::binary,
        column_type::date,    column_type::time,    column_type::timestamp, column_type::decimal};
    for (const column_type type : types) columns.push_back(column_of("c", type));
    batch_builder built(columns, 1);
    built.put(
        0, {value(true), test::of(-128), test::of(65535), test::of(-1), test::of(~0ull), test::of(0.5f), test::of(0.1),
            test::of(decimal("1.50")), test::of("x"), value(bytes{std::byte(7)}), test::of(date{2024, 2, 29}),
            test::of(sluice::time{1, 2, 3, 4}), test::of(timestamp{2024, 2, 29, 1, 2, 3, 4}), test::null()});
    row_set rows;
    rows.append(built.make());
    const auto made = rows_as<record_test::wide>(rows);
    REQUIRE(made.has_value());
    const record_test::wide& w = made->front();
    CHECK(w.a);
    CHECK(w.b == -128);
    CHECK(w.c == 65535);
    CHECK(w.e == ~0ull);
    CHECK(w.h == decimal("1.5"));
    CHECK(w.j == bytes{std::byte(7)});
    CHECK(w.m == timestamp{2024, 2, 29, 1, 2, 3, 4});
    CHECK_FALSE(w.n);
}

TEST_CASE("a result without rows gives no records but its columns are checked") {
    const row_set none(std::make_shared<const schema>(item_columns()));
    REQUIRE(rows_as<item>(none).has_value());
    CHECK(rows_as<item>(none)->empty());
    CHECK_FALSE(rows_as<record_test::single>(none).has_value());
}

TEST_CASE("every column that does not fit is named at once") {
    using record = std::tuple<std::string, int, date, double>;
    const auto made = rows_as<record>(two_items());
    REQUIRE_FALSE(made.has_value());
    const error& e = made.error();
    CHECK(e.code() == errc::type_mismatch);
    CHECK(e.outcome() == outcome::applied);
    CHECK(e.column() == 0);
    CHECK(says(e, "3 columns"));
    CHECK(says(e, "4 fields"));
    CHECK(says(e, "column 0 \"id\" (int64) cannot fill field 0, which takes decimal, text"));
    CHECK(says(e, "column 1 \"name\" (text) cannot fill field 1, which takes boolean, int64, uint64"));
    CHECK(says(e, "column 2 \"price\" (float64) cannot fill field 2, which takes date"));
}

TEST_CASE("a wrong number of columns alone is an error") {
    const auto fewer = rows_as<std::tuple<int, std::string>>(two_items());
    REQUIRE_FALSE(fewer.has_value());
    CHECK(fewer.error().message() ==
          "the columns do not fit the fields: the result has 3 columns, the type has 2 fields");
    CHECK(fewer.error().column() == -1);
}

TEST_CASE("the first cell that does not fit is named with its row and column") {
    const auto null =
        rows_as<item>(items({{test::of(1), test::of("a"), test::null()}, {test::of(2), test::null(), test::null()}}));
    REQUIRE_FALSE(null.has_value());
    CHECK(null.error().row() == 1);
    CHECK(null.error().column() == 1);
    CHECK(says(null.error(), "NULL"));
    const auto large = rows_as<item>(items({{test::of(1ll << 40), test::null(), test::of(1.0)}}));
    REQUIRE_FALSE(large.has_value());
    CHECK(large.error().row() == 0);
    CHECK(large.error().column() == 0);
    CHECK(says(large.error(), "-2147483648 to 2147483647"));
}

TEST_CASE("a dynamic column fills a field of any type but bytes") {
    batch_builder built({column_of("n", column_type::text, true)}, 1);
    built.put(0, 0, test::of("42"));
    row_set rows;
    rows.append(built.make());
    CHECK(std::get<0>(rows_as<std::tuple<int>>(rows)->front()) == 42);
    CHECK(std::get<0>(rows_as<std::tuple<double>>(rows)->front()) == 42);
    CHECK(rows_as<record_test::single>(rows)->front().only == "42");
    CHECK(rows_as<std::tuple<date>>(rows).error().row() == 0);
    CHECK_FALSE(rows_as<std::tuple<bytes>>(rows).has_value());
}

}  // namespace sluice
