#include "pool_core.hpp"

#include "endpoint.hpp"
#include "engine_core.hpp"
#include "failure.hpp"

#include <algorithm>
#include <deque>

namespace sluice::runtime {

namespace {

struct returned {
    std::shared_ptr<pool_core> pool;
    std::shared_ptr<session_core> core;
    bool usable = false;
};
// What came back on this thread while it was handing on a session; null while it is not.
thread_local std::deque<returned>* came_back = nullptr;

}  // namespace

pool_core::pool_core(std::weak_ptr<engine_core> engine, std::shared_ptr<control> control,
                     std::shared_ptr<detail::completion_queue> queue, std::shared_ptr<endpoint> where,
                     std::string connection_string, pool_options options)
    : engine_(std::move(engine)),
      where_(std::move(where)),
      control_(std::move(control)),
      queue_(std::move(queue)),
      connection_string_(std::move(connection_string)),
      options_(std::move(options)),
      lender_(options_.waiters_max()) {}

void pool_core::enter(waiter_ptr who) noexcept {
    using entry = lending::lender::entry;
    const auto id = who->id = waiters_.fetch_add(1) + 1;
    const auto deadline = who->how.deadline;
    const auto stop = who->how.stop;
    if (deadline <= time().now())
        return who->fail(failure(errc::deadline, "the deadline was over before the request could start"));
    const detail::cancel_handle handle{weak_from_this(), id};
    who->announce(handle);
    if (stop.stop_possible()) who->stop.emplace(stop, handle);

    auto what = entry::waits;
    bool shutting_down = false;
    std::shared_ptr<session_core> core;
    std::shared_ptr<session_core> lost;
    {
        const std::lock_guard lock(mutex_);
        if (idle_ && idle_->unusable()) {
            lender_.lost();
            lost = std::move(idle_);
        }
        shutting_down = shutting_down_;
        what = lender_.want(id);
        if (what == entry::waits || what == entry::connect) waiting_.emplace(id, std::move(who));
        if (what == entry::granted) {
            core = std::move(idle_);
            running_.emplace(id, granted_request());
        }
    }
    if (lost) lost->release();  // or its worker would wait for ever
    if (what == entry::granted) grant(std::move(who), core);
    if (what == entry::full) who->fail(full_error());
    if (what == entry::closed) who->fail(shutting_down ? engine_gone() : closed_handle());
    if (what == entry::connect) connect();
    control_->sooner(deadline);
    if (stop.stop_requested())
        cancel(id, cancel_strength::terminal);  // its call back may have come before it was in line
}

void pool_core::connect() noexcept {
    const auto engine = engine_.lock();
    if (!engine) return connected(nullptr, engine_gone());
    protocol::connect request(connection_string_);
    request.login_timeout = options_.connect().login_timeout();
    auto core = engine->start_session(request, options_.connect());
    if (!core) return connected(nullptr, core.error());
    if (const auto why = (*core)->where()->permanent_failure(time().now())) return connected(*core, *why);
    submission how;
    how.deadline = options_.connect().deadline().from(time().at(how.accepted_at));
    (*core)->begin(false);
    (*core)->submit(std::move(request), std::move(how),
                    make_completion<protocol::connect::reply>(
                        [self = shared_from_this(), made = *core](result<protocol::connect::reply> r) noexcept {
                            self->connected(made, r ? std::nullopt : std::optional<error>(r.error()));
                        }));
}

void pool_core::connected(std::shared_ptr<session_core> core, const std::optional<error>& failed) noexcept {
    waiter_ptr first;
    std::vector<lending::waiter_id> gone;
    bool leave = false;
    {
        const std::lock_guard lock(mutex_);
        if (failed) {
            gone = lender_.connect_failed();
        } else if (const auto next = lender_.connected(); next.to) {
            first = take_to_grant(*next.to);
        } else if (lender_.closed()) {
            leave = true;
        } else {
            idle_ = core;
        }
    }
    if (failed) fail_all(gone, *failed);
    if ((failed || leave) && core) core->release();
    if (first) grant(std::move(first), core);
}

void pool_core::grant(waiter_ptr who, const std::shared_ptr<session_core>& core) noexcept {
    auto lease = std::make_shared<session_owner>(core, shared_from_this());
    waiter& granted = *who;
    granted.grant(std::move(who), std::move(lease));
}

void pool_core::give_back(std::shared_ptr<session_core> core) noexcept {
    if (!core->needs_reset()) return settle(core, !core->unusable());  // in this order: nothing is under way any more
    submission how;
    how.deadline = time().at(how.accepted_at) + limits::reset_max;
    core->submit(protocol::reset(), std::move(how),
                 make_completion<protocol::done>([self = shared_from_this(), core](result<protocol::done> r) noexcept {
                     self->settle(core, r.has_value() && !core->unusable());
                 }));
}

// Whom a session is handed on to may drop it at once, and the next one too: a loop, since the line may be longer than
// the stack is deep.
void pool_core::settle(const std::shared_ptr<session_core>& core, bool usable) noexcept {
    if (came_back != nullptr) return came_back->push_back({shared_from_this(), core, usable});
    std::deque<returned> mine{{shared_from_this(), core, usable}};
    came_back = &mine;
    for (; !mine.empty(); mine.pop_front()) mine.front().pool->hand_on(mine.front().core, mine.front().usable);
    came_back = nullptr;
}

void pool_core::hand_on(const std::shared_ptr<session_core>& core, bool usable) noexcept {
    waiter_ptr first;
    lending::lender::handover next;
    bool leave = !usable;
    {
        const std::lock_guard lock(mutex_);
        next = lender_.returned(usable);
        if (next.to)
            first = take_to_grant(*next.to);
        else if (usable && lender_.closed())
            leave = true;
        else if (usable)
            idle_ = core;
    }
    if (leave) core->release();
    if (first)
        grant(std::move(first), core);
    else if (next.connect)
        connect();
}

pool_core::waiter_ptr pool_core::take(lending::waiter_id id) {
    const auto it = waiting_.find(id);
    auto who = std::move(it->second);
    waiting_.erase(it);
    return who;
}

pool_core::waiter_ptr pool_core::take_to_grant(lending::waiter_id id) {
    running_.emplace(id, granted_request());
    return take(id);
}

void pool_core::fail_all(const std::vector<lending::waiter_id>& ids, const error& why) noexcept {
    std::vector<waiter_ptr> gone;
    {
        const std::lock_guard lock(mutex_);
        for (const auto id : ids) gone.push_back(take(id));
    }
    for (const auto& who : gone) who->fail(why);
}

void pool_core::withdraw(lending::waiter_id id, const error& why) noexcept {
    waiter_ptr who;
    {
        const std::lock_guard lock(mutex_);
        if (lender_.withdraw(id)) who = take(id);
    }
    if (who) who->fail(why);
}

void pool_core::running(lending::waiter_id id, const detail::cancel_handle& handle) noexcept {
    std::optional<cancel_strength> cancelled;
    {
        const std::lock_guard lock(mutex_);
        auto& request = running_[id];
        request.handle = handle;
        request.known = true;
        cancelled = request.cancelled;
    }
    if (cancelled) handle(*cancelled);
}

void pool_core::over(lending::waiter_id id) noexcept {
    const std::lock_guard lock(mutex_);
    running_.erase(id);
}

void pool_core::cancel(std::uint64_t key, cancel_strength strength) noexcept {
    detail::cancel_handle handle;
    {
        const std::lock_guard lock(mutex_);
        if (const auto it = running_.find(key); it != running_.end()) {
            it->second.cancelled = strength;
            if (it->second.known) handle = it->second.handle;
        }
    }
    handle(strength);
    withdraw(key,
             failure(errc::cancelled, "cancelled while waiting for a session", outcome::none, session_state::none));
}

clock::time_point pool_core::next_deadline() const noexcept {
    const std::lock_guard lock(mutex_);
    auto soonest = clock::time_point::max();
    for (const auto& [id, who] : waiting_) soonest = std::min(soonest, who->how.deadline);
    return soonest;
}

error pool_core::full_error() const {
    return failure(errc::queue_full,
                   "as many callers wait for a session as pool_options::waiters_max allows (" +
                       std::to_string(options_.waiters_max()) + ")",
                   outcome::none, session_state::none);
}

error pool_core::exhausted_error() const {
    const std::lock_guard lock(mutex_);
    const bool connecting = lender_.now() == lending::lender::state::connecting;
    return failure(errc::pool_exhausted,
                   std::string("no session became free in time: ") +
                       (connecting ? "the connection is still being made" : "the session is lent") + ", " +
                       std::to_string(lender_.waiting()) + " callers wait",
                   outcome::none, session_state::none);
}

void pool_core::expire(clock::time_point now) noexcept {
    std::vector<lending::waiter_id> due;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [id, who] : waiting_) {
            if (who->how.deadline <= now) due.push_back(id);
        }
    }
    if (due.empty()) return;
    const error why = exhausted_error();
    for (const auto id : due) withdraw(id, why);
}

void pool_core::release() noexcept {
    std::shared_ptr<session_core> core;
    {
        const std::lock_guard lock(mutex_);
        lender_.close();
        core = std::move(idle_);
        if (core) lender_.lost();
    }
    if (core) core->release();
}

void pool_core::shut_down() noexcept {
    std::vector<lending::waiter_id> gone;
    {
        const std::lock_guard lock(mutex_);
        shutting_down_ = true;
        lender_.close();
        gone = lender_.send_away();
    }
    fail_all(gone, engine_gone());
}

}  // namespace sluice::runtime
