#pragma once
// Where an engine takes the time from for its deadlines and for its pace: for tests, which do not want to wait for
// them. See <sluice/testing/virtual_clock.hpp>.
//
// Threads: now() from any thread, at any time. Called with locks held: it may not call Sluice, block, or throw.

#include <chrono>

namespace sluice {

class time_source {
public:
    virtual ~time_source() = default;
    // Never goes back, and passes at least as fast as std::chrono::steady_clock: an engine waits for it to pass, in its
    // destructor too. An engine that sleeps sees a jump within 1 ms.
    [[nodiscard]] virtual std::chrono::steady_clock::time_point now() const noexcept = 0;

protected:
    time_source() = default;
    time_source(const time_source&) = default;
    time_source& operator=(const time_source&) = default;
};

}  // namespace sluice
