// Sessions that nobody has: whether they are alive, and when they are tested.

#include <sluice/pool/lender.hpp>

#include <algorithm>

namespace sluice::lending {

void lender::rest(session_number which, std::int64_t since, std::int64_t now_ns) {
    const session& s = sessions_.at(which);
    const auto behind = std::find_if(idle_.begin(), idle_.end(), [&](const resting& r) { return r.since > since; });
    idle_.insert(behind, {which, since, now_ns, s.retire_at, after(now_ns, s.test_every)});
}

bool lender::wants_check(const resting& r, std::int64_t now_ns) const noexcept {
    if (rules_.check_after_ns == never) return false;
    return r.heard <= doubt_until_ || after(r.heard, rules_.check_after_ns) <= now_ns;
}

void lender::found_dead(session_number which, std::int64_t now_ns, steps& then) {
    doubt_until_ = now_ns;
    leave(which, then);
}

void lender::test_if_due(std::int64_t now_ns, steps& then) {
    const auto starts = [&](const resting& r) {
        if (r.test_at > now_ns) return false;
        testing_.emplace(r.session, r.since);
        then.test.push_back(r.session);
        return true;
    };
    std::erase_if(idle_, starts);
}

steps lender::tested(session_number which, bool alive, std::int64_t now_ns) {
    steps then;
    const auto it = testing_.find(which);
    const std::int64_t since = it->second;
    testing_.erase(it);
    if (!alive)
        found_dead(which, now_ns, then);
    else if (has_to_leave(which, now_ns))
        leave(which, then);
    else if (!line_.empty() || closed_)
        offer(which, now_ns, then);
    else
        rest(which, since, now_ns);
    connect_what_is_needed(now_ns, then);
    return then;
}

}  // namespace sluice::lending
