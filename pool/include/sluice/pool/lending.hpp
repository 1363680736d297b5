#pragma once
// The rules by which a pool lends its sessions, and what follows from an event: the words of lender.hpp.
//
// Threads: values.

#include <sluice/protocol/limits.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace sluice::lending {

using waiter_id = std::uint64_t;
// Of a session within its pool; no two have the same.
using session_number = std::uint64_t;

inline constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

// Which of the idle sessions is lent.
enum class idle_order : std::uint8_t {
    lifo,  // the one that was used last: the others can grow old and leave
    fifo,  // the one that was not used for longest: all are used alike
};

[[nodiscard]] constexpr std::int64_t in_ns(std::chrono::nanoseconds d) noexcept {
    return d.count();
}

// `never` where the sum would be beyond it.
[[nodiscard]] constexpr std::int64_t after(std::int64_t at_ns, std::int64_t duration_ns) noexcept {
    return duration_ns > never - at_ns ? never : at_ns + duration_ns;
}

struct rules {
    std::size_t max_size = limits::pool_size_default;  // sessions, alive or connecting; at least 1
    std::size_t min_idle = 0;                          // kept idle as long as there is room
    std::size_t max_connecting = limits::pool_connecting_default;
    std::size_t waiters_max = limits::waiters_default;
    std::int64_t max_lifetime_ns = in_ns(limits::pool_lifetime_default);      // never: no limit
    std::int64_t idle_timeout_ns = in_ns(limits::pool_idle_timeout_default);  // never: no limit
    // Who gets a session that nothing was heard of for so long gets it checked. 0: whenever somebody had it before;
    // never: not at all.
    std::int64_t check_after_ns = in_ns(limits::pool_check_after_default);
    std::int64_t keepalive_ns = in_ns(limits::pool_keepalive_default);  // an idle one is tested as often; never: not
    std::int64_t overdue_after_ns = never;  // a session that is lent for so long is named; never: none is
    idle_order order = idle_order::lifo;
    bool fail_fast = false;  // nobody waits for a server that is down
};

// This session is this waiter's. `place`: where it stood in line. `check`: once it is known to be alive; where it is
// not, lost() follows.
struct loan {
    waiter_id to = 0;
    session_number session = 0;
    std::uint64_t place = 0;
    bool check = false;
};

// What has to be done after an event.
struct steps {
    std::optional<loan> lend;
    std::vector<session_number> connect;  // make these: each is answered with connected() or connect_failed()
    std::vector<session_number> test;     // idle ones: each is answered with tested()
    std::vector<session_number> close;    // these are no longer of the pool
    std::vector<session_number> overdue;  // are lent for longer than they should be; each is named once a loan
    std::vector<waiter_id> turn_away;     // these get no session: they are told why, in this order
};

}  // namespace sluice::lending
