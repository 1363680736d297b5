#pragma once
// Waiting for what comes true by itself, with a limit.
//
// Threads: any.

#include <chrono>
#include <thread>

namespace sluice::testing {

inline constexpr std::chrono::seconds answer_limit{40};

// Until it is so, which is soon.
template <class Condition>
bool comes_true(Condition holds) {
    const auto until = std::chrono::steady_clock::now() + answer_limit;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::yield();
    }
    return true;
}

}  // namespace sluice::testing
