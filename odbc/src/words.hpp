#pragma once
// ASCII words without regard to case.
//
// Threads: functions of their arguments.

#include <algorithm>
#include <string_view>

namespace sluice::odbc {

[[nodiscard]] constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] constexpr bool is_blank(char c) noexcept {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

[[nodiscard]] constexpr bool same_word(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

[[nodiscard]] constexpr bool has_text(std::string_view text, std::string_view part) noexcept {
    return std::search(text.begin(), text.end(), part.begin(), part.end(),
                       [](char x, char y) { return lower(x) == lower(y); }) != text.end();
}

// Calls `f` with each word of a list separated by spaces until it answers true; answers whether it did.
template <class F>
constexpr bool any_word(std::string_view list, F&& f) {
    while (!list.empty()) {
        const auto end = std::min(list.find(' '), list.size());
        if (end > 0 && f(list.substr(0, end))) return true;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

}  // namespace sluice::odbc
