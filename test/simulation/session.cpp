// The mailbox and the table of a session: mirrors runtime/src/session_core.cpp.

#include "session.hpp"

#include "world.hpp"

#include <algorithm>

namespace sluice::sim {

using runtime::supervisor;
using runtime::ticket;
using test::said;
using phase = supervisor::phase;
using state = runtime::request_table::state;

session::session(world& in, std::uint32_t number, std::uint32_t whose, pool* pooled, bool asked)
    : id(number),
      user(whose),
      of(pooled),
      in_(in),
      asked_(asked),
      table_(in.weather.slots),
      accepted_as_(in.weather.slots),
      supervisor_(in.weather.patient, pooled == nullptr) {}

void session::begin() {
    act(supervisor_.begin());
}

errc session::failed_code() const noexcept {
    return refusing_ == errc::shutting_down ? refusing_ : why_failed_;
}

void session::accept(std::uint32_t request, bool cancelled) {
    promise& p = in_.promises[request];
    p.at = this;
    if (refusing_ != errc::ok) return in_.refuse(request, refusing_);
    if (p.deadline <= in_.now()) return in_.refuse(request, errc::deadline);
    todo does;
    if (supervisor_.now() == phase::failed) {
        const bool again = supervisor_.asked(in_.now(), does);
        in_.reach(again ? mark::asked_in_failed : mark::refused_in_failed);
        if (!again) return in_.refuse(request, failed_code());
    }
    const auto placed = table_.reserve();
    if (does.anything()) act(does);
    if (!placed) {
        in_.reach(is_full_of_stuck() ? mark::slots_kept_by_stuck_threads : mark::mailbox_full);
        return in_.refuse(request, errc::queue_full);
    }
    in_.accept(request);
    p.place = *placed;
    p.placed = true;
    accepted_as_[placed->slot] = request;
    auto made = std::make_unique<sim_operation>(in_, request, p.what);
    sim_operation& mine = *made;
    if (cancelled) in_.say(said::cancel_wanted, request);
    if (cancelled) cancel(*placed, cancel_strength::total);
    if (!table_.enqueue(*placed, std::move(made), p.deadline)) {
        in_.reach(mark::cancelled_before_queued);
        mine.end(errc::cancelled, outcome::none);
        return table_.retire(placed->slot);
    }
    mailbox_.push_back(placed->slot);
    arm();
    wake();
}

void session::finish_queued(ticket t, errc why) {
    auto* op = static_cast<sim_operation*>(table_.claim_queued(t));
    if (op == nullptr) return;
    op->end(why, outcome::none);
    if (table_.settle(t.slot)) table_.retire(t.slot);
}

std::vector<ticket> session::in_order(std::vector<ticket> those) const {
    std::sort(those.begin(), those.end(),
              [&](ticket a, ticket b) { return accepted_as_[a.slot] < accepted_as_[b.slot]; });
    return those;
}

void session::refuse_queued(errc why) {
    for (const ticket t : in_order(table_.all(state::queued))) finish_queued(t, why);
}

void session::cancel(ticket t, cancel_strength strength) {
    const std::size_t queued = table_.all(state::queued).size();
    finish_queued(t, errc::cancelled);
    if (table_.all(state::queued).size() < queued) in_.reach(mark::cancelled_while_queued);
    if (!running_ || !(*running_ == t)) return;
    if (strength == cancel_strength::total) in_.reach(mark::cancelled_total_while_running);
    if (strength != cancel_strength::total) act(supervisor_.press(in_.now(), errc::cancelled, strength));
}

void session::arm() {
    std::int64_t soonest = std::min(table_.next_deadline(), supervisor_.next_event());
    if (stream_) soonest = std::min(soonest, stream_->next_deadline());
    if (soonest == supervisor::never || soonest >= armed_for_) return;
    armed_for_ = soonest;
    in_.time.plan(soonest, {event::kind::session_alarm, id, static_cast<std::uint64_t>(soonest)});
}

void session::expire(std::uint64_t set_to) {
    if (static_cast<std::int64_t>(set_to) != armed_for_) return;
    armed_for_ = supervisor::never;
    const std::int64_t now = in_.now();
    const bool recovering = supervisor_.now() == phase::waiting || supervisor_.now() == phase::connecting;
    auto due = table_.next_deadline() <= now ? table_.due(now) : std::vector<ticket>();
    const bool unpressed = supervisor_.pressed() == errc::ok;
    const todo does = supervisor_.tick(now);
    if (unpressed && supervisor_.pressed() == errc::deadline) in_.reach(mark::deadline_while_running);
    for (const ticket t : in_order(std::move(due))) {
        in_.reach(recovering ? mark::deadline_while_queued_in_recovery : mark::deadline_while_queued);
        finish_queued(t, errc::deadline);
    }
    act(does);
    if (stream_) stream_->expire(now);
    if (released_) close_if_idle();
    arm();
}

void session::wake() {
    if (current_ != nullptr) current_->wake();
}

void session::release() {
    in_.say(said::dropped, 0, id);
    released_ = true;
    if (supervisor_.now() == phase::waiting) in_.reach(mark::released_while_waiting);
    if (supervisor_.now() == phase::connecting) in_.reach(mark::released_while_connecting);
    if (supervisor_.is_running()) in_.reach(mark::released_while_running);
    wake();
    close_if_idle();
}

void session::shut_down(bool refuse) {
    refusing_ = errc::shutting_down;
    if (supervisor_.now() == phase::waiting) in_.reach(mark::shutdown_while_waiting);
    if (supervisor_.now() == phase::connecting) in_.reach(mark::shutdown_while_connecting);
    if (supervisor_.is_running()) in_.reach(mark::shutdown_while_running);
    act(supervisor_.no_more());
    if (refuse) {
        refuse_queued(errc::shutting_down);
        stopping_ = true;
    }
    wake();
    close_if_idle();
}

void session::give_up() {
    supervisor_.close();
    refuse_queued(errc::shutting_down);
    for (const ticket t : table_.all(state::running)) {
        auto* op = static_cast<sim_operation*>(table_.claim_running(t.slot));
        if (op == nullptr) continue;
        op->end(errc::shutting_down, current_ != nullptr ? current_->effect() : outcome::unknown);
        if (table_.settle(t.slot)) table_.retire(t.slot);
    }
    if (stream_) stream_->failed(errc::shutting_down);
    in_.where.withdraw(*this);
    if (current_ != nullptr && std::exchange(current_->attempting, false)) in_.where.withdrawn(current_->id);
}

bool session::unusable() const noexcept {
    if (refusing_ != errc::ok) return true;
    switch (supervisor_.now()) {
        case phase::waiting:
        case phase::connecting:
            return false;
        case phase::ready:
            return current_ == nullptr || current_->unusable;
        default:
            return true;
    }
}

bool session::needs_reset() const noexcept {
    if (table_.in_flight() != 0) return true;
    if (current_ == nullptr || !supervisor_.serves(current_->generation)) return false;
    return current_->in_transaction || (stream_ && !stream_->is_over());
}

std::size_t session::threads_left() const noexcept {
    return static_cast<std::size_t>(std::count_if(in_.workers.begin(), in_.workers.end(), [this](const auto& w) {
        return &w->home == this && !w->has_ended() && w.get() != current_;
    }));
}

void session::touch_queue() noexcept {
    for (const std::uint32_t slot : mailbox_) in_.touch(accepted_as_[slot]);
}

std::size_t session::unanswered() const {
    return table_.all(state::queued).size() + table_.all(state::running).size();
}

}  // namespace sluice::sim
