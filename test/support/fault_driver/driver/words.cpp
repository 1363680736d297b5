#include "words.hpp"

#include <algorithm>
#include <charconv>

namespace sluice::fault_driver {
namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view symbols = ",():;?";

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool same_word(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

bool word::is(std::string_view keyword) const noexcept {
    return (what == kind::plain || what == kind::symbol) && same_word(text, keyword);
}

word_reader::word_reader(std::string_view text) : rest_(text) {
    advance();
}

word word_reader::take() {
    word taken = std::move(next_);
    advance();
    return taken;
}

bool word_reader::accept(std::string_view keyword) {
    if (!next_.is(keyword)) return false;
    advance();
    return true;
}

void word_reader::expect(std::string_view keyword) {
    if (!accept(keyword)) fail(keyword);
}

std::optional<std::string> word_reader::accept_quoted() {
    if (next_.what != word::kind::quoted) return std::nullopt;
    return take().text;
}

std::string word_reader::expect_quoted(std::string_view what) {
    if (auto text = accept_quoted()) return *std::move(text);
    fail(std::string(what) + " in single quotes");
}

bool word_reader::at_number() const noexcept {
    return next_.what == word::kind::plain && next_.text.find_first_not_of("0123456789") == std::string::npos;
}

std::uint64_t word_reader::expect_number(std::string_view what, std::uint64_t most) {
    std::uint64_t number = 0;
    const char* const last = next_.text.data() + next_.text.size();
    const auto [stopped, failure] = std::from_chars(next_.text.data(), last, number);
    if (!at_number() || failure != std::errc{} || stopped != last || number > most) {
        fail(std::string(what) + " from 0 to " + std::to_string(most));
    }
    advance();
    return number;
}

std::optional<std::int64_t> word_reader::accept_integer(std::int64_t least, std::int64_t most) {
    std::int64_t number = 0;
    const char* const last = next_.text.data() + next_.text.size();
    const auto [stopped, failure] = std::from_chars(next_.text.data(), last, number);
    if (next_.what != word::kind::plain || failure != std::errc{} || stopped != last) return std::nullopt;
    if (number < least || number > most) return std::nullopt;
    advance();
    return number;
}

void word_reader::fail(std::string_view what) const {
    throw text_error("expected " + std::string(what) +
                     (at_end() ? " at the end" : " at '" + next_.text.substr(0, 40) + "'"));
}

void word_reader::skip_blanks_and_comments() {
    for (;;) {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size()));
        if (rest_.starts_with("--")) {
            rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
        } else if (rest_.starts_with("/*")) {
            const auto end = rest_.find("*/", 2);
            if (end == std::string_view::npos) throw text_error("a comment does not end");
            rest_.remove_prefix(end + 2);
        } else {
            return;
        }
    }
}

void word_reader::advance() {
    skip_blanks_and_comments();
    next_ = {};
    if (rest_.empty()) return;
    if (rest_.front() == '\'') {
        next_.what = word::kind::quoted;
        for (std::size_t at = 1;; ++at) {
            if (at >= rest_.size()) throw text_error("a quoted text does not end");
            if (rest_[at] == '\'' && ++at <= rest_.size() && (at == rest_.size() || rest_[at] != '\'')) {
                rest_.remove_prefix(at);
                return;
            }
            next_.text += rest_[at];
        }
    }
    const bool symbol = symbols.find(rest_.front()) != std::string_view::npos;
    const auto end = symbol ? 1 : std::min(rest_.find_first_of(" \t\r\n,():;?'"), rest_.size());
    next_.what = symbol ? word::kind::symbol : word::kind::plain;
    next_.text = rest_.substr(0, end);
    rest_.remove_prefix(end);
}

std::size_t count_parameters(std::string_view sql) {
    std::size_t count = 0;
    for (word_reader words(sql); !words.at_end();) {
        if (words.take().is("?")) ++count;
    }
    return count;
}

}  // namespace sluice::fault_driver
