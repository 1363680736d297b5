#pragma once
// The control thread: keeps the deadlines of every session and pool of an engine, and joins worker threads that have
// ended.
//
// Threads: any thread may call. Never calls ODBC and never runs user code.

#include "deadline_source.hpp"
#include "engine_time.hpp"
#include "pauses.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace sluice::runtime {

class control {
public:
    // sweep is called on the control thread after each kick().
    explicit control(std::function<void()> sweep, engine_time time = engine_time());
    ~control();  // as stop()

    // Kept as long as the source lives.
    void watch(std::weak_ptr<deadline_source>);
    // A source has a deadline at `at` now: called after next_deadline() of that source says so.
    void sooner(clock::time_point at) noexcept;
    // Answers true when so long has passed, with shutting_down when it has to end before.
    void pause(std::chrono::nanoseconds length, detail::completion<bool> done);
    void end_pauses() noexcept { pauses_->end(); }
    // Something is to be swept.
    void kick() noexcept;
    // Returns when the thread has ended. From one thread at a time, and not from sweep.
    void stop() noexcept;

    [[nodiscard]] const engine_time& time() const noexcept { return time_; }
    [[nodiscard]] clock::time_point now() const noexcept { return time_.now(); }

private:
    void run();
    [[nodiscard]] std::vector<std::shared_ptr<deadline_source>> living();  // REQUIRES: mutex_ held
    [[nodiscard]] static clock::time_point earliest(const std::vector<std::shared_ptr<deadline_source>>&) noexcept;
    [[nodiscard]] clock::time_point look(const std::vector<std::shared_ptr<deadline_source>>&) noexcept;

    const std::function<void()> sweep_;
    const engine_time time_;
    const std::shared_ptr<pauses> pauses_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<std::weak_ptr<deadline_source>> sources_;  // guarded by mutex_
    bool stopping_ = false;                                // guarded by mutex_
    bool kicked_ = false;                                  // guarded by mutex_
    bool changed_ = true;                                  // guarded by mutex_: look again before sleeping
    std::atomic<clock::rep> sleeps_until_;                 // what sooner() compares with
    std::thread thread_;
};

}  // namespace sluice::runtime
