// How the sessions of a pool become more and fewer.

#include <sluice/pool/lender.hpp>

#include <algorithm>
#include <utility>

namespace sluice::lending {

namespace {

// So that not all are due at once.
std::int64_t up_to_a_tenth_less(std::int64_t duration_ns, double part) noexcept {
    if (duration_ns == never) return never;
    return duration_ns - static_cast<std::int64_t>(static_cast<double>(duration_ns / 10) * part);
}

}  // namespace

steps lender::start(std::int64_t now_ns) {
    steps then;
    started_ = true;
    connect_what_is_needed(now_ns, then);
    if (sessions_.empty()) connect(then);
    return then;
}

// How many sessions are wanted beyond those that are lent or idle.
std::size_t lender::needed(std::size_t in_line) const noexcept {
    const bool keeps_idle = started_ && !closed_ && rules_.min_idle > idle_.size();
    return in_line + (keeps_idle ? rules_.min_idle - idle_.size() : 0);
}

bool lender::is_short(std::size_t in_line) const noexcept {
    // Else there would always be one more to hope for, and nobody would hear that the server is down.
    const bool last_hope = failing_ && connecting_ != 0 && connecting_ == sessions_.size();
    const std::size_t coming = connecting_ + testing_.size();
    return coming < needed(in_line) && connecting_ < rules_.max_connecting && sessions_.size() < rules_.max_size &&
           !last_hope;
}

bool lender::may_connect(std::int64_t now_ns, std::size_t in_line) const noexcept {
    // Who has nothing else to hope for does not wait here: how often a server is tried that is down is decided
    // elsewhere.
    const bool hopeless = sessions_.empty() && in_line != 0;
    return is_short(in_line) && (hopeless || now_ns >= connect_not_before_);
}

void lender::connect(steps& then) {
    sessions_.emplace(++last_session_, session());
    ++connecting_;
    then.connect.push_back(last_session_);
}

void lender::connect_what_is_needed(std::int64_t now_ns, steps& then) {
    while (may_connect(now_ns, line_.size())) connect(then);
}

steps lender::connected(session_number which, std::int64_t now_ns, double random) {
    steps then;
    session& s = sessions_.at(which);
    --connecting_;
    failing_ = false;
    connect_not_before_ = std::numeric_limits<std::int64_t>::min();
    if (s.evicted || sessions_.size() > rules_.max_size) {
        leave(which, then);
    } else {
        const double part = std::clamp(random, 0.0, 1.0);
        s.retire_at = after(now_ns, up_to_a_tenth_less(rules_.max_lifetime_ns, part));
        s.test_every = up_to_a_tenth_less(rules_.keepalive_ns, part);
        offer(which, now_ns, then);
    }
    connect_what_is_needed(now_ns, then);
    return then;
}

steps lender::connect_failed(session_number which, std::int64_t now_ns) {
    sessions_.erase(which);
    --connecting_;
    failing_ = true;
    connect_not_before_ = after(now_ns, in_ns(limits::pool_connect_pause));
    if (sessions_.empty()) return send_away();
    return {};
}

steps lender::resize(std::size_t min_idle, std::size_t max_size, std::int64_t now_ns) {
    steps then;
    rules_.min_idle = min_idle;
    rules_.max_size = max_size;
    while (sessions_.size() > max_size && !idle_.empty()) {
        leave(idle_.front().session, then);
        idle_.pop_front();
    }
    connect_what_is_needed(now_ns, then);
    return then;
}

steps lender::evict_all(std::int64_t now_ns) {
    steps then;
    for (const resting& r : std::exchange(idle_, {})) leave(r.session, then);
    for (auto& [number, s] : sessions_) s.evicted = true;
    connect_what_is_needed(now_ns, then);
    return then;
}

steps lender::tick(std::int64_t now_ns) {
    steps then;
    leave_if_due(now_ns, then);
    test_if_due(now_ns, then);
    name_overdue(now_ns, then);
    connect_what_is_needed(now_ns, then);
    return then;
}

void lender::leave_if_due(std::int64_t now_ns, steps& then) {
    for (auto it = idle_.begin(); it != idle_.end();) {
        const bool too_long = idle_.size() > rules_.min_idle && after(it->since, rules_.idle_timeout_ns) <= now_ns;
        if (!too_long && it->retire_at > now_ns) {
            ++it;
            continue;
        }
        leave(it->session, then);
        it = idle_.erase(it);
    }
}

std::int64_t lender::next_event() const noexcept {
    std::int64_t soonest = never;
    for (const resting& r : idle_) soonest = std::min({soonest, r.retire_at, r.test_at});
    if (idle_.size() > rules_.min_idle) soonest = std::min(soonest, after(idle_.front().since, rules_.idle_timeout_ns));
    if (!loans_.empty()) soonest = std::min(soonest, after(loans_.front().since, rules_.overdue_after_ns));
    if (is_short(line_.size())) soonest = std::min(soonest, connect_not_before_);
    return soonest;
}

}  // namespace sluice::lending
