#pragma once
// An engine behind its handle: makes sessions and pools, owns the threads.
//
// Threads: any thread. stop() may be called on any thread but a worker's and the control thread, where no user code
// runs.

#include "canceller.hpp"
#include "completion_thread.hpp"
#include "control.hpp"
#include "endpoint.hpp"
#include "engine_stop.hpp"
#include "event_sink.hpp"
#include "metrics_source.hpp"
#include "pool_core.hpp"
#include "session_core.hpp"
#include "worker_registry.hpp"

#include <sluice/runtime/engine.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace sluice::runtime {

// What a connection is asked for with these options.
[[nodiscard]] protocol::connect connect_request(std::string connection_string, const connect_options&);

class engine_core : public std::enable_shared_from_this<engine_core> {
public:
    // queue: where handlers without an executor run; null: a thread of the engine's own.
    engine_core(engine_options, std::shared_ptr<detail::completion_queue> queue);
    ~engine_core();

    // A session without a connection: begin() and the connect, as its first request, have to follow.
    [[nodiscard]] result<std::shared_ptr<session_core>> start_session(const protocol::connect&, const connect_options&);
    [[nodiscard]] std::shared_ptr<pool_core> make_pool(std::string connection_string, const pool_options&);
    void connect(std::string connection_string, const connect_options&, detail::completion<session>);
    // Nothing is accepted any more. Who listens hears of the end, after `grace` at the latest.
    void shut_down(shutdown_mode, clock::duration grace, detail::completion<shutdown_report>) noexcept;
    // Blocks for at most the shutdown grace; then everything is answered.
    void stop() noexcept;

    // Nothing of it may be touched: this is a child of the process that made it.
    [[nodiscard]] bool is_foreign() const noexcept { return made_in_.is_foreign(); }
    [[nodiscard]] metrics_snapshot metrics() const { return metrics_->now(); }
    [[nodiscard]] const std::shared_ptr<detail::completion_queue>& queue() const noexcept { return queue_; }

private:
    [[nodiscard]] std::shared_ptr<endpoint> endpoint_of(const std::string& connection_string);
    void shut_pools_down() noexcept;
    void begin_end(const engine_stop::plan&) noexcept;

    const process_mark made_in_;
    const engine_options options_;
    const engine_time time_;
    const std::shared_ptr<completion_thread> own_queue_;  // null: the user's executor is used
    const std::shared_ptr<detail::completion_queue> queue_;
    const std::shared_ptr<event_sink> events_;
    const std::shared_ptr<worker_registry> workers_;
    std::shared_ptr<engine_stop> end_;    // constant after construction
    std::shared_ptr<control> control_;    // constant after construction
    std::shared_ptr<canceller> cancels_;  // constant after construction
    const std::shared_ptr<memory_budget> memory_;
    std::shared_ptr<metrics_source> metrics_;  // constant after construction
    std::atomic<std::uint64_t> sessions_{0};
    std::mutex mutex_;
    std::vector<std::weak_ptr<pool_core>> pools_;               // guarded by mutex_
    std::map<std::string, std::weak_ptr<endpoint>> endpoints_;  // guarded by mutex_
    bool stopped_ = false;                                      // guarded by mutex_
};

}  // namespace sluice::runtime
