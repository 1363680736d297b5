#include "sql_scanner.hpp"

#include <algorithm>

namespace sluice::protocol {

namespace {

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
constexpr bool begins_word(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
constexpr bool in_word(char c) noexcept {
    return begins_word(c) || is_digit(c);
}

class scanner {
public:
    scanner(std::string_view sql, const sql_dialect& dialect) noexcept : sql_(sql), dialect_(dialect) {}
    [[nodiscard]] sql_piece next(std::size_t from) const noexcept;

private:
    [[nodiscard]] char at(std::size_t i) const noexcept { return i < sql_.size() ? sql_[i] : '\0'; }
    [[nodiscard]] std::size_t end_of(std::string_view mark, std::size_t from) const noexcept {
        const auto found = sql_.find(mark, from);
        return found == std::string_view::npos ? sql_.size() : found + mark.size();
    }
    [[nodiscard]] std::size_t end_of_word(std::size_t i) const noexcept {
        while (i < sql_.size() && in_word(sql_[i])) ++i;
        return i;
    }
    [[nodiscard]] std::size_t end_of_quoted(std::size_t i, char quote, bool backslashes) const noexcept;
    [[nodiscard]] std::size_t end_of_comment(std::size_t i) const noexcept;
    [[nodiscard]] std::size_t end_of_dollars(std::size_t i) const noexcept;
    [[nodiscard]] std::size_t end_of_opaque(std::size_t i) const noexcept;
    [[nodiscard]] bool begins_line_comment(std::size_t i) const noexcept;
    [[nodiscard]] bool is_name(std::size_t colon) const noexcept;

    std::string_view sql_;
    const sql_dialect& dialect_;
};

// `i` is behind the first quote. Two quotes are one within.
std::size_t scanner::end_of_quoted(std::size_t i, char quote, bool backslashes) const noexcept {
    for (; i < sql_.size(); ++i) {
        if (backslashes && sql_[i] == '\\') {
            ++i;
        } else if (sql_[i] == quote) {
            if (at(i + 1) != quote) return i + 1;
            ++i;
        }
    }
    return sql_.size();
}

// `i` is at its `/*`.
std::size_t scanner::end_of_comment(std::size_t i) const noexcept {
    if (!dialect_.nested_comments) return end_of("*/", i + 2);
    std::size_t depth = 0;
    while (i < sql_.size()) {
        if (sql_[i] == '/' && at(i + 1) == '*') {
            ++depth;
            i += 2;
        } else if (sql_[i] == '*' && at(i + 1) == '/') {
            i += 2;
            if (--depth == 0) return i;
        } else {
            ++i;
        }
    }
    return sql_.size();
}

// `i` is at a dollar that no word stands before; where it opens nothing, behind it.
std::size_t scanner::end_of_dollars(std::size_t i) const noexcept {
    std::size_t close = i + 1;
    if (begins_word(at(close))) close = end_of_word(close);
    if (at(close) != '$') return i + 1;
    const std::string_view tag = sql_.substr(i, close - i + 1);
    return end_of(tag, close + 1);
}

bool scanner::begins_line_comment(std::size_t i) const noexcept {
    if (sql_[i] == '#') return dialect_.hash_comments;
    if (sql_[i] != '-' || at(i + 1) != '-') return false;
    return !dialect_.dashes_need_blank || i + 2 >= sql_.size() || static_cast<unsigned char>(at(i + 2)) <= ' ';
}

// Behind what begins at `i` and is no place for parameters; `i` where nothing of that kind begins.
std::size_t scanner::end_of_opaque(std::size_t i) const noexcept {
    const char c = sql_[i];
    if (begins_line_comment(i)) return end_of("\n", i);
    if (c == '/' && at(i + 1) == '*') return end_of_comment(i);
    if (c == '\'' || c == '"') return end_of_quoted(i + 1, c, dialect_.backslash_escapes);
    if (c == '`' && dialect_.backtick_quotes) return end_of_quoted(i + 1, c, false);
    if (c == '[' && dialect_.bracket_quotes) return end_of_quoted(i + 1, ']', false);
    if (c == '$' && dialect_.dollar_quotes) return end_of_dollars(i);
    if (!in_word(c)) return i;
    // A word, so that its last letter is not taken for the E of a string, nor its `$` for a quote.
    std::size_t end = end_of_word(i);
    if (dialect_.escape_strings && end == i + 1 && (c == 'e' || c == 'E') && at(end) == '\'')
        return end_of_quoted(end + 1, '\'', true);
    while (at(end) == '$') end = end_of_word(end + 1);
    return end;
}

// A colon right behind a word, a number or a bracket is a slice (a[lo:hi]) or a path (document:field).
bool scanner::is_name(std::size_t colon) const noexcept {
    if (!begins_word(at(colon + 1))) return false;
    if (colon == 0) return true;
    const char before = sql_[colon - 1];
    return before != ':' && before != ')' && before != ']' && !in_word(before);
}

sql_piece scanner::next(std::size_t from) const noexcept {
    std::size_t i = from;
    while (i < sql_.size()) {
        const bool name = sql_[i] == ':' && is_name(i);
        if (name || sql_[i] == '?') {
            if (i > from) break;  // the text before it is a piece of its own
            if (name) return {sql_piece::kind::name, end_of_word(i + 1)};
            return {sql_piece::kind::question, i + 1};
        }
        const std::size_t behind = end_of_opaque(i);
        i = behind == i ? i + 1 : behind;
    }
    return {sql_piece::kind::text, std::min(i, sql_.size())};
}

}  // namespace

sql_piece next_piece(std::string_view sql, std::size_t from, const sql_dialect& dialect) noexcept {
    return scanner(sql, dialect).next(from);
}

bool is_parameter_name(std::string_view text) noexcept {
    return !text.empty() && begins_word(text.front()) && std::all_of(text.begin(), text.end(), in_word);
}

}  // namespace sluice::protocol
