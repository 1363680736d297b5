#pragma once
// What a session has counted of its requests, at one instant.
//
// Threads: a value.

#include <sluice/odbc/connection.hpp>
#include <sluice/protocol/metrics.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace sluice::runtime {

struct session_count {
    enum class standing : std::uint8_t { none, connecting, ready, busy, suspect };
    standing worker = standing::none;
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;                          // never accepted: queue_full, closed and the like
    std::array<std::uint64_t, errc_count> completed{};  // of the accepted ones, by code
    std::size_t in_flight = 0;                          // counted in the table
    std::size_t queued = 0;                             // of these, not taken by a worker
    std::uint64_t recoveries = 0;
    std::uint64_t collapsed_triggers = 0;
    std::uint64_t stale_dropped = 0;  // answers of generations that had been given up
    std::uint64_t given_up = 0;       // requests answered while the driver was still at work
    odbc::statement_counts statements;

    void add(const session_count& other) noexcept {
        accepted += other.accepted;
        refused += other.refused;
        for (std::size_t i = 0; i < completed.size(); ++i) completed[i] += other.completed[i];
        in_flight += other.in_flight;
        queued += other.queued;
        recoveries += other.recoveries;
        collapsed_triggers += other.collapsed_triggers;
        stale_dropped += other.stale_dropped;
        given_up += other.given_up;
        statements.hits += other.statements.hits;
        statements.misses += other.statements.misses;
        statements.evictions += other.statements.evictions;
        statements.prepares += other.statements.prepares;
        statements.cached += other.statements.cached;
    }
};

}  // namespace sluice::runtime
