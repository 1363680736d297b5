#pragma once
// Where the time of one request went. Measured on the steady clock; parts that did not happen are 0.
//
// Threads: a value; any thread.

#include <chrono>

namespace sluice {

struct timings {
    std::chrono::nanoseconds queued{};     // from acceptance until a worker took it
    std::chrono::nanoseconds executing{};  // inside connect, prepare, execute, commit
    std::chrono::nanoseconds fetching{};   // inside the fetches made for this reply

    [[nodiscard]] constexpr std::chrono::nanoseconds total() const noexcept { return queued + executing + fetching; }
};

}  // namespace sluice
