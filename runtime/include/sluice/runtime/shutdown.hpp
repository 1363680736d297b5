#pragma once
// How an engine is shut down, and what came of it.
//
// Threads: values.

#include <cstddef>
#include <cstdint>

namespace sluice {

enum class shutdown_mode : std::uint8_t {
    drain,  // what a session has accepted is still served, callers in line for one are answered; what runs when half of
            // the grace is over is interrupted
    cancel,  // what waits is answered now with shutting_down, what runs is interrupted now
};

struct shutdown_report {
    std::size_t threads_left_behind = 0;  // stuck inside of a driver: they end with the process, or when they come back
};

}  // namespace sluice
