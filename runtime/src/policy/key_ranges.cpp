#include "key_ranges.hpp"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

namespace sluice::runtime {

namespace {

// How far boundaries are from the least of so many numbers in a row (0: 2^64 of them).
[[nodiscard]] std::vector<std::uint64_t> steps_of(std::uint64_t count, std::size_t parts) {
    const std::uint64_t all = count == 0 ? std::numeric_limits<std::uint64_t>::max() : count;
    const std::uint64_t whole = all / parts;
    const std::uint64_t rest = all % parts;
    std::vector<std::uint64_t> made;
    for (std::uint64_t i = 1; i < parts; ++i) {
        const std::uint64_t at = whole * i + rest * i / parts;
        if (at != 0 && (made.empty() || at != made.back())) made.push_back(at);
    }
    return made;
}

// T: std::int64_t or std::uint64_t.
template <class T>
[[nodiscard]] std::vector<T> cut(T least, T greatest, std::size_t parts) {
    std::vector<T> made;
    if (greatest <= least) return made;
    const auto from = static_cast<std::uint64_t>(least);
    for (const auto step : steps_of(static_cast<std::uint64_t>(greatest) - from + 1, parts))
        made.push_back(static_cast<T>(from + step));
    return made;
}

template <class T>
[[nodiscard]] std::vector<value> as_values(const std::vector<T>& from) {
    std::vector<value> made;
    made.reserve(from.size());
    for (const T& each : from) made.emplace_back(std::in_place_type<T>, each);
    return made;
}

// The whole number at or below it.
[[nodiscard]] std::optional<std::int64_t> floor_of(const decimal& d) {
    if (const auto exact = d.to_int64()) return exact;
    const double near = std::floor(d.to_double());
    if (!(std::abs(near) < 9.2e18)) return std::nullopt;  // NaN neither
    return static_cast<std::int64_t>(near);
}

[[nodiscard]] std::chrono::sys_days days_of(int year, unsigned month, unsigned day) noexcept {
    return std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
}

[[nodiscard]] std::int64_t number_of(const date& d) noexcept {
    return days_of(d.year, d.month, d.day).time_since_epoch().count();
}
[[nodiscard]] std::int64_t number_of(const timestamp& t) noexcept {
    const auto days = days_of(t.year, t.month, t.day).time_since_epoch().count();
    return days * std::int64_t{86'400} + t.hour * 3'600 + t.minute * 60 + t.second;
}
[[nodiscard]] date date_of(std::int64_t days) noexcept {
    const std::chrono::year_month_day day{std::chrono::sys_days{std::chrono::days{days}}};
    date made;
    made.year = static_cast<std::int16_t>(static_cast<int>(day.year()));
    made.month = static_cast<std::uint16_t>(static_cast<unsigned>(day.month()));
    made.day = static_cast<std::uint16_t>(static_cast<unsigned>(day.day()));
    return made;
}
[[nodiscard]] timestamp timestamp_of(std::int64_t seconds) noexcept {
    const auto in_day = ((seconds % 86'400) + 86'400) % 86'400;
    const date day = date_of((seconds - in_day) / 86'400);
    timestamp made;
    made.year = day.year;
    made.month = day.month;
    made.day = day.day;
    made.hour = static_cast<std::uint16_t>(in_day / 3'600);
    made.minute = static_cast<std::uint16_t>(in_day / 60 % 60);
    made.second = static_cast<std::uint16_t>(in_day % 60);
    return made;
}

template <class T>
[[nodiscard]] std::optional<std::vector<value>> boundaries_of(const T& least, const T& greatest, std::size_t parts) {
    if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, std::uint64_t>) {
        return as_values(cut(least, greatest, parts));
    } else if constexpr (std::is_same_v<T, decimal>) {
        const auto from = floor_of(least);
        const auto to = floor_of(greatest);
        if (!from || !to) return std::nullopt;
        return as_values(cut(*from, *to, parts));
    } else if constexpr (std::is_same_v<T, date> || std::is_same_v<T, timestamp>) {
        if (!is_valid(least) || !is_valid(greatest)) return std::nullopt;
        std::vector<T> made;
        for (const std::int64_t at : cut(number_of(least), number_of(greatest), parts)) {
            if constexpr (std::is_same_v<T, date>)
                made.push_back(date_of(at));
            else
                made.push_back(timestamp_of(at));
        }
        return as_values(made);
    } else {
        return std::nullopt;
    }
}

}  // namespace

std::optional<std::vector<value>> boundaries_between(const value& least, const value& greatest, std::size_t parts) {
    if (least.index() != greatest.index() || parts == 0) return std::nullopt;
    return std::visit(
        [&](const auto& from) { return boundaries_of(from, std::get<std::decay_t<decltype(from)>>(greatest), parts); },
        least);
}

}  // namespace sluice::runtime
