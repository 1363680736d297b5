// Every type of column read as every wanted type, through the public face.

#include "batch_builder.hpp"

#include <sluice/protocol/row.hpp>

#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

namespace {

using test::batch_builder;
using test::column_of;

// A column of each type, and the letter that stands for it in the table below.
struct kind {
    char letter;
    column_type type;
    bool dynamic;
    value sample;
};

std::vector<kind> kinds() {
    const auto one = reinterpret_cast<const std::byte*>("1");
    return {
        {'B', column_type::boolean, false, value(true)},
        {'I', column_type::int64, false, test::of(1)},
        {'U', column_type::uint64, false, test::of(1ull)},
        {'F', column_type::float32, false, test::of(1.0f)},
        {'D', column_type::float64, false, test::of(1.0)},
        {'N', column_type::decimal, false, test::of(decimal("1"))},
        {'T', column_type::text, false, test::of("1")},
        {'X', column_type::binary, false, value(bytes(one, one + 1))},
        {'d', column_type::date, false, test::of(date{2024, 2, 29})},
        {'t', column_type::time, false, test::of(sluice::time{1, 2, 3, 0})},
        {'s', column_type::timestamp, false, test::of(timestamp{2024, 2, 29, 1, 2, 3, 0})},
        {'Y', column_type::text, true, test::of("1")},
        {'y', column_type::text, true, test::of("2024-02-29")},
        {'z', column_type::text, true, test::of("01:02:03")},
    };
}

batch one_cell(const kind& k, const value& cell, std::uint64_t first_row) {
    batch_builder built({column_of("other", column_type::int64), column_of("it", k.type, k.dynamic)}, 2);
    built.put(0, {test::of(0), cell}).put(1, {test::of(0), cell});
    return built.make(first_row);
}

bool says(const error& e, std::string_view text) {
    return e.message().find(text) != std::string::npos;
}

void check_cell_error(const error& e, const kind& k, std::string_view wanted) {
    INFO(e);
    CHECK(e.code() == errc::type_mismatch);
    CHECK(e.outcome() == outcome::applied);
    CHECK(e.row() == 71);
    CHECK(e.column() == 1);
    CHECK(says(e, "column 1 \"it\" (" + std::string(to_string(k.type)) + ")"));
    CHECK(says(e, "row 71"));
    CHECK(says(e, wanted));
}

// `takes`: the letters of the columns that can be read; `parses`: of the dynamic ones those whose sample means such a
// value.
template <class T>
void check_row_of_table(std::string_view wanted, std::string_view takes, std::string_view parses) {
    for (const kind& k : kinds()) {
        INFO("column " << k.letter << " as " << wanted);
        const bool can = takes.find(k.letter) != std::string_view::npos;
        const bool good = can && (!k.dynamic || parses.find(k.letter) != std::string_view::npos);
        CHECK(detail::can_read<T>(column_of("it", k.type, k.dynamic)) == can);

        const auto read = one_cell(k, k.sample, 70)[1].try_get<T>(1);
        CHECK(read.has_value() == good);
        if (!read) check_cell_error(read.error(), k, wanted);

        const batch nulls = one_cell(k, test::null(), 70);
        const auto null = nulls[1].try_get<T>(1);
        REQUIRE_FALSE(null.has_value());
        check_cell_error(null.error(), k, wanted);
        if (can) CHECK(says(null.error(), "read it as std::optional<" + std::string(wanted) + ">"));
        const auto optional = nulls[1].try_get<std::optional<T>>(1);
        REQUIRE(optional.has_value());
        CHECK_FALSE(optional->has_value());
    }
}

}  // namespace

TEST_CASE("each wanted type is read from the columns that hold it and from no other") {
    constexpr std::string_view whole = "BIUYyz";
    constexpr std::string_view real = "IUFDYyz";
    check_row_of_table<bool>("bool", whole, "Y");
    check_row_of_table<signed char>("signed char", whole, "Y");
    check_row_of_table<unsigned char>("unsigned char", whole, "Y");
    check_row_of_table<short>("short", whole, "Y");
    check_row_of_table<unsigned short>("unsigned short", whole, "Y");
    check_row_of_table<int>("int", whole, "Y");
    check_row_of_table<unsigned int>("unsigned int", whole, "Y");
    check_row_of_table<long>("long", whole, "Y");
    check_row_of_table<unsigned long>("unsigned long", whole, "Y");
    check_row_of_table<long long>("long long", whole, "Y");
    check_row_of_table<unsigned long long>("unsigned long long", whole, "Y");
    check_row_of_table<float>("float", real, "Y");
    check_row_of_table<double>("double", real, "Y");
    check_row_of_table<decimal>("sluice::decimal", "IUNYyz", "Y");
    check_row_of_table<std::string>("std::string", "NTYyz", "Yyz");
    check_row_of_table<std::string_view>("std::string_view", "NTYyz", "Yyz");
    check_row_of_table<bytes>("sluice::bytes", "X", "");
    check_row_of_table<date>("sluice::date", "dYyz", "y");
    check_row_of_table<sluice::time>("sluice::time", "tYyz", "z");
    check_row_of_table<timestamp>("sluice::timestamp", "sYyz", "y");
}

