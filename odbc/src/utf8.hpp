#pragma once
// Is it UTF-8? Text goes to servers and into messages as UTF-8 only.
//
// Threads: functions of their arguments.

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::odbc {

// The bytes of the well-formed sequence that `text` begins with; 0 if there is none.
[[nodiscard]] std::size_t utf8_sequence(std::string_view text) noexcept;
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;
// Each byte that is not part of a well-formed sequence becomes '?'.
[[nodiscard]] std::string to_utf8(std::string_view text);

}  // namespace sluice::odbc
