#include "session_core.hpp"

#include "failure.hpp"
#include "worker.hpp"

#include <algorithm>

namespace sluice::runtime {

namespace {

[[nodiscard]] std::int64_t nanoseconds_of(clock::time_point at) noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count();
}

}  // namespace

session_core::session_core(session_id id, std::size_t mailbox_slots, std::shared_ptr<control> control,
                           std::shared_ptr<detail::completion_queue> queue)
    : id_(id), control_(std::move(control)), queue_(std::move(queue)), table_(mailbox_slots), mailbox_(mailbox_slots) {}

session_core::~session_core() = default;

error session_core::refusal_error() const {
    return refusing_.load() == engine ? engine_gone() : closed_handle();
}

void session_core::accept(std::unique_ptr<operation> op, const submission& how) {
    op->accepted_at = how.accepted_at;
    if (refusing_.load() != none) return op->fail(refusal_error());
    if (how.deadline <= clock::now())
        return op->fail(failure(errc::deadline, "the deadline was over before the request could start"));

    const auto placed = table_.reserve();
    if (!placed) return op->fail(full_error());
    const detail::cancel_handle handle{weak_from_this(), placed->key()};
    op->accepted(handle);
    if (how.stop.stop_possible()) op->stop.emplace(how.stop, handle);
    operation& mine = *op;
    if (!table_.enqueue(*placed, std::move(op), nanoseconds_of(how.deadline))) {
        mine.fail(cancelled_error());
        return table_.retire(placed->slot);
    }
    // From here on others may complete it: the control thread, the caller's cancellation, the end of the session.
    if (refusing_.load() != none) finish_queued(*placed, refusal_error());
    control_->sooner(how.deadline);
    if (!mailbox_.push(placed->slot)) {  // cannot be: there are not more slots than places
        finish_queued(*placed, full_error());
        if (table_.leave(placed->slot)) table_.retire(placed->slot);
        return;
    }
    wakeup_.signal();
}

error session_core::full_error() const {
    return failure(errc::queue_full, "the mailbox of this session has no free slot (" + std::to_string(table_.size()) +
                                         "): wait for answers, or raise connect_options::mailbox_slots");
}

error session_core::cancelled_error() {
    return failure(errc::cancelled, "cancelled before a worker took it");
}

void session_core::finish_queued(ticket t, const error& e) noexcept {
    operation* op = table_.claim_queued(t);
    if (op == nullptr) return;
    op->fail(e);
    if (table_.settle(t.slot)) table_.retire(t.slot);
}

void session_core::cancel(std::uint64_t key) noexcept {
    finish_queued(ticket::from_key(key), cancelled_error());
}

clock::time_point session_core::next_deadline() const noexcept {
    const std::int64_t queued = table_.next_deadline();
    auto soonest = clock::time_point::max();
    if (queued != request_table::never) {
        soonest = clock::time_point(std::chrono::duration_cast<clock::duration>(std::chrono::nanoseconds(queued)));
    }
    const std::lock_guard lock(stream_mutex_);
    return stream_ ? std::min(soonest, stream_->next_deadline()) : soonest;
}

void session_core::expire(clock::time_point now) noexcept {
    for (const ticket t : table_.due(nanoseconds_of(now))) {
        finish_queued(t, failure(errc::deadline, "the deadline was over before a worker could take the request"));
    }
    std::shared_ptr<stream_channel> open;
    {
        const std::lock_guard lock(stream_mutex_);
        open = stream_;
    }
    if (open) open->expire(now);
}

std::shared_ptr<stream_channel> session_core::stream(stream_id id) const {
    const std::lock_guard lock(stream_mutex_);
    return stream_ && stream_->opened().id == id ? stream_ : nullptr;
}

bool session_core::was_before(stream_id id) const {
    const std::lock_guard lock(stream_mutex_);
    return id && stream_ && id < stream_->opened().id;
}

void session_core::current_stream(std::shared_ptr<stream_channel> latest) {
    const std::lock_guard lock(stream_mutex_);
    stream_.swap(latest);
}

void session_core::submit(protocol::stream_fetch request, submission how,
                          detail::completion<std::optional<batch>> done) {
    if (const auto open = stream(request.id)) return open->next(how.deadline, std::move(how.stop), std::move(done));
    if (was_before(request.id)) return done(failure(errc::closed, "this stream has ended or was closed"));
    done(
        failure(errc::stale_handle, "no stream of this session has that id: start one and use the id that it answers"));
}

void session_core::submit(protocol::stream_close request, submission how, detail::completion<protocol::done> done) {
    if (const auto open = stream(request.id)) return open->close(how.deadline, std::move(done));
    if (was_before(request.id)) return done(protocol::done());
    done(failure(errc::stale_handle, "no stream of this session has that id: none was started"));
}

void session_core::publish(bool unusable, bool in_transaction) noexcept {
    in_transaction_.store(in_transaction);
    unusable_.store(unusable);
}

void session_core::release() noexcept {
    released_.store(true);
    wake();
}

void session_core::refuse_queued() noexcept {
    const error why = refusal_error();
    for (const ticket t : table_.all(request_table::state::queued)) finish_queued(t, why);
}

void session_core::shut_down() noexcept {
    refusing_.store(engine);
    refuse_queued();
    wake();
}

void session_core::give_up() noexcept {
    for (const ticket t : table_.all(request_table::state::running)) {
        operation* op = table_.claim_running(t.slot);
        if (op == nullptr) continue;
        op->fail(failure(errc::shutting_down, "the engine went away while the driver was at work", op->unfinished(),
                         session_state::quarantined));
        if (table_.settle(t.slot)) table_.retire(t.slot);
    }
    std::shared_ptr<stream_channel> open;
    {
        const std::lock_guard lock(stream_mutex_);
        open = stream_;
    }
    if (open) open->failed(engine_gone());
}

bool session_core::serve(worker& w) {
    std::uint32_t slot = 0;
    if (!mailbox_.pop(slot)) return false;
    if (operation* op = table_.take(slot)) {
        op->taken_at = clock::now();
        op->run(w);
        if (table_.claim_running(slot) != nullptr) {
            table_.release(slot)->answer();
            return true;
        }
    }
    if (table_.leave(slot)) table_.retire(slot);
    return true;
}

void session_core::run() noexcept {
    worker w(*this);
    while (true) {
        const bool stop = refusing_.load() == engine;
        const bool released = released_.load();
        w.close_abandoned_stream();
        // A request and a batch in turn: neither a stream nor a crowd of callers keeps the other out.
        const bool served = !stop && serve(w);
        const bool fetched = !stop && w.pump();
        if (served || fetched) continue;
        if (stop || released) break;
        wakeup_.wait();
    }
    std::uint8_t expected = none;
    refusing_.compare_exchange_strong(expected, closed);
    refuse_queued();
    std::uint32_t slot = 0;
    while (mailbox_.pop(slot)) {
        if (table_.leave(slot)) table_.retire(slot);
    }
    w.leave();
}

}  // namespace sluice::runtime
