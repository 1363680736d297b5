#pragma once
// An engine behind its handle: makes sessions and pools, owns the threads.
//
// Threads: any thread. stop() may be called on any thread but a worker's and the control thread, where no user code
// runs.

#include "completion_thread.hpp"
#include "control.hpp"
#include "pool_core.hpp"
#include "session_core.hpp"
#include "worker_registry.hpp"

#include <sluice/runtime/engine.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

namespace sluice::runtime {

class engine_core : public std::enable_shared_from_this<engine_core> {
public:
    // queue: where handlers without an executor run; null: a thread of the engine's own.
    engine_core(engine_options, std::shared_ptr<detail::completion_queue> queue);
    ~engine_core();

    // A thread with no connection yet: its first request has to be the connect.
    [[nodiscard]] result<std::shared_ptr<session_core>> start_session(const connect_options&);
    [[nodiscard]] std::shared_ptr<pool_core> make_pool(std::string connection_string, pool_options);
    void connect(std::string connection_string, const connect_options&, detail::completion<session>);
    // At most the shutdown grace; then everything is answered and nothing is accepted.
    void stop() noexcept;

    [[nodiscard]] const std::shared_ptr<detail::completion_queue>& queue() const noexcept { return queue_; }

private:
    const engine_options options_;
    const std::shared_ptr<completion_thread> own_queue_;  // null: the user's executor is used
    const std::shared_ptr<detail::completion_queue> queue_;
    const std::shared_ptr<worker_registry> workers_;
    const std::shared_ptr<control> control_;
    std::atomic<std::uint64_t> sessions_{0};
    std::mutex mutex_;
    std::vector<std::weak_ptr<pool_core>> pools_;  // guarded by mutex_
    bool stopped_ = false;                         // guarded by mutex_
};

}  // namespace sluice::runtime
