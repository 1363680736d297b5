#pragma once
// One life of a session's worker: a thread, a connection, and what others may know of them. The session outlives it; a
// thread that is stuck keeps its incarnation, and nothing else, for itself.
//
// Threads: any.

#include "cancel_gate.hpp"
#include "wakeup.hpp"

#include <atomic>
#include <cstdint>

namespace sluice::runtime {

struct incarnation {
    explicit incarnation(std::uint64_t number) noexcept : generation(number) {}

    const std::uint64_t generation;
    cancel_gate gate;
    wakeup wake;
    std::atomic<bool> unusable{true};  // not connected yet, lost, or closed
    std::atomic<bool> in_transaction{false};
    std::atomic<std::uint64_t> transaction{0};  // which one; 0: without a handle
    std::atomic<bool> attempting{true};         // the endpoint has not heard yet what came of its connect
};

}  // namespace sluice::runtime
