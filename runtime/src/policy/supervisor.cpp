#include "policy/supervisor.hpp"

#include "policy/nanoseconds.hpp"

#include <sluice/protocol/limits.hpp>

#include <algorithm>

namespace sluice::runtime {

namespace {

// Without overflow: a deadline may be `never`.
[[nodiscard]] constexpr std::int64_t after(std::int64_t at, std::int64_t pause) noexcept {
    return at > supervisor::never - pause ? supervisor::never : at + pause;
}

}  // namespace

const patience& default_patience() noexcept {
    static constexpr patience usual{
        .settle = ns(limits::answer_settle),
        .cancel = ns(limits::cancel_grace),
        .fetch = ns(limits::cancel_grace),
        .connect = ns(limits::reconnect_attempt_max),
        .leave = ns(limits::cancel_grace),
        .resend = ns(limits::cancel_resend),
        .cancels = limits::cancels_of_one_request,
        .retry = ns(limits::failed_session_pause),
        .retry_permanent = ns(limits::permanent_failure_pause),
    };
    return usual;
}

supervisor::todo supervisor::begin() noexcept {
    todo does;
    if (phase_ != phase::absent) return does;
    phase_ = phase::waiting;
    does.ask = true;
    return does;
}

supervisor::todo supervisor::permitted(std::int64_t now) noexcept {
    todo does;
    if (phase_ != phase::waiting) return does;
    ++generation_;
    phase_ = generation_ == 1 ? phase::ready : phase::connecting;
    if (phase_ == phase::connecting) connect_by_ = after(now, patient_.connect);
    does.start = true;
    return does;
}

bool supervisor::connected(std::uint64_t generation) noexcept {
    if (phase_ != phase::connecting || generation != generation_) return false;
    phase_ = phase::ready;
    connect_by_ = never;
    recovering_ = false;
    return true;
}

supervisor::todo supervisor::connect_failed(std::uint64_t generation, std::int64_t now, bool permanent) noexcept {
    todo does;
    if (phase_ != phase::connecting || generation != generation_) return does;
    connect_by_ = never;
    if (permanent || !reconnects_) {
        fail(after(now, patient_.retry_permanent));
        does.refuse = true;
        return does;
    }
    phase_ = phase::waiting;
    does.ask = true;
    return does;
}

supervisor::todo supervisor::not_started(std::int64_t now) noexcept {
    todo does;
    if (phase_ != phase::ready && phase_ != phase::connecting) return does;
    fail(after(now, patient_.retry));
    does.refuse = true;
    return does;
}

void supervisor::fail(std::int64_t retry_at) noexcept {
    phase_ = phase::failed;
    connect_by_ = never;
    recovering_ = false;
    retry_at_ = reconnects_ ? retry_at : never;
}

void supervisor::recover() noexcept {
    phase_ = phase::waiting;
    if (!recovering_) ++recoveries_;
    recovering_ = true;
}

supervisor::todo supervisor::end_generation() noexcept {
    todo does;
    running_ = request();
    connect_by_ = never;
    does.end_generation = true;
    if (!reconnects_) {
        fail(never);
        does.refuse = true;
        return does;
    }
    recover();
    does.ask = true;
    return does;
}

supervisor::verdict supervisor::trigger(std::uint64_t generation, todo& does) noexcept {
    if (generation != generation_ || phase_ == phase::closed || phase_ == phase::absent) return verdict::stale;
    if (phase_ != phase::ready) {
        ++collapsed_;
        return verdict::collapsed;
    }
    if (is_running()) does.answer = errc::connection_lost;
    const errc answer = does.answer;
    does = end_generation();
    does.answer = answer;
    return verdict::started;
}

supervisor::todo supervisor::quarantined(bool had_room, std::int64_t now) noexcept {
    todo does;
    if (had_room || phase_ != phase::waiting) return does;
    fail(after(now, patient_.retry));
    does.refuse = true;
    return does;
}

bool supervisor::asked(std::int64_t now, todo& does) noexcept {
    if (phase_ != phase::failed || !reconnects_ || now < retry_at_) return false;
    recover();
    does.ask = true;
    return true;
}

std::uint64_t supervisor::took(std::int64_t now, std::int64_t deadline, bool fetch) noexcept {
    running_ = request();
    running_.number = ++numbers_;
    running_.deadline = fetch ? never : std::max(deadline, now);
    running_.fetch = fetch;
    return running_.number;
}

bool supervisor::returned(std::uint64_t generation) noexcept {
    if (!serves(generation)) return false;
    running_ = request();
    return true;
}

supervisor::todo supervisor::press(std::int64_t now, errc reason, cancel_strength strength) noexcept {
    todo does;
    if (!is_running() || strength == cancel_strength::total) return does;
    if (running_.reason == errc::ok) {
        running_.reason = reason;
        running_.cancel_at = now;
    }
    if (strength == cancel_strength::terminal) {
        if (!running_.fetch) running_.answer_at = std::min(running_.answer_at, after(now, patient_.settle));
        running_.give_up_at = std::min(running_.give_up_at, after(now, patient_.cancel));
    }
    if (running_.cancel_at <= now) {
        running_.cancel_at = never;
        does.cancel = true;
    }
    return does;
}

void supervisor::reader_waits() noexcept {
    if (running_.fetch && running_.late_reason == errc::deadline) running_.press_at = never;
}

void supervisor::reader_late(std::int64_t now) noexcept {
    if (!is_running() || !running_.fetch || running_.reason != errc::ok) return;
    running_.press_at = std::min(running_.press_at, after(now, patient_.fetch));
}

void supervisor::reader_gone(std::int64_t now) noexcept {
    if (!is_running() || !running_.fetch || running_.reason != errc::ok) return;
    running_.press_at = std::min(running_.press_at, after(now, patient_.settle));
    running_.late_reason = errc::closed;
}

void supervisor::cancel_done(std::uint64_t number, std::int64_t now, bool sent) noexcept {
    if (number == 0 || number != running_.number || running_.reason == errc::ok) return;
    // One that found no call to interrupt costs nothing: the request is between two calls, or in one that nothing
    // interrupts.
    if (sent && ++running_.cancels >= patient_.cancels) return;
    const std::uint32_t doublings = std::min(running_.cancels - (running_.cancels > 0 ? 1 : 0), std::uint32_t{6});
    running_.cancel_at = after(now, patient_.resend << doublings);
}

supervisor::todo supervisor::tick(std::int64_t now) noexcept {
    todo does;
    if (phase_ == phase::connecting && connect_by_ <= now) {
        does = end_generation();
        does.quarantine = true;
        return does;
    }
    if (!is_running()) return does;
    if (running_.deadline <= now || running_.press_at <= now) {
        const errc reason = running_.deadline <= now ? errc::deadline : running_.late_reason;
        running_.deadline = never;
        running_.press_at = never;
        does = press(now, reason, cancel_strength::terminal);
    }
    if (running_.answer_at <= now) {
        running_.answer_at = never;
        does.answer = running_.reason;
    }
    if (running_.give_up_at <= now) {
        // Whoever has had an answer before has it still: there is one completion, and it is gone.
        const errc answer = running_.fetch ? errc::ok : running_.reason;
        does = end_generation();
        does.answer = answer;
        does.quarantine = true;
        return does;
    }
    if (running_.cancel_at <= now) {
        running_.cancel_at = never;
        does.cancel = true;
    }
    return does;
}

std::int64_t supervisor::next_event() const noexcept {
    std::int64_t soonest = connect_by_;
    if (!is_running()) return soonest;
    for (const std::int64_t at :
         {running_.deadline, running_.answer_at, running_.give_up_at, running_.cancel_at, running_.press_at})
        soonest = std::min(soonest, at);
    return soonest;
}

supervisor::todo supervisor::no_more() noexcept {
    todo does;
    reconnects_ = false;
    if (phase_ != phase::waiting) return does;
    fail(never);
    does.refuse = true;
    return does;
}

void supervisor::close() noexcept {
    phase_ = phase::closed;
    running_ = request();
    connect_by_ = never;
}

}  // namespace sluice::runtime
