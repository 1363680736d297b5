// Cells that are written where the driver reads them are those that make_parameter makes, one by one.
#include "insert_columns.hpp"

#include "insert_arrays.hpp"

#include <catch2/catch.hpp>

#include <cstring>
#include <limits>
#include <random>

using namespace sluice;
using namespace sluice::odbc;

namespace {

// What a column may hold of one C++ type, NULLs among it.
template <class T>
std::vector<std::optional<T>> some(std::vector<T> values, std::mt19937_64& dice, std::size_t rows) {
    std::vector<std::optional<T>> made;
    for (std::size_t i = 0; i < rows; ++i) {
        made.emplace_back();
        if (dice() % 3 != 0) made.back() = values[dice() % values.size()];
    }
    return made;
}

// As the generic way would have it: an error, or the cells.
void check_column(const driver_profile& profile, const bulk_rows& rows, std::size_t column, std::size_t first,
                  std::size_t count) {
    const auto all = make_columns(profile, {&rows, first, count});
    std::optional<error> wrong;
    bound_parameter type;
    bool known = false;
    bool several = false;
    for (std::size_t i = 0; i < count; ++i) {
        const value cell = rows.at(column, first + i);
        auto one = make_parameter(profile, cell, column);
        if (!one) {
            if (!wrong) wrong = one.error();
            continue;
        }
        if (one->length == SQL_NULL_DATA) continue;
        several = several || (known && (one->c_type != type.c_type || one->sql_type != type.sql_type));
        if (!known) type = *one;
        known = true;
    }
    if (wrong || several) {
        CHECK_FALSE(all.has_value());
        if (!all && wrong && !several) CHECK(all.error().code() == wrong->code());
        return;
    }
    if (!all) FAIL(all.error().to_string());
    const bound_parameter& made = (*all)[column];
    REQUIRE(made.lengths.size() == count);
    if (known) CHECK((made.c_type == type.c_type && made.sql_type == type.sql_type));
    for (std::size_t i = 0; i < count; ++i) {
        const value cell = rows.at(column, first + i);
        const auto one = make_parameter(profile, cell, column);
        if (!known) CHECK((made.c_type == one->c_type && made.sql_type == one->sql_type));
        if (made.lengths[i] != one->length) FAIL("row " << i << " has another length");
        if (one->length == SQL_NULL_DATA) continue;
        CHECK(made.digits >= one->digits);
        CHECK(made.size >= one->size);
        if (std::memcmp(made.made.data() + i * made.room, one->data(), one->bytes()) != 0)
            FAIL("row " << i << " is another one");
    }
}

}  // namespace

