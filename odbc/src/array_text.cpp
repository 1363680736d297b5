#include "array_text.hpp"

#include <utility>

namespace sluice::odbc {

std::string& array_text::begin() {
    text_.push_back(text_.empty() ? '{' : ',');
    return text_;
}

void array_text::add_quoted(std::string_view text) {
    begin().push_back('"');
    if (text.find('"') == std::string_view::npos && text.find('\\') == std::string_view::npos) {
        text_.append(text);
    } else {
        for (const char c : text) {
            if (c == '"' || c == '\\') text_.push_back('\\');
            text_.push_back(c);
        }
    }
    text_.push_back('"');
}

void array_text::add_bytes(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    begin().append("\"\\\\x");
    for (const char each : bytes) {
        const auto byte = static_cast<unsigned char>(each);
        text_.push_back(digits[byte >> 4]);
        text_.push_back(digits[byte & 15]);
    }
    text_.push_back('"');
}

std::string array_text::take() {
    if (text_.empty()) text_.push_back('{');
    text_.push_back('}');
    return std::exchange(text_, {});
}

}  // namespace sluice::odbc
