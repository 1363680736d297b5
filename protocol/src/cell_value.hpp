#pragma once
// One value into one wanted type, without loss or not at all. Knows nothing of batches.
//
// Threads: functions of their arguments; any thread.

#include <sluice/protocol/date_time.hpp>
#include <sluice/protocol/decimal.hpp>
#include <sluice/protocol/value.hpp>

#include <bit>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

namespace sluice::detail {

enum class trouble : std::uint8_t {
    none,
    out_of_range,  // not between the limits of the wanted type
    inexact,       // the wanted type has no such value
    malformed,     // text that says something else
};

template <class T>
struct attempt {
    T value{};
    trouble what = trouble::none;
};

template <class T>
inline constexpr bool is_whole = std::is_integral_v<T> && !std::is_same_v<T, bool>;

// What text of a dynamic column is read by: the whole of it, in the C locale whatever the process's is.
template <class T>
[[nodiscard]] attempt<T> parse_number(std::string_view text) noexcept {
    attempt<T> made;
    const char* end = text.data() + text.size();
    const auto done = std::from_chars(text.data(), end, made.value);
    if (done.ec == std::errc::invalid_argument || done.ptr != end)
        made.what = trouble::malformed;
    else if (done.ec != std::errc())
        made.what = trouble::out_of_range;
    return made;
}

// A 64-bit number, signed or not, into any number type.
template <class T, std::integral From>
[[nodiscard]] attempt<T> from_whole(From from) noexcept {
    attempt<T> made;
    if constexpr (std::is_same_v<T, bool>) {
        if (from == 0 || from == 1)
            made.value = from == 1;
        else
            made.what = trouble::out_of_range;
    } else if constexpr (is_whole<T>) {
        if (std::in_range<T>(from))
            made.value = static_cast<T>(from);
        else
            made.what = trouble::out_of_range;
    } else {
        static_assert(std::is_floating_point_v<T>);
        const auto bits = static_cast<std::uint64_t>(from);
        const std::uint64_t magnitude = from < 0 ? ~bits + 1 : bits;
        const int width =
            magnitude == 0 ? 0 : static_cast<int>(std::bit_width(magnitude)) - std::countr_zero(magnitude);
        if (width <= std::numeric_limits<T>::digits)
            made.value = static_cast<T>(from);
        else
            made.what = trouble::inexact;
    }
    return made;
}

[[nodiscard]] inline attempt<float> from_double(double from) noexcept {
    attempt<float> made;
    if (std::isnan(from)) {
        made.value = std::numeric_limits<float>::quiet_NaN();
    } else if (std::isfinite(from) && std::fabs(from) > static_cast<double>(std::numeric_limits<float>::max())) {
        made.what = trouble::out_of_range;
    } else {
        made.value = static_cast<float>(from);
        if (static_cast<double>(made.value) != from) made.what = trouble::inexact;
    }
    return made;
}

template <class T>
[[nodiscard]] attempt<T> whole_from_text(std::string_view text) noexcept {
    const auto number = parse_number<std::int64_t>(text);
    if (number.what == trouble::none) return from_whole<T>(number.value);
    if (number.what == trouble::out_of_range) {
        const auto large = parse_number<std::uint64_t>(text);
        if (large.what == trouble::none) return from_whole<T>(large.value);
    }
    return {T{}, number.what};
}

// The nearest double, except for whole numbers, which are exact.
[[nodiscard]] inline attempt<double> double_from_text(std::string_view text) noexcept {
    const auto whole = whole_from_text<double>(text);
    if (whole.what == trouble::none || whole.what == trouble::inexact) return whole;
    return parse_number<double>(text);
}

// A float that is the same number, or whose shortest text is: 0.1 is, 0.123456789 is not.
[[nodiscard]] inline attempt<float> float_from_text(std::string_view text) {
    const auto wide = double_from_text(text);
    if (wide.what != trouble::none) return {0, wide.what};
    const auto exact = from_double(wide.value);
    if (exact.what == trouble::none) return exact;
    const auto nearest = parse_number<float>(text);
    if (nearest.what != trouble::none) return exact;
    char shortest[32];
    const auto end = std::to_chars(shortest, shortest + sizeof shortest, nearest.value).ptr;
    const auto wanted = decimal::parse(text);
    const auto got = decimal::parse(std::string_view(shortest, static_cast<std::size_t>(end - shortest)));
    if (wanted && got && *wanted == *got) return nearest;
    return exact;
}

template <class T>
[[nodiscard]] attempt<T> from_optional(std::optional<T> made) {
    if (made) return {std::move(*made), trouble::none};
    return {T(), trouble::malformed};
}

template <class T>
[[nodiscard]] attempt<T> from_text(std::string_view text) {
    if constexpr (std::is_same_v<T, bool> || is_whole<T>)
        return whole_from_text<T>(text);
    else if constexpr (std::is_same_v<T, double>)
        return double_from_text(text);
    else if constexpr (std::is_same_v<T, float>)
        return float_from_text(text);
    else if constexpr (std::is_same_v<T, decimal>)
        return from_optional(decimal::parse(text));
    else if constexpr (std::is_same_v<T, date>)
        return from_optional(parse_date(text));
    else if constexpr (std::is_same_v<T, time>)
        return from_optional(parse_time(text));
    else if constexpr (std::is_same_v<T, timestamp>)
        return from_optional(parse_timestamp(text));
    else
        return {T(text), trouble::none};
}

}  // namespace sluice::detail
