#include "ascii.hpp"

#include <sluice/protocol/decimal.hpp>

#include <charconv>
#include <cstddef>
#include <limits>
#include <ostream>
#include <stdexcept>
#include <system_error>

namespace sluice {

namespace {

constexpr std::int64_t exponent_max = 999'999'999;

enum class kind { not_a_number_text, finite, infinite, nan };

// A number's text, taken apart. Digits are those of whole and fraction without zeros at either end, so that two finite
// numbers are equal just when sign, digits and exponent are.
struct parts {
    kind what = kind::not_a_number_text;
    bool negative = false;
    std::string_view whole;
    std::string_view fraction;
    std::size_t first = 0;      // of the digits that count, within whole and fraction as one
    std::size_t count = 0;      // 0: the number is zero
    std::int64_t exponent = 0;  // the value is the digits as a whole number, times 10^exponent

    [[nodiscard]] char any(std::size_t i) const noexcept {
        return i < whole.size() ? whole[i] : fraction[i - whole.size()];
    }
    [[nodiscard]] char digit(std::size_t i) const noexcept { return any(first + i); }
};

std::string_view take_digits(std::string_view& text) noexcept {
    std::size_t n = 0;
    while (n < text.size() && ascii::is_digit(text[n])) ++n;
    const std::string_view digits = text.substr(0, n);
    text.remove_prefix(n);
    return digits;
}

bool take_sign(std::string_view& text) noexcept {
    const bool negative = !text.empty() && text.front() == '-';
    if (negative || (!text.empty() && text.front() == '+')) text.remove_prefix(1);
    return negative;
}

// What follows the 'e'. False: no number, or one too large.
bool read_exponent(std::string_view text, std::int64_t& to) noexcept {
    const bool negative = take_sign(text);
    const std::string_view digits = take_digits(text);
    if (digits.empty() || !text.empty()) return false;
    std::int64_t number = 0;
    for (const char c : digits) {
        number = number * 10 + (c - '0');
        if (number > exponent_max) return false;
    }
    to = negative ? -number : number;
    return true;
}

void find_digits(parts& p) noexcept {
    const std::size_t all = p.whole.size() + p.fraction.size();
    std::size_t end = all;
    while (p.first < all && p.any(p.first) == '0') ++p.first;
    while (end > p.first && p.any(end - 1) == '0') --end;
    p.count = end - p.first;
    p.exponent += static_cast<std::int64_t>(all - end) - static_cast<std::int64_t>(p.fraction.size());
    if (p.count == 0) {
        p.exponent = 0;
        p.negative = false;
    }
}

parts take_apart(std::string_view text) noexcept {
    parts p;
    if (ascii::same_letters(text, "nan")) {
        p.what = kind::nan;
        return p;
    }
    p.negative = take_sign(text);
    if (ascii::same_letters(text, "infinity") || ascii::same_letters(text, "inf")) {
        p.what = kind::infinite;
        return p;
    }
    p.whole = take_digits(text);
    if (!text.empty() && text.front() == '.') {
        text.remove_prefix(1);
        p.fraction = take_digits(text);
    }
    if (p.whole.empty() && p.fraction.empty()) return p;
    if (!text.empty()) {
        if (ascii::lower(text.front()) != 'e' || !read_exponent(text.substr(1), p.exponent)) return p;
    }
    p.what = kind::finite;
    find_digits(p);
    return p;
}

bool same_value(const parts& a, const parts& b) noexcept {
    if (a.what != b.what || a.negative != b.negative) return false;
    if (a.what != kind::finite) return true;
    if (a.count != b.count || a.exponent != b.exponent) return false;
    for (std::size_t i = 0; i < a.count; ++i)
        if (a.digit(i) != b.digit(i)) return false;
    return true;
}

}  // namespace

decimal::decimal(std::string_view text) : text_(text) {
    if (!is_number(text)) throw std::invalid_argument("sluice::decimal: the text is no number");
}

decimal::decimal(std::int64_t value) : text_(std::to_string(value)) {}
decimal::decimal(std::uint64_t value) : text_(std::to_string(value)) {}

std::optional<decimal> decimal::parse(std::string_view text) {
    if (!is_number(text)) return std::nullopt;
    decimal made;
    made.text_ = text;
    return made;
}

bool decimal::is_number(std::string_view text) noexcept {
    return take_apart(text).what != kind::not_a_number_text;
}

std::optional<std::int64_t> decimal::to_int64(int scale) const noexcept {
    constexpr std::int64_t digits_max = 19;  // as many always fit 64 bits without a sign
    const parts p = take_apart(text_);
    if (p.what != kind::finite) return std::nullopt;
    if (p.count == 0) return 0;
    const std::int64_t zeros = p.exponent + scale;
    if (zeros < 0 || zeros > digits_max || static_cast<std::int64_t>(p.count) + zeros > digits_max) return std::nullopt;
    std::uint64_t magnitude = 0;
    for (std::size_t i = 0; i < p.count; ++i) magnitude = magnitude * 10 + static_cast<std::uint64_t>(p.digit(i) - '0');
    for (std::int64_t i = 0; i < zeros; ++i) magnitude *= 10;
    constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (magnitude > largest + (p.negative ? 1 : 0)) return std::nullopt;
    return static_cast<std::int64_t>(p.negative ? ~magnitude + 1 : magnitude);
}

double decimal::to_double() const noexcept {
    const parts p = take_apart(text_);
    if (p.what == kind::nan) return std::numeric_limits<double>::quiet_NaN();
    double magnitude = std::numeric_limits<double>::infinity();
    if (p.what == kind::finite) {
        std::string_view text = text_;
        take_sign(text);
        double read = 0;
        const auto done = std::from_chars(text.data(), text.data() + text.size(), read);
        if (done.ec == std::errc())
            magnitude = read;
        else if (static_cast<std::int64_t>(p.count) + p.exponent <= 0)
            magnitude = 0;  // too small, not too large
    }
    return p.negative ? -magnitude : magnitude;
}

bool operator==(const decimal& a, const decimal& b) noexcept {
    return same_value(take_apart(a.text_), take_apart(b.text_));
}

std::ostream& operator<<(std::ostream& out, const decimal& d) {
    return out << d.str();
}

}  // namespace sluice
