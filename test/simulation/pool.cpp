#include "pool.hpp"

#include "world.hpp"

#include <algorithm>
#include <utility>

namespace sluice::sim {

using entry = lending::lender::entry;
using test::said;

namespace {

constexpr std::int64_t never = runtime::supervisor::never;
constexpr std::int64_t reset_within = 5 * second;
constexpr std::int64_t test_within = 2 * second;

// Lines 1 and 2 are those before the endpoint.
constexpr std::uint64_t line_of(std::uint32_t pool) noexcept {
    return pool + 3;
}

lending::rules rules_of(const climate& weather) {
    lending::rules made;
    made.max_size = weather.pool_size;
    made.min_idle = weather.pool_idle;
    made.max_connecting = weather.pool_connecting;
    made.waiters_max = weather.waiters;
    made.max_lifetime_ns = weather.pool_lifetime;
    made.idle_timeout_ns = weather.pool_idle_timeout;
    made.check_after_ns = weather.pool_check_after;
    made.keepalive_ns = weather.pool_keepalive;
    made.overdue_after_ns = weather.pool_overdue_after;
    made.fail_fast = weather.pool_fails_fast;
    made.order = weather.pool_fifo ? lending::idle_order::fifo : lending::idle_order::lifo;
    return made;
}

}  // namespace

pool::pool(world& in, std::uint32_t number)
    : in_(in), number_(number), lender_(rules_of(in.weather)), armed_for_(never) {}

void pool::enter(std::uint32_t request) {
    promise& p = in_.promises[request];
    p.of_pool = true;
    if (in_.shutting_down()) return in_.refuse(request, errc::shutting_down);
    if (p.deadline <= in_.now()) return in_.refuse(request, errc::deadline);
    auto answered = lender_.want(request, in_.now());
    if (answered.what == entry::granted || answered.what == entry::waits) in_.accept(request);
    if (answered.what == entry::waits) {
        in_.say(said::waits, 0, line_of(number_), request);
        waiting_.emplace(request, p.deadline);
    }
    if (answered.what == entry::full) {
        in_.reach(mark::pool_line_full);
        in_.refuse(request, errc::queue_full);
    }
    if (answered.what == entry::down) {
        in_.reach(mark::pool_down);
        p.faulted = true;
        in_.refuse(request, errc::circuit_open);
    }
    if (answered.what == entry::closed) in_.refuse(request, errc::closed);
    act(std::move(answered.then), errc::shutting_down);
    arm();
}

void pool::act(lending::steps next, errc why_away) {
    for (const auto n : next.close) {
        in_.reach(mark::pool_session_left);
        const auto it = sessions_.find(n);
        session& core = *it->second.core;
        sessions_.erase(it);
        core.release();
    }
    if (!next.overdue.empty()) in_.reach(mark::pool_overdue);
    for (const auto n : next.connect) connect(n);
    for (const auto n : next.test) {
        in_.reach(mark::pool_tested);
        ping(*sessions_.at(n).core, in_.now() + test_within);
    }
    for (const auto who : next.turn_away) {
        const auto request = static_cast<std::uint32_t>(who);
        leave_line(request, false);
        in_.complete(request, why_away, outcome::none);
    }
    if (!next.lend) return;
    if (sessions_.at(next.lend->session).core->unusable()) return put_back(*next.lend, false);
    const auto request = static_cast<std::uint32_t>(next.lend->to);
    if (next.lend->check && waiting_.emplace(request, in_.promises[request].deadline).second)
        in_.say(said::waits, 0, line_of(number_), request);  // it may come back
    if (waiting_.count(request) != 0) leave_line(request, true);
    if (next.lend->check) return check(*next.lend);
    grant(request, next.lend->session);
}

// Its session was lost while it was idle, or did not pass its check.
void pool::put_back(const lending::loan& loan, bool served_before) {
    in_.reach(served_before ? mark::pool_check_failed : mark::pool_idle_was_lost);
    const auto request = static_cast<std::uint32_t>(loan.to);
    auto next = lender_.lost(loan, true, in_.now());
    const bool stands = served_before || !next.lend;
    if (stands && waiting_.emplace(request, in_.promises[request].deadline).second)
        in_.say(served_before ? said::came_back : said::waits, 0, line_of(number_), request);
    act(std::move(next), errc::shutting_down);
    arm();
}

void pool::ping(session& core, std::int64_t deadline) {
    core.accept(in_.submit(kind::ping, ~0U, &core, 0, deadline), false);
}

void pool::check(const lending::loan& loan) {
    in_.reach(mark::pool_checked);
    member& m = sessions_.at(loan.session);
    m.checked_for = loan;
    const auto request = static_cast<std::uint32_t>(loan.to);
    ping(*m.core, std::min(in_.promises[request].deadline, in_.now() + test_within));
}

void pool::ping_done(session& core, errc how) {
    const auto n = number_of(core);
    member& m = sessions_.at(n);
    if (m.checked_for) {
        const lending::loan loan = *std::exchange(m.checked_for, std::nullopt);
        return checked(core, loan, std::exchange(m.check_cancelled, false), how);
    }
    if (how != errc::ok) in_.reach(mark::pool_test_failed);
    act(lender_.tested(n, how == errc::ok, in_.now()), errc::shutting_down);
    arm();
}

void pool::checked(session& core, const lending::loan& loan, bool cancelled, errc how) {
    const auto request = static_cast<std::uint32_t>(loan.to);
    const bool late = how != errc::ok && in_.promises[request].deadline <= in_.now();
    if (cancelled || late || in_.shutting_down()) {
        in_.reach(cancelled ? mark::pool_check_cancelled : mark::pool_check_late);
        const errc why = in_.shutting_down() ? errc::shutting_down : cancelled ? errc::cancelled : errc::pool_exhausted;
        in_.complete(request, why, outcome::none);
        return come_back(core, core.needs_reset());
    }
    if (how == errc::ok) return grant(request, loan.session);
    put_back(loan, true);
}

void pool::connect(lending::session_number n) {
    session& made = in_.open_session(~0U, this, false);
    sessions_[n].core = &made;
    if (in_.where.is_permanent(in_.now())) return connected(made, errc::credentials);
    const std::int64_t within = in_.now() + in_.luck.about(5 * second);
    const std::uint32_t request = in_.submit(kind::connect, ~0U, &made, 0, within);
    made.begin();
    made.accept(request, false);
}

lending::session_number pool::number_of(const session& core) const {
    const auto it =
        std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& s) { return s.second.core == &core; });
    return it->first;
}

