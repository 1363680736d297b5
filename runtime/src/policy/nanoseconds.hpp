#pragma once
// A duration as the number in which policies count.
//
// Threads: a function of its argument.

#include <chrono>
#include <cstdint>

namespace sluice::runtime {

[[nodiscard]] constexpr std::int64_t ns(std::chrono::nanoseconds t) noexcept {
    return t.count();
}

}  // namespace sluice::runtime
