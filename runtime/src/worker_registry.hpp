#pragma once
// The worker threads of an engine: started, joined when they have ended, left behind when the engine cannot wait any
// longer.
//
// Threads: any thread. Bounded by engine_options::sessions_max.

#include "session_core.hpp"

#include <sluice/protocol/error.hpp>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace sluice::runtime {

class worker_registry : public std::enable_shared_from_this<worker_registry> {
public:
    explicit worker_registry(std::size_t sessions_max) : sessions_max_(sessions_max) {}

    // Starts the thread of a session. too_large where there are sessions_max already, worker_lost where the system
    // gives no thread, shutting_down after stop().
    [[nodiscard]] result<void> start(const std::shared_ptr<session_core>&, std::weak_ptr<control>);
    // Joins the threads that have ended.
    void sweep();
    // Shuts every session down and waits for the workers until then; those that are still inside of a driver are left
    // behind.
    void stop(clock::time_point until) noexcept;

private:
    struct entry {
        std::shared_ptr<session_core> core;
        std::thread thread;
        bool ended = false;
    };
    void ended(session_id) noexcept;

    const std::size_t sessions_max_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<session_id, entry> workers_;  // guarded by mutex_
    bool stopped_ = false;                 // guarded by mutex_
};

}  // namespace sluice::runtime
