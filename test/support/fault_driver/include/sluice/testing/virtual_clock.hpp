#pragma once
// The time of an engine under test: it passes as it always does, and jumps ahead when the test says so. What waits for
// half an hour is seen in a millisecond.
//
//   const auto time = std::make_shared<sluice::testing::virtual_clock>();
//   sluice::engine engine(sluice::engine_options().time(time));
//   ...
//   time->advance(std::chrono::minutes(30));
//
// Needs Sluice's headers. Threads: any thread.

#include <sluice/runtime/time_source.hpp>

#include <atomic>
#include <chrono>
#include <stdexcept>

namespace sluice::testing {

class virtual_clock final : public time_source {
public:
    using duration = std::chrono::steady_clock::duration;
    using time_point = std::chrono::steady_clock::time_point;

    // For request_options::deadline() and the like, which take a moment and not a length.
    [[nodiscard]] time_point now() const noexcept override {
        return std::chrono::steady_clock::now() + duration(ahead_.load());
    }
    // Throws std::invalid_argument for less than nothing, and for a jump that ends more than a hundred years from now.
    void advance(duration by) {
        constexpr duration most = std::chrono::hours(24 * 365 * 100);
        auto ahead = ahead_.load();
        do {
            if (by < duration::zero() || by > most - duration(ahead))
                throw std::invalid_argument("virtual_clock::advance: from nothing to a hundred years in all");
        } while (!ahead_.compare_exchange_weak(ahead, ahead + by.count()));
    }

private:
    std::atomic<duration::rep> ahead_{0};
};

}  // namespace sluice::testing
