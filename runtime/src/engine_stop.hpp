#pragma once
// The end of an engine: nobody is let in, what is left gets its time, then it is answered and left behind.
//
// Threads: any thread; begun once. Its steps are taken by the control thread, or by whoever waits in wait().

#include "deadline_source.hpp"
#include "engine_time.hpp"

#include <sluice/runtime/completion.hpp>
#include <sluice/runtime/shutdown.hpp>

#include <memory>
#include <mutex>
#include <vector>

namespace sluice::runtime {

class canceller;
class session_core;
class worker_registry;

class engine_stop final : public deadline_source {
public:
    struct plan {
        bool refuse_queued = true;   // else what is queued is still served
        clock::time_point press_at;  // what runs then is interrupted
        clock::time_point until;     // what runs then is left behind
    };
    engine_stop(std::shared_ptr<worker_registry> workers, std::shared_ptr<canceller> cancels, engine_time time)
        : workers_(std::move(workers)), cancels_(std::move(cancels)), time_(std::move(time)) {}

    // A second one makes the first no longer, but sooner.
    void begin(const plan&) noexcept;
    // Hears of the end.
    void tell(detail::completion<shutdown_report>) noexcept;
    // Blocks until the end, which is at `until` at the latest.
    void wait() noexcept;
    // A thread has ended: it may have been the last.
    void swept() noexcept;

    [[nodiscard]] clock::time_point next_deadline() const noexcept override;
    void expire(clock::time_point now) noexcept override;

private:
    void press() noexcept;
    void finish() noexcept;

    const std::shared_ptr<worker_registry> workers_;
    const std::shared_ptr<canceller> cancels_;
    const engine_time time_;
    mutable std::mutex mutex_;
    bool begun_ = false;                                          // guarded by mutex_
    bool finished_ = false;                                       // guarded by mutex_
    bool pressed_ = false;                                        // guarded by mutex_
    plan plan_;                                                   // guarded by mutex_
    std::vector<std::shared_ptr<session_core>> sessions_;         // guarded by mutex_
    std::vector<detail::completion<shutdown_report>> listeners_;  // guarded by mutex_
    shutdown_report report_;                                      // guarded by mutex_
};

}  // namespace sluice::runtime
