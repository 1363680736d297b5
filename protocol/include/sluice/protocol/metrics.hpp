#pragma once
// What an engine has counted, at one instant of each session: accepted = completed + in flight, always. `in_flight` is
// counted in the tables of requests, the other two where they happen, so that the law can be broken and is tested.
//
// Threads: a value.

#include <sluice/protocol/error.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace sluice {

inline constexpr std::size_t errc_count = static_cast<std::size_t>(errc::rejected) + 1;

struct metrics_snapshot {
    // Requests of sessions. A batch of a stream is none.
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;                          // never accepted: queue_full, closed and the like
    std::array<std::uint64_t, errc_count> completed{};  // by code; errc::ok: with success
    std::uint64_t in_flight = 0;
    std::uint64_t queued = 0;    // of those in flight, not yet taken by a worker
    std::uint64_t given_up = 0;  // of the completed ones, answered while the driver was still at work

    // Interrupted calls.
    std::uint64_t cancels_sent = 0;
    std::uint64_t cancels_missed = 0;     // the request was in no call that could be interrupted, or over
    std::uint64_t cancels_refused = 0;    // the driver said no
    std::uint64_t cancels_postponed = 0;  // by engine_options::cancels_per_second
    std::uint64_t cancels_stuck = 0;      // did not come back in time

    // Statements that stay prepared.
    std::uint64_t statement_hits = 0;       // executions of one that was prepared before
    std::uint64_t statement_misses = 0;     // of one that could stay prepared, and was not there
    std::uint64_t statement_evictions = 0;  // driven out by another one: see connect_options::statement_cache
    std::uint64_t statement_prepares = 0;   // calls of SQLPrepare
    std::uint64_t statements_cached = 0;    // stay prepared now, and are not in use

    // Sessions and their threads.
    std::uint64_t sessions = 0;
    std::uint64_t workers_ready = 0;
    std::uint64_t workers_busy = 0;
    std::uint64_t workers_suspect = 0;  // have to come back, and have not
    std::uint64_t workers_connecting = 0;
    std::uint64_t workers_leaving = 0;
    std::uint64_t quarantined = 0;  // threads stuck in a driver now
    std::uint64_t quarantined_ever = 0;
    std::uint64_t returned_from_quarantine = 0;
    std::uint64_t recoveries = 0;
    std::uint64_t collapsed_triggers = 0;  // found a recovery under way
    std::uint64_t stale_dropped = 0;       // answers of workers that had been given up
    std::uint64_t events_dropped = 0;
    std::uint64_t memory_bytes = 0;  // of rows that were fetched, wherever they are now: see engine_options::memory_max

    // Questions about the catalog to pools that keep answers.
    std::uint64_t catalog_hits = 0;
    std::uint64_t catalog_misses = 0;

    [[nodiscard]] std::uint64_t completed_in_all() const noexcept {
        std::uint64_t sum = 0;
        for (const auto count : completed) sum += count;
        return sum;
    }
};

}  // namespace sluice
