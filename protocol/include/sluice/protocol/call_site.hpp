#pragma once
// Where in the caller's program something was asked for: a file, a line, a function.
//
// Threads: a value. The texts are the compiler's, and live as long as the program.

#include <string>

namespace sluice {

class call_site {
public:
    constexpr call_site() noexcept {}  // unknown
    // As a default argument: of the call that leaves the argument out.
    [[nodiscard]] static constexpr call_site current(const char* file = __builtin_FILE(),
                                                     const char* function = __builtin_FUNCTION(),
                                                     int line = __builtin_LINE()) noexcept {
        call_site made;
        made.file_ = file;
        made.function_ = function;
        made.line_ = line;
        return made;
    }

    [[nodiscard]] constexpr const char* file() const noexcept { return file_; }
    [[nodiscard]] constexpr const char* function() const noexcept { return function_; }
    [[nodiscard]] constexpr int line() const noexcept { return line_; }
    [[nodiscard]] constexpr explicit operator bool() const noexcept { return line_ != 0; }

    // "file:line (function)"; "an unknown place".
    [[nodiscard]] std::string text() const {
        if (line_ == 0) return "an unknown place";
        return std::string(file_) + ":" + std::to_string(line_) + " (" + function_ + ")";
    }

private:
    const char* file_ = "";
    const char* function_ = "";
    int line_ = 0;
};

}  // namespace sluice
