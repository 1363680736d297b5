// What a session does with its incarnations: it carries out what the supervisor decides.

#include "canceller.hpp"
#include "endpoint.hpp"
#include "event_sink.hpp"
#include "failure.hpp"
#include "session_core.hpp"
#include "time_points.hpp"
#include "worker_registry.hpp"

#include <sluice/protocol/limits.hpp>

#include <utility>

namespace sluice::runtime {

// REQUIRES: supervision_mutex_ held. What is to be done, about whom: taken before anybody can change it.
session_core::decision session_core::decide(const todo& does) noexcept {
    return decide(does, current_, running_, supervisor_.running());
}

// The worker that is given up goes on meanwhile: what it does then is no longer the session's.
session_core::decision session_core::decide(const todo& does, std::shared_ptr<incarnation> of,
                                            std::optional<ticket> running, std::uint64_t number) noexcept {
    decision made{does, std::move(of), running, number, false, 0};
    if (!does.end_generation) return made;
    running_.reset();
    made.in_transaction = made.of && made.of->in_transaction.load();
    if (made.in_transaction) made.transaction = made.of->transaction.load();
    if (made.transaction != 0)
        last_lost_transaction_.store(made.transaction);
    else if (made.in_transaction)
        transaction_lost_.store(true);
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
        made = decide(supervisor_.permitted(nanoseconds_of(now())));
    }
    if (!made.does.start) return with_.where->unused();
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
    outcome effect = outcome::unknown;
    {
        // While it is claimed under the lock its worker cannot go on to the next request.
        const std::lock_guard lock(supervision_mutex_);
        op = table_.claim_running(*made.running);
        if (op == nullptr) return;
        effect = made.of->gate.give_up_request();
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
    std::shared_ptr<stream_channel> open;
    {
        const std::lock_guard lock(stream_mutex_);
        open = stream_;
    }
    if (open) {
        // What has all of its rows was over on the server.
        const bool was_over = open->opened().mode == stream_mode::buffered_by_driver && !made.in_transaction;
        open->failed(failure(errc::connection_lost, "the connection of this stream is lost",
                             was_over ? outcome::applied : outcome::none, session_state::broken));
    }
    if (made.in_transaction) fail_bound_requests(made.transaction);
    if (!made.does.refuse)
        with_.events->tell(event_kind::connection_lost, id_, over.generation,
                           "the connection is lost; a new one is made");
}

void session_core::fail_bound_requests(std::uint64_t transaction) noexcept {
    const error why = failure(errc::connection_lost,
                              "the transaction that this belongs to was lost with its connection: the server rolls it "
                              "back; roll back here too, then begin again",
                              outcome::none, session_state::transaction_failed);
    for (const ticket t : in_order(table_.all(request_table::state::queued))) {
        const auto tie = static_cast<operation::tie>(table_.tie_of(t.slot));
        if (table_.transaction_of(t.slot) != transaction) continue;  // not of this one
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
            next = decide(supervisor_.quarantined(false, nanoseconds_of(now())));
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
    if (made->attempting.exchange(false)) with_.where->unused();
    decision next;
    {
        const std::lock_guard lock(supervision_mutex_);
        why_failed_ = started.error();
        next = decide(supervisor_.not_started(nanoseconds_of(now())));
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
        made = decide(does, current_, running, number);
    }
    act(made);
    return what == supervisor::verdict::started;
}

void session_core::failed_check(const error& why) noexcept {
    with_.events->tell(event_kind::check_failed, id_, generation(),
                       "a session of a pool did not prove to be alive, and leaves the pool", why);
}

void session_core::overdue(std::string text) noexcept {
    with_.events->tell(event_kind::lease_overdue, id_, generation(), std::move(text));
}

void session_core::press(errc reason, cancel_strength strength) noexcept {
    decision made;
    {
        const std::lock_guard lock(supervision_mutex_);
        made = decide(supervisor_.press(nanoseconds_of(now()), reason, strength));
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
        made = decide(supervisor_.press(nanoseconds_of(now()), reason, strength));
        if (current_) current_->gate.ask_to_stop(supervisor_.running());
    }
    act(made);
}

void session_core::reader_late() noexcept {
    {
        const std::lock_guard lock(supervision_mutex_);
        supervisor_.reader_late(nanoseconds_of(now()));
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
        supervisor_.reader_gone(nanoseconds_of(now()));
    }
    tell_control();
}

void session_core::cancel_done(const std::shared_ptr<incarnation>& of, std::uint64_t number, bool sent) noexcept {
    {
        const std::lock_guard lock(supervision_mutex_);
        if (of != current_) return;
        supervisor_.cancel_done(number, nanoseconds_of(now()), sent);
    }
    tell_control();
}

}  // namespace sluice::runtime
