#include "session_core.hpp"

#include "endpoint.hpp"
#include "failure.hpp"
#include "memory_budget.hpp"
#include "time_points.hpp"
#include "worker_registry.hpp"

#include <algorithm>

namespace sluice::runtime {

session_core::session_core(session_id id, protocol::connect request, const connect_options& options,
                           session_surroundings with)
    : id_(id),
      with_(std::move(with)),
      connect_(std::move(request)),
      credentials_(options.credentials()),
      table_(options.mailbox_slots()),
      mailbox_(options.mailbox_slots()),
      supervisor_(default_patience(), options.reconnect()) {}

session_core::~session_core() = default;

error session_core::refusal_error() const {
    return refusing_.load() == engine ? engine_gone() : closed_handle();
}

error session_core::given_up_error(outcome effect) const {
    if (refusing_.load() == engine) return engine_gone();
    return failure(errc::connection_lost, "the connection was given up while the stream was opened", effect,
                   session_state::broken);
}

error session_core::failed_error() const {
    if (refusing_.load() == engine) return engine_gone();  // else it would be tried again
    if (!why_failed_)
        return failure(errc::connection_lost, "the connection of this session is lost: take a new session",
                       outcome::none, session_state::broken);
    error_record record = why_failed_->record();
    record.outcome = outcome::none;
    record.timings = {};
    return error(std::move(record));
}

// A slot for it, or why there is none.
std::optional<ticket> session_core::place(operation& op, std::optional<error>& refused) noexcept {
    todo does;
    std::optional<ticket> placed;
    std::unique_lock lock(supervision_mutex_);
    if (supervisor_.now() == supervisor::phase::failed) {
        const bool for_want_of_room = why_failed_ && why_failed_->code() == errc::worker_lost;
        lock.unlock();  // the registry is not asked under our lock
        const bool room = !for_want_of_room || with_.workers->has_room(id_);
        lock.lock();
        if (supervisor_.now() == supervisor::phase::failed &&
            (!room || !supervisor_.asked(nanoseconds_of(now()), does)))
            refused = failed_error();
    }
    if (!refused) {
        placed = table_.reserve();
        if (!placed) refused = full_error();
    }
    if (refused)
        ++count_.refused;
    else
        op.number = ++count_.accepted;
    lock.unlock();
    if (does.anything()) act({does, nullptr, std::nullopt, 0, false, 0});
    return placed;
}

void session_core::accept(std::unique_ptr<operation> op, const submission& how) {
    op->accepted_at = how.accepted_at;
    op->of = how.of;
    std::optional<error> refused;
    if (refusing_.load() != none)
        refused = refusal_error();
    else if (how.deadline <= now())
        refused = failure(errc::deadline, "the deadline was over before the request could start");
    std::optional<ticket> placed;
    if (refused) {
        const std::lock_guard lock(supervision_mutex_);
        ++count_.refused;
    } else {
        placed = place(*op, refused);
    }
    if (refused && refusing_.load() == none && lost_for_good() && op->close_unconnected()) return release();
    if (refused) return op->fail(*refused);

    // Its completion may be the last owner of this session, and be over before this function is.
    const auto alive = shared_from_this();
    const detail::cancel_handle handle{alive, placed->key()};
    op->accepted(handle);
    if (how.stop.stop_possible()) op->stop.emplace(how.stop, handle);
    operation& mine = *op;
    if (!table_.enqueue(*placed, std::move(op), nanoseconds_of(how.deadline))) {
        count_completed(errc::cancelled);
        mine.fail(cancelled_error());
        return table_.retire(placed->slot);
    }
    // From here on others may complete it: the control thread, the caller's cancellation, the end of the session.
    if (refusing_.load() != none) finish_queued(*placed, refusal_error());
    with_.time->sooner(how.deadline);
    if (!mailbox_.push(placed->slot)) {  // cannot be: there are not more slots than places
        finish_queued(*placed, full_error());
        if (table_.leave(placed->slot)) table_.retire(placed->slot);
        return;
    }
    wake();
}

bool session_core::is_served() const noexcept {
    const std::lock_guard lock(supervision_mutex_);
    return supervisor_.now() == supervisor::phase::ready;
}

bool session_core::lost_for_good() const noexcept {
    const std::lock_guard lock(supervision_mutex_);
    return supervisor_.now() == supervisor::phase::failed;
}

void session_core::wake() noexcept {
    std::shared_ptr<incarnation> now;
    {
        const std::lock_guard lock(supervision_mutex_);
        now = current_;
    }
    if (now) now->wake.signal();
}

error session_core::full_error() const {
    return failure(errc::queue_full, "the mailbox of this session has no free slot (" + std::to_string(table_.size()) +
                                         "): wait for answers, or raise connect_options::mailbox_slots");
}

error session_core::cancelled_error() {
    return failure(errc::cancelled, "cancelled before a worker took it");
}

// What a request that waits is told at its deadline: where there is no connection, why.
error session_core::deadline_error() const {
    using phase = supervisor::phase;
    phase now{};
    {
        const std::lock_guard lock(supervision_mutex_);
        now = supervisor_.now();
    }
    if (now != phase::waiting && now != phase::connecting)
        return failure(errc::deadline,
                       with_.memory->is_used_up()
                           ? "the deadline was over while the request waited for memory: the rows that the program "
                             "still has take as much as engine_options::memory_max allows"
                           : "the deadline was over before a worker could take the request");
    error_record record = with_.where->last_failure().record();
    record.message = "the deadline was over while the connection was being made" +
                     (record.code == errc::ok ? std::string() : "; the last attempt: " + record.message);
    record.code = errc::deadline;
    record.outcome = outcome::none;
    record.session = session_state::broken;
    record.timings = {};
    return error(std::move(record));
}

void session_core::count_completed(errc code) noexcept {
    const std::lock_guard lock(supervision_mutex_);
    ++count_.completed[static_cast<std::size_t>(code)];
}

operation* session_core::claim_queued(ticket t, errc code) noexcept {
    const std::lock_guard lock(supervision_mutex_);
    operation* op = table_.claim_queued(t);
    if (op != nullptr) ++count_.completed[static_cast<std::size_t>(code)];
    return op;
}

void session_core::finish_queued(ticket t, const error& e) noexcept {
    operation* op = claim_queued(t, e.code());
    if (op == nullptr) return;
    op->fail(e);
    if (table_.settle(t.slot)) table_.retire(t.slot);
}

void session_core::refuse_queued(const error& why) noexcept {
    for (const ticket t : in_order(table_.all(request_table::state::queued))) finish_queued(t, why);
}

// In the order in which they were accepted: what waits is answered in that order. Slots are taken and given back in
// any.
std::vector<ticket> session_core::in_order(std::vector<ticket> those) const {
    std::sort(those.begin(), those.end(),
              [&](ticket a, ticket b) { return table_.accepted_as(a.slot) < table_.accepted_as(b.slot); });
    return those;
}

void session_core::cancel(std::uint64_t key, cancel_strength strength) noexcept {
    const ticket t = ticket::from_key(key);
    finish_queued(t, cancelled_error());
    if (strength != cancel_strength::total) press_running(t, errc::cancelled, strength);
}

clock::time_point session_core::next_deadline() const noexcept {
    std::int64_t soonest = 0;
    {
        const std::lock_guard lock(supervision_mutex_);
        soonest = std::min(table_.next_deadline(), supervisor_.next_event());
    }
    const std::lock_guard lock(stream_mutex_);
    return stream_ ? std::min(time_of(soonest), stream_->next_deadline()) : time_of(soonest);
}

void session_core::expire(clock::time_point now) noexcept {
    std::vector<ticket> due;
    decision made;
    {
        const std::lock_guard lock(supervision_mutex_);
        due = table_.due(nanoseconds_of(now));
        made = decide(supervisor_.tick(nanoseconds_of(now)));
    }
    if (!due.empty()) {
        const error why = deadline_error();
        for (const ticket t : in_order(due)) finish_queued(t, why);
    }
    act(made);
    if (!due.empty() && !is_served()) free_finished();
    std::shared_ptr<stream_channel> open;
    {
        const std::lock_guard lock(stream_mutex_);
        open = stream_;
    }
    if (open) open->expire(now);
    if (released_.load()) close_if_idle();
}

std::shared_ptr<stream_channel> session_core::stream(stream_id id) const {
    const std::lock_guard lock(stream_mutex_);
    return stream_ && stream_->opened().id == id ? stream_ : nullptr;
}

bool session_core::was_before(stream_id id) const {
    const std::lock_guard lock(stream_mutex_);
    return id && stream_ && id < stream_->opened().id;
}

void session_core::submit(protocol::stream_fetch request, submission how,
                          detail::completion<std::optional<batch>> done) {
    if (const auto open = stream(request.id)) return open->next(how.deadline, std::move(how.stop), std::move(done));
    if (was_before(request.id)) return done(failure(errc::closed, "this stream has ended or was closed"));
    done(
        failure(errc::stale_handle, "no stream of this session has that id: start one and use the id that it answers"));
}

void session_core::submit(protocol::stream_next_result request, submission how,
                          detail::completion<protocol::stream_next_result::reply> done) {
    if (const auto open = stream(request.id))
        return open->next_result(how.deadline, std::move(how.stop), std::move(done));
    if (was_before(request.id)) return done(failure(errc::closed, "this stream has ended or was closed"));
    done(
        failure(errc::stale_handle, "no stream of this session has that id: start one and use the id that it answers"));
}

void session_core::submit(protocol::stream_close request, submission how, detail::completion<protocol::done> done) {
    if (const auto open = stream(request.id)) return open->close(how.deadline, std::move(done));
    if (was_before(request.id)) return done(protocol::done());
    done(failure(errc::stale_handle, "no stream of this session has that id: none was started"));
}

void session_core::drop_transaction(transaction_id dropped) noexcept {
    // The one that was begun last is the one that can be open.
    std::uint64_t before = dropped_transaction_.load();
    while (before < dropped.value() && !dropped_transaction_.compare_exchange_weak(before, dropped.value())) {
    }
    wake();
}

void session_core::release() noexcept {
    released_.store(true);
    wake();
    close_if_idle();
}

void session_core::shut_down(bool refuse) noexcept {
    refusing_.store(engine);
    decision made;
    {
        const std::lock_guard lock(supervision_mutex_);
        made = decide(supervisor_.no_more());
    }
    act(made);
    if (refuse) refuse_queued(engine_gone());
    if (refuse) stopping_.store(true);
    wake();
    close_if_idle();
}

void session_core::give_up() noexcept {
    {
        const std::lock_guard lock(supervision_mutex_);
        supervisor_.close();
    }
    refuse_queued(engine_gone());
    for (const ticket t : table_.all(request_table::state::running)) {
        operation* op = nullptr;
        errc code = errc::shutting_down;
        outcome effect = outcome::unknown;
        {
            const std::lock_guard lock(supervision_mutex_);
            op = table_.claim_running(t);
            if (op != nullptr && current_) effect = current_->gate.give_up_request();
            if (op != nullptr) {
                if (op->commits() && effect == outcome::unknown) code = errc::commit_unknown;
                ++count_.completed[static_cast<std::size_t>(code)];
                ++count_.given_up;
            }
        }
        if (op == nullptr) continue;
        op->fail(
            failure(code, "the engine went away while the driver was at work", effect, session_state::quarantined));
        if (table_.settle(t.slot)) table_.retire(t.slot);
    }
    std::shared_ptr<stream_channel> open;
    {
        const std::lock_guard lock(stream_mutex_);
        open = stream_;
    }
    if (open) open->failed(engine_gone());
}

bool session_core::unusable() const noexcept {
    using phase = supervisor::phase;
    if (refusing_.load() != none) return true;
    const std::lock_guard lock(supervision_mutex_);
    switch (supervisor_.now()) {
        case phase::absent:
        case phase::failed:
        case phase::closed:
            return true;
        case phase::ready:
            return !current_ || current_->unusable.load();
        case phase::waiting:
        case phase::connecting:
            break;
    }
    return false;
}

bool session_core::needs_reset() const noexcept {
    if (table_.in_flight() != 0) return true;
    if (transaction_lost_.load() || statements_.any()) return true;
    const std::lock_guard lock(supervision_mutex_);
    if (!leased_with_.empty()) return true;
    return current_ && supervisor_.serves(current_->generation) && current_->in_transaction.load();
}

std::uint64_t session_core::recoveries() const noexcept {
    const std::lock_guard lock(supervision_mutex_);
    return supervisor_.recoveries();
}

std::uint64_t session_core::generation() const noexcept {
    const std::lock_guard lock(supervision_mutex_);
    return supervisor_.generation();
}

session_count session_core::counted() const {
    using state = request_table::state;
    const std::lock_guard lock(supervision_mutex_);
    session_count made = count_;
    made.queued = table_.count(state::reserved, state::queued) + table_.count(state::unwanted, state::unwanted);
    made.in_flight = made.queued + table_.count(state::running, state::running);
    made.statements = statements_.counted();
    made.recoveries = supervisor_.recoveries();
    made.collapsed_triggers = supervisor_.collapsed();
    using phase = supervisor::phase;
    using standing = session_count::standing;
    if (supervisor_.now() == phase::waiting || supervisor_.now() == phase::connecting)
        made.worker = standing::connecting;
    else if (supervisor_.now() == phase::ready)
        made.worker = supervisor_.is_suspect()   ? standing::suspect
                      : supervisor_.is_running() ? standing::busy
                                                 : standing::ready;
    return made;
}

}  // namespace sluice::runtime
