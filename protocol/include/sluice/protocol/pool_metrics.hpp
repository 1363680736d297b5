#pragma once
// What a pool has done and holds, at one moment.
//
// Threads: a value.

#include <sluice/protocol/config.hpp>

#include <cstdint>
#include <string>

namespace sluice {

class pool_metrics {
public:
    // Now. sessions = idle + lent + connecting + tested.
    std::uint64_t max_size = 0;
    std::uint64_t sessions = 0;
    std::uint64_t idle = 0;
    std::uint64_t lent = 0;
    std::uint64_t connecting = 0;
    std::uint64_t tested = 0;   // idle ones that have to prove that they are alive
    std::uint64_t waiting = 0;  // callers in line

    // Since the pool was opened. Every caller that asked is counted once in what follows it, when it is answered.
    std::uint64_t asked = 0;            // for a session, or for a request that needs one
    std::uint64_t granted = 0;          // a session
    std::uint64_t granted_at_once = 0;  // of these, without standing in line
    std::uint64_t exhausted = 0;        // none became free by the deadline
    std::uint64_t cancelled = 0;        // while they waited
    std::uint64_t refused_full = 0;     // pool_options::waiters_max
    std::uint64_t refused_down = 0;     // pool_options::fail_fast_when_down
    std::uint64_t turned_away = 0;      // the connect that they waited for failed, or the pool is closed

    std::uint64_t connected = 0;       // sessions made
    std::uint64_t connect_failed = 0;  // attempts that gave none
    std::uint64_t left = 0;            // sessions that left: for their age, their idleness, an eviction, a loss
    std::uint64_t overdue = 0;         // leases that lasted longer than pool_options::leak_threshold
};

[[nodiscard]] SLUICE_EXPORT std::string to_json(const pool_metrics&);

}  // namespace sluice
