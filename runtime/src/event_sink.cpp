#include "event_sink.hpp"

#include <array>

namespace sluice {

std::string_view to_string(event_kind kind) noexcept {
    constexpr std::array<std::string_view, 12> names{"connected",       "connection_lost",  "reconnect_failed",
                                                     "recovered",       "recovery_ended",   "worker_quarantined",
                                                     "worker_returned", "cancel_stuck",     "check_failed",
                                                     "lease_overdue",   "calls_serialised", "pooler_found"};
    const auto i = static_cast<std::size_t>(kind);
    return i < names.size() ? names[i] : std::string_view("?");
}

}  // namespace sluice

namespace sluice::runtime {

void event_sink::tell(event_kind kind, session_id session, std::uint64_t generation, std::string text,
                      error why) noexcept {
    if (!handler_) return;
    {
        const std::lock_guard lock(mutex_);
        if (pending_.size() >= limits::events_pending_max) {
            pending_.pop_front();
            ++dropped_;
        }
        event e;
        e.kind = kind;
        e.session = session;
        e.generation = generation;
        e.why = std::move(why);
        e.text = std::move(text);
        pending_.push_back(std::move(e));
        if (delivering_) return;
        delivering_ = true;
    }
    queue_->post(detail::task([self = shared_from_this()] { self->deliver(); }));
}

// One event a task, so that the thread's other work goes on in between.
void event_sink::deliver() {
    event next;
    bool more = false;
    {
        const std::lock_guard lock(mutex_);
        next = std::move(pending_.front());
        pending_.pop_front();
        more = !pending_.empty();
        delivering_ = more;
    }
    if (more) queue_->post(detail::task([self = shared_from_this()] { self->deliver(); }));
    handler_(next);
}

std::uint64_t event_sink::dropped() const noexcept {
    const std::lock_guard lock(mutex_);
    return dropped_;
}

}  // namespace sluice::runtime
