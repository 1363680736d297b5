#pragma once
// Options out of JSON text, for programs whose users configure them in a file:
//
//   {"max_size": 12, "idle_timeout": "5 min", "order": "fifo", "connect": {"login_timeout": "5 s"}}
//
// Each key is the name of the option. A length of time is a text with its unit, "500 ms", "2 s", "5 min", "1 h" or
// "30 d"; or 0. What is left out has its default. docs/options.md lists all.
//
// Threads: functions of their arguments. invalid_argument lists everything wrong: malformed JSON and where, keys that
// are no option, values of another type or out of range. No value is ever part of an error.

#include <sluice/protocol/config.hpp>
#include <sluice/protocol/error.hpp>
#include <sluice/runtime/options.hpp>

#include <string_view>

namespace sluice {

// Text longer than this is refused unread.
inline constexpr std::size_t options_json_bytes_max = std::size_t{8} * 1024 * 1024;

[[nodiscard]] SLUICE_EXPORT result<engine_options> engine_options_from_json(std::string_view text);
[[nodiscard]] SLUICE_EXPORT result<pool_options> pool_options_from_json(std::string_view text);
[[nodiscard]] SLUICE_EXPORT result<connect_options> connect_options_from_json(std::string_view text);

}  // namespace sluice
