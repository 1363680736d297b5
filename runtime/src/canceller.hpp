#pragma once
// The thread that interrupts calls in progress. It may hang in that, like any call into a driver: then it is left
// behind and counted, and another one takes its place, as far as the budget of quarantined threads goes.
//
// Threads: ask(), stop() and metrics from any thread. Bounded: one entry for each session at once. Cancels of one
// endpoint are limited in rate; those that are too many wait, and are made if their request still runs then.

#include "deadline_source.hpp"
#include "endpoint.hpp"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

namespace sluice::runtime {

class event_sink;
struct incarnation;
class worker_registry;

class canceller final : public deadline_source, public std::enable_shared_from_this<canceller> {
public:
    canceller(std::shared_ptr<control>, std::weak_ptr<worker_registry>, std::shared_ptr<event_sink>);
    ~canceller();

    // Interrupts the request `number` of this incarnation, soon. `by` hears cancel_done().
    void ask(std::shared_ptr<session_core> by, std::shared_ptr<incarnation>, std::uint64_t number) noexcept;
    // Takes no more; the thread is joined if it is idle by then, else left behind.
    void stop(clock::time_point until) noexcept;

    // A cancel that does not come back.
    [[nodiscard]] clock::time_point next_deadline() const noexcept override;
    void expire(clock::time_point now) noexcept override;

    struct count {
        std::uint64_t sent = 0;       // the driver was asked
        std::uint64_t missed = 0;     // the request was in no call that could be interrupted
        std::uint64_t refused = 0;    // the driver said no
        std::uint64_t postponed = 0;  // by the limit of the rate
        std::uint64_t stuck = 0;      // did not come back in time
    };
    [[nodiscard]] count counted() const;

private:
    struct entry {
        std::shared_ptr<session_core> by;
        std::shared_ptr<incarnation> of;
        std::uint64_t number;
        clock::time_point not_before;
    };
    struct life;  // of one thread
    void run(const std::shared_ptr<life>&) noexcept;
    [[nodiscard]] bool interrupt(const entry&) noexcept;
    void start();  // REQUIRES: mutex_ held

    const std::shared_ptr<control> control_;
    const std::weak_ptr<worker_registry> workers_;
    const std::shared_ptr<event_sink> events_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<entry> line_;        // guarded by mutex_
    std::shared_ptr<life> thread_;  // guarded by mutex_: null: none
    bool stopped_ = false;          // guarded by mutex_
    count count_;                   // guarded by mutex_
};

}  // namespace sluice::runtime
