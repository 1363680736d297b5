#pragma once
// How a worker is woken: a sticky signal. A signal given while nobody waits makes the next wait return at once, so none
// is lost.
//
// Threads: any thread may signal; one thread waits. signal() makes a system call only if the waiter sleeps. wait()
// spins, at most limits::worker_spin_max, and only while spinning has been paying off.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace sluice::runtime {

class wakeup {
public:
    void signal() noexcept;
    // Returns after a signal that was given since the last wait returned. What was written before the signal is seen
    // after it.
    void wait() noexcept;

private:
    enum : std::uint8_t { idle, signalled, parked };
    [[nodiscard]] bool spin() noexcept;

    std::atomic<std::uint8_t> state_{idle};
    std::mutex mutex_;  // of the sleep alone
    std::condition_variable sleep_;
    int spin_credit_ = 4;      // waiter only: rises when a wait was short, falls when it was long
    std::uint32_t waits_ = 0;  // waiter only
};

}  // namespace sluice::runtime
