#pragma once
// One session behind its handles: the mailbox, the table of its requests, the thread that serves them.
//
// Threads: any thread unless said otherwise. Never calls ODBC outside of its worker thread.
// Lifetime: the worker thread keeps it alive while it runs; what comes later is answered with closed.

#include "control.hpp"
#include "deadline_source.hpp"
#include "mailbox.hpp"
#include "operation.hpp"
#include "policy/request_table.hpp"
#include "stream_channel.hpp"
#include "wakeup.hpp"

#include <sluice/protocol/request.hpp>
#include <sluice/runtime/completion.hpp>
#include <sluice/runtime/executor.hpp>
#include <sluice/runtime/options.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

namespace sluice::runtime {

// When a request was made, when it is over, who may stop it.
struct submission {
    clock::time_point accepted_at = clock::now();
    clock::time_point deadline = clock::time_point::max();
    std::stop_token stop;
};

class session_core final : public detail::cancel_target,
                           public deadline_source,
                           public std::enable_shared_from_this<session_core> {
public:
    session_core(session_id, std::size_t mailbox_slots, std::shared_ptr<control>,
                 std::shared_ptr<detail::completion_queue>);
    ~session_core();

    // Accepts the request, or completes it at once with queue_full, closed or deadline.
    template <class R>
    void submit(R request, submission, detail::completion<typename R::reply>);
    // These two go to the stream and not through the mailbox.
    void submit(protocol::stream_fetch, submission, detail::completion<std::optional<batch>>);
    void submit(protocol::stream_close, submission, detail::completion<protocol::done>);

    // The last handle is gone: the worker finishes what is queued, then leaves.
    void release() noexcept;
    // The engine goes away: nothing is accepted any more, what is queued is answered now.
    void shut_down() noexcept;
    // The grace is over: what is running is answered now, its worker left behind.
    void give_up() noexcept;

    void cancel(std::uint64_t key) noexcept override;
    [[nodiscard]] clock::time_point next_deadline() const noexcept override;
    void expire(clock::time_point now) noexcept override;
    void wake() noexcept { wakeup_.signal(); }
    void deadline_changed(clock::time_point at) noexcept { control_->sooner(at); }

    [[nodiscard]] session_id id() const noexcept { return id_; }
    [[nodiscard]] const connection_facts& facts() const noexcept { return facts_; }
    [[nodiscard]] const std::shared_ptr<detail::completion_queue>& queue() const noexcept { return queue_; }
    // The stream of that id, if it is the latest of this session.
    [[nodiscard]] std::shared_ptr<stream_channel> stream(stream_id) const;
    // The id of a stream before the latest.
    [[nodiscard]] bool was_before(stream_id) const;
    // Not connected, lost, closed or about to be.
    [[nodiscard]] bool unusable() const noexcept { return unusable_.load() || refusing_.load() != 0; }
    // What a pool has to clean before it lends the session again. First what is under way, then what it left behind.
    [[nodiscard]] bool needs_reset() const noexcept { return table_.in_flight() != 0 || in_transaction_.load(); }

    // The worker thread's whole life.
    void run() noexcept;

    // Worker thread only.
    void connected(const connection_facts& facts) { facts_ = facts; }
    void publish(bool unusable, bool in_transaction) noexcept;
    void current_stream(std::shared_ptr<stream_channel>);

private:
    enum refusal : std::uint8_t { none, closed, engine };
    void accept(std::unique_ptr<operation>, const submission&);
    bool serve(worker&);
    void finish_queued(ticket, const error&) noexcept;
    void refuse_queued() noexcept;
    [[nodiscard]] error refusal_error() const;
    [[nodiscard]] error full_error() const;
    [[nodiscard]] static error cancelled_error();

    const session_id id_;
    const std::shared_ptr<control> control_;
    const std::shared_ptr<detail::completion_queue> queue_;
    request_table table_;
    mailbox mailbox_;
    wakeup wakeup_;
    connection_facts facts_;  // written by the worker before the connect is answered, constant after
    std::atomic<std::uint8_t> refusing_{none};
    std::atomic<bool> released_{false};
    std::atomic<bool> unusable_{true};
    std::atomic<bool> in_transaction_{false};
    mutable std::mutex stream_mutex_;
    std::shared_ptr<stream_channel> stream_;  // guarded by stream_mutex_: the latest one
};

template <class R>
void session_core::submit(R request, submission how, detail::completion<typename R::reply> done) {
    accept(std::make_unique<request_operation<R>>(std::move(request), std::move(done)), how);
}

}  // namespace sluice::runtime
