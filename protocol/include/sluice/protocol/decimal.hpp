#pragma once
// An exact decimal number, kept as the text that the server sent: [+-]digits[.digits][e[+-]digits], or NaN and the
// infinities where the server has them. Never rounded, never turned into a double unless asked. The digits on one side
// of the point may be missing, as some drivers write .5; the exponent is at most 999999999 either way.
//
// Threads: a value; any thread may read.

#include <sluice/protocol/config.hpp>

#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace sluice {

class SLUICE_EXPORT decimal {
public:
    decimal() : text_("0") {}
    // Throws std::invalid_argument for text that is no number; parse() does not throw.
    explicit decimal(std::string_view text);
    explicit decimal(std::int64_t value);
    explicit decimal(std::uint64_t value);
    template <std::integral T>
    requires(sizeof(T) > 1) explicit decimal(T value) : decimal(widened(value)) {}
    template <std::floating_point T>
    explicit decimal(T) = delete;  // a double is seldom the number that was meant: write the text
    [[nodiscard]] static std::optional<decimal> parse(std::string_view text);
    [[nodiscard]] static bool is_number(std::string_view text) noexcept;

    // The text as it came.
    [[nodiscard]] const std::string& str() const noexcept { return text_; }
    // The value times 10^scale; nullopt where that is no whole number, or does not fit. scale: -18 to 18.
    [[nodiscard]] std::optional<std::int64_t> to_int64(int scale = 0) const noexcept;
    // The nearest double.
    [[nodiscard]] double to_double() const noexcept;

    // By value: 1.50 equals 1.5 and 15e-1. NaN equals NaN, so that a row can be compared with a row.
    SLUICE_EXPORT friend bool operator==(const decimal&, const decimal&) noexcept;

private:
    template <class T>
    [[nodiscard]] static constexpr auto widened(T value) noexcept {
        if constexpr (std::is_signed_v<T>)
            return std::int64_t{value};
        else
            return std::uint64_t{value};
    }

    std::string text_;
};

SLUICE_EXPORT std::ostream& operator<<(std::ostream&, const decimal&);

}  // namespace sluice
