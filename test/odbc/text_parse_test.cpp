#include "text_parse.hpp"

#include <sluice/protocol/date_time.hpp>

#include <catch2/catch.hpp>

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <random>
#include <string>

using namespace sluice;
using namespace sluice::odbc;

namespace {

template <class T, class Parse>
std::optional<T> parsed(Parse parse, std::string_view text) {
    T value{};
    const bool fine = parse(text, value);
    return fine ? std::optional<T>(value) : std::nullopt;
}
std::optional<std::int64_t> int64(std::string_view text) {
    return parsed<std::int64_t>(parse_int64, text);
}
std::optional<std::uint64_t> uint64(std::string_view text) {
    return parsed<std::uint64_t>(parse_uint64, text);
}
std::optional<double> real(std::string_view text) {
    return parsed<double>(parse_double, text);
}
std::optional<bool> boolean(std::string_view text) {
    return parsed<bool>(parse_boolean, text);
}

template <class T>
std::optional<T> cell(column_type type, std::string_view text) {
    std::byte stored[sizeof(T)];
    if (!parse_cell(type, text, stored)) return std::nullopt;
    T value{};
    std::memcpy(&value, stored, sizeof value);
    return value;
}

}  // namespace

TEST_CASE("whole numbers are read to the last one that fits and nothing else") {
    CHECK(int64("0") == 0);
    CHECK(int64("-0") == 0);
    CHECK(int64("007") == 7);
    CHECK(int64("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
    CHECK(int64("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
    for (const char* text : {"", "-", "+1", "9223372036854775808", "-9223372036854775809", "99999999999999999999", " 1",
                             "1 ", "1.0", "1e3", "0x10", "--1", "1-", "abc", "1a", "\xD9\xA1"})
        CHECK_FALSE(int64(text));
    CHECK_FALSE(int64(std::string_view("1\0", 2)));
    CHECK(uint64("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
    for (const char* text : {"18446744073709551616", "-1", "", "1 ", "99999999999999999999999"})
        CHECK_FALSE(uint64(text));
}

TEST_CASE("whole numbers that are written are read again") {
    std::mt19937_64 random(20'261'121);
    for (int round = 0; round < 10'000; ++round) {
        const std::uint64_t bits = random() >> (random() % 64);
        const auto number = static_cast<std::int64_t>(round % 2 == 0 ? bits : ~bits);
        CHECK(int64(std::to_string(number)) == number);
        CHECK(uint64(std::to_string(bits)) == bits);
    }
}

TEST_CASE("doubles are read exactly and strictly") {
    CHECK(real("0.1") == 0.1);
    CHECK(real("-1.5e300") == -1.5e300);
    CHECK(real("1.0e+300") == 1e300);
    CHECK(real("5.0") == 5.0);
    CHECK(real(".5") == 0.5);
    CHECK(real("4.94065645841247e-324") == std::numeric_limits<double>::denorm_min());
    CHECK(real("Inf") == std::numeric_limits<double>::infinity());
    CHECK(real("-Inf") == -std::numeric_limits<double>::infinity());
    CHECK(real("Infinity") == std::numeric_limits<double>::infinity());
    CHECK(std::isnan(real("NaN").value_or(0)));
    CHECK(std::signbit(real("-0.0").value_or(0)));
    for (const char* text :
         {"", "-", ".", "abc", "1.5 ", " 1.5", "1,5", "0x1p3", "1e", "infinite", "nan(1)", "-NaN", "--1", "1.5.2"})
        CHECK_FALSE(real(text));
}

TEST_CASE("a double beyond the range is the largest one or zero as a driver rounds it up") {
    constexpr double largest = std::numeric_limits<double>::max();
    CHECK(real("1.79769313486232e+308") == largest);
    CHECK(real("-1.79769313486232e+308") == -largest);
    CHECK(real("1" + std::string(400, '0')) == largest);
    CHECK(real("-1" + std::string(400, '0')) == -largest);
    CHECK(real("1e-400") == 0.0);
}

TEST_CASE("doubles that are written are read again") {
    std::mt19937_64 random(7);
    for (int round = 0; round < 10'000; ++round) {
        const std::uint64_t bits = random();
        double number = 0;
        std::memcpy(&number, &bits, sizeof number);
        if (!std::isfinite(number)) continue;
        char text[64];
        const auto end = std::to_chars(text, text + sizeof text, number).ptr;
        CHECK(real(std::string_view(text, static_cast<std::size_t>(end - text))) == number);
    }
}

TEST_CASE("booleans are digits or words") {
    for (const char* text : {"1", "true", "TRUE", "True"}) CHECK(boolean(text) == true);
    for (const char* text : {"0", "false", "FALSE", "False"}) CHECK(boolean(text) == false);
    for (const char* text : {"", "2", "-1", "t", "yes", "01", "true ", "\x54\x52\x55", "1.0"})
        CHECK_FALSE(boolean(text));
}

TEST_CASE("a cell is stored in the form of its column") {
    CHECK(cell<std::int64_t>(column_type::int64, "-5") == -5);
    CHECK(cell<std::uint64_t>(column_type::uint64, "5") == 5U);
    CHECK(cell<double>(column_type::float64, "0.25") == 0.25);
    CHECK(cell<float>(column_type::float32, "0.25") == 0.25F);
    CHECK(cell<bool>(column_type::boolean, "1") == true);
    CHECK(cell<date>(column_type::date, "2020-02-29") == parse_date("2020-02-29"));
    CHECK(cell<sluice::time>(column_type::time, "10:11:12.5") == parse_time("10:11:12.5"));
    CHECK(cell<timestamp>(column_type::timestamp, "2020-02-29 10:11:12") == parse_timestamp("2020-02-29 10:11:12"));
    CHECK_FALSE(cell<date>(column_type::date, "2021-02-29"));
    CHECK_FALSE(cell<sluice::time>(column_type::time, "24:00:00"));
    CHECK_FALSE(cell<timestamp>(column_type::timestamp, "now"));
    CHECK_FALSE(cell<float>(column_type::float32, "x"));
}

TEST_CASE("what is no value leaves the cell as it was") {
    std::int64_t number = 7;
    CHECK_FALSE(parse_int64("x", number));
    CHECK_FALSE(parse_int64("99999999999999999999", number));
    CHECK(number == 7);
}
