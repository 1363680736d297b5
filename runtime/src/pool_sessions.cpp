// A pool and its sessions: what the lender decides is done here.

#include "endpoint.hpp"
#include "engine_core.hpp"
#include "failure.hpp"
#include "pool_core.hpp"
#include "time_points.hpp"

#include <deque>
#include <utility>

namespace sluice::runtime {

namespace {

struct returned {
    std::shared_ptr<pool_core> pool;
    lending::session_number which = 0;
    bool usable = false;
    std::uint64_t recoveries = 0;  // that its session has had
};
// What came back on this thread while it was handing on a session; null while it is not.
thread_local std::deque<returned>* came_back = nullptr;

std::string overdue_text(const char* what, const call_site& where, clock::duration threshold) {
    const auto after = std::chrono::duration_cast<std::chrono::seconds>(threshold).count();
    return std::string(what) + (where ? " that was acquired at " + where.text() : std::string()) +
           " was not given back within " + std::to_string(after) + " s: forgotten, or in use for longer than expected";
}

}  // namespace

std::int64_t pool_core::now_ns() const noexcept {
    return nanoseconds_of(time().now());
}

pool_core::todo pool_core::decide(lending::steps then) {
    todo made;
    for (const auto which : then.overdue) {
        const member& one = sessions_.at(which);
        if (one.held_as == nullptr) continue;
        ++counts_.overdue;
        made.overdue.emplace_back(one.core, overdue_text(one.held_as, one.where, leak_threshold_));
    }
    if (then.lend) {
        made.loan = *then.lend;
        member& one = sessions_.at(then.lend->session);
        made.core = one.core;
        made.first = take_to_grant(then.lend->to);
        one.held_as = made.first->held_as;
        one.where = made.first->where;
        ++counts_.granted;
        counts_.granted_at_once += made.first->stood_in_line ? 0U : 1U;
    }
    made.connect = std::move(then.connect);
    counts_.left += then.close.size();
    for (const auto which : then.close) {
        const auto it = sessions_.find(which);
        made.leave.push_back(std::move(it->second.core));
        sessions_.erase(it);
    }
    for (const auto which : then.test) made.test.emplace_back(which, sessions_.at(which).core);
    for (const auto id : then.turn_away) made.away.push_back(take(id));
    made.look_at = time_of(lender_.next_event());
    return made;
}

// Nothing of it under the lock.
void pool_core::act(todo next, const std::optional<error>& why_away) noexcept {
    while (true) {
        control_->sooner(next.look_at);
        for (auto& [core, text] : next.overdue) core->overdue(std::move(text));
        for (const auto& core : next.leave) core->release();  // or its worker would wait for ever
        for (const auto which : next.connect) connect(which);
        for (auto& [which, core] : next.test) test(which, std::move(core));
        for (auto& who : next.away) fail(std::move(who), why_away ? *why_away : engine_gone());
        if (!next.first) return;
        if (!next.core->unusable()) {
            if (next.loan.check) return check(std::move(next.first), std::move(next.core), next.loan);
            return grant(std::move(next.first), next.core, next.loan.session);
        }
        next = put_back(std::move(next.first), next.loan);
    }
}

// Its session was lost while it was idle.
pool_core::todo pool_core::put_back(waiter_ptr who, const lending::loan& loan) noexcept {
    const auto deadline = who->how.deadline;
    todo next;
    bool shutting_down = false;
    {
        const std::lock_guard lock(mutex_);
        const auto request = running_.find(loan.to);
        shutting_down = shutting_down_;
        const bool wanted = !request->second.cancelled && !shutting_down;
        running_.erase(request);
        take_back(*who);
        auto then = lender_.lost(loan, wanted, now_ns());
        who->stood_in_line |= !then.lend;
        if (wanted) waiting_.emplace(loan.to, std::move(who));
        next = decide(std::move(then));
    }
    if (who) fail(std::move(who), shutting_down ? engine_gone() : cancelled_in_line());
    control_->sooner(deadline);
    return next;
}

// It was not granted after all.
void pool_core::take_back(const waiter& who) noexcept {
    --counts_.granted;
    counts_.granted_at_once -= who.stood_in_line ? 0U : 1U;
}

void pool_core::grant(waiter_ptr who, const std::shared_ptr<session_core>& core,
                      lending::session_number which) noexcept {
    auto lease = std::make_shared<session_owner>(core, shared_from_this(), which);
    waiter& granted = *who;
    granted.grant(std::move(who), std::move(lease));
}

void pool_core::start() noexcept {
    todo next;
    {
        const std::lock_guard lock(mutex_);
        next = decide(lender_.start(now_ns()));
    }
    act(std::move(next));
}

void pool_core::connect(lending::session_number which) noexcept {
    const auto engine = engine_.lock();
    if (!engine) return connected(which, nullptr, engine_gone());
    if (const auto why = where_->permanent_failure(time().now())) return connected(which, nullptr, *why);
    auto request = connect_request(connection_string_, connect_);
    auto core = engine->start_session(request, connect_);
    if (!core) return connected(which, nullptr, core.error());
    submission how;
    how.deadline = connect_.deadline().from(time().at(how.accepted_at));
    (*core)->begin(false);
    (*core)->submit(std::move(request), std::move(how),
                    make_completion<protocol::connect::reply>(
                        [self = shared_from_this(), which, made = *core](result<protocol::connect::reply> r) noexcept {
                            if (r && self->proves_) return self->prove(which, made);
                            self->connected(which, made, r ? std::nullopt : std::optional<error>(r.error()));
                        }));
}

void pool_core::connected(lending::session_number which, std::shared_ptr<session_core> core,
                          const std::optional<error>& failed) noexcept {
    todo next;
    {
        const std::lock_guard lock(mutex_);
        last_failure_ = failed;
        ++(failed ? counts_.connect_failed : counts_.connected);
        successes_before_ = where_->successes();
        if (failed) {
            next = decide(lender_.connect_failed(which, now_ns()));
        } else {
            sessions_[which].core = core;
            constexpr auto span = static_cast<double>(std::minstd_rand::max());
            next = decide(lender_.connected(which, now_ns(), static_cast<double>(random_()) / span));
        }
    }
    if (failed && core) core->release();
    if (next.away.empty()) return act(std::move(next));
    const error why = turned_away(*failed, next.away.size());
    act(std::move(next), why);
}

void pool_core::give_back(std::shared_ptr<session_core> core, lending::session_number which) noexcept {
    // In this order: nothing is under way any more.
    if (on_return_.empty() && !core->needs_reset()) return settle(which, *core, !core->unusable());
    submission how;
    how.deadline = time().at(how.accepted_at) + limits::reset_max;
    core->submit(
        protocol::reset(on_return_), std::move(how),
        make_completion<protocol::done>([self = shared_from_this(), core, which](result<protocol::done> r) noexcept {
            self->settle(which, *core, r.has_value() && !core->unusable());
        }));
}

// Whom a session is handed on to may drop it at once, and the next one too: a loop, since the line may be longer than
// the stack is deep.
void pool_core::settle(lending::session_number which, const session_core& core, bool usable) noexcept {
    const auto recoveries = core.recoveries();
    if (came_back != nullptr) return came_back->push_back({shared_from_this(), which, usable, recoveries});
    std::deque<returned> mine{{shared_from_this(), which, usable, recoveries}};
    came_back = &mine;
    for (; !mine.empty(); mine.pop_front()) {
        const returned& one = mine.front();
        one.pool->hand_on(one.which, one.usable, one.recoveries);
    }
    came_back = nullptr;
}

void pool_core::hand_on(lending::session_number which, bool usable, std::uint64_t recoveries) noexcept {
    todo next;
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(sessions_.at(which).recoveries, recoveries) != recoveries) lender_.doubt(now_ns());
        next = decide(lender_.returned(which, usable, now_ns()));
    }
    act(std::move(next));
}

