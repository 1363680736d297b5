// A pool and those who wait for its sessions.

#include "pool_core.hpp"

#include "endpoint.hpp"
#include "engine_core.hpp"
#include "failure.hpp"
#include "time_points.hpp"

#include <sluice/odbc/connection.hpp>

#include <algorithm>

namespace sluice::runtime {

namespace {

std::int64_t limit_of(clock::duration d) noexcept {
    return d == clock::duration::zero() ? lending::never : lending::in_ns(d);
}

lending::rules rules_of(const pool_options& options, bool in_memory) {
    lending::rules made;
    made.max_size = options.max_size();
    made.min_idle = options.min_idle();
    made.max_connecting = options.max_connecting();
    made.waiters_max = options.waiters_max();
    made.max_lifetime_ns = limit_of(options.max_lifetime());
    made.idle_timeout_ns = limit_of(options.idle_timeout());
    made.check_after_ns = lending::never;
    if (options.test_on_checkout() == checkout_test::when_idle)
        made.check_after_ns = lending::in_ns(options.test_if_idle_for());
    if (options.test_on_checkout() == checkout_test::always) made.check_after_ns = 0;
    made.keepalive_ns = limit_of(options.keepalive());
    made.fail_fast = options.fail_fast_when_down();
    made.overdue_after_ns = limit_of(options.leak_threshold());
    made.order = options.order() == idle_order::lifo ? lending::idle_order::lifo : lending::idle_order::fifo;
    if (!in_memory) return made;
    made.max_size = 1;
    made.min_idle = std::min(made.min_idle, made.max_size);
    made.max_lifetime_ns = lending::never;
    made.idle_timeout_ns = lending::never;
    made.check_after_ns = lending::never;
    made.keepalive_ns = lending::never;
    return made;
}

}  // namespace

pool_core::pool_core(std::weak_ptr<engine_core> engine, std::shared_ptr<control> control,
                     std::shared_ptr<detail::completion_queue> queue, std::shared_ptr<endpoint> where,
                     std::string connection_string, const pool_options& options, std::shared_ptr<catalog_counts> counts)
    : engine_(std::move(engine)),
      where_(std::move(where)),
      control_(std::move(control)),
      queue_(std::move(queue)),
      connection_string_(std::move(connection_string)),
      in_memory_(odbc::is_in_memory(connection_string_)),
      connect_(options.connect()),
      waiters_max_(options.waiters_max()),
      leak_threshold_(options.leak_threshold()),
      on_return_(options.on_return()),
      question_(options.health_check_query()),
      proves_(!options.health_check_query().empty() && options.test_on_checkout() != checkout_test::never),
      test_within_(options.test_within()),
      answers_(options.catalog_entries() == 0
                   ? nullptr
                   : std::make_shared<catalog_answers>(options, control_->time(), std::move(counts))),
      lender_(rules_of(options, in_memory_)),
      random_(std::random_device()()) {}

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
    todo next;
    {
        const std::lock_guard lock(mutex_);
        auto answered = lender_.want(id, now_ns());
        what = answered.what;
        shutting_down = shutting_down_;
        ++counts_.asked;
        who->stood_in_line = what == entry::waits;
        if (what == entry::granted || what == entry::waits) waiting_.emplace(id, std::move(who));
        next = decide(std::move(answered.then));
    }
    if (what == entry::full) fail(std::move(who), full_error());
    if (what == entry::down) fail(std::move(who), down_error());
    if (what == entry::closed) fail(std::move(who), shutting_down ? engine_gone() : closed_handle());
    if (what == entry::waits) control_->sooner(deadline);
    act(std::move(next));
    if (stop.stop_requested())
        cancel(id, cancel_strength::terminal);  // its call back may have come before it was in line
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

void pool_core::withdraw(lending::waiter_id id, const error& why) noexcept {
    waiter_ptr who;
    {
        const std::lock_guard lock(mutex_);
        if (lender_.withdraw(id)) who = take(id);
    }
    if (who) fail(std::move(who), why);
}

void pool_core::fail(waiter_ptr who, const error& why) noexcept {
    {
        const std::lock_guard lock(mutex_);
        count(why.code());
    }
    who->fail(why);
}

void pool_core::count(errc failed) noexcept {
    switch (failed) {
        case errc::pool_exhausted:
            ++counts_.exhausted;
            break;
        case errc::cancelled:
            ++counts_.cancelled;
            break;
        case errc::queue_full:
            ++counts_.refused_full;
            break;
        case errc::circuit_open:
            ++counts_.refused_down;
            break;
        default:
            ++counts_.turned_away;
    }
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
    withdraw(key, cancelled_in_line());
}

error pool_core::cancelled_in_line() {
    return failure(errc::cancelled, "cancelled while waiting for a session", outcome::none, session_state::none);
}

clock::time_point pool_core::next_deadline() const noexcept {
    const std::lock_guard lock(mutex_);
    auto soonest = time_of(lender_.next_event());
    for (const auto& [id, who] : waiting_) soonest = std::min(soonest, who->how.deadline);
    return soonest;
}

void pool_core::expire(clock::time_point now) noexcept {
    std::vector<lending::waiter_id> due;
    todo next;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [id, who] : waiting_) {
            if (who->how.deadline <= now) due.push_back(id);
        }
        next = decide(lender_.tick(nanoseconds_of(now)));
    }
    act(std::move(next));
    if (due.empty()) return;
    const error why = exhausted_error();
    for (const auto id : due) withdraw(id, why);
}

}  // namespace sluice::runtime
