#include "ascii.hpp"

#include <sluice/protocol/date_time.hpp>

#include <array>
#include <ostream>

namespace sluice {

namespace {

constexpr std::uint32_t nanoseconds_per_second = 1'000'000'000;

int days_in(int year, int month) noexcept {
    if (month == 2) return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

bool valid_day(int year, int month, int day) noexcept {
    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= days_in(year, month);
}

// Takes text from its front; one failure is remembered, and everything after it is worthless.
class reader {
public:
    explicit reader(std::string_view text) noexcept : rest_(text) {}

    [[nodiscard]] std::uint16_t digits(std::size_t count) noexcept {
        if (rest_.size() < count) return fail();
        std::uint16_t number = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (!ascii::is_digit(rest_[i])) return fail();
            number = static_cast<std::uint16_t>(number * 10 + (rest_[i] - '0'));
        }
        rest_.remove_prefix(count);
        return number;
    }
    void expect(std::string_view any_of) noexcept {
        if (rest_.empty() || any_of.find(rest_.front()) == std::string_view::npos)
            fail();
        else
            rest_.remove_prefix(1);
    }
    // Nothing, or a point and at least one digit; those after the ninth have to be zero.
    [[nodiscard]] std::uint32_t fraction() noexcept {
        if (rest_.empty()) return 0;
        expect(".");
        if (!ok_ || rest_.empty()) return fail();
        std::uint32_t number = 0;
        std::uint32_t unit = nanoseconds_per_second;
        for (const char c : rest_) {
            if (!ascii::is_digit(c) || (unit == 1 && c != '0')) return fail();
            if (unit == 1) continue;
            unit /= 10;
            number += static_cast<std::uint32_t>(c - '0') * unit;
        }
        rest_ = {};
        return number;
    }
    [[nodiscard]] bool finished() const noexcept { return rest_.empty(); }
    [[nodiscard]] bool ok() const noexcept { return ok_ && rest_.empty(); }

private:
    std::uint16_t fail() noexcept {
        ok_ = false;
        rest_ = {};
        return 0;
    }

    std::string_view rest_;
    bool ok_ = true;
};

template <class T>
void read_day(reader& from, T& to) noexcept {
    to.year = static_cast<std::int16_t>(from.digits(4));
    from.expect("-");
    to.month = from.digits(2);
    from.expect("-");
    to.day = from.digits(2);
}

template <class T>
void read_clock(reader& from, T& to) noexcept {
    to.hour = from.digits(2);
    from.expect(":");
    to.minute = from.digits(2);
    from.expect(":");
    to.second = from.digits(2);
    to.nanosecond = from.fraction();
}

template <class T>
std::optional<T> checked(const reader& from, const T& made) noexcept {
    if (!from.ok() || !is_valid(made)) return std::nullopt;
    return made;
}

// Makes the text in its own memory: no value needs more.
class writer {
public:
    // At least so many digits.
    void padded(std::int64_t number, std::size_t width) noexcept {
        if (number < 0) {
            put('-');
            number = -number;
        }
        std::size_t digits = width;
        for (auto least = power_of_ten(width); least <= number; least *= 10) ++digits;
        for (std::size_t at = size_ + digits; at != size_; number /= 10)
            text_[--at] = static_cast<char>('0' + number % 10);
        size_ += digits;
    }
    void put(char c) noexcept { text_[size_++] = c; }
    template <class T>
    void day(const T& from) noexcept {
        padded(from.year, 4);
        put('-');
        padded(from.month, 2);
        put('-');
        padded(from.day, 2);
    }
    template <class T>
    void clock(const T& from) noexcept {
        padded(from.hour, 2);
        put(':');
        padded(from.minute, 2);
        put(':');
        padded(from.second, 2);
        if (from.nanosecond == 0) return;
        put('.');
        padded(from.nanosecond, 9);
        while (text_[size_ - 1] == '0') --size_;
    }
    [[nodiscard]] std::string made() const { return {text_.data(), size_}; }

private:
    [[nodiscard]] static constexpr std::int64_t power_of_ten(std::size_t exponent) noexcept {
        std::int64_t made = 1;
        for (; exponent != 0; --exponent) made *= 10;
        return made;
    }
    // Of numbers that are no date: a sign and five digits for each of five, a fraction of ten, six marks.
    std::array<char, 64> text_{};
    std::size_t size_ = 0;
};

}  // namespace

bool is_valid(const date& d) noexcept {
    return valid_day(d.year, d.month, d.day);
}

bool is_valid(const time& t) noexcept {
    return t.hour < 24 && t.minute < 60 && t.second < 60 && t.nanosecond < nanoseconds_per_second;
}

bool is_valid(const timestamp& t) noexcept {
    return valid_day(t.year, t.month, t.day) && is_valid(time{t.hour, t.minute, t.second, t.nanosecond});
}

std::optional<date> parse_date(std::string_view text) noexcept {
    reader from(text);
    date made;
    read_day(from, made);
    return checked(from, made);
}

std::optional<time> parse_time(std::string_view text) noexcept {
    reader from(text);
    time made;
    read_clock(from, made);
    return checked(from, made);
}

std::optional<timestamp> parse_timestamp(std::string_view text) noexcept {
    reader from(text);
    timestamp made;
    read_day(from, made);
    if (!from.finished()) {
        from.expect(" T");
        read_clock(from, made);
    }
    return checked(from, made);
}

std::string to_string(const date& d) {
    writer text;
    text.day(d);
    return text.made();
}

std::string to_string(const time& t) {
    writer text;
    text.clock(t);
    return text.made();
}

std::string to_string(const timestamp& t) {
    writer text;
    text.day(t);
    text.put(' ');
    text.clock(t);
    return text.made();
}

std::ostream& operator<<(std::ostream& out, const date& d) {
    return out << to_string(d);
}
std::ostream& operator<<(std::ostream& out, const time& t) {
    return out << to_string(t);
}
std::ostream& operator<<(std::ostream& out, const timestamp& t) {
    return out << to_string(t);
}

}  // namespace sluice
