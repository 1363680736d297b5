#pragma once
// The virtual clock: what is going to happen, and when. Of two events at the same time the one that was planned first
// happens first.
//
// Threads: a value; one at a time. Nanoseconds.

#include <algorithm>
#include <cstdint>
#include <vector>

namespace sluice::sim {

constexpr std::int64_t us = 1'000;
constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t second = 1'000'000'000;

// Who is to do what; what `who` and `what` count is a matter of the kind.
struct event {
    enum class kind : std::uint8_t {
        user_acts,
        user_hears,     // what: request
        session_alarm,  // what: the time it was set to
        worker_steps,   // who: worker
        call_ends,      // who: worker, what: number of the call
        leave_is_over,  // who: worker
        endpoint_alarm,
        canceller_works,
        cancel_arrives,  // who: number of the cancel
        cancel_returns,  // who: number of the cancel
        cancel_overdue,  // who: number of the cancel
        pool_alarm,
        weather_changes,
        shutdown,
        grace_is_over,
        heals,
        demands,  // what: which demand of the liveness phase
    };
    kind is{};
    std::uint32_t who = 0;
    std::uint64_t what = 0;
};

class timeline {
public:
    [[nodiscard]] std::int64_t now() const noexcept { return now_; }
    [[nodiscard]] bool is_over() const noexcept { return heap_.empty(); }

    void plan(std::int64_t at, event e) {
        heap_.push_back({std::max(at, now_), planned_++, e});
        std::push_heap(heap_.begin(), heap_.end());
    }
    // The clock goes on to the next event. REQUIRES: !is_over().
    event next() noexcept {
        std::pop_heap(heap_.begin(), heap_.end());
        const entry first = heap_.back();
        heap_.pop_back();
        now_ = first.at;
        return first.what;
    }
    void clear() noexcept {
        heap_.clear();
        now_ = 0;
        planned_ = 0;
    }

private:
    struct entry {
        std::int64_t at;
        std::uint64_t order;
        event what;
        friend bool operator<(const entry& x, const entry& y) noexcept {
            return x.at != y.at ? x.at > y.at : x.order > y.order;
        }
    };
    std::vector<entry> heap_;
    std::int64_t now_ = 0;
    std::uint64_t planned_ = 0;
};

}  // namespace sluice::sim
