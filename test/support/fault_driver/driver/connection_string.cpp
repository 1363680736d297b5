#include "connection_string.hpp"

#include "words.hpp"

#include <algorithm>

namespace sluice::fault_driver {
namespace {

// Takes the value off the front, and the ; behind it.
std::string take_value(std::string_view& rest) {
    std::string value;
    if (!rest.starts_with('{')) {
        value = rest.substr(0, rest.find(';'));
        rest.remove_prefix(value.size());
    } else {
        rest.remove_prefix(1);
        while (!rest.empty() && (rest.front() != '}' || rest.starts_with("}}"))) {
            const bool doubled = rest.front() == '}';
            value += rest.front();
            rest.remove_prefix(doubled ? 2 : 1);
        }
    }
    const auto end = rest.find(';');
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return value;
}

}  // namespace

std::string text_of(const SQLCHAR* text, SQLINTEGER length) {
    if (text == nullptr) return {};
    const auto* const first = reinterpret_cast<const char*>(text);
    return length == SQL_NTS ? std::string(first)
                             : std::string(first, static_cast<std::size_t>(std::max<SQLINTEGER>(length, 0)));
}

std::string value_of(std::string_view rest, std::string_view key) {
    while (!rest.empty()) {
        const auto equals = rest.find('=');
        if (equals == std::string_view::npos) return {};
        std::string_view name = rest.substr(0, equals);
        name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
        rest.remove_prefix(equals + 1);
        std::string value = take_value(rest);
        if (same_word(name, key)) return value;
    }
    return {};
}

}  // namespace sluice::fault_driver
