// What a session does with its incarnations: mirrors runtime/src/session_supervision.cpp.

#include "session.hpp"
#include "world.hpp"

namespace sluice::sim {


using runtime::supervisor;
using runtime::ticket;
using test::said;
using phase = supervisor::phase;
using state = runtime::request_table::state;

void session::permitted(bool asked) {
    asked_ = asked;
    const todo does = supervisor_.permitted(in_.now());
    if (!does.start) return in_.where.give_back();
    act(does);
}

// In the order of todo.
void session::act(todo does) {
    if (does.anything()) {
        if (does.answer != errc::ok) answer_running(does);
        if (does.end_generation) end_generation(does);
        if (does.quarantine && !quarantine()) does.ask = false;
        if (does.refuse) refuse_queued(failed_code());
        if (does.ask && !(released_ && close_if_idle())) in_.where.want(*this, asked_);
        if (does.start) start_worker();
        if (does.cancel && current_ != nullptr) in_.cancels.ask(*this, *current_, supervisor_.running());
    }
    arm();
}

void session::answer_running(const todo& does) {
    if (!running_ || current_ == nullptr) return;
    outcome effect = current_->effect();
    auto* op = static_cast<sim_operation*>(table_.claim_running(running_->slot));
    if (op == nullptr) return;
    in_.reach(mark::answered_without_worker);
    // What hangs on an open transaction is rolled back with it; while the worker may come back it is not lost yet.
    if (does.end_generation && current_->in_transaction && op->what != kind::commit) effect = outcome::none;
    errc code = does.answer;
    if (op->what == kind::commit && effect == outcome::unknown) {
        code = errc::commit_unknown;
        in_.reach(mark::commit_unknown);
    }
    op->end(code, effect);
    if (table_.settle(running_->slot)) table_.retire(running_->slot);
}

void session::end_generation(const todo& does) {
    running_.reset();
    if (current_ == nullptr) return;
    worker& over = *current_;
    over.leaving_since(in_.now());
    why_failed_ = errc::connection_lost;
    if (std::exchange(over.attempting, false))
        in_.where.failed(over.id, false);
    else
        in_.where.lost(over.id);
    over.wake();
    if (stream_ && !stream_->is_over()) in_.reach(mark::stream_lost);
    if (stream_) stream_->failed(errc::connection_lost);  // who waits for its close has to hear of it too
    if (over.in_transaction) {
        in_.reach(mark::transaction_lost);
        transaction_lost_ = true;
        fail_bound_requests();
    }
    if (!does.quarantine) in_.plan(in_.weather.patient.leave, {event::kind::leave_is_over, over.index, 0});
}

void session::fail_bound_requests() {
    for (const ticket t : in_order(table_.all(state::queued))) {
        if (!is_bound(in_.promises[accepted_as_[t.slot]].what)) return;
        in_.reach(mark::bound_requests_failed);
        finish_queued(t, errc::connection_lost);
    }
}

bool session::quarantine() {
    worker& stuck = *current_;
    if (stuck.is_fetching())
        in_.reach(mark::given_up_while_fetching);
    else if (stuck.is_connecting())
        in_.reach(mark::given_up_while_connecting);
    else
        in_.reach(mark::given_up_while_running);
    if (stuck.quarantine()) return true;
    in_.reach(mark::budget_used_up);
    uncounted_ = &stuck;
    why_failed_ = errc::worker_lost;
    act(supervisor_.quarantined(false, in_.now()));
    return false;
}

void session::start_worker() {
    if (draining()) in_.wrong("a generation is started after no_more()");
    // A thread of this session that is stuck and had no room in the budget needs it before there is another one.
    const bool blocked = uncounted_ != nullptr && !uncounted_->quarantine();
    if (!blocked) uncounted_ = nullptr;
    const bool refused = in_.happens(in_.weather.thread_refused);
    if (!blocked && !refused) {
        current_ = &in_.start_worker(*this, supervisor_.generation());
        in_.where.begun(current_->id, asked_);
        return current_->wake();
    }
    if (refused) in_.reach(supervisor_.generation() == 1 ? mark::no_thread_for_first : mark::no_thread_for_later);
    in_.where.give_back();
    why_failed_ = errc::worker_lost;
    act(supervisor_.not_started(in_.now()));
    if (released_) close_if_idle();
}

bool session::close_if_idle() {
    if (!takes_no_more()) return false;
    const phase now = supervisor_.now();
    if (now == phase::ready || now == phase::connecting || now == phase::closed) return now == phase::closed;
    const bool wanted = !table_.all(state::queued).empty();
    if (now != phase::failed && wanted && refusing_ == errc::ok) return false;
    if (now == phase::waiting) in_.reach(mark::closed_while_recovering);
    supervisor_.close();
    if (refusing_ == errc::ok) refusing_ = errc::closed;
    refuse_queued(refusing_);
    in_.where.withdraw(*this);
    return true;
}

bool session::trigger(std::uint64_t generation) {
    todo does;
    const bool fetching = current_ != nullptr && current_->is_fetching();
    const bool running = supervisor_.is_running();
    const phase before = supervisor_.now();
    switch (supervisor_.trigger(generation, does)) {
        case supervisor::verdict::stale:
            in_.reach(mark::trigger_stale);
            break;
        case supervisor::verdict::collapsed:
            in_.reach(before == phase::connecting ? mark::trigger_while_connecting : mark::trigger_collapsed);
            break;
        case supervisor::verdict::started:
            in_.reach(!running   ? mark::trigger_started
                      : fetching ? mark::trigger_while_fetching
                                 : mark::trigger_while_running);
            break;
    }
    if (does.end_generation && generation != supervisor_.generation())
        in_.wrong("a trigger of an earlier generation has ended the present one");
    act(does);
    return does.end_generation;
}

void session::press(errc reason, cancel_strength strength) {
    act(supervisor_.press(in_.now(), reason, strength));
}

void session::reader_late() {
    supervisor_.reader_late(in_.now());
    arm();
}

void session::cancel_done(const worker& of_whom, std::uint64_t number, bool sent) {
    if (&of_whom != current_) return;
    supervisor_.cancel_done(number, in_.now(), sent);
    arm();
}

// --- on the thread of an incarnation

// As the conversation, of a transaction that was lost with an earlier connection.
errc session::refuses(kind what) const noexcept {
    return transaction_lost_ && is_bound(what) ? errc::connection_lost : errc::ok;
}

bool session::serves(const worker& me) {
    const bool mine = supervisor_.serves(me.generation);
    if (mine && &me != current_) in_.wrong("a worker of an earlier generation serves");
    return mine;
}

session::served session::take(worker& me, std::uint32_t& slot, sim_operation*& op) {
    if (!serves(me)) return served::over;
    if (mailbox_.empty()) return served::nothing;
    slot = mailbox_.front();
    mailbox_.pop_front();
    op = static_cast<sim_operation*>(table_.take(slot));
    if (op == nullptr) {
        if (table_.leave(slot)) table_.retire(slot);
        return served::one;
    }
    const promise& p = in_.promises[op->request];
    running_ = p.place;
    if (!is_bound(op->what) || op->what == kind::commit) me.in_transaction = op->what == kind::begin;
    me.number = supervisor_.took(in_.now(), p.deadline, false);
    me.request = op->request;
    arm();
    const errc no = refuses(op->what);
    if (op->what == kind::begin || op->what == kind::rollback || op->what == kind::reset) transaction_lost_ = false;
    if (no == errc::ok) return served::one;
    (void)finish(me, slot, *op, no, outcome::none);
    op = nullptr;
    return served::one;
}

bool session::finish(worker& me, std::uint32_t slot, sim_operation& op, errc code, outcome effect) {
    const bool mine = serves(me);
    const errc pressed = mine ? supervisor_.pressed() : errc::ok;
    if (code == errc::cancelled && pressed != errc::ok) code = pressed;
    if (mine) {
        (void)supervisor_.returned(me.generation);
        running_.reset();
    }
    me.number = 0;
    me.request = 0;
    const kind what = op.what;
    const bool claimed = table_.claim_running(slot) != nullptr;
    if (claimed) {
        const auto released = table_.release(slot);
        static_cast<sim_operation&>(*released).end(code, effect);
    } else {
        in_.reach(mine ? mark::came_back_after_the_answer : mark::came_back_after_being_given_up);
        if (table_.leave(slot)) table_.retire(slot);
    }
    // Nobody has heard of the transaction that was begun: nobody will end it.
    const bool orphan = mine && !claimed && what == kind::begin && code == errc::ok;
    if (mine && (me.is_lost() || orphan)) {
        me.in_transaction = me.in_transaction && !orphan;
        return !trigger(me.generation);
    }
    if (mine && !claimed && what == kind::stream_start && stream_ && !stream_->is_over()) stream_->close(0, 0);
    return mine;
}

bool session::enter(worker& me, std::int64_t deadline, bool fetch) {
    if (!serves(me)) return false;
    me.number = supervisor_.took(in_.now(), deadline, fetch);
    arm();
    return true;
}

bool session::leave(worker& me) {
    me.number = 0;
    const bool mine = supervisor_.returned(me.generation);
    return mine && !(me.is_lost() && trigger(me.generation));
}

bool session::reconnected(worker& me, errc how) {
    if (how == errc::ok) {
        const bool mine = supervisor_.connected(me.generation);
        if (!mine) in_.reach(mark::connected_too_late);
        arm();
        return mine;
    }
    in_.reach(mark::later_connect_failed);
    if (current_ == &me) why_failed_ = how;
    act(supervisor_.connect_failed(me.generation, in_.now(), how == errc::credentials));
    return false;
}

void session::end_service(worker& me) {
    if (!supervisor_.serves(me.generation)) return;
    supervisor_.close();
    if (refusing_ == errc::ok) refusing_ = errc::closed;
    refuse_queued(refusing_);
    for (const std::uint32_t slot : std::exchange(mailbox_, {})) {
        if (table_.leave(slot)) table_.retire(slot);
    }
    if (stream_) stream_->failed(refusing_);
    in_.plan(in_.weather.patient.leave, {event::kind::leave_is_over, me.index, 0});
}

void session::thread_ended(worker& me) {
    if (uncounted_ == &me) uncounted_ = nullptr;
}

}  // namespace sluice::sim
