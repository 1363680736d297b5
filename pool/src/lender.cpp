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
    made.then.lend = take_idle(last, now_ns, made.then);
    if (made.then.lend) {
        made.what = entry::granted;
    } else if (is_down()) {
        made.what = entry::down;
        if (may_connect(now_ns, line_.size() + 1)) connect(made.then);
    } else if (line_.size() < rules_.waiters_max + testing_.size() ||
               // Who makes a connect begin gets in: a line of length 0 would otherwise never have a session.
               (line_.size() < rules_.waiters_max + rules_.max_connecting && may_connect(now_ns, line_.size() + 1))) {
        line_.push_back(last);
    } else {
        made.what = entry::full;
    }
    connect_what_is_needed(now_ns, made.then);
    return made;
}

std::optional<loan> lender::take_idle(place who, std::int64_t now_ns, steps& then) {
    while (!idle_.empty()) {
        const bool last = rules_.order == idle_order::lifo;
        const resting chosen = last ? idle_.back() : idle_.front();
        if (last)
            idle_.pop_back();
        else
            idle_.pop_front();
        if (chosen.retire_at > now_ns) return lend(who, chosen.session, wants_check(chosen, now_ns), now_ns);
        leave(chosen.session, then);
    }
    return std::nullopt;
}

// Has the server failed, and is no session of it left that could come back?
bool lender::is_down() const noexcept {
    return rules_.fail_fast && failing_ && connecting_ == sessions_.size();
}

void lender::stand_in_line(place who) {
    const auto behind = std::find_if(line_.begin(), line_.end(), [&](const place& p) { return p.number > who.number; });
    line_.insert(behind, who);
}

steps lender::lost(const loan& of, bool still_wanted, std::int64_t now_ns) {
    steps then;
    came_back(of.session);
    found_dead(of.session, now_ns, then);
    if (still_wanted) {
        const place who{of.to, of.place};
        then.lend = take_idle(who, now_ns, then);
        if (!then.lend) stand_in_line(who);
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
    came_back(which);
    sessions_.at(which).fresh = false;
    if (!usable)
        found_dead(which, now_ns, then);
    else if (has_to_leave(which, now_ns))
        leave(which, then);
    else
        offer(which, now_ns, then);
    connect_what_is_needed(now_ns, then);
    return then;
}

bool lender::has_to_leave(session_number which, std::int64_t now_ns) const {
    const session& s = sessions_.at(which);
    return s.evicted || s.retire_at <= now_ns || sessions_.size() > rules_.max_size;
}

// It is free: the first in line gets it.
void lender::offer(session_number which, std::int64_t now_ns, steps& then) {
    if (!line_.empty()) {
        const bool check = rules_.check_after_ns == 0 && !sessions_.at(which).fresh;
        then.lend = lend(line_.front(), which, check, now_ns);
        line_.pop_front();
    } else if (closed_) {
        leave(which, then);
    } else {
        rest(which, now_ns, now_ns);
    }
}

pool_shortage lender::shortage(std::size_t checked, bool failing) const noexcept {
    pool_shortage now;
    now.max_size = rules_.max_size;
    now.lent = lent() - checked;
    now.idle = idle();
    now.tested = testing() + checked;
    now.connecting = connecting_;
    now.waiting = waiting();
    // A session that is checked belongs to somebody, unless nobody has more than that.
    const bool on_the_way = connecting_ + testing() != 0 || (checked != 0 && now.lent == 0);
    now.reason = failing      ? shortage_reason::down
                 : on_the_way ? shortage_reason::connecting
                              : shortage_reason::exhausted;
    return now;
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
