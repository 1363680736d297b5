// What a session does with its incarnations: the thread that serves the mailbox, and what the supervisor decides.

#include "canceller.hpp"
#include "endpoint.hpp"
#include "event_sink.hpp"
#include "failure.hpp"
#include "session_core.hpp"
#include "time_points.hpp"
#include "worker.hpp"
#include "worker_registry.hpp"

#include <sluice/protocol/limits.hpp>

#include <utility>

namespace sluice::runtime {

// REQUIRES: supervision_mutex_ held. What is to be done, about whom: taken before anybody can change it.
session_core::decision session_core::decide(const todo& does) noexcept {
    decision made{does, current_, running_, supervisor_.running()};
    if (does.end_generation) running_.reset();
    return made;
}

void session_core::begin(bool asked) noexcept {
    decision made;
    {
        const std::lock_guard lock(supervision_mutex_);
        asked_ = asked;
        made = decide(supervisor_.begin());
    }
    act(made);
}

void session_core::permitted() noexcept {
    decision made;
    {
        const std::lock_guard lock(supervision_mutex_);
        made = decide(supervisor_.permitted(nanoseconds_of(clock::now())));
    }
    if (!made.does.start) return with_.where->withdrawn();
    act(made);
}

// In the order of todo; nothing of it under the lock.
void session_core::act(decision made) noexcept {
    todo& does = made.does;
    if (!does.anything()) return tell_control();
    if (does.answer != errc::ok) answer_running(made);
    if (does.end_generation) end_generation(made);
    if (does.quarantine && !quarantine(made)) does.ask = false;
    if (does.refuse) {
        std::optional<error> why;
        {
            const std::lock_guard lock(supervision_mutex_);
            why = failed_error();
        }
        refuse_queued(*why);
        with_.events->tell(event_kind::recovery_ended, id_, made.of ? made.of->generation : 0,
                           "the session has no connection, and none is tried for by itself", *why);
    }
    if (does.ask && !(released_.load() && close_if_idle())) with_.where->want(shared_from_this(), asked_ && !made.of);
    if (does.start) start_incarnation();
    if (does.cancel && made.of) {
        made.of->gate.ask_to_stop(made.number);
        with_.cancels->ask(shared_from_this(), made.of, made.number);
    }
    tell_control();
}

void session_core::tell_control() noexcept {
    std::int64_t next = 0;
    {
        const std::lock_guard lock(supervision_mutex_);
        next = supervisor_.next_event();
    }
    with_.time->sooner(time_of(next));
}

// The worker has not come back: its caller hears of it now.
void session_core::answer_running(const decision& made) noexcept {
    if (!made.running || !made.of) return;
    operation* op = nullptr;
    errc code = made.does.answer;
    outcome effect = made.of->gate.effect();
    {
        const std::lock_guard lock(supervision_mutex_);
        op = table_.claim_running(*made.running);
        if (op == nullptr) return;
        // Not lost yet: the driver may come back with success, and the transaction go on with it.
        const bool goes_on = !made.does.end_generation && made.of->in_transaction.load();
        if (goes_on && op->transaction() == operation::tie::within) effect = outcome::unknown;
        if (op->commits() && effect == outcome::unknown) code = errc::commit_unknown;
        ++count_.completed[static_cast<std::size_t>(code)];
        ++count_.given_up;
    }
    op->fail(failure(code, unanswered_text(made.does.answer, code == errc::commit_unknown), effect,
                     made.does.end_generation ? session_state::quarantined : session_state::suspect));
    if (table_.settle(made.running->slot)) table_.retire(made.running->slot);
}

std::string session_core::unanswered_text(errc why, bool in_commit) {
    const std::string where = in_commit ? " during COMMIT; look in the database whether the transaction was applied"
                                        : ", and it has not answered yet";
    switch (why) {
        case errc::deadline:
            return "the deadline was over while the driver was at work" + where;
        case errc::shutting_down:
            return "the engine is shutting down while the driver is at work" + where;
        case errc::connection_lost:
            return "the connection was given up while the driver was at work" + where;
        default:
            return "cancelled while the driver was at work" + where;
    }
}

// What hangs on the connection ends with it: first its stream, then what is queued for its transaction.
void session_core::end_generation(const decision& made) noexcept {
    if (!made.of) return;
    incarnation& over = *made.of;
    with_.workers->leaving(id_, over);
    if (over.attempting.exchange(false))
        with_.where->failed(failure(errc::unreachable, "the driver did not come back from the connect"));
    else
        with_.where->lost();
    over.gate.ask_to_stop(made.number);
    over.wake.signal();
    if (made.number != 0 && !made.does.quarantine) with_.cancels->ask(shared_from_this(), made.of, made.number);
    const error lost =
        failure(errc::connection_lost, "the connection of this stream is lost", outcome::none, session_state::broken);
    std::shared_ptr<stream_channel> open;
    {
        const std::lock_guard lock(stream_mutex_);
        open = stream_;
    }
    if (open) open->failed(lost);
    if (over.in_transaction.load()) {
        transaction_lost_.store(true);
        fail_bound_requests();
    }
    if (!made.does.refuse)
        with_.events->tell(event_kind::connection_lost, id_, over.generation,
                           "the connection is lost; a new one is made");
}

void session_core::fail_bound_requests() noexcept {
    const error why = failure(errc::connection_lost,
                              "the transaction that this belongs to was lost with its connection: the server rolls it "
                              "back; roll back here too, then begin again",
                              outcome::none, session_state::transaction_failed);
    for (const ticket t : in_order(table_.all(request_table::state::queued))) {
        const auto tie = static_cast<operation::tie>(table_.tie_of(t.slot));
        if (tie == operation::tie::limit) return;  // what follows belongs to no transaction, or to another one
        if (tie == operation::tie::within) finish_queued(t, why);
    }
}

bool session_core::quarantine(const decision& made) noexcept {
    if (!made.of) return true;
    const bool had_room = with_.workers->quarantine(id_, *made.of);
    std::string text = "a worker is stuck in the driver";
    decision next;
    if (!had_room) {
        const error why =
            failure(errc::worker_lost,
                    "the worker of this session is stuck in the driver, and engine_options::quarantined_max (" +
                        std::to_string(with_.workers->quarantined_max()) +
                        ") threads are stuck already: it is replaced when one of them comes back",
                    outcome::none, session_state::quarantined);
        {
            const std::lock_guard lock(supervision_mutex_);
            why_failed_ = why;
            next = decide(supervisor_.quarantined(false, nanoseconds_of(clock::now())));
        }
        with_.events->tell(event_kind::worker_quarantined, id_, made.of->generation, text + "; it is not replaced",
                           why);
    } else {
        with_.events->tell(event_kind::worker_quarantined, id_, made.of->generation, text + "; it is replaced");
    }
    act(next);
    return had_room;
}

void session_core::start_incarnation() noexcept {
    std::shared_ptr<incarnation> made;
    {
        const std::lock_guard lock(supervision_mutex_);
        made = std::make_shared<incarnation>(supervisor_.generation());
        current_ = made;
    }
    const auto started = with_.workers->start(shared_from_this(), made);
    if (started) return;
    if (made->attempting.exchange(false)) with_.where->withdrawn();
    decision next;
    {
        const std::lock_guard lock(supervision_mutex_);
        why_failed_ = started.error();
        next = decide(supervisor_.not_started(nanoseconds_of(clock::now())));
    }
    act(next);
}

// Nobody wants it any more, and no thread serves it.
bool session_core::close_if_idle() noexcept {
    using phase = supervisor::phase;
    const bool over = released_.load() || refusing_.load() != none;
    if (!over) return false;
    const bool wanted = table_.count(request_table::state::reserved, request_table::state::queued) != 0;
    {
        const std::lock_guard lock(supervision_mutex_);
        const auto now = supervisor_.now();
        if (now == phase::ready || now == phase::connecting || now == phase::closed) return now == phase::closed;
        if (now != phase::failed && wanted && refusing_.load() == none) return false;
        supervisor_.close();
    }
    std::uint8_t expected = none;
    refusing_.compare_exchange_strong(expected, closed);
    refuse_queued(refusal_error());
    with_.where->withdraw(id_);
    with_.workers->closed(id_);
    return true;
}

bool session_core::reconnect(std::uint64_t generation) noexcept {
    decision made;
    todo does;
    supervisor::verdict what{};
    {
        const std::lock_guard lock(supervision_mutex_);
        const auto running = running_;
        const auto number = supervisor_.running();
        what = supervisor_.trigger(generation, does);
        made = {does, current_, running, number};
        if (does.end_generation) running_.reset();
    }
    act(made);
    return what == supervisor::verdict::started;
}

void session_core::press(errc reason, cancel_strength strength) noexcept {
    decision made;
    {
        const std::lock_guard lock(supervision_mutex_);
        made = decide(supervisor_.press(nanoseconds_of(clock::now()), reason, strength));
        if (supervisor_.is_running() && current_ && strength != cancel_strength::total)
            current_->gate.ask_to_stop(supervisor_.running());
    }
    act(made);
}

void session_core::press_running(ticket t, errc reason, cancel_strength strength) noexcept {
    decision made;
    {
        const std::lock_guard lock(supervision_mutex_);
        if (!running_ || !(*running_ == t)) return;
        made = decide(supervisor_.press(nanoseconds_of(clock::now()), reason, strength));
        if (current_) current_->gate.ask_to_stop(supervisor_.running());
    }
    act(made);
}

void session_core::reader_late() noexcept {
    {
        const std::lock_guard lock(supervision_mutex_);
        supervisor_.reader_late(nanoseconds_of(clock::now()));
    }
    tell_control();
}

void session_core::reader_waits() noexcept {
    const std::lock_guard lock(supervision_mutex_);
    supervisor_.reader_waits();
}

void session_core::reader_gone() noexcept {
    {
        const std::lock_guard lock(supervision_mutex_);
        supervisor_.reader_gone(nanoseconds_of(clock::now()));
    }
    tell_control();
}

void session_core::cancel_done(const std::shared_ptr<incarnation>& of, std::uint64_t number, bool sent) noexcept {
    {
        const std::lock_guard lock(supervision_mutex_);
        if (of != current_) return;
        supervisor_.cancel_done(number, nanoseconds_of(clock::now()), sent);
    }
    tell_control();
}

// --- on the thread of an incarnation

void session_core::connected(incarnation& of, const connection_facts& facts) noexcept {
    if (of.attempting.exchange(false)) with_.where->succeeded();
    {
        const std::lock_guard lock(supervision_mutex_);
        if (!supervisor_.serves(of.generation)) return;
        if (of.generation == 1) facts_ = facts;
    }
    if (facts.threading_level == 3) {
        with_.events->tell(
            event_kind::calls_serialised, id_, of.generation,
            "unixODBC runs this driver with Threading=3: one lock serialises all ODBC calls of the process "
            "and blocks SQLCancel. Set Threading=0 in the driver's section of odbcinst.ini");
    }
    if (of.generation == 1) with_.events->tell(event_kind::connected, id_, 1, "connected");
}

void session_core::attempt_failed(incarnation& of, const error& why) noexcept {
    if (of.attempting.exchange(false)) with_.where->failed(why);
}

void session_core::publish(incarnation& of, bool unusable, bool in_transaction) noexcept {
    of.in_transaction.store(in_transaction);
    of.unusable.store(unusable);
}

bool session_core::current_stream(const incarnation& of, std::shared_ptr<stream_channel> latest) noexcept {
    const std::lock_guard serving(supervision_mutex_);
    if (!supervisor_.serves(of.generation)) return false;
    const std::lock_guard lock(stream_mutex_);
    stream_.swap(latest);
    return true;
}

stream_id session_core::last_stream() const {
    const std::lock_guard lock(stream_mutex_);
    return stream_ ? stream_->opened().id : stream_id();
}

void session_core::forget_lost_transaction() noexcept {
    transaction_lost_.store(false);
}

errc session_core::pressed(const incarnation& of) const noexcept {
    const std::lock_guard lock(supervision_mutex_);
    return supervisor_.serves(of.generation) ? supervisor_.pressed() : errc::ok;
}

session_core::served session_core::serve(worker& w, const std::shared_ptr<incarnation>& me) {
    std::uint32_t slot = 0;
    operation* op = nullptr;
    {
        const std::lock_guard lock(supervision_mutex_);
        if (!supervisor_.serves(me->generation)) return served::over;
        if (!ahead_.empty()) {
            slot = ahead_.front();
            ahead_.pop_front();
        } else if (!mailbox_.pop(slot)) {
            return served::nothing;
        }
        op = table_.take(slot);
        if (op != nullptr) {
            running_ = table_.ticket_of(slot);
            op->taken_at = clock::now();
            // What it asks for may be so from here on, whatever comes of the call.
            if (op->begins() || op->transaction() == operation::tie::limit || op->commits())
                me->in_transaction.store(op->begins());
            me->gate.begin_request(supervisor_.took(nanoseconds_of(op->taken_at), table_.deadline(slot), false));
        }
    }
    if (op == nullptr) {
        if (table_.leave(slot)) table_.retire(slot);
        return served::one;
    }
    op->run(w);
    w.publish();
    me->gate.end_request();
    return finish(w, me, slot, *op);
}

// The worker has an answer: it is the one that counts, unless somebody was faster. Then what it means for the session.
session_core::served session_core::finish(worker& w, const std::shared_ptr<incarnation>& me, std::uint32_t slot,
                                          operation& op) {
    bool mine = false;
    bool claimed = false;
    decision lost;
    {
        const std::lock_guard lock(supervision_mutex_);
        mine = supervisor_.serves(me->generation);
        if (mine && supervisor_.pressed() != errc::ok) op.interrupted(supervisor_.pressed());
        if (mine) {
            (void)supervisor_.returned(me->generation);
            running_.reset();
        } else {
            ++count_.stale_dropped;
        }
        claimed = table_.claim_running(slot) != nullptr;
        if (claimed) ++count_.completed[static_cast<std::size_t>(op.code())];
        if (mine && w.lost()) lost = lose(me);
    }
    const bool unheard_begin = !claimed && op.begins();
    const bool unheard_stream = !claimed && op.opens_stream();
    if (claimed)
        table_.release(slot)->answer();
    else if (table_.leave(slot))
        table_.retire(slot);
    act(lost);
    if (!mine || lost.does.end_generation) return served::over;
    return undo(w, me, unheard_begin, unheard_stream) ? served::one : served::over;
}

// Whoever asked for it was told that it did not come in time: nobody will ever end what it began.
bool session_core::undo(worker& w, const std::shared_ptr<incarnation>& me, bool begin, bool stream) noexcept {
    if (stream) w.abandon_stream();
    if (!begin || !me->in_transaction.load()) return true;
    if (!enter(*me, nanoseconds_of(clock::now() + limits::cursor_close_max), false)) return false;
    w.roll_back();
    return leave(w, me);
}

// REQUIRES: supervision_mutex_ held.
session_core::decision session_core::lose(const std::shared_ptr<incarnation>& me) noexcept {
    todo does;
    (void)supervisor_.trigger(me->generation, does);
    return {does, me, std::nullopt, 0};
}

// The worker is at something that is no request, until leave(). False: it was given up.
bool session_core::enter(incarnation& me, std::int64_t deadline, bool fetch) noexcept {
    {
        const std::lock_guard lock(supervision_mutex_);
        if (!supervisor_.serves(me.generation)) return false;
        me.gate.begin_request(supervisor_.took(nanoseconds_of(clock::now()), deadline, fetch));
    }
    if (deadline != never_ns) with_.time->sooner(time_of(deadline));
    return true;
}

bool session_core::leave(worker& w, const std::shared_ptr<incarnation>& me) noexcept {
    me->gate.end_request();
    bool mine = false;
    decision lost;
    {
        const std::lock_guard lock(supervision_mutex_);
        mine = supervisor_.returned(me->generation);
        if (!mine) ++count_.stale_dropped;
        if (mine && w.lost()) lost = lose(me);
    }
    act(lost);
    return mine && !lost.does.end_generation;
}

session_core::served session_core::pump(worker& w, const std::shared_ptr<incarnation>& me) {
    if (!w.wants_batch()) return served::nothing;
    if (!enter(*me, never_ns, true)) return served::over;
    w.pump();
    return leave(w, me) ? served::one : served::over;
}

session_core::served session_core::close_stream(worker& w, const std::shared_ptr<incarnation>& me) {
    if (!w.stream_is_abandoned()) return served::nothing;
    if (!enter(*me, nanoseconds_of(clock::now() + limits::cursor_close_max), false)) return served::over;
    w.close_abandoned_stream();
    return leave(w, me) ? served::one : served::over;
}

// A later generation connects before it serves.
bool session_core::reconnected(worker& w, const std::shared_ptr<incarnation>& me) noexcept {
    const auto failed = w.reconnect(connect_);
    decision next;
    if (!failed) {
        bool mine = false;
        {
            const std::lock_guard lock(supervision_mutex_);
            mine = supervisor_.connected(me->generation);
            if (!mine) ++count_.stale_dropped;
            if (mine) why_failed_.reset();
        }
        if (mine) with_.events->tell(event_kind::recovered, id_, me->generation, "connected again");
        return mine;
    }
    with_.events->tell(event_kind::reconnect_failed, id_, me->generation, "the attempt to connect again failed",
                       *failed);
    {
        const std::lock_guard lock(supervision_mutex_);
        why_failed_ = *failed;
        next = decide(
            supervisor_.connect_failed(me->generation, nanoseconds_of(clock::now()), endpoint::is_permanent(*failed)));
    }
    act(next);
    return false;
}

void session_core::run(const std::shared_ptr<incarnation>& me) noexcept {
    worker w(*this, *me);
    if (me->generation == 1 || reconnected(w, me)) serve_all(w, me);
    if (me->attempting.exchange(false)) with_.where->withdrawn();
    end_service(me);
    w.leave();
    if (with_.workers->is_quarantined(id_, *me))
        with_.events->tell(event_kind::worker_returned, id_, me->generation,
                           "a worker that was stuck in the driver came back and has closed its connection");
}

void session_core::serve_all(worker& w, const std::shared_ptr<incarnation>& me) {
    while (true) {
        const bool stop = stopping_.load();
        const bool no_more = released_.load() || refusing_.load() != none;
        // A request and a batch in turn: neither a stream nor a crowd of callers keeps the other out.
        const served emptied = close_stream(w, me);
        if (emptied == served::over) return;
        const served request = stop ? served::nothing : serve(w, me);
        if (request == served::over) return;
        const served fetched = stop ? served::nothing : pump(w, me);
        if (fetched == served::over) return;
        if (emptied == served::one || request == served::one || fetched == served::one) continue;
        // While the engine drains, who reads a stream may read on.
        if (stop || (no_more && !(refusing_.load() == engine && w.streaming()))) return;
        me->wake.wait();
    }
}

// The session is over, where this incarnation was not given up before.
void session_core::end_service(const std::shared_ptr<incarnation>& me) noexcept {
    {
        const std::lock_guard lock(supervision_mutex_);
        if (!supervisor_.serves(me->generation)) return;
        supervisor_.close();
    }
    std::uint8_t expected = none;
    refusing_.compare_exchange_strong(expected, closed);
    refuse_queued(refusal_error());
    free_finished();
    with_.workers->closed(id_);
}

// Where no worker comes by, the slots of requests that were answered are given back here, so that those who come after
// them find room. What still waits keeps its order.
void session_core::free_finished() noexcept {
    std::vector<std::uint32_t> finished;
    {
        const std::lock_guard lock(supervision_mutex_);
        std::uint32_t slot = 0;
        while (mailbox_.pop(slot)) ahead_.push_back(slot);
        const auto over = [&](std::uint32_t one) {
            if (table_.is_queued(one)) return false;
            finished.push_back(one);
            return true;
        };
        std::erase_if(ahead_, over);
    }
    for (const std::uint32_t one : finished)
        if (table_.leave(one)) table_.retire(one);
}

}  // namespace sluice::runtime
