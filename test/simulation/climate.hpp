#pragma once
// What kind of world a seed gives: which faults exist in it at all and how often, how large everything is, how patient
// the session is. Each seed switches about half of the faults off, because a fault that is always there hides what only
// happens without it.
//
// Threads: a value.

#include "dice.hpp"
#include "policy/supervisor.hpp"

#include <cstdint>
#include <string>

namespace sluice::sim {

struct climate {
    // Sizes.
    std::uint32_t users = 0;  // with a session of their own
    std::uint32_t pools = 0;
    std::uint32_t pool_users = 0;  // of each pool
    std::uint32_t pool_size = 0;   // of each pool: sessions, those kept idle, those connecting at once
    std::uint32_t pool_idle = 0;
    std::uint32_t pool_connecting = 0;
    std::int64_t pool_lifetime = 0;
    std::int64_t pool_idle_timeout = 0;
    bool pool_fifo = false;
    std::int64_t pool_check_after = 0;
    std::int64_t pool_keepalive = 0;
    std::int64_t pool_overdue_after = 0;
    bool pool_fails_fast = false;
    std::uint32_t requests = 0;  // at least
    std::uint32_t slots = 0;     // of a mailbox
    std::uint32_t waiters = 0;   // of a pool
    std::uint32_t prefetch = 0;
    std::uint32_t quarantined = 0;
    std::uint32_t cancels_per_second = 0;
    std::uint32_t cancels_burst = 0;
    std::int64_t grace = 0;  // of the shutdown
    bool shutdown_in_the_storm = false;
    bool drains = false;
    runtime::patience patient{};

    // Of a call.
    double slow = 0, stuck = 0, stuck_for_good = 0, fails = 0, breaks = 0, throws = 0;
    double ignores_cancel = 0;
    // Of a cancel.
    double cancel_hangs = 0, cancel_lost = 0, cancel_late = 0;
    // Of a connect.
    double connect_fails = 0, connect_permanent = 0, connect_hangs = 0, thread_refused = 0;
    // Of leaving.
    double leave_hangs = 0;
    // Of the server: from one change of the weather to the next, and what comes.
    std::int64_t weather = 0;
    double kills_one = 0, restarts = 0, goes_down = 0, black_hole = 0, freezes = 0;
    // Of users.
    double hurry = 0;  // short deadlines
    double no_deadline = 0, cancels = 0, cancels_at_once = 0, drops = 0, triggers = 0, never_reads = 0;
    double streams = 0, transactions = 0, bursts = 0;
    double resizes = 0, evicts = 0;  // of pools

    [[nodiscard]] static climate chosen(dice&);
    [[nodiscard]] std::string to_string() const;
};

}  // namespace sluice::sim
