#include "text_parse.hpp"

#include <sluice/protocol/date_time.hpp>

#include <charconv>
#include <cstring>
#include <limits>
#include <optional>
#include <system_error>

namespace sluice::odbc {
namespace {

constexpr std::size_t digits_always_fit = 19;  // in 64 bits without a sign
constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();

bool parse_digits(std::string_view text, std::uint64_t& to) noexcept {
    if (text.empty()) return false;
    std::uint64_t number = 0;
    for (const char c : text) {
        const auto digit = static_cast<unsigned char>(c - '0');
        if (digit > 9) return false;
        number = number * 10 + digit;
    }
    to = number;
    return true;
}

// REQUIRES: word in lower case.
bool is_word(std::string_view text, std::string_view word) noexcept {
    if (text.size() != word.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i)
        if ((text[i] | 0x20) != word[i]) return false;
    return true;
}

// Only these have no digit in them.
bool parse_special(std::string_view text, bool negative, double& to) noexcept {
    if (text == "Inf" || text == "Infinity") {
        const double infinity = std::numeric_limits<double>::infinity();
        to = negative ? -infinity : infinity;
        return true;
    }
    if (negative || text != "NaN") return false;
    to = std::numeric_limits<double>::quiet_NaN();
    return true;
}

double beyond_range(std::string_view text, bool negative) noexcept {
    const std::size_t exponent = text.find_first_of("eE");
    const bool tiny = exponent < text.size() && text.substr(exponent + 1).starts_with('-');
    const double magnitude = tiny ? 0.0 : std::numeric_limits<double>::max();
    return negative ? -magnitude : magnitude;
}

template <class T>
bool put(bool parsed, const T& value, std::byte* to) noexcept {
    if (parsed) std::memcpy(to, &value, sizeof(T));
    return parsed;
}

template <class T>
bool put(const std::optional<T>& parsed, std::byte* to) noexcept {
    if (parsed) std::memcpy(to, &*parsed, sizeof(T));
    return parsed.has_value();
}

bool put_float(std::string_view text, std::byte* to) noexcept {
    double wide = 0;
    if (!parse_double(text, wide)) return false;
    return put(true, static_cast<float>(wide), to);
}

}  // namespace

bool parse_int64(std::string_view text, std::int64_t& to) noexcept {
    const bool negative = !text.empty() && text.front() == '-';
    if (negative) text.remove_prefix(1);
    std::uint64_t magnitude = 0;
    if (text.size() > digits_always_fit || !parse_digits(text, magnitude)) return false;
    if (magnitude > largest + (negative ? 1U : 0U)) return false;
    to = static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
    return true;
}

bool parse_uint64(std::string_view text, std::uint64_t& to) noexcept {
    if (text.size() <= digits_always_fit) return parse_digits(text, to);
    std::uint64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc() || end != text.data() + text.size()) return false;
    to = number;
    return true;
}

bool parse_double(std::string_view text, double& to) noexcept {
    const bool negative = !text.empty() && text.front() == '-';
    const std::string_view magnitude = negative ? text.substr(1) : text;
    if (magnitude.empty()) return false;
    const char first = magnitude.front();
    if (first != '.' && (first < '0' || first > '9')) return parse_special(magnitude, negative, to);

    double number = 0;
    const char* const last = text.data() + text.size();
    const auto [end, fault] = std::from_chars(text.data(), last, number);
    if (end != last) return false;
    if (fault == std::errc::result_out_of_range)
        number = beyond_range(text, negative);
    else if (fault != std::errc())
        return false;
    to = number;
    return true;
}

bool parse_boolean(std::string_view text, bool& to) noexcept {
    if (text == "1" || is_word(text, "true"))
        to = true;
    else if (text == "0" || is_word(text, "false"))
        to = false;
    else
        return false;
    return true;
}

bool parse_cell(column_type type, std::string_view text, std::byte* to) noexcept {
    switch (type) {
        case column_type::boolean: {
            bool value = false;
            return put(parse_boolean(text, value), value, to);
        }
        case column_type::int64: {
            std::int64_t value = 0;
            return put(parse_int64(text, value), value, to);
        }
        case column_type::uint64: {
            std::uint64_t value = 0;
            return put(parse_uint64(text, value), value, to);
        }
        case column_type::float32:
            return put_float(text, to);
        case column_type::float64: {
            double value = 0;
            return put(parse_double(text, value), value, to);
        }
        case column_type::date:
            return put(parse_date(text), to);
        case column_type::time:
            return put(parse_time(text), to);
        case column_type::timestamp:
            return put(parse_timestamp(text), to);
        default:
            return false;
    }
}

}  // namespace sluice::odbc