TEST_CASE("columns of cells are what parameters of them would be") {
    std::mt19937_64 dice(5);
    const std::vector<std::string> texts{
        "", "a", "NULL", "\xC3\xA4\xC3\xB6", "it's \"so\" \\ {,}", std::string(900, 'x'), "\xFF not UTF-8"};
    for (int world = 0; world < 300; ++world) {
        const std::size_t rows = 1 + dice() % 9;
        bulk_rows all("t");
        const auto kind = world % 13;
        if (kind == 0) all.column("c", some<std::int64_t>({0, -1, INT64_MAX, INT64_MIN}, dice, rows));
        if (kind == 1) all.column("c", some<int>({0, -1, 77}, dice, rows));
        if (kind == 2) all.column("c", some<std::uint64_t>({0, 1, INT64_MAX, UINT64_MAX}, dice, rows));
        if (kind == 3)
            all.column("c", some<double>({0.0, -1.5, 1e300, std::numeric_limits<double>::infinity()}, dice, rows));
        if (kind == 4) all.column("c", some<float>({0.0F, 0.1F}, dice, rows));
        if (kind == 5)
            all.column("c",
                       some<std::string>(world % 2 ? texts : std::vector(texts.begin(), texts.end() - 1), dice, rows));
        if (kind == 6)
            all.column(
                "c", some<decimal>({decimal("0"), decimal("-12.5000"), decimal("1e10"), decimal("99999999999.1")}, dice,
                                   rows));
        if (kind == 7)
            all.column("c", some<bytes>({bytes(), bytes(3, std::byte{0}), bytes(40, std::byte{255})}, dice, rows));
        if (kind == 8) all.column("c", some<date>({{2026, 11, 28}, {1, 1, 1}, {9999, 12, 31}}, dice, rows));
        if (kind == 9)
            all.column("c", some<sluice::time>({{0, 0, 0, 0}, {23, 59, 59, 0}, {1, 2, 3, 500'000'000}}, dice, rows));
        if (kind == 10)
            all.column("c", some<timestamp>({{2026, 11, 28, 1, 2, 3, 0},
                                             {2026, 11, 28, 1, 2, 3, 123'456'000},
                                             {2026, 2, world % 2 ? std::uint16_t{30} : std::uint16_t{3}, 0, 0, 0, 0}},
                                            dice, rows));
        if (kind == 11) all.column("c", some<bool>({true, false}, dice, rows));
        if (kind == 12) {
            std::vector<value> mixed;
            for (std::size_t i = 0; i < rows; ++i)
                mixed.push_back(dice() % 3 == 0   ? value(null_value{column_type::int64})
                                : dice() % 5 == 0 ? value(std::string("text"))
                                                  : value(std::int64_t{7}));
            all.column("c", std::move(mixed));
        }
        const std::size_t first = dice() % rows;
        INFO("kind " << kind << " in world " << world);
        for (const auto* profile : {&mariadb_profile, &postgresql_profile, &sqlite_profile})
            check_column(*profile, all, 0, first, rows - first);
    }
}

TEST_CASE("arrays of cells have each cell as the server reads it") {
    bulk_rows rows("t");
    rows.column("i", std::vector<std::optional<int>>{std::nullopt, -7})
        .column("u", std::vector<std::uint64_t>{0, UINT64_MAX})
        .column("b", std::vector<std::optional<bool>>{true, false})
        .column("f", std::vector<double>{0.1, std::numeric_limits<double>::quiet_NaN()})
        .column("d", std::vector<decimal>{decimal("12.50"), decimal("NaN")})
        .column("t", std::vector<std::string>{"a \"b\" \\", ""})
        .column("x", std::vector<bytes>{bytes{std::byte{0}, std::byte{255}}, bytes()})
        .column("day", std::vector<date>{{2026, 1, 2}, {1, 1, 1}})
        .column("clock", std::vector<sluice::time>{{1, 2, 3, 500'000'000}, {0, 0, 0, 0}})
        .column("at", std::vector<timestamp>{{2026, 1, 2, 3, 4, 5, 120'000'000}, {2026, 1, 2, 3, 4, 5, 0}});
    const auto made = make_arrays(postgresql_profile, rows, 0, 2);
    if (!made) FAIL(made.error().to_string());
    const std::vector<std::string> wanted{"{NULL,-7}",
                                          "{0,18446744073709551615}",
                                          "{1,0}",
                                          "{0.1,NaN}",
                                          "{12.50,NaN}",
                                          R"({"a \"b\" \\",""})",
                                          R"({"\\x00ff","\\x"})",
                                          "{2026-01-02,0001-01-01}",
                                          "{01:02:03.5,00:00:00}",
                                          "{2026-01-02 03:04:05.12,2026-01-02 03:04:05}"};
    REQUIRE(made->size() == wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(std::get<std::string>((*made)[i]) == wanted[i]);

    bulk_rows bad("t");
    bad.column("at",
               std::vector<timestamp>{{2026, 1, 2, 3, 4, 5, 0}, {2026, 2, 30, 0, 0, 0, 0}, {2026, 1, 2, 3, 4, 5, 1}});
    const auto refused = make_arrays(postgresql_profile, bad, 0, 3);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code() == errc::data);
    CHECK(make_arrays(postgresql_profile, bad, 0, 1).has_value());
}
