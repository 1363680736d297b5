#pragma once
// Which parts of a connection string nobody may see.
//
// Threads: functions of their arguments; any thread.

#include <string_view>

namespace sluice::detail {

// The key of a password, a token or the like. Rather one too many than one too few.
[[nodiscard]] bool is_secret_key(std::string_view key) noexcept;

// A value with settings of its own, one of which is a secret (pqopt={password=x}), or an address with a user's
// password.
[[nodiscard]] bool holds_secret(std::string_view value) noexcept;

}  // namespace sluice::detail
