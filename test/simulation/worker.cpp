#include "worker.hpp"

#include "world.hpp"

namespace sluice::sim {

using test::said;

namespace {

const protocol::connect ask_connect{""};
const protocol::execute ask_execute{""};
const protocol::stream_start ask_stream{""};
const protocol::begin ask_begin;
const protocol::commit ask_commit;
const protocol::rollback ask_rollback;

}  // namespace

worker::worker(world& where, session& whose, std::uint32_t number_of_it, std::uint64_t its_generation)
    : in(where), home(whose), index(number_of_it), id(where.new_thread()), generation(its_generation) {
    in.say(said::generation_started, 0, id, home.id, static_cast<std::int64_t>(generation));
}

void worker::wake() {
    if (step_planned_ || ended_) return;
    step_planned_ = true;
    in.plan(in.luck.between(0, 20 * us), {event::kind::worker_steps, index, 0});
}

void worker::step() {
    step_planned_ = false;
    if (ended_ || is_in_call()) return;
    if (told_to_leave_) return leave();
    if (generation > 1 && calls_ == 0) return begin(call::connect, planned_connect());
    serve();
}

// A request and a batch in turn. Returns when it is in a call or has nothing to do.
void worker::serve() {
    while (!is_in_call() && !ended_) {
        if (told_to_leave_) return leave();
        if (channel_ && channel_->close_requested()) {
            if (!home.enter(*this, in.now() + 5 * second, false)) return leave();
            return begin(call::close_cursor, planned(call::close_cursor));
        }
        fetch_first_ = !fetch_first_;
        const bool stop = home.stopping();
        const bool wants = !stop && channel_ && channel_->wants();
        if (wants && fetch_first_) {
            if (!home.enter(*this, runtime::supervisor::never, true)) return leave();
            return begin(call::fetch, planned(call::fetch));
        }
        if (!stop && serve_request()) continue;
        if (told_to_leave_) return leave();
        if (wants) continue;
        if (stop || (home.takes_no_more() && !(home.draining() && channel_))) {
            home.end_service(*this);
            return leave();
        }
        return;
    }
}

// False: there was none.
bool worker::serve_request() {
    std::uint32_t slot = 0;
    sim_operation* op = nullptr;
    switch (home.take(*this, slot, op)) {
        case session::served::over:
            told_to_leave_ = true;
            return true;
        case session::served::nothing:
            return false;
        default:
            break;
    }
    if (op == nullptr) return true;
    errc code = errc::ok;
    if (!ask_conversation(*op, code)) {
        if (code == errc::session_busy) in.reach(mark::stream_busy);
        if (!home.finish(*this, slot, *op, code, outcome::none)) told_to_leave_ = true;
        return true;
    }
    slot_ = slot;
    op_ = op;
    if (op->what == kind::connect) {
        begin(call::connect, planned_connect());
        return true;
    }
    in.say(said::sent, op->request, id);
    begin(call::request, planned(call::request));
    return true;
}

// False: answer with the code, the driver is not called.
bool worker::ask_conversation(sim_operation& op, errc& code) const {
    protocol::verdict v;
    switch (op.what) {
        case kind::connect:
            v = talk_.ask(ask_connect);
            break;
        case kind::stream_start:
            v = talk_.ask(ask_stream);
            break;
        case kind::begin:
            v = talk_.ask(ask_begin);
            break;
        case kind::commit:
            v = talk_.ask(ask_commit);
            break;
        case kind::rollback:
            v = talk_.ask(ask_rollback);
            break;
        case kind::reset:
            return true;
        default:
            v = talk_.ask(ask_execute);
    }
    code = v.code;
    return v.what == protocol::permission::go;
}

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

void worker::call_ends(std::uint64_t which) {
    if (which != calls_ || !is_in_call() || ends_at_ < 0 || ends_at_ > in.now()) return;
    if (held_) {  // neither the next call nor the end of this one while a cancel is inside
        in.reach(mark::worker_waited_at_the_gate);
        waits_at_gate_ = true;
        return;
    }
    const call was = std::exchange(in_, call::none);
    in.say(said::call_ended, request, id);
    was_dead_ = dead_;
    if (result_ == errc::connection_lost && was != call::connect) dead_ = true;
    switch (was) {
        case call::connect:
            if (result_ == errc::ok) linked_ = true;
            if (generation == 1) {
                first_connect_ends(result_);
                break;
            }
            if (std::exchange(attempting, false)) {
                if (result_ == errc::ok)
                    in.where.succeeded(id);
                else
                    in.where.failed(id, result_ == errc::credentials);
            }
            if (result_ == errc::ok) talk_.connected();
            publish();
            if (!home.reconnected(*this, result_)) told_to_leave_ = true;
            break;
        case call::request:
            request_ends(result_);
            break;
        case call::fetch:
            fetch_ends(result_);
            break;
        case call::close_cursor: {
            const auto channel = std::exchange(channel_, nullptr);
            talk_.stream_finished();
            if (result_ == errc::connection_lost || result_ == errc::worker_lost) talk_.broke();
            publish();
            const bool mine = home.watched().serves(generation);
            if (channel && mine) channel->closed(result_);
            if (!home.leave(*this)) told_to_leave_ = true;
            break;
        }
        default:
            return end();
    }
    wake();
}

void worker::first_connect_ends(errc how) {
    if (std::exchange(attempting, false)) {
        if (how == errc::ok)
            in.where.succeeded(id);
        else
            in.where.failed(id, how == errc::credentials);
    }
    if (how == errc::ok)
        talk_.connected();
    else
        in.reach(mark::first_connect_failed);
    publish();
    sim_operation& op = *std::exchange(op_, nullptr);
    if (!home.finish(*this, slot_, op, how, outcome::none)) told_to_leave_ = true;
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

void worker::request_ends(errc how) {
    server_does(op_->what, how);
    const bool in_a_transaction = talk_.in_transaction() && op_->what != kind::commit;
    outcome effect = how == errc::ok ? outcome::applied : outcome::none;
    const bool lost = how == errc::connection_lost || how == errc::worker_lost;
    if (lost && may_apply(op_->what) && !in_a_transaction) effect = outcome::unknown;
    if (lost && op_->what == kind::commit) {
        in.reach(mark::commit_unknown);
        how = errc::commit_unknown;
    }
    if (how == errc::ok) {
        if (op_->what == kind::begin) talk_.transaction_opened();
        if (op_->what == kind::stream_start) {
            (void)talk_.stream_opened();
            const auto number_of_it = static_cast<std::uint32_t>(in.streams.size() + 1);
            channel_ = std::make_shared<stream>(in, home, number_of_it, in.luck.between(0, 6'000), in.weather.prefetch);
            in.streams.push_back(channel_);
            in.promises[op_->request].opened = channel_;
            if (home.watched().serves(generation))
                home.current_stream(channel_);
            else
                channel_->failed(errc::connection_lost);
        }
    }
    if (!lost && (op_->what == kind::commit || op_->what == kind::rollback)) talk_.transaction_finished();
    if (op_->what == kind::reset) {
        if (channel_) {
            talk_.stream_finished();
            std::exchange(channel_, nullptr)->failed(errc::closed);
        }
        talk_.transaction_finished();
    }
    if (lost) talk_.broke();
    publish();
    sim_operation& op = *std::exchange(op_, nullptr);
    if (!home.finish(*this, slot_, op, how, effect)) told_to_leave_ = true;
}

void worker::fetch_ends(errc how) {
    const bool mine = home.watched().serves(generation);
    const bool lost = how == errc::connection_lost || how == errc::worker_lost;
    if (how == errc::ok && channel_ && !channel_->at_its_end()) {
        if (mine) channel_->push();
    } else if (channel_) {
        talk_.stream_finished();
        const auto channel = std::exchange(channel_, nullptr);
        if (lost) talk_.broke();
        if (mine && how == errc::ok) channel->ended();
        if (mine && how != errc::ok) channel->failed(how == errc::cancelled ? home.watched().pressed() : how);
    }
    publish();
    if (!home.leave(*this)) told_to_leave_ = true;
}

void worker::publish() {
    const auto state = talk_.now();
    unusable = state == protocol::conversation::state::broken || state == protocol::conversation::state::disconnected;
    if (!is_lost()) in_transaction = talk_.in_transaction();
}

outcome worker::effect() const noexcept {
    if (op_ == nullptr || !may_apply(op_->what) || in_ != call::request) return outcome::none;
    return outcome::unknown;
}

void worker::leaving_since(std::int64_t) {
    told_to_leave_ = true;
}

void worker::leave() {
    if (std::exchange(leaving_, true)) return;
    if (std::exchange(attempting, false)) in.where.withdrawn(id);
    if (channel_) std::exchange(channel_, nullptr)->failed(errc::closed);
    open_transaction_ = false;  // the server rolls back
    to_commit_.clear();
    if (!linked_) return end();
    request = 0;
    begin(call::disconnect, planned(call::disconnect));
}

void worker::end() {
    ended_ = true;
    linked_ = false;
    in.say(said::generation_ended, 0, id);
    if (quarantined_) in.back_from_quarantine();
    home.thread_ended(*this);
}

void worker::leave_is_over() {
    if (ended_ || quarantined_) return;
    in.reach(mark::given_up_while_leaving);
    if (!quarantine()) in.reach(mark::budget_used_up);
}

bool worker::quarantine() {
    if (quarantined_ || ended_) return true;
    quarantined_ = in.quarantine(id);
    return quarantined_;
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
