#include <sluice/protocol/decimal.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <sstream>
#include <string>

namespace sluice {

namespace {

constexpr auto most = std::numeric_limits<std::int64_t>::max();
constexpr auto least = std::numeric_limits<std::int64_t>::min();

decimal num(std::string_view text) {
    return decimal(text);
}

}  // namespace

TEST_CASE("a decimal keeps the text of the server") {
    for (const char* text :
         {"0", "-0", "+1", "1.50", "0001", "1e5", "1E-5", "1.5e+10", ".5", "5.", "-.5", "NaN", "nan", "Infinity",
          "-Infinity", "+inf", "123456789012345678901234567890.123456789012345678901234567890", "1e999999999",
          "1e-0000000000000000000001"}) {
        INFO(text);
        REQUIRE(decimal::parse(text));
        CHECK(decimal::parse(text)->str() == text);
        CHECK(decimal::is_number(text));
    }
}

TEST_CASE("text that is no number is refused") {
    for (const char* text : {"",
                             " ",
                             "abc",
                             "1 ",
                             " 1",
                             "1,5",
                             "1.2.3",
                             "--1",
                             "+-1",
                             "+",
                             "-",
                             ".",
                             "-.",
                             "e5",
                             "1e",
                             "1e+",
                             "1e5.5",
                             "0x10",
                             "1_000",
                             "$1",
                             "-NaN",
                             "infinit",
                             "1e1000000000",
                             "1e-1000000000",
                             "1e99999999999999999999999"}) {
        INFO(text);
        CHECK_FALSE(decimal::is_number(text));
        CHECK_FALSE(decimal::parse(text));
        CHECK_THROWS_AS(decimal(std::string_view(text)), std::invalid_argument);
    }
    CHECK_FALSE(decimal::is_number(std::string_view("1\0", 2)));
}

TEST_CASE("whole numbers become decimals exactly") {
    CHECK(decimal().str() == "0");
    CHECK(decimal(0).str() == "0");
    CHECK(decimal(-7).str() == "-7");
    CHECK(decimal(7u).str() == "7");
    CHECK(decimal(least).str() == "-9223372036854775808");
    CHECK(decimal(std::numeric_limits<std::uint64_t>::max()).str() == "18446744073709551615");
}

TEST_CASE("decimals are equal by value") {
    CHECK(num("1.50") == num("1.5"));
    CHECK(num("15e-1") == num("1.5"));
    CHECK(num("0.15E1") == num("+1.5"));
    CHECK(num("1000") == num("1e3"));
    CHECK(num("00.100") == num(".1"));
    CHECK(num("0") == num("-0.000"));
    CHECK(num("0e500") == num("0"));
    CHECK(num("NaN") == num("nan"));
    CHECK(num("Infinity") == num("+INF"));
    CHECK_FALSE(num("Infinity") == num("-Infinity"));
    CHECK_FALSE(num("Infinity") == num("NaN"));
    CHECK_FALSE(num("1.5") == num("-1.5"));
    CHECK_FALSE(num("1.5") == num("1.51"));
    CHECK_FALSE(num("15") == num("1.5"));
    CHECK_FALSE(num("1") == num("10"));
    CHECK_FALSE(num("0") == num("1e-999999999"));
    CHECK(num("10e999999998") == num("1e999999999"));
    CHECK_FALSE(num("1e999999999") == num("1e-999999999"));
}

TEST_CASE("equality holds at any length") {
    const std::string nines(100'000, '9');
    const std::string zeros(100'000, '0');
    CHECK(num(nines + "." + zeros) == num(zeros + nines));
    CHECK(num("1" + zeros) == num("1e100000"));
    CHECK(num("0." + zeros + "1") == num("1e-100001"));
    CHECK_FALSE(num(nines) == num(nines + "9"));
    CHECK_FALSE(num(nines + ".1") == num(nines + ".2"));
}

TEST_CASE("numbers written in many ways are equal and their neighbours are not") {
    std::mt19937_64 random(20240229);
    for (int i = 0; i < 2000; ++i) {
        std::string digits(1 + random() % 30, '1');
        for (char& c : digits) c = static_cast<char>('0' + random() % 10);
        digits.front() = static_cast<char>('1' + random() % 9);
        digits.back() = '5';
        const std::size_t point = random() % (digits.size() + 1);
        const auto exponent = static_cast<std::int64_t>(random() % 200) - 100;
        const auto shifted = exponent + static_cast<std::int64_t>(digits.size() - point);
        const std::string padded = "000" + digits.substr(0, point) + "." + digits.substr(point) + "00";
        const decimal one(std::string_view(padded + "e" + std::to_string(shifted)));
        INFO(one.str());
        CHECK(one == num(digits + "e" + std::to_string(exponent)));
        CHECK_FALSE(one == num(digits + "e" + std::to_string(exponent + 1)));
        digits.back() = '6';
        CHECK_FALSE(one == num(digits + "e" + std::to_string(exponent)));
    }
}

TEST_CASE("to_int64 is exact or nothing") {
    CHECK(num("0").to_int64() == 0);
    CHECK(num("-0.0").to_int64(-18) == 0);
    CHECK(num("1.50").to_int64(1) == 15);
    CHECK(num("1.50").to_int64(2) == 150);
    CHECK_FALSE(num("1.50").to_int64());
    CHECK(num("1200").to_int64(-2) == 12);
    CHECK_FALSE(num("1250").to_int64(-2));
    CHECK(num("1e18").to_int64() == 1'000'000'000'000'000'000);
    CHECK_FALSE(num("1e19").to_int64());
    CHECK(num("1e-18").to_int64(18) == 1);
    CHECK_FALSE(num("1e-19").to_int64(18));
    CHECK(num("1e36").to_int64(-18) == 1'000'000'000'000'000'000);
    CHECK(num("9223372036854775807").to_int64() == most);
    CHECK(num("-9223372036854775808").to_int64() == least);
    CHECK_FALSE(num("9223372036854775808").to_int64());
    CHECK_FALSE(num("-9223372036854775809").to_int64());
    CHECK(num("9.223372036854775807").to_int64(18) == most);
    CHECK(num("-9223372036854775808.000").to_int64() == least);
    CHECK_FALSE(num("9999999999999999999").to_int64());
    CHECK_FALSE(num("18446744073709551616").to_int64());
    CHECK_FALSE(num("18446744073709551617").to_int64());
    CHECK_FALSE(num("NaN").to_int64());
    CHECK_FALSE(num("Infinity").to_int64());
    CHECK_FALSE(num("1e999999999").to_int64(18));
    CHECK_FALSE(num("1e-999999999").to_int64(-18));
    CHECK(num(std::string(1000, '0') + "7." + std::string(1000, '0')).to_int64() == 7);
}

TEST_CASE("every 64-bit number passes through a decimal") {
    std::mt19937_64 random(7);
    for (int i = 0; i < 10'000; ++i) {
        const auto number = static_cast<std::int64_t>(random() >> (random() % 64));
        CHECK(decimal(number).to_int64() == number);
        CHECK(decimal(-number).to_int64() == -number);
    }
}

TEST_CASE("to_double is the nearest") {
    CHECK(num("0.1").to_double() == 0.1);
    CHECK(num("+0.1").to_double() == 0.1);
    CHECK(num("-2.5").to_double() == -2.5);
    CHECK(num(".5").to_double() == 0.5);
    CHECK(num("5.").to_double() == 5);
    CHECK(num("9007199254740993").to_double() == 9007199254740992.0);
    CHECK(num("9007199254740993.0000001").to_double() == 9007199254740994.0);
    CHECK(num("1.7976931348623157e308").to_double() == std::numeric_limits<double>::max());
    CHECK(num("5e-324").to_double() == std::numeric_limits<double>::denorm_min());
    CHECK(num("1e400").to_double() == std::numeric_limits<double>::infinity());
    CHECK(num("-1e400").to_double() == -std::numeric_limits<double>::infinity());
    CHECK(num("1e-400").to_double() == 0);
    CHECK(std::signbit(num("-1e-400").to_double()));
    CHECK(num("1" + std::string(400, '0') + "e-400").to_double() == 1);
    CHECK(num("-Infinity").to_double() == -std::numeric_limits<double>::infinity());
    CHECK(std::isnan(num("NaN").to_double()));
}

TEST_CASE("a decimal is printed as it came") {
    std::ostringstream out;
    out << num("1.50");
    CHECK(out.str() == "1.50");
}

}  // namespace sluice
