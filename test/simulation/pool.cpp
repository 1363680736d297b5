#include "pool.hpp"

#include "world.hpp"

#include <algorithm>

namespace sluice::sim {

using entry = lending::lender::entry;
using test::said;

namespace {

constexpr std::int64_t never = runtime::supervisor::never;
constexpr std::int64_t reset_within = 5 * second;

// Lines 1 and 2 are those before the endpoint.
constexpr std::uint64_t line_of(std::uint32_t pool) noexcept {
    return pool + 3;
}

}  // namespace

pool::pool(world& in, std::uint32_t number)
    : in_(in), number_(number), lender_(in.weather.waiters), armed_for_(never) {}

void pool::enter(std::uint32_t request) {
    promise& p = in_.promises[request];
    p.of_pool = true;
    if (in_.shutting_down()) return in_.refuse(request, errc::shutting_down);
    if (p.deadline <= in_.now()) return in_.refuse(request, errc::deadline);
    session* lost = nullptr;
    if (idle_ != nullptr && idle_->unusable()) {
        in_.reach(mark::pool_idle_was_lost);
        lender_.lost();
        lost = std::exchange(idle_, nullptr);
    }
    const entry what = lender_.want(request);
    if (lost != nullptr) lost->release();
    switch (what) {
        case entry::granted:
            in_.accept(request);
            return grant(request, *std::exchange(idle_, nullptr));
        case entry::full:
            in_.reach(mark::pool_line_full);
            return in_.refuse(request, errc::queue_full);
        case entry::closed:
            return in_.refuse(request, errc::closed);
        default:
            break;
    }
    in_.accept(request);
    in_.say(said::waits, 0, line_of(number_), request);
    waiting_.emplace(request, p.deadline);
    if (what == entry::connect) connect();
    arm();
}

void pool::connect() {
    session& made = in_.open_session(~0U, this, false);
    if (in_.where.is_permanent(in_.now())) {
        made.release();
        return connected(made, errc::credentials);
    }
    const std::int64_t within = in_.now() + in_.luck.about(5 * second);
    const std::uint32_t request = in_.submit(kind::connect, ~0U, &made, 0, within);
    made.begin();
    made.accept(request, false);
}

void pool::connected(session& made, errc how) {
    if (how != errc::ok) {
        in_.reach(mark::pool_connect_failed);
        fail_all(lender_.connect_failed(), how);
        return made.release();
    }
    const auto next = lender_.connected();
    if (next.to) {
        leave_line(static_cast<std::uint32_t>(*next.to), true);
        return grant(static_cast<std::uint32_t>(*next.to), made);
    }
    if (lender_.closed()) return made.release();
    idle_ = &made;
}

void pool::leave_line(std::uint32_t request, bool served) {
    waiting_.erase(request);
    in_.say(served ? said::served : said::withdrew, 0, line_of(number_), request);
}

void pool::grant(std::uint32_t request, session& to_lend) {
    lent_ = &to_lend;
    in_.say(said::lease_begun, 0, to_lend.id);
    if (in_.promises[request].what == kind::acquire) {
        lent_for_ = 0;
        in_.promises[request].at = &to_lend;
        return in_.complete(request, errc::ok, outcome::none);
    }
    lent_for_ = request;
    to_lend.accept(request, false);
}

void pool::over(std::uint32_t request) {
    if (lent_ == nullptr || lent_for_ != request) return;
    lent_for_ = 0;
    give_back(*lent_);
}

void pool::give_back(session& core) {
    const bool dirty = core.needs_reset();
    lent_ = nullptr;
    in_.say(said::lease_ended, 0, core.id, dirty ? 1 : 0);
    core.forget_lost_transaction();
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
    const auto next = lender_.returned(usable);
    if (!usable) in_.reach(mark::pool_returned_broken);
    if (!usable || (!next.to && lender_.closed())) core.release();
    if (next.to) {
        leave_line(static_cast<std::uint32_t>(*next.to), true);
        return grant(static_cast<std::uint32_t>(*next.to), core);
    }
    if (usable && !lender_.closed()) idle_ = &core;
    if (next.connect) connect();
}

void pool::fail_all(const std::vector<lending::waiter_id>& gone, errc why) {
    for (const auto who : gone) {
        const auto request = static_cast<std::uint32_t>(who);
        leave_line(request, false);
        in_.complete(request, why, outcome::none);
    }
}

void pool::withdraw(std::uint32_t request, errc why) {
    if (!lender_.withdraw(request)) return;
    leave_line(request, false);
    in_.complete(request, why, outcome::none);
}

void pool::cancel(std::uint32_t request) {
    if (waiting_.count(request) != 0) in_.reach(mark::pool_waiter_cancelled);
    withdraw(request, errc::cancelled);
}

void pool::arm() {
    std::int64_t soonest = never;
    for (const auto& [request, deadline] : waiting_) soonest = std::min(soonest, deadline);
    if (soonest == never || soonest >= armed_for_) return;
    armed_for_ = soonest;
    in_.time.plan(soonest, {event::kind::pool_alarm, number_, static_cast<std::uint64_t>(soonest)});
}

void pool::expire(std::uint64_t set_to) {
    if (static_cast<std::int64_t>(set_to) != armed_for_) return;
    armed_for_ = never;
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

void pool::shut_down() {
    lender_.close();
    fail_all(lender_.send_away(), errc::shutting_down);
    if (idle_ == nullptr) return;
    lender_.lost();
    std::exchange(idle_, nullptr)->release();
}

}  // namespace sluice::sim
