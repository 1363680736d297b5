#pragma once
// Letters, digits and blanks of ASCII, whatever the process's locale is: drivers call setlocale.
//
// Threads: functions of their arguments; any thread.

#include <algorithm>
#include <string_view>

namespace sluice::ascii {

[[nodiscard]] constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
[[nodiscard]] constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] constexpr bool same_letters(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

// Where `part` begins in `text` at or after `from`, without regard to case; npos: nowhere.
[[nodiscard]] constexpr std::size_t find_letters(std::string_view text, std::string_view part,
                                                 std::size_t from = 0) noexcept {
    for (std::size_t i = from; i + part.size() <= text.size(); ++i)
        if (same_letters(text.substr(i, part.size()), part)) return i;
    return std::string_view::npos;
}

[[nodiscard]] constexpr std::string_view trim(std::string_view text) noexcept {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

}  // namespace sluice::ascii
