#pragma once
// Days and times as databases hold them: proleptic Gregorian, no zone, no leap second, years 1 to 9999.
// The layout of date and timestamp is that of ODBC's structures, so a driver writes them in place.
//
// Threads: values; any thread.

#include <sluice/protocol/config.hpp>

#include <compare>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

struct date {
    std::int16_t year = 1;
    std::uint16_t month = 1;  // 1 to 12
    std::uint16_t day = 1;    // 1 to 31

    friend auto operator<=>(const date&, const date&) = default;
};

struct time {
    std::uint16_t hour = 0;
    std::uint16_t minute = 0;
    std::uint16_t second = 0;
    std::uint32_t nanosecond = 0;

    friend auto operator<=>(const time&, const time&) = default;
};

struct timestamp {
    std::int16_t year = 1;
    std::uint16_t month = 1;
    std::uint16_t day = 1;
    std::uint16_t hour = 0;
    std::uint16_t minute = 0;
    std::uint16_t second = 0;
    std::uint32_t nanosecond = 0;

    friend auto operator<=>(const timestamp&, const timestamp&) = default;
};

// A date that the calendar has, in years 1 to 9999; a time below 24:00:00.
[[nodiscard]] SLUICE_EXPORT bool is_valid(const date&) noexcept;
[[nodiscard]] SLUICE_EXPORT bool is_valid(const time&) noexcept;
[[nodiscard]] SLUICE_EXPORT bool is_valid(const timestamp&) noexcept;

// ISO 8601: YYYY-MM-DD, HH:MM:SS[.fraction], both with a space or 'T' between. nullopt for anything else. A fraction
// finer than a nanosecond must be zero there. A timestamp without a time is midnight.
[[nodiscard]] SLUICE_EXPORT std::optional<date> parse_date(std::string_view) noexcept;
[[nodiscard]] SLUICE_EXPORT std::optional<time> parse_time(std::string_view) noexcept;
[[nodiscard]] SLUICE_EXPORT std::optional<timestamp> parse_timestamp(std::string_view) noexcept;

// The same form; the fraction with as many digits as it needs, none for zero.
[[nodiscard]] SLUICE_EXPORT std::string to_string(const date&);
[[nodiscard]] SLUICE_EXPORT std::string to_string(const time&);
[[nodiscard]] SLUICE_EXPORT std::string to_string(const timestamp&);

SLUICE_EXPORT std::ostream& operator<<(std::ostream&, const date&);
SLUICE_EXPORT std::ostream& operator<<(std::ostream&, const time&);
SLUICE_EXPORT std::ostream& operator<<(std::ostream&, const timestamp&);

}  // namespace sluice
