#pragma once
// A pool behind its handles: the lender decides, this acts.
//
// Threads: any thread. The lender is stepped under one small mutex by whoever brings the event; grants, completions and
// the destruction of waiters happen outside of it. Never calls ODBC.

#include "catalog_answers.hpp"
#include "control.hpp"
#include "deadline_source.hpp"
#include "owners.hpp"

#include <sluice/pool/lender.hpp>
#include <sluice/protocol/call_site.hpp>
#include <sluice/protocol/pool_metrics.hpp>
#include <sluice/runtime/pool.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace sluice::runtime {

class endpoint;
class engine_core;

// One caller who wants a session.
class waiter {
public:
    virtual ~waiter() = default;
    // Exactly one of these, once. The lease keeps the session until it is dropped.
    virtual void grant(std::unique_ptr<waiter> self, std::shared_ptr<session_owner> lease) noexcept = 0;
    virtual void fail(const error&) noexcept = 0;

    // The handle that withdraws it, on the thread of the caller.
    virtual void announce(const detail::cancel_handle&) noexcept = 0;

    lending::waiter_id id = 0;
    submission how;
    std::optional<std::stop_callback<detail::cancel_handle>> stop;
    const char* held_as = nullptr;  // what its caller has of the pool, until it is dropped; null: nothing
    call_site where;
    bool stood_in_line = false;
};

class pool_core final : public detail::cancel_target,
                        public deadline_source,
                        public std::enable_shared_from_this<pool_core> {
public:
    // The options have no problems().
    pool_core(std::weak_ptr<engine_core>, std::shared_ptr<control>, std::shared_ptr<detail::completion_queue>,
              std::shared_ptr<endpoint>, std::string connection_string, const pool_options&,
              std::shared_ptr<catalog_counts>);

    // Connects before anybody asks.
    void start() noexcept;
    // Lends a session to the waiter now or later, or fails it.
    void enter(std::unique_ptr<waiter>) noexcept;
    // The request of a granted waiter can be cancelled through this, until it is over. Cancels it where that was asked
    // for before.
    void running(lending::waiter_id, const detail::cancel_handle&) noexcept;
    void over(lending::waiter_id) noexcept;

    // A lease is dropped.
    void give_back(std::shared_ptr<session_core>, lending::session_number) noexcept;
    [[nodiscard]] result<void> resize(std::size_t min_idle, std::size_t max_size);
    [[nodiscard]] pool_metrics metrics() const;
    void evict_all() noexcept;
    void clear_statements(const submission&, detail::completion<std::size_t>);
    // The last handle is gone.
    void release() noexcept;
    // The engine goes away.
    void shut_down() noexcept;

    // Nothing of it may be touched: this is a child of the process that made it.
    [[nodiscard]] bool is_foreign() const noexcept { return made_in_.is_foreign(); }
    [[nodiscard]] const engine_time& time() const noexcept { return control_->time(); }
    void pause(std::chrono::nanoseconds length, detail::completion<bool> done) {
        control_->pause(length, std::move(done));
    }
    // Keeps the deadlines of who has some beside the pool's own, and is told when one comes sooner.
    void watch(std::weak_ptr<deadline_source> who) { control_->watch(std::move(who)); }
    void deadline_changed(clock::time_point at) noexcept { control_->sooner(at); }
    // Null: none are kept.
    [[nodiscard]] const std::shared_ptr<catalog_answers>& answers() const noexcept { return answers_; }

    void cancel(std::uint64_t key, cancel_strength) noexcept override;
    [[nodiscard]] clock::time_point next_deadline() const noexcept override;
    void expire(clock::time_point now) noexcept override;
    [[nodiscard]] const std::shared_ptr<detail::completion_queue>& queue() const noexcept { return queue_; }

private:
    using waiter_ptr = std::unique_ptr<waiter>;
    // What the lender wants done, with those whom it concerns.
    struct todo {
        waiter_ptr first;  // is lent `core`; null: nobody is lent anything
        std::shared_ptr<session_core> core;
        lending::loan loan;
        std::vector<lending::session_number> connect;
        std::vector<std::pair<lending::session_number, std::shared_ptr<session_core>>> test;
        std::vector<std::shared_ptr<session_core>> leave;
        std::vector<std::pair<std::shared_ptr<session_core>, std::string>> overdue;
        std::vector<waiter_ptr> away;
        clock::time_point look_at;  // the lender has something to do then
    };

    // pool_core.cpp: those who wait
    [[nodiscard]] waiter_ptr take(lending::waiter_id);           // REQUIRES: mutex_ held
    [[nodiscard]] waiter_ptr take_to_grant(lending::waiter_id);  // REQUIRES: mutex_ held
    void withdraw(lending::waiter_id, const error&) noexcept;
    void fail(waiter_ptr, const error&) noexcept;
    void count(errc failed) noexcept;  // REQUIRES: mutex_ held
    // pool_shortage.cpp: why there was no session
    [[nodiscard]] error down_error() const;
    [[nodiscard]] error exhausted_error() const;  // for somebody in line
    [[nodiscard]] error unproven_error() const;   // for him whose session has not answered its check
    [[nodiscard]] error full_error() const;
    [[nodiscard]] error turned_away(const error& failed, std::size_t callers) const;
    [[nodiscard]] error no_session(errc, const std::string& what, std::optional<shortage_reason>) const;
    [[nodiscard]] static error cancelled_in_line();

    // pool_check.cpp: whether a session is alive
    void check(waiter_ptr, std::shared_ptr<session_core>, const lending::loan&) noexcept;
    void checked(waiter_ptr, std::shared_ptr<session_core>, const lending::loan&,
                 const result<protocol::done>&) noexcept;
    // Answered: void(const result<protocol::done>&) noexcept.
    template <class Answered>
    void ask_whether_alive(session_core&, Answered then) noexcept;
    void test(lending::session_number, std::shared_ptr<session_core>) noexcept;
    void tested(lending::session_number, const std::shared_ptr<session_core>&, const result<protocol::done>&) noexcept;
    // A new connection, where the check is a statement of the user's.
    void prove(lending::session_number, std::shared_ptr<session_core>) noexcept;
    [[nodiscard]] submission within(clock::time_point deadline) const noexcept;
    friend class check_completion;

    // pool_sessions.cpp: what comes of an event
    [[nodiscard]] todo decide(lending::steps);  // REQUIRES: mutex_ held
    void act(todo, const std::optional<error>& why_away = std::nullopt) noexcept;
    void take_back(const waiter&) noexcept;  // REQUIRES: mutex_ held
    [[nodiscard]] todo put_back(waiter_ptr, const lending::loan&) noexcept;
    void grant(waiter_ptr, const std::shared_ptr<session_core>&, lending::session_number) noexcept;
    void connect(lending::session_number) noexcept;
    void connected(lending::session_number, std::shared_ptr<session_core>, const std::optional<error>&) noexcept;
    void settle(lending::session_number, const session_core&, bool usable) noexcept;
    void hand_on(lending::session_number, bool usable, std::uint64_t recoveries) noexcept;
    [[nodiscard]] std::int64_t now_ns() const noexcept;

    struct member {
        std::shared_ptr<session_core> core;
        std::uint64_t recoveries = 0;  // that the lender has heard of
        const char* held_as = nullptr;
        call_site where;
    };
    struct granted_request {
        detail::cancel_handle handle;
        bool known = false;                        // the handle is set
        std::optional<cancel_strength> cancelled;  // before it was
    };

    const process_mark made_in_;
    const std::weak_ptr<engine_core> engine_;
    const std::shared_ptr<endpoint> where_;  // remembers how the last attempt ended while there is no session
    const std::shared_ptr<control> control_;
    const std::shared_ptr<detail::completion_queue> queue_;
    const std::string connection_string_;
    const bool in_memory_;  // its database dies with its one session
    const connect_options connect_;
    const std::size_t waiters_max_;
    const clock::duration leak_threshold_;
    const std::vector<std::string> on_return_;
    const protocol::ping question_;
    const bool proves_;  // new connections answer the question too
    const clock::duration test_within_;
    const std::shared_ptr<catalog_answers> answers_;
    std::atomic<lending::waiter_id> waiters_{0};
    mutable std::mutex mutex_;
    lending::lender lender_;                                 // guarded by mutex_
    std::map<lending::session_number, member> sessions_;     // guarded by mutex_: connected ones
    std::map<lending::waiter_id, waiter_ptr> waiting_;       // guarded by mutex_
    std::map<lending::waiter_id, granted_request> running_;  // guarded by mutex_
    std::optional<error> last_failure_;                      // guarded by mutex_: of a connect
    pool_metrics counts_;                                    // guarded by mutex_: what is counted, not what is there
    std::uint64_t successes_before_ = 0;                     // guarded by mutex_: at the endpoint, before that failure
    std::size_t checking_ = 0;                               // guarded by mutex_: sessions for whom they are lent to
    std::minstd_rand random_;                                // guarded by mutex_
    bool shutting_down_ = false;                             // guarded by mutex_
};

