#include "canceller.hpp"

#include "world.hpp"

#include <algorithm>

namespace sluice::sim {

using test::said;

namespace {

constexpr std::int64_t overdue_after = 5 * second;  // limits::cancel_call_max

}  // namespace

void canceller::ask(session& by, worker& whom, std::uint64_t number) {
    if (stopped_) return;
    const asked made{&by, &whom, number, whom.request};
    const auto same = std::find_if(line_.begin(), line_.end(), [&](const asked& a) { return a.whom == &whom; });
    if (same != line_.end())
        *same = made;
    else
        line_.push_back(made);
    plan_work(in_.happens(in_.weather.cancel_late) ? in_.luck.about(3 * ms) : in_.luck.about(20 * us));
}

void canceller::plan_work(std::int64_t after) {
    if (std::exchange(planned_, true)) return;
    in_.plan(after, {event::kind::canceller_works, 0, 0});
}

void canceller::work() {
    planned_ = false;
    if (stopped_ || busy_ || line_.empty()) return;
    if (!in_.where.take_cancel(in_.now())) {
        in_.reach(mark::cancel_postponed_by_bucket);
        return plan_work(in_.where.cancel_ready_at() - in_.now());
    }
    const asked next = line_.front();
    line_.pop_front();
    if (!next.whom->begin_interruption(next.number)) {
        in_.reach(mark::cancel_too_late_for_its_call);
        next.by->cancel_done(*next.whom, next.number, false);
        return plan_work(in_.luck.about(5 * us));
    }
    if (thread_ == 0) {
        thread_ = in_.new_thread();
        in_.say(said::generation_started, 0, thread_);
    }
    busy_ = true;
    const auto index = static_cast<std::uint32_t>(all_.size());
    all_.push_back({next, thread_, in_.happens(in_.weather.cancel_hangs), false, false});
    if (all_.back().hangs) {
        in_.reach(mark::cancel_hung);
        in_.touch(next.request);
        const bool for_good = in_.luck.chance(in_.weather.stuck_for_good);
        if (for_good) in_.reach(mark::cancel_hung_for_good);
        if (!for_good) in_.plan(in_.luck.about(3 * second), {event::kind::cancel_returns, index, 0});
        in_.plan(overdue_after, {event::kind::cancel_overdue, index, 0});
        return;
    }
    in_.plan(in_.luck.about(100 * us), {event::kind::cancel_arrives, index, 0});
}

void canceller::arrives(std::uint32_t cancel) {
    const asked& a = all_[cancel].what;
    if (in_.happens(in_.weather.cancel_lost)) {
        in_.reach(mark::cancel_lost_at_entry);
        in_.touch(a.request);
    } else if (a.whom->is_in_call()) {
        a.whom->interrupted(a.request);
    }
    in_.plan(in_.luck.about(50 * us), {event::kind::cancel_returns, cancel, 0});
}

void canceller::returns(std::uint32_t cancel) {
    under_way& c = all_[cancel];
    if (std::exchange(c.over, true)) return;
    c.what.whom->end_interruption();
    if (c.given_up) {
        finish_thread(c.thread);
        return in_.back_from_quarantine();
    }
    busy_ = false;
    c.what.by->cancel_done(*c.what.whom, c.what.number, true);
    if (stopped_) return finish_thread(std::exchange(thread_, 0));
    if (!line_.empty()) plan_work(0);
}

void canceller::is_overdue(std::uint32_t cancel) {
    under_way& c = all_[cancel];
    if (c.over || c.given_up || stopped_) return;
    if (!in_.quarantine(c.thread)) return in_.plan(overdue_after, {event::kind::cancel_overdue, cancel, 0});
    c.given_up = true;
    thread_ = 0;
    busy_ = false;
    if (!line_.empty()) plan_work(0);
}

void canceller::finish_thread(std::uint32_t thread) {
    if (thread != 0) in_.say(said::generation_ended, 0, thread);
}

void canceller::stop() {
    stopped_ = true;
    line_.clear();
    if (!busy_) return finish_thread(std::exchange(thread_, 0));
    in_.reach(mark::shutdown_with_cancel_under_way);
    in_.say(said::left_behind, 0, thread_);
}

void canceller::heal() {
    for (std::uint32_t i = 0; i < all_.size(); ++i) {
        if (all_[i].hangs && !all_[i].over) in_.plan(in_.luck.about(50 * ms), {event::kind::cancel_returns, i, 0});
    }
}

}  // namespace sluice::sim
