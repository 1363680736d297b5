// What a session does on the thread of an incarnation: it serves the mailbox, fetches for the open stream, connects
// again.

#include "endpoint.hpp"
#include "event_sink.hpp"
#include "failure.hpp"
#include "memory_budget.hpp"
#include "session_core.hpp"
#include "time_points.hpp"
#include "worker.hpp"
#include "worker_registry.hpp"

#include <sluice/protocol/limits.hpp>

#include <utility>

namespace sluice::runtime {

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

void session_core::publish(incarnation& of, bool unusable, bool in_transaction, transaction_id which) noexcept {
    if (in_transaction) of.transaction.store(which.value());  // first: read after in_transaction
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

void session_core::forget_lost_transaction(const incarnation& of) noexcept {
    const std::lock_guard lock(supervision_mutex_);
    if (supervisor_.serves(of.generation)) transaction_lost_.store(false);
}

std::vector<session_setting> session_core::leased_with() const {
    const std::lock_guard lock(supervision_mutex_);
    return leased_with_;
}

void session_core::leased_with(const incarnation& of, std::vector<session_setting> settings) noexcept {
    const std::lock_guard lock(supervision_mutex_);
    if (supervisor_.serves(of.generation)) leased_with_ = std::move(settings);
}

void session_core::found_pooler(const incarnation& of) noexcept {
    if (connect_.transaction_pooler || with_.where->behind_pooler()) return;
    with_.where->found_pooler();
    with_.events->tell(
        event_kind::pooler_found, id_, of.generation,
        "the server is behind a pooler that gives each transaction another server process: nothing stays "
        "prepared from here on. Set connect_options::transaction_pooler, so that it is known before");
}

errc session_core::pressed(const incarnation& of) const noexcept {
    const std::lock_guard lock(supervision_mutex_);
    return supervisor_.serves(of.generation) ? supervisor_.pressed() : errc::ok;
}

// For memory; it keeps its place.
bool session_core::has_to_wait(std::uint32_t slot) noexcept {
    if (!with_.memory->is_used_up() || !table_.brings_rows(slot) || !table_.is_queued(slot)) return false;
    return !with_.memory->wait(shared_from_this());
}

// no_more: nothing is accepted any more; what is there does not wait for memory.
session_core::served session_core::serve(worker& w, const std::shared_ptr<incarnation>& me, bool no_more) {
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
        if (dropped_transaction_.load() != 0) {  // before it was submitted
            ahead_.push_front(slot);
            return served::one;
        }
        if (!no_more && has_to_wait(slot)) {
            ahead_.push_front(slot);
            return served::nothing;
        }
        op = table_.take(slot);
        if (op != nullptr) {
            running_ = table_.ticket_of(slot);
            op->taken_at = clock::now();
            // What it asks for may be so from here on, whatever comes of the call.
            if (op->begins() && !me->in_transaction.load()) me->transaction.store(op->of.value());
            const bool ends = op->transaction() == operation::tie::limit || op->commits();
            if (op->begins() || (ends && op->of.value() == me->transaction.load()))
                me->in_transaction.store(op->begins());
            me->gate.begin_request(supervisor_.took(nanoseconds_of(op->taken_at), table_.deadline(slot), false));
        }
    }
    if (op == nullptr) {
        if (table_.leave(slot)) table_.retire(slot);
        return served::one;
    }
    w.serving(op->of);
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
    if (!claimed) op.unheard(w);
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
    if (!enter(*me, nanoseconds_of(now() + limits::cursor_close_max), false)) return false;
    w.roll_back();
    return leave(w, me);
}

// REQUIRES: supervision_mutex_ held.
session_core::decision session_core::lose(const std::shared_ptr<incarnation>& me) noexcept {
    todo does;
    (void)supervisor_.trigger(me->generation, does);
    return decide(does, me, std::nullopt, 0);
}

// The worker is at something that is no request, until leave(). False: it was given up.
bool session_core::enter(incarnation& me, std::int64_t deadline, bool fetch) noexcept {
    {
        const std::lock_guard lock(supervision_mutex_);
        if (!supervisor_.serves(me.generation)) return false;
        me.gate.begin_request(supervisor_.took(nanoseconds_of(now()), deadline, fetch));
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
    if (!w.wants_batch(with_.memory->is_used_up())) return served::nothing;
    if (!enter(*me, never_ns, true)) return served::over;
    w.pump();
    return leave(w, me) ? served::one : served::over;
}

session_core::served session_core::end_dropped_transaction(worker& w, const std::shared_ptr<incarnation>& me) {
    std::uint64_t dropped = dropped_transaction_.load();
    if (dropped == 0) return served::nothing;
    bool mine = true;
    if (w.transaction() == transaction_id(dropped)) {
        if (!enter(*me, nanoseconds_of(now() + limits::reset_max), false)) return served::over;
        w.drop_transaction();
        mine = leave(w, me);
    }
    // Given up meanwhile: it is lost with its connection, and the next incarnation finds it so.
    (void)dropped_transaction_.compare_exchange_strong(dropped, 0);
    return mine ? served::one : served::over;
}

session_core::served session_core::close_stream(worker& w, const std::shared_ptr<incarnation>& me) {
    if (!w.stream_is_abandoned()) return served::nothing;
    if (!enter(*me, nanoseconds_of(now() + limits::cursor_close_max), false)) return served::over;
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
        next =
            decide(supervisor_.connect_failed(me->generation, nanoseconds_of(now()), endpoint::is_permanent(*failed)));
    }
    act(next);
    return false;
}

void session_core::run(const std::shared_ptr<incarnation>& me) noexcept {
    worker w(*this, *me);
    if (me->generation == 1 || reconnected(w, me)) serve_all(w, me);
    if (me->attempting.exchange(false)) with_.where->withdrawn();
    const bool given_up = !end_service(me);
    w.leave(given_up);
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
        const served dropped = end_dropped_transaction(w, me);
        if (dropped == served::over) return;
        const served request = stop ? served::nothing : serve(w, me, no_more);
        if (request == served::over) return;
        const served fetched = stop ? served::nothing : pump(w, me);
        if (fetched == served::over) return;
        if (emptied == served::one || dropped == served::one || request == served::one || fetched == served::one)
            continue;
        // While the engine drains, who reads a stream may read on.
        if (stop || (no_more && !(refusing_.load() == engine && w.streaming()))) return;
        me->wake.wait();
    }
}

// The session is over, where this incarnation was not given up before. False: it was.
bool session_core::end_service(const std::shared_ptr<incarnation>& me) noexcept {
    {
        const std::lock_guard lock(supervision_mutex_);
        if (!supervisor_.serves(me->generation)) return false;
        supervisor_.close();
    }
    std::uint8_t expected = none;
    refusing_.compare_exchange_strong(expected, closed);
    refuse_queued(refusal_error());
    free_finished();
    with_.workers->closed(id_);
    return true;
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
