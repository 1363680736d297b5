#pragma once
// One session behind its handles: the mailbox, the table of its requests, and the incarnations of the worker that
// serves them, one at a time. The supervisor decides about those; this does what it says.
//
// Threads: any thread unless said otherwise. Calls ODBC on the thread of its incarnation only.
// Lifetime: the registry keeps it until it is closed and its threads have ended; what comes later is answered with
// closed.

#include "control.hpp"
#include "deadline_source.hpp"
#include "incarnation.hpp"
#include "mailbox.hpp"
#include "operation.hpp"
#include "policy/request_table.hpp"
#include "policy/supervisor.hpp"
#include "process_mark.hpp"
#include "session_count.hpp"
#include "session_statements.hpp"
#include "stream_channel.hpp"

#include <sluice/protocol/request.hpp>
#include <sluice/runtime/completion.hpp>
#include <sluice/runtime/executor.hpp>
#include <sluice/runtime/options.hpp>

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace sluice::runtime {

class canceller;
class endpoint;
class event_sink;
class memory_budget;
class metrics_source;
class worker;
class worker_registry;

// When a request was made, by the machine's clock; when it is over, by the engine's; who may stop it.
struct submission {
    clock::time_point accepted_at = clock::now();
    clock::time_point deadline = clock::time_point::max();
    std::stop_token stop;
    transaction_id of;  // the transaction that the request belongs to, or begins
};

// Of a call that is made now, with these options.
template <class Options>
[[nodiscard]] submission submission_with(const Options& options, const engine_time& time) {
    submission how;
    how.deadline = options.deadline().from(time.at(how.accepted_at));
    how.stop = options.stop();
    return how;
}

// What the options say of a whole result, where the request has one.
template <class Request>
void limit_result(Request& request, const request_options& options, clock::time_point now) {
    if constexpr (requires { request.result_bytes_max; }) {
        request.result_bytes_max = options.result_bytes_max();
        request.result_rows_max = options.result_rows_max();
        request.query_timeout = options.deadline().server_limit(now);
    }
}

// What a session needs of its engine.
struct session_surroundings {
    std::shared_ptr<control> time;
    std::shared_ptr<detail::completion_queue> queue;
    std::shared_ptr<worker_registry> workers;
    std::shared_ptr<canceller> cancels;
    std::shared_ptr<endpoint> where;
    std::shared_ptr<event_sink> events;
    std::shared_ptr<metrics_source> counts;
    std::shared_ptr<memory_budget> memory;
};

class session_core final : public detail::cancel_target,
                           public deadline_source,
                           public std::enable_shared_from_this<session_core> {
public:
    session_core(session_id, protocol::connect, const connect_options&, session_surroundings);
    ~session_core();

    // Asks for the first connection: its request, a protocol::connect, is to be submitted next. `asked`: see
    // connect_queue.
    void begin(bool asked) noexcept;

    // Accepts the request, or completes it at once with queue_full, closed, deadline, or why there is no connection.
    template <class R>
    void submit(R request, submission, detail::completion<typename R::reply>);
    // These go to the stream and not through the mailbox.
    void submit(protocol::stream_fetch, submission, detail::completion<std::optional<batch>>);
    void submit(protocol::stream_next_result, submission, detail::completion<protocol::stream_next_result::reply>);
    void submit(protocol::stream_close, submission, detail::completion<protocol::done>);

    // The last handle is gone: the worker finishes what is queued, then leaves.
    void release() noexcept;
    // Nothing is accepted any more. refuse_queued: what is queued is answered now, else it is still served.
    void shut_down(bool refuse_queued) noexcept;
    // Whatever runs is to end.
    void press(errc reason, cancel_strength) noexcept;
    // The grace is over: what is running is answered now, its worker left behind.
    void give_up() noexcept;
    // A number for a transaction that has a handle. And: that one was begun, and its handle is gone. It is rolled back
    // before whatever is submitted from here on.
    [[nodiscard]] transaction_id next_transaction() noexcept { return transaction_id(transactions_.fetch_add(1) + 1); }
    void drop_transaction(transaction_id) noexcept;
    // Answers true when so long has passed.
    void pause(std::chrono::nanoseconds length, detail::completion<bool> done) {
        with_.time->pause(length, std::move(done));
    }
    // Gives up the connection of that generation and makes another one. False: that is under way already, or over.
    bool reconnect(std::uint64_t generation) noexcept;

    void cancel(std::uint64_t key, cancel_strength) noexcept override;
    [[nodiscard]] clock::time_point next_deadline() const noexcept override;
    void expire(clock::time_point now) noexcept override;
    void wake() noexcept;
    void deadline_changed(clock::time_point at) noexcept { with_.time->sooner(at); }
    void reader_waits() noexcept;  // another one, with a deadline of its own
    void reader_late() noexcept;   // its deadline passed while the worker may be fetching for it
    void reader_gone() noexcept;   // the stream was closed while the worker may be fetching for it

    [[nodiscard]] session_id id() const noexcept { return id_; }
    [[nodiscard]] const engine_time& time() const noexcept { return with_.time->time(); }
    // Nothing of it may be touched: this is a child of the process that made it.
    [[nodiscard]] bool is_foreign() const noexcept { return made_in_.is_foreign(); }
    [[nodiscard]] const connection_facts& facts() const noexcept { return facts_; }
    [[nodiscard]] const std::shared_ptr<detail::completion_queue>& queue() const noexcept { return with_.queue; }
    [[nodiscard]] const std::shared_ptr<endpoint>& where() const noexcept { return with_.where; }
    [[nodiscard]] const protocol::connect& connect_request() const noexcept { return connect_; }
    [[nodiscard]] std::uint64_t generation() const noexcept;
    // The stream of that id, if it is the latest of this session.
    [[nodiscard]] std::shared_ptr<stream_channel> stream(stream_id) const;
    // The id of a stream before the latest.
    [[nodiscard]] bool was_before(stream_id) const;
    // Not connected and not about to be, or closed.
    [[nodiscard]] bool unusable() const noexcept;
    // What a pool has to clean before it lends the session again. First what is under way, then what it left behind.
    [[nodiscard]] bool needs_reset() const noexcept;
    // How many times it has lost its connection.
    [[nodiscard]] std::uint64_t recoveries() const noexcept;
    // Tells the operator that it leaves its pool because of that.
    void failed_check(const error& why) noexcept;
    void overdue(std::string text) noexcept;
    [[nodiscard]] session_count counted() const;
    [[nodiscard]] const metrics_source& counts() const noexcept { return *with_.counts; }
    [[nodiscard]] memory_budget& memory() const noexcept { return *with_.memory; }

    // The endpoint lets it connect.
    void permitted() noexcept;
    // The canceller has been at a request.
    void cancel_done(const std::shared_ptr<incarnation>&, std::uint64_t number, bool sent) noexcept;

    // The whole life of an incarnation's thread.
    void run(const std::shared_ptr<incarnation>&) noexcept;

    // Thread of the incarnation only. What would change the session does nothing where it has given that incarnation
    // up.
    void connected(incarnation&, const connection_facts&) noexcept;
    void attempt_failed(incarnation&, const error&) noexcept;
    void publish(incarnation&, bool unusable, bool in_transaction, transaction_id) noexcept;
    [[nodiscard]] bool current_stream(const incarnation&, std::shared_ptr<stream_channel>) noexcept;
    // Of a request whose worker was given up, where nobody has answered it yet.
    [[nodiscard]] error given_up_error(outcome effect) const;
    [[nodiscard]] stream_id last_stream() const;
    // Why the work under way has to end; errc::ok: it need not.
    [[nodiscard]] errc pressed(const incarnation&) const noexcept;
    // Whether a transaction was lost with an earlier connection and nobody has rolled it back yet; and that it was.
    [[nodiscard]] bool transaction_lost() const noexcept { return transaction_lost_.load(); }
    // The same of one with a handle, which nobody has to roll back: the last one.
    [[nodiscard]] transaction_id last_lost_transaction() const noexcept {
        return transaction_id(last_lost_transaction_.load());
    }
    // It is over: nobody has to roll it back any more.
    void forget_lost_transaction(const incarnation&) noexcept;
    [[nodiscard]] session_statements& statements() noexcept { return statements_; }
    // What its lease has set: a connection in place of a lost one has to have it too.
    [[nodiscard]] std::vector<session_setting> leased_with() const;
    void leased_with(const incarnation&, std::vector<session_setting>) noexcept;
    [[nodiscard]] const credential_provider& credentials() const noexcept { return credentials_; }
    // Its connection is behind a pooler of transactions, as was said or as it has found out.
    void found_pooler(const incarnation&) noexcept;

private:
    enum refusal : std::uint8_t { none, closed, engine };
    enum class served : std::uint8_t { one, nothing, over };
    using todo = supervisor::todo;
    // What is to be done, and about whom.
    struct decision {
        todo does;
        std::shared_ptr<incarnation> of;
        std::optional<ticket> running;
        std::uint64_t number = 0;
        bool in_transaction = false;    // it was, and may be no more when this is carried out
        std::uint64_t transaction = 0;  // which; 0: without a handle
    };

    // session_core.cpp
    [[nodiscard]] clock::time_point now() const noexcept { return with_.time->now(); }
    void accept(std::unique_ptr<operation>, const submission&);
    [[nodiscard]] std::optional<ticket> place(operation&, std::optional<error>& refused) noexcept;
    [[nodiscard]] operation* claim_queued(ticket, errc) noexcept;
    void finish_queued(ticket, const error&) noexcept;
    void refuse_queued(const error&) noexcept;
    [[nodiscard]] std::vector<ticket> in_order(std::vector<ticket>) const;
    void count_completed(errc) noexcept;
    [[nodiscard]] bool is_served() const noexcept;
    [[nodiscard]] bool lost_for_good() const noexcept;
    [[nodiscard]] error refusal_error() const;
    [[nodiscard]] error failed_error() const;  // REQUIRES: supervision_mutex_ held
    [[nodiscard]] error full_error() const;
    [[nodiscard]] error deadline_error() const;
    [[nodiscard]] static error cancelled_error();

    // session_supervision.cpp: what is decided
    [[nodiscard]] decision decide(const todo&) noexcept;  // REQUIRES: supervision_mutex_ held
    [[nodiscard]] decision decide(const todo&, std::shared_ptr<incarnation>, std::optional<ticket>,
                                  std::uint64_t number) noexcept;               // REQUIRES: supervision_mutex_ held
    [[nodiscard]] decision lose(const std::shared_ptr<incarnation>&) noexcept;  // REQUIRES: supervision_mutex_ held
    void act(decision) noexcept;
    void tell_control() noexcept;
    void answer_running(const decision&) noexcept;
    [[nodiscard]] static std::string unanswered_text(errc why, bool in_commit);
    void end_generation(const decision&) noexcept;
    void fail_bound_requests(std::uint64_t transaction) noexcept;
    [[nodiscard]] bool quarantine(const decision&) noexcept;  // false: it gets no replacement
    void start_incarnation() noexcept;
    bool close_if_idle() noexcept;
    void press_running(ticket, errc reason, cancel_strength) noexcept;

    // session_service.cpp: on the thread of an incarnation
    void serve_all(worker&, const std::shared_ptr<incarnation>&);
    [[nodiscard]] served serve(worker&, const std::shared_ptr<incarnation>&, bool no_more);
    [[nodiscard]] bool has_to_wait(std::uint32_t slot) noexcept;  // REQUIRES: supervision_mutex_ held
    [[nodiscard]] served finish(worker&, const std::shared_ptr<incarnation>&, std::uint32_t slot, operation&);
    [[nodiscard]] served pump(worker&, const std::shared_ptr<incarnation>&);
    [[nodiscard]] served end_dropped_transaction(worker&, const std::shared_ptr<incarnation>&);
    [[nodiscard]] served close_stream(worker&, const std::shared_ptr<incarnation>&);
    [[nodiscard]] bool enter(incarnation&, std::int64_t deadline, bool fetch) noexcept;
    [[nodiscard]] bool leave(worker&, const std::shared_ptr<incarnation>&) noexcept;
    [[nodiscard]] bool reconnected(worker&, const std::shared_ptr<incarnation>&) noexcept;
    bool end_service(const std::shared_ptr<incarnation>&) noexcept;
    [[nodiscard]] bool undo(worker&, const std::shared_ptr<incarnation>&, bool begin, bool stream) noexcept;
    void free_finished() noexcept;  // while no worker serves

    const session_id id_;
    const process_mark made_in_;
    const session_surroundings with_;
    const protocol::connect connect_;
    const credential_provider credentials_;
    bool asked_ = true;  // of the first connection
    request_table table_;
    mailbox mailbox_;
    connection_facts facts_;  // written by the first worker before the connect is answered, constant after
    session_statements statements_;
    std::atomic<std::uint8_t> refusing_{none};
    std::atomic<bool> released_{false};
    std::atomic<bool> transaction_lost_{false};
    std::atomic<std::uint64_t> last_lost_transaction_{0};
    std::atomic<std::uint64_t> transactions_{0};
    std::atomic<std::uint64_t> dropped_transaction_{0};  // to be rolled back; 0: none. Another begins only after it
    std::atomic<bool> stopping_{false};                  // nothing that is left is served
    mutable std::mutex supervision_mutex_;
    supervisor supervisor_;                     // guarded by supervision_mutex_
    std::shared_ptr<incarnation> current_;      // guarded by supervision_mutex_: null before the first
    std::optional<ticket> running_;             // guarded by supervision_mutex_: nothing while it fetches
    std::optional<error> why_failed_;           // guarded by supervision_mutex_
    std::vector<session_setting> leased_with_;  // guarded by supervision_mutex_
    std::deque<std::uint32_t> ahead_;  // guarded by supervision_mutex_: was in the mailbox, is served before it
    session_count count_;              // guarded by supervision_mutex_
    mutable std::mutex stream_mutex_;
    std::shared_ptr<stream_channel> stream_;  // guarded by stream_mutex_: the latest one
};

template <class R>
void session_core::submit(R request, submission how, detail::completion<typename R::reply> done) {
    accept(std::make_unique<request_operation<R>>(std::move(request), std::move(done)), how);
}

}  // namespace sluice::runtime
