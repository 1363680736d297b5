#pragma once
// One session behind its handles. Mirrors runtime/src/session_core.cpp (session.cpp) and session_supervision.cpp: the
// request_table, the supervisor and the order in which its todo is done are those of the library; threads, locks and
// errors with texts are not here. When the shell changes, these are the files that have to follow.
//
// Threads: one.

#include "policy/request_table.hpp"
#include "policy/supervisor.hpp"
#include "request.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace sluice::sim {

class pool;
struct worker;

class session {
public:
    session(world&, std::uint32_t id, std::uint32_t user, pool* of, bool asked);

    // Caller's side.
    void begin();
    // Answers the request at once where it cannot be accepted. `cancelled`: by the time it is queued.
    void accept(std::uint32_t request, bool cancelled);
    void cancel(runtime::ticket, cancel_strength);
    void release();
    bool trigger(std::uint64_t generation);
    void reader_late();

    // Engine's side.
    void shut_down(bool refuse_queued);
    void press(errc reason, cancel_strength);
    void give_up();
    void permitted(bool asked);
    void cancel_done(const worker&, std::uint64_t number, bool sent);

    // Worker's side.
    enum class served : std::uint8_t { one, nothing, over };
    [[nodiscard]] served take(worker&, std::uint32_t& slot, sim_operation*& op);
    // False: it was given up, or this ended its service.
    bool finish(worker&, std::uint32_t slot, sim_operation&, errc, outcome);
    [[nodiscard]] bool enter(worker&, std::int64_t deadline, bool fetch);
    bool leave(worker&);
    [[nodiscard]] bool reconnected(worker&, errc how);
    void current_stream(std::shared_ptr<stream> latest) { stream_ = std::move(latest); }
    void end_service(worker&);
    void thread_ended(worker&);

    // Time has passed.
    void expire(std::uint64_t set_to);
    void arm();
    void wake();

    [[nodiscard]] bool is_over() const noexcept { return supervisor_.now() == runtime::supervisor::phase::closed; }
    [[nodiscard]] bool unusable() const noexcept;
    [[nodiscard]] bool needs_reset() const noexcept;
    // Every slot is kept by a thread that was given up and has not come back.
    [[nodiscard]] bool is_full_of_stuck() const noexcept {
        return table_.in_flight() == table_.size() && threads_left() >= table_.size();
    }
    [[nodiscard]] std::size_t threads_left() const noexcept;
    [[nodiscard]] std::size_t unanswered() const;  // in its table
    void touch_queue() noexcept;                   // a fault keeps those waiting that are queued
    [[nodiscard]] std::uint64_t generation() const noexcept { return supervisor_.generation(); }
    [[nodiscard]] const runtime::supervisor& watched() const noexcept { return supervisor_; }
    [[nodiscard]] const std::shared_ptr<stream>& open_stream() const noexcept { return stream_; }
    [[nodiscard]] bool released() const noexcept { return released_; }
    [[nodiscard]] bool stopping() const noexcept { return stopping_; }
    [[nodiscard]] bool takes_no_more() const noexcept { return released_ || refusing_ != errc::ok; }
    [[nodiscard]] bool draining() const noexcept { return refusing_ == errc::shutting_down; }
    void forget_lost_transaction() noexcept { transaction_lost_ = false; }

    const std::uint32_t id;
    const std::uint32_t user;
    pool* const of;

private:
    using todo = runtime::supervisor::todo;
    void act(todo);
    [[nodiscard]] bool serves(const worker&);
    void answer_running(const todo&);
    void end_generation(const todo&);
    void fail_bound_requests();
    [[nodiscard]] bool quarantine();
    void start_worker();
    bool close_if_idle();
    void finish_queued(runtime::ticket, errc);
    void refuse_queued(errc);
    [[nodiscard]] std::vector<runtime::ticket> in_order(std::vector<runtime::ticket>) const;
    [[nodiscard]] errc failed_code() const noexcept;
    [[nodiscard]] errc refuses(kind) const noexcept;

    world& in_;
    bool asked_;
    runtime::request_table table_;
    std::vector<std::uint32_t> accepted_as_;  // by slot: the request
    std::deque<std::uint32_t> mailbox_;
    runtime::supervisor supervisor_;
    worker* current_ = nullptr;
    worker* uncounted_ = nullptr;  // stuck, and the budget had no room for it
    std::optional<runtime::ticket> running_;
    std::shared_ptr<stream> stream_;
    errc refusing_ = errc::ok;
    errc why_failed_ = errc::connection_lost;
    bool released_ = false, stopping_ = false, transaction_lost_ = false;
    std::int64_t armed_for_ = runtime::supervisor::never;
};

}  // namespace sluice::sim
