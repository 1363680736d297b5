// The thread of a worker: its loop, its requests, its end.

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
const protocol::ping ask_ping;

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
        case kind::ping:
            v = talk_.ask(ask_ping);
            break;
        case kind::reset:
            return true;
        default:
            v = talk_.ask(ask_execute);
    }
    code = v.code;
    return v.what == protocol::permission::go;
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

}  // namespace sluice::sim
