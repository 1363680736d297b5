#include "wakeup.hpp"

#include <sluice/protocol/limits.hpp>

#include <algorithm>
#include <chrono>

namespace sluice::runtime {

namespace {

constexpr int spin_credit_max = 8;
constexpr std::uint32_t spin_trial_every = 32;  // waits between two trials while spinning does not pay
constexpr int looks_between_clock_reads = 16;

void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

}  // namespace

void wakeup::signal() noexcept {
    if (state_.exchange(signalled) != parked) return;
    // Told without the lock: whoever wakes up at once would find it taken, and sleep once more.
    { const std::lock_guard lock(mutex_); }
    sleep_.notify_one();
}

bool wakeup::spin() noexcept {
    using clock = std::chrono::steady_clock;
    const auto end = clock::now() + limits::worker_spin_max;
    do {
        for (int i = 0; i < looks_between_clock_reads; ++i) {
            if (state_.load(std::memory_order_relaxed) == signalled) return true;
            relax();
        }
    } while (clock::now() < end);
    return false;
}

void wakeup::wait() noexcept {
    ++waits_;
    if (spin_credit_ > 0 || waits_ % spin_trial_every == 0) {
        const bool paid = spin();
        spin_credit_ = std::clamp(spin_credit_ + (paid ? 1 : -1), 0, spin_credit_max);
    }
    std::uint8_t expected = idle;
    if (state_.compare_exchange_strong(expected, parked)) {
        std::unique_lock lock(mutex_);
        sleep_.wait(lock, [this] { return state_.load() != parked; });
    }
    state_.exchange(idle);
}

}  // namespace sluice::runtime
