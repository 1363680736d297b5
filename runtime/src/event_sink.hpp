#pragma once
// Events on their way to the handler of the engine: in order, bounded, the oldest dropped.
//
// Threads: any thread; never blocks, never calls the handler itself.

#include <sluice/protocol/limits.hpp>
#include <sluice/runtime/events.hpp>
#include <sluice/runtime/executor.hpp>

#include <deque>
#include <memory>
#include <mutex>

namespace sluice::runtime {

class event_sink : public std::enable_shared_from_this<event_sink> {
public:
    event_sink(event_handler handler, std::shared_ptr<detail::completion_queue> queue)
        : handler_(std::move(handler)), queue_(std::move(queue)) {}

    void tell(event_kind, session_id, std::uint64_t generation, std::string text, error why = {}) noexcept;
    [[nodiscard]] std::uint64_t dropped() const noexcept;

private:
    void deliver();

    const event_handler handler_;  // empty: nobody listens
    const std::shared_ptr<detail::completion_queue> queue_;
    mutable std::mutex mutex_;
    std::deque<event> pending_;  // guarded by mutex_
    bool delivering_ = false;    // guarded by mutex_
    std::uint64_t dropped_ = 0;  // guarded by mutex_
};

}  // namespace sluice::runtime