void pool::connected(session& made, errc how) {
    const auto n = number_of(made);
    if (how != errc::ok) {
        in_.reach(mark::pool_connect_failed);
        sessions_.erase(n);
        act(lender_.connect_failed(n, in_.now()), how);
        made.release();
    } else {
        act(lender_.connected(n, in_.now(), in_.luck.fraction()), errc::ok);
    }
    arm();
}

void pool::leave_line(std::uint32_t request, bool served) {
    waiting_.erase(request);
    in_.say(served ? said::served : said::withdrew, 0, line_of(number_), request);
}

void pool::grant(std::uint32_t request, lending::session_number n) {
    session& to_lend = *sessions_.at(n).core;
    in_.say(said::lease_begun, 0, to_lend.id);
    if (lender_.lent() > 1) in_.reach(mark::pool_lends_several);
    if (in_.promises[request].what == kind::acquire) {
        in_.promises[request].at = &to_lend;
        return in_.complete(request, errc::ok, outcome::none);
    }
    sessions_.at(n).lent_for = request;
    to_lend.accept(request, false);
}

void pool::over(std::uint32_t request) {
    const auto it =
        std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& s) { return s.second.lent_for == request; });
    if (it == sessions_.end()) return;
    it->second.lent_for = 0;
    give_back(*it->second.core);
}

void pool::give_back(session& core) {
    const bool dirty = core.needs_reset();
    in_.say(said::lease_ended, 0, core.id, dirty ? 1 : 0);
    core.forget_lost_transaction();
    come_back(core, dirty);
}

void pool::come_back(session& core, bool dirty) {
    if (!dirty) return settle(core, !core.unusable());
    in_.reach(mark::pool_reset);
    const std::uint32_t request = in_.submit(kind::reset, ~0U, &core, 0, in_.now() + reset_within);
    core.accept(request, false);
}

void pool::reset_done(session& core, errc how) {
    if (how == errc::ok) in_.say(said::cleaned, 0, core.id);
    settle(core, how == errc::ok && !core.unusable());
}

void pool::settle(session& core, bool usable) {
    if (!usable) in_.reach(mark::pool_returned_broken);
    const auto n = number_of(core);
    const auto recoveries = core.watched().recoveries();
    if (std::exchange(sessions_.at(n).recoveries, recoveries) != recoveries) lender_.doubt(in_.now());
    act(lender_.returned(n, usable, in_.now()), errc::shutting_down);
    arm();
}

void pool::withdraw(std::uint32_t request, errc why) {
    if (!lender_.withdraw(request)) return;
    leave_line(request, false);
    in_.complete(request, why, outcome::none);
}

void pool::cancel(std::uint32_t request) {
    if (waiting_.count(request) != 0) in_.reach(mark::pool_waiter_cancelled);
    for (auto& [n, m] : sessions_)
        if (m.checked_for && m.checked_for->to == request) m.check_cancelled = true;
    withdraw(request, errc::cancelled);
}

std::size_t pool::waiting() const noexcept {
    const auto checked = std::count_if(sessions_.begin(), sessions_.end(),
                                       [](const auto& s) { return s.second.checked_for.has_value(); });
    return waiting_.size() + static_cast<std::size_t>(checked);
}

void pool::arm() {
    std::int64_t soonest = lender_.next_event();
    for (const auto& [request, deadline] : waiting_) soonest = std::min(soonest, deadline);
    if (soonest == never || soonest >= armed_for_) return;
    armed_for_ = soonest;
    in_.time.plan(soonest, {event::kind::pool_alarm, number_, static_cast<std::uint64_t>(soonest)});
}

void pool::expire(std::uint64_t set_to) {
    if (static_cast<std::int64_t>(set_to) != armed_for_) return;
    armed_for_ = never;
    act(lender_.tick(in_.now()), errc::shutting_down);
    std::vector<std::uint32_t> due;
    for (const auto& [request, deadline] : waiting_) {
        if (deadline <= in_.now()) due.push_back(request);
    }
    for (const std::uint32_t request : due) {
        in_.reach(mark::pool_waiter_late);
        withdraw(request, errc::pool_exhausted);
    }
    arm();
}

void pool::resize() {
    in_.reach(mark::pool_resized);
    const auto size = static_cast<std::size_t>(in_.luck.between(1, 5));
    act(lender_.resize(std::min<std::size_t>(in_.weather.pool_idle, size), size, in_.now()), errc::shutting_down);
    arm();
}

void pool::evict_all() {
    in_.reach(mark::pool_evicted);
    act(lender_.evict_all(in_.now()), errc::shutting_down);
    arm();
}

void pool::shut_down() {
    act(lender_.close(), errc::shutting_down);
    act(lender_.send_away(), errc::shutting_down);
}

}  // namespace sluice::sim
