#pragma once
// Why a pool had no session for a caller, and what it had at that moment: error::shortage().
//
// Threads: a value; any thread.

#include <sluice/protocol/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice {

enum class shortage_reason : std::uint8_t {
    exhausted,   // others have the sessions, or the engine has no room for more
    connecting,  // one is being connected or tested, and no connect has failed since the last that succeeded
    down,        // the last connect failed: error::cause() says how
};
[[nodiscard]] SLUICE_EXPORT std::string_view to_string(shortage_reason) noexcept;

struct pool_shortage {
    shortage_reason reason{};
    std::size_t max_size = 0;    // sessions, at most
    std::size_t lent = 0;        // sessions that callers have
    std::size_t idle = 0;        // sessions that nobody has
    std::size_t tested = 0;      // sessions that were asked whether they are alive, and have not answered
    std::size_t connecting = 0;  // sessions that are not there yet
    std::size_t waiting = 0;     // callers in line, with this one

    friend bool operator==(const pool_shortage&, const pool_shortage&) = default;
};

}  // namespace sluice
