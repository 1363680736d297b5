#pragma once
// The time of an engine: the steady clock's, or what a test takes for it.
//
// Threads: a value; any thread. What is measured (protocol::timings) is always the machine's time.

#include <sluice/runtime/options.hpp>
#include <sluice/runtime/time_source.hpp>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

namespace sluice::runtime {

class engine_time {
public:
    engine_time() noexcept = default;
    explicit engine_time(std::shared_ptr<const time_source> source) noexcept : source_(std::move(source)) {}

    [[nodiscard]] clock::time_point now() const noexcept { return source_ ? source_->now() : clock::now(); }
    // What it is at a moment of the machine's that is no more than a call ago.
    [[nodiscard]] clock::time_point at(clock::time_point machine) const noexcept {
        return source_ ? source_->now() : machine;
    }
    // When the machine will have come to `at`, as things are.
    [[nodiscard]] clock::time_point on_machine(clock::time_point at) const noexcept {
        if (!source_ || at == clock::time_point::max()) return at;
        return clock::now() + (at - source_->now());
    }

    // As those of the condition variable. Returns false where `until` came first.
    template <class Predicate>
    bool wait_until(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, clock::time_point until,
                    Predicate wanted) const {
        if (!source_) return changed.wait_until(lock, until, wanted);
        while (!wanted()) {
            if (source_->now() >= until) return false;
            changed.wait_for(lock, look_interval);
        }
        return true;
    }
    // May return before.
    void wait_until(std::condition_variable& changed, std::unique_lock<std::mutex>& lock,
                    clock::time_point until) const {
        if (!source_)
            changed.wait_until(lock, until);
        else
            changed.wait_for(lock, look_interval);
    }

private:
    static constexpr std::chrono::milliseconds look_interval{1};  // nobody says when a test's time jumps

    std::shared_ptr<const time_source> source_;
};

}  // namespace sluice::runtime
