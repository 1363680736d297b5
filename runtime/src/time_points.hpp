#pragma once
// The steady clock as the nanoseconds that policies count in.
//
// Threads: functions of their arguments.

#include <sluice/runtime/options.hpp>

#include <cstdint>
#include <limits>

namespace sluice::runtime {

inline constexpr std::int64_t never_ns = std::numeric_limits<std::int64_t>::max();

[[nodiscard]] inline std::int64_t nanoseconds_of(clock::time_point at) noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count();
}
[[nodiscard]] inline clock::time_point time_of(std::int64_t ns) noexcept {
    if (ns == never_ns) return clock::time_point::max();
    return clock::time_point(std::chrono::duration_cast<clock::duration>(std::chrono::nanoseconds(ns)));
}

}  // namespace sluice::runtime