result<void> pool_core::resize(std::size_t min_idle, std::size_t max_size) {
    if (auto wrong = pool_options().max_size(max_size).min_idle(min_idle).problems()) return *wrong;
    if (in_memory_ && max_size != 1)
        return failure(errc::invalid_argument, "a database in memory has one session: max_size can only be 1",
                       outcome::none, session_state::none);
    todo next;
    {
        const std::lock_guard lock(mutex_);
        next = decide(lender_.resize(min_idle, max_size, now_ns()));
    }
    act(std::move(next));
    return {};
}

pool_metrics pool_core::metrics() const {
    const std::lock_guard lock(mutex_);
    pool_metrics made = counts_;
    made.max_size = lender_.by().max_size;
    made.sessions = lender_.size();
    made.idle = lender_.idle();
    made.lent = lender_.lent();
    made.connecting = lender_.connecting();
    made.tested = lender_.testing();
    made.waiting = lender_.waiting();
    return made;
}

void pool_core::evict_all() noexcept {
    todo next;
    {
        const std::lock_guard lock(mutex_);
        next = decide(lender_.evict_all(now_ns()));
    }
    act(std::move(next));
}

void pool_core::release() noexcept {
    todo next;
    {
        const std::lock_guard lock(mutex_);
        next = decide(lender_.close());
    }
    act(std::move(next));
}

void pool_core::shut_down() noexcept {
    todo idle;
    todo line;
    {
        const std::lock_guard lock(mutex_);
        shutting_down_ = true;
        idle = decide(lender_.close());
        line = decide(lender_.send_away());
    }
    act(std::move(idle));
    act(std::move(line), engine_gone());
}

}  // namespace sluice::runtime
