#include <sluice/protocol/date_time.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace sluice {

namespace {

date day(int y, int m, int d) {
    return date{static_cast<std::int16_t>(y), static_cast<std::uint16_t>(m), static_cast<std::uint16_t>(d)};
}

bool in_calendar(int y, int m, int d) {
    using namespace std::chrono;
    return y >= 1 && y <= 9999 &&
           year_month_day(year(y), month(static_cast<unsigned>(m)), std::chrono::day(static_cast<unsigned>(d))).ok();
}

}  // namespace

TEST_CASE("a date is valid just when the calendar has it in years 1 to 9999") {
    int wrong = 0;
    for (int y = -2; y <= 10'001; ++y)
        for (int m = 0; m <= 13; ++m)
            for (const int d : {0, 1, 27, 28, 29, 30, 31, 32})
                if (is_valid(day(y, m, d)) != in_calendar(y, m, d)) ++wrong;
    CHECK(wrong == 0);
    CHECK_FALSE(is_valid(date{32767, 65535, 65535}));
}

TEST_CASE("every month's first and last day is read back from its text") {
    int wrong = 0;
    for (int y = 1; y <= 9999; ++y)
        for (int m = 1; m <= 12; ++m) {
            int last = 28;
            while (in_calendar(y, m, last + 1)) ++last;
            for (const int d : {1, last}) {
                const date made = day(y, m, d);
                if (parse_date(to_string(made)) != made) ++wrong;
            }
            if (parse_date(to_string(day(y, m, last + 1)))) ++wrong;
        }
    CHECK(wrong == 0);
}

TEST_CASE("leap years are every fourth but not the centuries save the fourth") {
    CHECK(is_valid(day(2024, 2, 29)));
    CHECK_FALSE(is_valid(day(2023, 2, 29)));
    CHECK(is_valid(day(2000, 2, 29)));
    CHECK_FALSE(is_valid(day(1900, 2, 29)));
    CHECK(is_valid(day(4, 2, 29)));
    CHECK_FALSE(is_valid(day(100, 2, 29)));
}

TEST_CASE("every second of a day is read back from its text") {
    int wrong = 0;
    for (std::uint16_t h = 0; h < 24; ++h)
        for (std::uint16_t m = 0; m < 60; ++m)
            for (std::uint16_t s = 0; s < 60; ++s) {
                const time made{h, m, s, 0};
                if (!is_valid(made) || parse_time(to_string(made)) != made) ++wrong;
            }
    CHECK(wrong == 0);
    CHECK_FALSE(is_valid(time{24, 0, 0, 0}));
    CHECK_FALSE(is_valid(time{0, 60, 0, 0}));
    CHECK_FALSE(is_valid(time{0, 0, 60, 0}));
    CHECK_FALSE(is_valid(time{0, 0, 0, 1'000'000'000}));
    CHECK(is_valid(time{23, 59, 59, 999'999'999}));
}

TEST_CASE("a fraction has one to nine digits and zeros after them") {
    std::string text = "01:02:03.";
    CHECK_FALSE(parse_time(text));
    std::uint32_t expected = 0;
    std::uint32_t unit = 100'000'000;
    for (int digits = 1; digits <= 9; ++digits, unit /= 10) {
        text += static_cast<char>('0' + digits);
        expected += static_cast<std::uint32_t>(digits) * unit;
        REQUIRE(parse_time(text));
        CHECK(parse_time(text)->nanosecond == expected);
        CHECK(to_string(*parse_time(text)) == text);
    }
    CHECK(parse_time(text + "000")->nanosecond == 123'456'789);
    CHECK_FALSE(parse_time(text + "1"));
    CHECK_FALSE(parse_time(text + "0001"));
    CHECK_FALSE(parse_time("01:02:03.x"));
    CHECK_FALSE(parse_time("01:02:03.1x"));
    CHECK_FALSE(parse_time("01:02:03.-1"));
    CHECK_FALSE(parse_time("01:02:03,5"));
}

TEST_CASE("a fraction is written with as many digits as it needs") {
    CHECK(to_string(time{1, 2, 3, 0}) == "01:02:03");
    CHECK(to_string(time{1, 2, 3, 500'000'000}) == "01:02:03.5");
    CHECK(to_string(time{1, 2, 3, 1}) == "01:02:03.000000001");
    CHECK(to_string(timestamp{1, 1, 1, 0, 0, 0, 10}) == "0001-01-01 00:00:00.00000001");
    std::ostringstream out;
    out << day(9999, 12, 31) << ' ' << time{23, 59, 59, 0} << ' ' << timestamp{2024, 2, 29, 1, 2, 3, 0};
    CHECK(out.str() == "9999-12-31 23:59:59 2024-02-29 01:02:03");
}

TEST_CASE("a timestamp is a date and a time or midnight") {
    const timestamp noon{2024, 2, 29, 12, 0, 0, 0};
    CHECK(parse_timestamp("2024-02-29 12:00:00") == noon);
    CHECK(parse_timestamp("2024-02-29T12:00:00") == noon);
    CHECK(parse_timestamp("2024-02-29") == timestamp{2024, 2, 29, 0, 0, 0, 0});
    CHECK(parse_timestamp("9999-12-31 23:59:59.999999999") == timestamp{9999, 12, 31, 23, 59, 59, 999'999'999});
    CHECK(parse_timestamp("0001-01-01 00:00:00") == timestamp{});
}

TEST_CASE("text that is no date or time gives nothing") {
    for (const char* text :
         {"", " ", "2024", "2024-02", "2024-2-29", "24-02-29", "2024-02-29 ", " 2024-02-29", "2024-02-30", "0000-01-01",
          "10000-01-01", "+2024-01-01", "-001-01-01", "2024/02/01", "2024-02-01x", "today"}) {
        INFO(text);
        CHECK_FALSE(parse_date(text));
        CHECK_FALSE(parse_timestamp(text));
    }
    for (const char* text : {"", "1:02:03", "01:02", "010203", "24:00:00", "23:60:00", "23:59:60", "01:02:03Z",
                             "01:02:03+00", " 01:02:03", "01:02:03 ", "01:02:03.", "-1:02:03", "01:-2:03"}) {
        INFO(text);
        CHECK_FALSE(parse_time(text));
        CHECK_FALSE(parse_timestamp(std::string("2024-01-01 ") + text));
    }
    CHECK_FALSE(parse_timestamp("2024-01-01t00:00:00"));
    CHECK_FALSE(parse_timestamp("2024-01-01  00:00:00"));
    CHECK_FALSE(parse_date("2024-02-29 12:00:00"));
    CHECK_FALSE(parse_date(std::string_view("2024-02-2\0", 10)));
}

TEST_CASE("moments are ordered as time goes") {
    CHECK(day(2023, 12, 31) < day(2024, 1, 1));
    CHECK(time{1, 0, 0, 5} < time{1, 0, 0, 6});
    CHECK(timestamp{2024, 1, 1, 0, 0, 0, 0} < timestamp{2024, 1, 1, 0, 0, 0, 1});
    CHECK(day(2024, 1, 1) == day(2024, 1, 1));
}

}  // namespace sluice
