#include <sluice/pool/lender.hpp>

#include <algorithm>
#include <utility>

namespace sluice::lending {

lender::answer lender::want(waiter_id who, std::int64_t now_ns) {
    answer made{entry::waits, {}};
    if (closed_) {
        made.what = entry::closed;
        return made;
    }
    started_ = true;
    const place last{who, ++last_place_};
    if (const auto idle = take_idle(now_ns, made.then)) {
        made.what = entry::granted;
        made.then.lend = loan{who, *idle, last.number};
    } else if (line_.size() < rules_.waiters_max ||
               // Who makes a connect begin gets in: a line of length 0 would otherwise never have a session.
               (line_.size() < rules_.waiters_max + rules_.max_connecting && may_connect(now_ns, line_.size() + 1))) {
        line_.push_back(last);
    } else {
        made.what = entry::full;
    }
    connect_what_is_needed(now_ns, made.then);
    return made;
}

std::optional<session_number> lender::take_idle(std::int64_t now_ns, steps& then) {
    while (!idle_.empty()) {
        const bool last = rules_.order == idle_order::lifo;
        const resting chosen = last ? idle_.back() : idle_.front();
        if (last)
            idle_.pop_back();
        else
            idle_.pop_front();
        if (chosen.retire_at > now_ns) return chosen.session;
        leave(chosen.session, then);
    }
    return std::nullopt;
}

void lender::stand_in_line(place who) {
    const auto behind = std::find_if(line_.begin(), line_.end(), [&](const place& p) { return p.number > who.number; });
    line_.insert(behind, who);
}

steps lender::lost(const loan& of, bool still_wanted, std::int64_t now_ns) {
    steps then;
    leave(of.session, then);
    if (still_wanted) {
        if (const auto idle = take_idle(now_ns, then))
            then.lend = loan{of.to, *idle, of.place};
        else
            stand_in_line({of.to, of.place});
    }
    connect_what_is_needed(now_ns, then);
    return then;
}

bool lender::withdraw(waiter_id who) {
    const auto it = std::find_if(line_.begin(), line_.end(), [&](const place& p) { return p.who == who; });
    if (it == line_.end()) return false;
    line_.erase(it);
    return true;
}

steps lender::returned(session_number which, bool usable, std::int64_t now_ns) {
    steps then;
    const session& s = sessions_.at(which);
    if (!usable || s.evicted || s.retire_at <= now_ns || sessions_.size() > rules_.max_size)
        leave(which, then);
    else
        offer(which, now_ns, then);
    connect_what_is_needed(now_ns, then);
    return then;
}

// It is free: the first in line gets it.
void lender::offer(session_number which, std::int64_t now_ns, steps& then) {
    if (!line_.empty()) {
        then.lend = loan{line_.front().who, which, line_.front().number};
        line_.pop_front();
    } else if (closed_) {
        leave(which, then);
    } else {
        idle_.push_back({which, now_ns, sessions_.at(which).retire_at});
    }
}

void lender::leave(session_number which, steps& then) {
    sessions_.erase(which);
    then.close.push_back(which);
}

steps lender::close() {
    steps then;
    closed_ = true;
    for (const resting& r : std::exchange(idle_, {})) leave(r.session, then);
    return then;
}

steps lender::send_away() {
    steps then;
    for (const place& p : std::exchange(line_, {})) then.turn_away.push_back(p.who);
    return then;
}

}  // namespace sluice::lending
