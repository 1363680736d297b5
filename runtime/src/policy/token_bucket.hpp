#pragma once
// So many a second, and some at once: for cancels, each of which may be a connection of its own to the server.
//
// Threads: a value; one at a time. Times are nanoseconds of the caller's clock; knows none itself.

#include <algorithm>
#include <cstdint>

namespace sluice::runtime {

class token_bucket {
public:
    // per_second: at least 1. burst: at least 1.
    token_bucket(std::uint32_t per_second, std::uint32_t burst) noexcept
        : interval_ns_(1'000'000'000 / per_second), burst_ns_(interval_ns_ * (burst - 1)) {}

    // Takes one; false where none is left, before ready_at().
    [[nodiscard]] bool take(std::int64_t now_ns) noexcept {
        if (now_ns < ready_at()) return false;
        next_ns_ = std::max(next_ns_, now_ns) + interval_ns_;
        return true;
    }
    [[nodiscard]] std::int64_t ready_at() const noexcept { return next_ns_ - burst_ns_; }

private:
    std::int64_t interval_ns_;
    std::int64_t burst_ns_;
    std::int64_t next_ns_ = 0;  // when the bucket would be full again if nobody took
};

}  // namespace sluice::runtime
