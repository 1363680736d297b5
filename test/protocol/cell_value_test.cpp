// One value into one type: nothing is lost, or it is refused.

#include "cell_value.hpp"

#include <catch2/catch.hpp>

#include <clocale>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>

namespace sluice::detail {

namespace {

constexpr auto int64_max = std::numeric_limits<std::int64_t>::max();
constexpr auto int64_min = std::numeric_limits<std::int64_t>::min();
constexpr auto uint64_max = std::numeric_limits<std::uint64_t>::max();

template <class T, class From>
bool holds(From from) {
    const auto made = from_whole<T>(from);
    return made.what == trouble::none && made.value == static_cast<T>(from);
}

template <class T, class From>
bool refuses(From from, trouble why = trouble::out_of_range) {
    return from_whole<T>(from).what == why;
}

// Every value of a small type and some on either side of it.
template <class T>
void check_small() {
    constexpr std::int64_t lowest{std::numeric_limits<T>::min()};
    constexpr std::int64_t highest{std::numeric_limits<T>::max()};
    int wrong = 0;
    for (std::int64_t v = -70'000; v <= 70'000; ++v) {
        const bool fits = v >= lowest && v <= highest;
        if (fits ? !holds<T>(v) : !refuses<T>(v)) ++wrong;
        if (v < 0) continue;
        const auto u = static_cast<std::uint64_t>(v);
        if (fits ? !holds<T>(u) : !refuses<T>(u)) ++wrong;
    }
    CHECK(wrong == 0);
}

template <class T>
void check_limits() {
    constexpr T lowest = std::numeric_limits<T>::min();
    constexpr T highest = std::numeric_limits<T>::max();
    CHECK(holds<T>(std::int64_t{0}));
    CHECK(holds<T>(static_cast<std::int64_t>(lowest)));
    CHECK(holds<T>(static_cast<std::uint64_t>(highest)));
    if constexpr (std::is_signed_v<T>) CHECK(holds<T>(static_cast<std::int64_t>(highest)));
    if constexpr (sizeof(T) < 8) {
        CHECK(refuses<T>(static_cast<std::int64_t>(highest) + 1));
        CHECK(refuses<T>(static_cast<std::int64_t>(lowest) - 1));
        CHECK(refuses<T>(int64_max));
        CHECK(refuses<T>(int64_min));
    }
    if constexpr (std::is_unsigned_v<T>) {
        CHECK(refuses<T>(std::int64_t{-1}));
        CHECK(refuses<T>(int64_min));
    }
    if constexpr (!std::is_same_v<T, unsigned long> && !std::is_same_v<T, unsigned long long>) {
        CHECK(refuses<T>(static_cast<std::uint64_t>(highest) + 1));
        CHECK(refuses<T>(uint64_max));
    }
}

}  // namespace

TEST_CASE("each value of a narrow type is taken and each other refused") {
    check_small<signed char>();
    check_small<unsigned char>();
    check_small<short>();
    check_small<unsigned short>();
}

TEST_CASE("whole numbers are taken up to the limits of the wanted type") {
    check_limits<signed char>();
    check_limits<unsigned char>();
    check_limits<short>();
    check_limits<unsigned short>();
    check_limits<int>();
    check_limits<unsigned int>();
    check_limits<long>();
    check_limits<unsigned long>();
    check_limits<long long>();
    check_limits<unsigned long long>();
}

TEST_CASE("a bool is 0 or 1") {
    CHECK_FALSE(from_whole<bool>(std::int64_t{0}).value);
    CHECK(from_whole<bool>(std::int64_t{1}).value);
    CHECK(from_whole<bool>(std::uint64_t{1}).what == trouble::none);
    CHECK(refuses<bool>(std::int64_t{2}));
    CHECK(refuses<bool>(std::int64_t{-1}));
    CHECK(refuses<bool>(int64_min));
    CHECK(refuses<bool>(uint64_max));
    CHECK(refuses<bool>(std::int64_t{256}));
}

TEST_CASE("a whole number becomes a double just when it is one") {
    constexpr std::int64_t edge = std::int64_t{1} << 53;
    for (const std::int64_t sign : {1, -1}) {
        CHECK(holds<double>(sign * (edge - 1)));
        CHECK(holds<double>(sign * edge));
        CHECK(refuses<double>(sign * (edge + 1), trouble::inexact));
        CHECK(holds<double>(sign * (edge + 2)));
    }
    CHECK(holds<double>(int64_min));
    CHECK(refuses<double>(int64_max, trouble::inexact));
    CHECK(refuses<double>(uint64_max, trouble::inexact));
    CHECK(holds<double>(std::uint64_t{1} << 63));
    CHECK(holds<double>(std::uint64_t{0xfffffffffffff800}));
    CHECK(holds<float>(std::int64_t{1} << 24));
    CHECK(refuses<float>((std::int64_t{1} << 24) + 1, trouble::inexact));
    CHECK(holds<float>((std::int64_t{1} << 24) + 2));
    CHECK(holds<float>(int64_min));
}

TEST_CASE("a double becomes a float just when it is one") {
    const auto inexact = [](double d) {
        return from_double(d).what == trouble::inexact;
    };
    const auto exact = [](double d) {
        const auto made = from_double(d);
        return made.what == trouble::none && static_cast<double>(made.value) == d &&
               std::signbit(made.value) == std::signbit(d);
    };
    constexpr double infinity = std::numeric_limits<double>::infinity();
    CHECK(exact(0.5));
    CHECK(exact(-0.0));
    CHECK(exact(infinity));
    CHECK(exact(-infinity));
    CHECK(exact(std::numeric_limits<float>::max()));
    CHECK(exact(std::numeric_limits<float>::lowest()));
    CHECK(exact(std::numeric_limits<float>::denorm_min()));
    CHECK(std::isnan(from_double(std::numeric_limits<double>::quiet_NaN()).value));
    CHECK(inexact(0.1));
    CHECK(inexact(1e-300));
    CHECK(inexact(16777217));
    CHECK(from_double(1e300).what == trouble::out_of_range);
    CHECK(from_double(-3.5e38).what == trouble::out_of_range);
}

TEST_CASE("whole numbers are read from the whole of a text") {
    CHECK(whole_from_text<int>("-42").value == -42);
    CHECK(whole_from_text<std::uint64_t>("18446744073709551615").value == uint64_max);
    CHECK(whole_from_text<std::int64_t>("-9223372036854775808").value == int64_min);
    CHECK(whole_from_text<std::int64_t>("9223372036854775808").what == trouble::out_of_range);
    CHECK(whole_from_text<std::int64_t>("-9223372036854775809").what == trouble::out_of_range);
    CHECK(whole_from_text<std::uint64_t>("18446744073709551616").what == trouble::out_of_range);
    CHECK(whole_from_text<std::uint64_t>("-1").what == trouble::out_of_range);
    CHECK(whole_from_text<signed char>("128").what == trouble::out_of_range);
    CHECK(whole_from_text<bool>("1").value);
    CHECK(whole_from_text<bool>("2").what == trouble::out_of_range);
    for (const std::string_view text :
         {"", " ", "1 ", " 1", "+1", "1.0", "1e3", "0x1", "abc", "1,000", "--1", "true"}) {
        INFO(text);
        CHECK(whole_from_text<int>(text).what == trouble::malformed);
    }
    CHECK(whole_from_text<int>(std::string_view("1\0", 2)).what == trouble::malformed);
}

TEST_CASE("doubles are read from text to the nearest and whole ones exactly") {
    CHECK(double_from_text("0.1").value == 0.1);
    CHECK(double_from_text("0.10000000000000001").value == 0.1);
    CHECK(double_from_text("-1.5e300").value == -1.5e300);
    CHECK(double_from_text("Inf").value == std::numeric_limits<double>::infinity());
    CHECK(std::isnan(double_from_text("NaN").value));
    CHECK(double_from_text("9007199254740992").value == 9007199254740992.0);
    CHECK(double_from_text("9007199254740993").what == trouble::inexact);
    CHECK(double_from_text("100000000000000000000").value == 1e20);
    CHECK(double_from_text("1e999").what == trouble::out_of_range);
    for (const std::string_view text : {"", "abc", "1,5", "1.5 ", " 1.5", "0x1p3", "1.5.2"}) {
        INFO(text);
        CHECK(double_from_text(text).what == trouble::malformed);
    }
}

TEST_CASE("floats are read from text when no digit of it is lost") {
    CHECK(float_from_text("0.1").value == 0.1f);
    CHECK(float_from_text("0.10").value == 0.1f);
    CHECK(float_from_text("-16777216").value == -16777216.0f);
    CHECK(float_from_text("3.4028235e38").value == std::numeric_limits<float>::max());
    CHECK(float_from_text("-inf").value == -std::numeric_limits<float>::infinity());
    CHECK(float_from_text("0.123456789012").what == trouble::inexact);
    CHECK(float_from_text("16777217").what == trouble::inexact);
    CHECK(float_from_text("1e39").what == trouble::out_of_range);
    CHECK(float_from_text("abc").what == trouble::malformed);
}

TEST_CASE("numbers are read alike in every locale") {
    const std::string before = std::setlocale(LC_ALL, nullptr);
    for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8", ""}) {
        if (std::setlocale(LC_ALL, name) == nullptr) continue;
        CHECK(double_from_text("1.5").value == 1.5);
        CHECK(double_from_text("1,5").what == trouble::malformed);
        CHECK(decimal("1.5").to_double() == 1.5);
    }
    std::setlocale(LC_ALL, before.c_str());
}

}  // namespace sluice::detail
