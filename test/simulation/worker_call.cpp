// The call that a worker is in: how long it takes, what the server makes of it, what cuts or interrupts it.

#include "worker.hpp"
#include "world.hpp"

namespace sluice::sim {

using test::said;

worker::plan worker::planned_connect() {
    const climate& c = in.weather;
    plan p{in.luck.about(5 * ms), errc::ok};
    if (in.backend.now() == server::state::black_hole && !in.luck.chance(0.2)) {
        touch();
        p = {in.luck.about(3 * second), errc::unreachable};
        if (in.luck.chance(0.3)) p.takes = -1;
    } else if (in.backend.now() == server::state::refusing) {
        p = {in.luck.about(ms), errc::unreachable};
    } else if (in.happens(c.connect_permanent)) {
        p.result = errc::credentials;
    } else if (in.happens(c.connect_fails)) {
        p.result = errc::unreachable;
    } else if (in.happens(c.connect_hangs)) {
        p.takes = in.luck.chance(c.stuck_for_good) ? -1 : in.luck.about(3 * second);
    } else {
        return p;
    }
    touch();
    return p;
}

worker::plan worker::planned(call what) {
    const climate& c = in.weather;
    const bool of_request = what == call::request;
    plan p{in.luck.about(what == call::fetch ? 300 * us : of_request ? ms : 100 * us), errc::ok};
    if (what == call::disconnect) {
        if (in.happens(c.leave_hangs)) p.takes = in.luck.chance(c.stuck_for_good) ? -1 : in.luck.about(second);
        return p;
    }
    const std::int64_t thaw = in.backend.frozen_until() - in.now();
    bool fault = true;
    if (dead_) {
        p = {in.luck.about(100 * us), errc::connection_lost};
    } else if (in.happens(c.breaks)) {
        p.result = errc::connection_lost;
    } else if (in.happens(c.stuck)) {
        p.takes = in.luck.about(2 * second);
        if (in.luck.chance(c.stuck_for_good)) p.takes = -1;
    } else if (in.happens(c.slow)) {
        p.takes *= in.luck.between(10, 200);
    } else if (in.happens(c.throws)) {
        p.result = errc::worker_lost;
    } else if (what != call::close_cursor && in.happens(c.fails)) {
        p.result = errc::constraint;
    } else {
        fault = false;
    }
    if (p.takes >= 0 && thaw > 0) p.takes += thaw;
    if (fault || thaw > 0) touch();
    return p;
}

void worker::touch() {
    in.touch(request);
    home.touch_queue();
}

void worker::begin(call what, plan p) {
    in_ = what;
    ++calls_;
    result_ = p.result;
    for_good_ = p.takes < 0;
    ends_at_ = for_good_ ? -1 : in.now() + p.takes;
    ignores_cancel_ = in.happens(in.weather.ignores_cancel);
    if (for_good_) in.reach(mark::stuck_for_good);
    in.say(said::call_begun, request, id);
    if (!for_good_) in.time.plan(ends_at_, {event::kind::call_ends, index, calls_});
}

// What the server makes of it, whether or not anybody hears.
void worker::server_does(kind what, errc how) {
    const bool lost = how == errc::connection_lost;
    const bool done = how == errc::ok || (lost && !was_dead_ && in.luck.chance(0.5));
    if (lost && may_apply(what)) in.reach(done ? mark::lost_after_effect : mark::lost_before_effect);
    switch (what) {
        case kind::write:
            if (done && open_transaction_) to_commit_.push_back(op_->request);
            if (done && !open_transaction_) in.say(said::applied, op_->request, id);
            break;
        case kind::begin:
            open_transaction_ = done;
            break;
        case kind::commit:
            if (done) {
                for (const std::uint32_t r : to_commit_) in.say(said::applied, r, id);
                in.say(said::applied, op_->request, id);
            }
            [[fallthrough]];
        case kind::rollback:
        case kind::reset:
            open_transaction_ = false;
            to_commit_.clear();
            break;
        default:
            break;
    }
    if (lost) {
        open_transaction_ = false;
        to_commit_.clear();
    }
}

outcome worker::effect() const noexcept {
    if (op_ == nullptr || !may_apply(op_->what) || in_ != call::request) return outcome::none;
    return outcome::unknown;
}

bool worker::begin_interruption(std::uint64_t aimed_at) {
    const bool at_it = (in_ == call::request || in_ == call::fetch) && number == aimed_at && aimed_at != 0;
    if (!at_it) return false;
    held_ = true;
    if (std::exchange(interrupted_before_, number) == number) in.reach(mark::cancel_sent_again);
    return true;
}

void worker::interrupted(std::uint32_t meant) {
    if (in_ != call::request && in_ != call::fetch) return;
    in.say(said::cancel_met, meant, id);
    if (ignores_cancel_) return in.reach(mark::cancel_ignored);
    if (dead_) return;
    in.reach(mark::cancel_agreed);
    result_ = errc::cancelled;
    ends_at_ = in.now() + in.luck.about(200 * us);
    in.time.plan(ends_at_, {event::kind::call_ends, index, calls_});
}

void worker::end_interruption() {
    held_ = false;
    if (std::exchange(waits_at_gate_, false)) call_ends(calls_);
}

void worker::cut() {
    dead_ = true;
    const bool ends = is_in_call() && in_ != call::connect && (!for_good_ || in.luck.chance(0.7));
    if (!ends) {
        open_transaction_ = false;
        to_commit_.clear();
        // Sometimes it is seen before anybody uses the connection.
        if (is_in_call() || leaving_ || !in.luck.chance(0.3)) return;
        talk_.broke();
        publish();
        home.trigger(generation);
        return;
    }
    touch();
    if (in_ != call::disconnect) result_ = errc::connection_lost;
    dead_ = false;  // what the server did before that is decided when the call ends
    ends_at_ = in.now() + in.luck.about(200 * us);
    in.time.plan(ends_at_, {event::kind::call_ends, index, calls_});
}

void worker::heal() {
    if (!is_in_call() || for_good_) return;
    const std::int64_t soon = in.now() + in.luck.about(50 * ms);
    if (ends_at_ <= soon) return;
    ends_at_ = soon;
    in.time.plan(ends_at_, {event::kind::call_ends, index, calls_});
}

}  // namespace sluice::sim