TEST_CASE("a cell comes back as the value that was put in") {
    batch_builder built(
        {column_of("a", column_type::boolean), column_of("b", column_type::int64), column_of("c", column_type::uint64),
         column_of("d", column_type::float32), column_of("e", column_type::float64),
         column_of("f", column_type::decimal), column_of("g", column_type::text), column_of("h", column_type::binary),
         column_of("i", column_type::timestamp)},
        1);
    const bytes binary{std::byte(0), std::byte(255)};
    built.put(0, {value(true), test::of(-5), test::of(~0ull), test::of(0.5f), test::of(0.1), test::of(decimal("1.50")),
                  test::of("caf\xc3\xa9"), value(binary), test::of(timestamp{2024, 2, 29, 1, 2, 3, 4})});
    const batch made = built.make();
    const row_view row = made[0];
    CHECK(row.get<bool>(0));
    CHECK(row.get<int>(0) == 1);
    CHECK(row.get<long>(1) == -5);
    CHECK(row.get<decimal>(1).str() == "-5");
    CHECK(row.get<unsigned long>(2) == ~0ull);
    CHECK(row.get<decimal>(2).str() == "18446744073709551615");
    CHECK(row.get<double>(3) == 0.5);
    CHECK(row.get<double>(4) == 0.1);
    CHECK(row.get<decimal>(5).str() == "1.50");
    CHECK(row.get<std::string>(5) == "1.50");
    CHECK(row.get<std::string_view>(6) == "caf\xc3\xa9");
    CHECK(row.get<bytes>(7) == binary);
    CHECK(row.get<timestamp>("I") == timestamp{2024, 2, 29, 1, 2, 3, 4});
}

TEST_CASE("a column number that is not there is an error of its own") {
    const batch b = one_cell(kinds()[1], test::of(1), 0);
    const auto read = b[0].try_get<int>(2);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code() == errc::type_mismatch);
    CHECK(says(read.error(), "there is no column 2"));
    CHECK_FALSE(b[0].try_get<std::optional<int>>(2).has_value());
    CHECK_THROWS_AS(b[0].get<int>(9), database_error);
}

TEST_CASE("an error of range says the range") {
    const batch b = one_cell(kinds()[1], test::of(300), 70);
    const auto read = b[1].try_get<signed char>(1);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().message() ==
          "column 1 \"it\" (int64), row 71: the value is out of the range of signed char, -128 to 127");
    const auto flag = b[1].try_get<bool>(1);
    REQUIRE_FALSE(flag.has_value());
    CHECK(says(flag.error(), "range of bool, 0 to 1"));
}

TEST_CASE("no error of a cell quotes the cell") {
    const std::string secret = "S3CRET-canary-77";
    for (const bool dynamic : {false, true}) {
        const kind k{'T', column_type::text, dynamic, test::null()};
        const batch b = one_cell(k, test::of(secret), 0);
        for (const error& e :
             {b[0].try_get<int>(1).error(), b[0].try_get<double>(1).error(), b[0].try_get<decimal>(1).error(),
              b[0].try_get<date>(1).error(), b[0].try_get<bytes>(1).error()}) {
            CHECK(e.code() == errc::type_mismatch);
            CHECK(e.to_string().find("canary") == std::string::npos);
        }
    }
    const kind number{'I', column_type::int64, false, test::null()};
    const error e = one_cell(number, test::of(987'654'321), 0)[0].try_get<short>(1).error();
    CHECK(e.to_string().find("987654321") == std::string::npos);
}

TEST_CASE("a date that the calendar does not have is not handed out") {
    batch_builder built(
        {column_of("d", column_type::date), column_of("t", column_type::time), column_of("s", column_type::timestamp)},
        1);
    built.put(0, {test::of(date{0, 0, 0}), test::of(sluice::time{24, 0, 0, 0}),
                  test::of(timestamp{2023, 2, 29, 0, 0, 0, 0})});
    const batch made = built.make();
    CHECK(made[0].try_get<date>(0).error().code() == errc::type_mismatch);
    CHECK(made[0].try_get<sluice::time>(1).error().code() == errc::type_mismatch);
    CHECK(made[0].try_get<timestamp>(2).error().code() == errc::type_mismatch);
    CHECK(says(made[0].try_get<date>(0).error(), "no valid sluice::date"));
}

TEST_CASE("a decimal column that holds no number is refused as a decimal and not as text") {
    batch_builder built({column_of("n", column_type::decimal)}, 1);
    built.put(0, 0, test::of("1,5"));
    const batch made = built.make();
    CHECK(made[0].try_get<decimal>(0).error().code() == errc::type_mismatch);
    CHECK(made[0].get<std::string>(0) == "1,5");
}

}  // namespace sluice
