#pragma once
// PostgreSQL's text of an array: {1,NULL,"two \"words\""}.
//
// Threads: a value.

#include <string>
#include <string_view>

namespace sluice::odbc {

class array_text {
public:
    void add_null() { begin().append("NULL"); }
    // A number, a date, a time, a word: nothing that has to be quoted.
    void add_plain(std::string_view text) { begin().append(text); }
    // Anything, empty text too.
    void add_quoted(std::string_view text);
    // As bytea: \x and two digits for each byte.
    void add_bytes(std::string_view bytes);

    // All that was added; nothing is left.
    [[nodiscard]] std::string take();

private:
    std::string& begin();
    std::string text_;
};

}  // namespace sluice::odbc