// The handle's part: dropped, the pool takes no more requests.
class pool_owner final : public detail::request_target {
public:
    explicit pool_owner(std::shared_ptr<pool_core> core) noexcept : core_(std::move(core)) {}
    ~pool_owner() override;
    pool_owner(const pool_owner&) = delete;
    pool_owner& operator=(const pool_owner&) = delete;

    void start(protocol::execute, request_options, detail::completion<row_set>) override;
    void start(protocol::execute_all, request_options, detail::completion<std::vector<row_set>>) override;
    void start(protocol::stream_start, stream_options, detail::completion<row_stream>) override;
    void start(protocol::catalog, request_options, detail::completion<row_set>) override;
    void start(protocol::pipeline, request_options, detail::completion<protocol::pipeline::reply>) override;
    void start(protocol::bulk_insert, request_options, detail::completion<bulk_inserted>) override;
    void acquire(lease_options, call_site, detail::completion<session>);
    void begin(transaction_options, request_options, detail::completion<transaction>) override;
    void pause(std::chrono::nanoseconds, detail::completion<bool>) override;
    [[nodiscard]] result<void> resize(std::size_t min_idle, std::size_t max_size);
    [[nodiscard]] pool_metrics metrics() const;
    void evict_all() noexcept;
    void clear_catalog_cache() noexcept;
    void clear_statements(const request_options&, detail::completion<std::size_t>);
    [[nodiscard]] engine_executor executor() const noexcept override { return engine_executor(core_->queue()); }
    [[nodiscard]] pool_core& core() const noexcept { return *core_; }

private:
    const std::shared_ptr<pool_core> core_;
};

}  // namespace sluice::runtime
