// Where keys are cut, from the least to the greatest of each type.

#include "policy/key_ranges.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>

namespace sluice::runtime {

namespace {

template <class T>
std::vector<T> cut(const T& least, const T& greatest, std::size_t parts) {
    const auto made =
        boundaries_between(value(std::in_place_type<T>, least), value(std::in_place_type<T>, greatest), parts);
    REQUIRE(made.has_value());
    std::vector<T> typed;
    for (const value& each : *made) typed.push_back(std::get<T>(each));
    return typed;
}

using ints = std::vector<std::int64_t>;
constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
constexpr auto highest = std::numeric_limits<std::int64_t>::max();

// They ascend, lie within, and the longest range is about as long as the shortest.
template <class T>
void check_cut(T least, T greatest, std::size_t parts) {
    const auto made = cut(least, greatest, parts);
    if (made.size() >= parts) FAIL("too many");
    const auto length = static_cast<std::uint64_t>(greatest) - static_cast<std::uint64_t>(least);
    if (length >= parts && made.size() != parts - 1) FAIL("too few: " << made.size() << " for " << parts);
    if (length < parts && made.size() != length) FAIL("not one range for each: " << made.size());
    T before = least;
    std::uint64_t shortest = std::numeric_limits<std::uint64_t>::max(), longest = 0;
    for (const T each : made) {
        if (each <= before) FAIL("it does not ascend: " << before << ", " << each);
        if (each > greatest) FAIL("beyond the greatest");
        const auto range = static_cast<std::uint64_t>(each) - static_cast<std::uint64_t>(before);
        shortest = std::min(shortest, range);
        longest = std::max(longest, range);
        before = each;
    }
    if (made.empty()) return;
    const auto last = static_cast<std::uint64_t>(greatest) - static_cast<std::uint64_t>(before) + 1;
    if (last > longest + parts || longest - shortest > 1)
        FAIL("ranges of " << shortest << ", " << longest << ", " << last);
}

}  // namespace

TEST_CASE("key_ranges cuts whole numbers into equal parts") {
    CHECK(cut<std::int64_t>(0, 99, 4) == ints{25, 50, 75});
    CHECK(cut<std::int64_t>(-10, 9, 2) == ints{0});
    CHECK(cut<std::int64_t>(1, 3, 8) == ints{2, 3});
    CHECK(cut<std::int64_t>(5, 5, 8).empty());
    CHECK(cut<std::int64_t>(5, 4, 8).empty());  // rows went away between the two questions
    CHECK(cut<std::int64_t>(0, 1'000, 1).empty());
}

TEST_CASE("key_ranges does not overflow at the extremes") {
    CHECK(cut<std::int64_t>(lowest, highest, 2) == ints{-1});
    CHECK(cut<std::int64_t>(lowest, lowest + 1, 1'024) == ints{lowest + 1});
    CHECK(cut<std::int64_t>(highest - 1, highest, 3) == ints{highest});
    constexpr auto largest = std::numeric_limits<std::uint64_t>::max();
    CHECK(cut<std::uint64_t>(0, largest, 2) == std::vector<std::uint64_t>{largest / 2});
    CHECK(cut<std::uint64_t>(largest - 1, largest, 9) == std::vector<std::uint64_t>{largest});
    for (const std::size_t parts : {1U, 2U, 3U, 7U, 1'000U, 1'023U, 1'024U}) {
        check_cut<std::int64_t>(lowest, highest, parts);
        check_cut<std::int64_t>(lowest, highest - 1, parts);
        check_cut<std::int64_t>(lowest + 1, 0, parts);
        check_cut<std::uint64_t>(0, largest, parts);
        check_cut<std::uint64_t>(1, largest, parts);
    }
}

TEST_CASE("key_ranges holds for any whole numbers") {
    std::mt19937_64 dice(7);
    for (int world = 0; world < 2'000; ++world) {
        const std::size_t parts = 1 + dice() % 1'024;
        const unsigned narrow = static_cast<unsigned>(dice() % 64);
        const auto a = static_cast<std::int64_t>(dice()) >> narrow, b = static_cast<std::int64_t>(dice()) >> narrow;
        check_cut<std::int64_t>(std::min(a, b), std::max(a, b), parts);
        const auto c = dice() >> narrow, d = dice() >> narrow;
        check_cut<std::uint64_t>(std::min(c, d), std::max(c, d), parts);
    }
}

TEST_CASE("key_ranges cuts decimals between whole numbers and days and seconds where they are") {
    const auto of = [](const char* a, const char* b, std::size_t parts) {
        return boundaries_between(value(decimal(a)), value(decimal(b)), parts);
    };
    const auto whole = [](const ints& numbers) {
        return std::vector<value>(numbers.begin(), numbers.end());
    };
    CHECK((of("0.50", "3.99", 4) == whole({1, 2, 3})));
    CHECK((of("-1.5", "0.5", 3) == whole({-1, 0})));
    CHECK(of("0.1", "0.9", 4)->empty());
    CHECK_FALSE(of("0", "1e40", 4).has_value());
    CHECK_FALSE(of("0", "NaN", 4).has_value());
    CHECK(cut<date>({2024, 2, 27}, {2024, 3, 1}, 2) == std::vector<date>{{2024, 2, 29}});
    CHECK(cut<date>({1, 1, 1}, {9999, 12, 31}, 2).size() == 1);
    CHECK(cut<timestamp>({1969, 12, 31, 23, 59, 58, 0}, {1970, 1, 1, 0, 0, 1, 5}, 4) ==
          std::vector<timestamp>{{1969, 12, 31, 23, 59, 59, 0}, {1970, 1, 1, 0, 0, 0, 0}, {1970, 1, 1, 0, 0, 1, 0}});
    for (const auto& day : cut<date>({1, 1, 1}, {9999, 12, 31}, 1'000)) CHECK(is_valid(day));
}

TEST_CASE("key_ranges has nothing for what it cannot count") {
    CHECK_FALSE(boundaries_between(value(std::string("a")), value(std::string("b")), 2).has_value());
    CHECK_FALSE(boundaries_between(value(1.0), value(2.0), 2).has_value());
    CHECK_FALSE(boundaries_between(value(true), value(true), 2).has_value());
    CHECK_FALSE(boundaries_between(value(std::int64_t{1}), value(std::uint64_t{2}), 2).has_value());
    CHECK_FALSE(boundaries_between(value(date{2024, 2, 30}), value(date{2024, 3, 1}), 2).has_value());
}

}  // namespace sluice::runtime
