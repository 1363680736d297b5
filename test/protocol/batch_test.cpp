#include "batch_builder.hpp"

#include <sluice/protocol/row.hpp>
#include <sluice/protocol/row_set.hpp>

#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

namespace {

using test::batch_builder;
using test::column_of;

batch items(std::uint64_t first_row = 0) {
    batch_builder built({column_of("id", column_type::int64), column_of("name", column_type::text),
                         column_of("price", column_type::float64), column_of("on", column_type::date)},
                        3);
    built.put(0, {test::of(1), test::of("bolt"), test::of(0.5), test::of(date{2024, 2, 29})});
    built.put(1, {test::of(2), test::of("a name that is long"), test::null(), test::of(date{1, 1, 1})});
    built.put(2, {test::of(3), test::of(""), test::of(2.5), test::of(date{9999, 12, 31})});
    return built.make(first_row);
}

template <class T>
std::vector<T> all_of(const batch& from, std::size_t column) {
    std::vector<T> cells;
    for (const T& cell : from.column<T>(column)) cells.push_back(cell);
    return cells;
}

template <class F>
error thrown_by(F f) {
    try {
        f();
    } catch (const database_error& thrown) {
        return thrown.error();
    }
    return {};
}

bool says(const error& e, std::string_view text) {
    return e.message().find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("columns are ranges of their cells") {
    for (const batch& b : {items(), items().compact()}) {
        CHECK(all_of<std::int64_t>(b, 0) == std::vector<std::int64_t>{1, 2, 3});
        CHECK(all_of<std::string_view>(b, 1) == std::vector<std::string_view>{"bolt", "a name that is long", ""});
        CHECK(all_of<std::optional<double>>(b, 2) == std::vector<std::optional<double>>{0.5, std::nullopt, 2.5});
        CHECK(all_of<date>(b, 3) == std::vector<date>{{2024, 2, 29}, {1, 1, 1}, {9999, 12, 31}});
        CHECK(b.values<double>(2).size() == 3);
        CHECK(b.values<double>(2)[2] == 2.5);
        CHECK(b.lengths(1)[1] == 19);
        CHECK(b.is_null(1, 2));
        CHECK_FALSE(b.is_null(0, 2));
    }
}

TEST_CASE("a column outlives the batch that it came from") {
    std::optional<column_view<std::string_view>> names;
    {
        const batch b = items();
        names = b.column<std::string_view>(1);
    }
    CHECK((*names)[1] == "a name that is long");
    CHECK(names->size() == 3);
}

TEST_CASE("a compact batch keeps its number and its columns") {
    const batch b = items(500).compact();
    CHECK(b.first_row() == 500);
    CHECK(b.rows() == 3);
    CHECK(b.columns().size() == 4);
    CHECK(b[2].number() == 502);
}

TEST_CASE("a column of another type is refused by name") {
    const error e = thrown_by([] { (void)items().column<double>(0); });
    CHECK(e.code() == errc::type_mismatch);
    CHECK(e.outcome() == outcome::applied);
    CHECK(e.column() == 0);
    CHECK(e.row() == -1);
    CHECK(says(e, "\"id\" (int64)"));
    CHECK(says(e, "double"));
    CHECK(says(e, "std::int64_t"));
    CHECK(says(thrown_by([] { (void)items().values<float>(2); }), "\"price\" (float64)"));
    CHECK(says(thrown_by([] { (void)items().column<std::int64_t>(1); }), "read it as std::string_view"));
}

TEST_CASE("a column that is not there is refused") {
    const error e = thrown_by([] { (void)items().column<double>(4); });
    CHECK(e.code() == errc::type_mismatch);
    CHECK(e.column() == 4);
    CHECK(says(e, "there is no column 4"));
    CHECK(says(e, "4 columns"));
}

TEST_CASE("a NULL in a column that is read without optional is refused with its absolute row") {
    const error e = thrown_by([] { (void)items(100).column<double>(2); });
    CHECK(e.code() == errc::type_mismatch);
    CHECK(e.row() == 101);
    CHECK(e.column() == 2);
    CHECK(says(e, "row 101"));
    CHECK(says(e, "std::optional<double>"));
    CHECK_NOTHROW(items().values<double>(2));
}

TEST_CASE("a whole result numbers its rows through all batches") {
    row_set rows(items().storage()->columns());
    rows.append(items());
    rows.append(batch());
    rows.append(items());
    rows.append(items(99).compact());
    CHECK(rows.size() == 9);
    CHECK(rows.batches().size() == 3);
    CHECK(rows.bytes() == 2 * items().bytes() + items().compact().bytes());
    std::uint64_t number = 0;
    for (const auto row : rows) {
        CHECK(row.number() == number);
        CHECK(row.get<int>("ID") == static_cast<int>(number % 3 + 1));
        ++number;
    }
    CHECK(number == 9);
    for (std::size_t i = 0; i < rows.size(); ++i) CHECK(rows[i].get<int>(0) == static_cast<int>(i % 3 + 1));
}

TEST_CASE("a result without rows knows its columns") {
    const row_set rows(items().storage()->columns());
    CHECK(rows.empty());
    CHECK(rows.columns().size() == 4);
    CHECK(rows.begin() == rows.end());
    row_set late;
    late.append(items());
    CHECK(late.columns().size() == 4);
}

TEST_CASE("columns are found by name whatever the case") {
    const batch b = items();
    CHECK(b.columns().find("price") == 2u);
    CHECK(b.columns().find("PRICE") == 2u);
    CHECK_FALSE(b.columns().find("pric"));
    CHECK_FALSE(b.columns().find(""));
    const error e = thrown_by([&] { (void)b[0].get<int>("cost"); });
    CHECK(e.code() == errc::type_mismatch);
    CHECK(says(e, "\"cost\""));
    CHECK(says(e, "\"id\", \"name\", \"price\", \"on\""));
}

TEST_CASE("column types have names and sizes") {
    CHECK(to_string(column_type::boolean) == "boolean");
    CHECK(to_string(column_type::timestamp) == "timestamp");
    CHECK(to_string(static_cast<column_type>(77)) == "?");
    CHECK(fixed_size(column_type::boolean) == 1);
    CHECK(fixed_size(column_type::float32) == 4);
    CHECK(fixed_size(column_type::int64) == 8);
    CHECK(fixed_size(column_type::timestamp) == 16);
    CHECK(fixed_size(column_type::text) == 0);
    CHECK(is_variable(column_type::decimal));
    CHECK_FALSE(is_variable(column_type::date));
}

}  // namespace sluice
