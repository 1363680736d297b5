#pragma once
// Splits the driver's SQL and scripts into words. Blanks and new lines separate; `/* */` and `--` comments are skipped;
// a word in single quotes may hold anything, a quote in it is doubled; each of , ( ) : ; ? is a word of its own.
//
// Threads: a value; one at a time.

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sluice::fault_driver {

// Ignores the case of ASCII letters.
[[nodiscard]] bool same_word(std::string_view a, std::string_view b) noexcept;

// What a text got wrong, for the one who wrote it. Caught before the C boundary.
class text_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct word {
    enum class kind : std::uint8_t { plain, quoted, symbol, end };
    kind what = kind::end;
    std::string text;  // without the quotes

    [[nodiscard]] bool is(std::string_view keyword) const noexcept;  // never true for a quoted word
};

class word_reader {
public:
    // The text outlives the reader. Throws text_error for a quote or a comment without its end.
    explicit word_reader(std::string_view text);

    [[nodiscard]] const word& peek() const noexcept { return next_; }
    [[nodiscard]] bool at_end() const noexcept { return next_.what == word::kind::end; }
    word take();

    [[nodiscard]] bool accept(std::string_view keyword);
    void expect(std::string_view keyword);
    [[nodiscard]] std::optional<std::string> accept_quoted();
    [[nodiscard]] std::string expect_quoted(std::string_view what);
    // Digits only, at most `most`.
    [[nodiscard]] bool at_number() const noexcept;
    [[nodiscard]] std::uint64_t expect_number(std::string_view what, std::uint64_t most);
    // Digits, perhaps behind a minus; nothing, with nothing read, where it is no number or not within the bounds.
    [[nodiscard]] std::optional<std::int64_t> accept_integer(std::int64_t least, std::int64_t most);
    [[noreturn]] void fail(std::string_view what) const;

private:
    void skip_blanks_and_comments();
    void advance();

    std::string_view rest_;
    word next_;
};

// How many ? stand outside of quotes and comments.
[[nodiscard]] std::size_t count_parameters(std::string_view sql);

}  // namespace sluice::fault_driver
