#include "policy/connect_queue.hpp"

#include <algorithm>

namespace sluice::runtime {

std::int64_t connect_queue::may_begin(const place& p, std::int64_t now) const noexcept {
    return p.asked ? pace_.may_begin_asked(now) : pace_.may_begin(now);
}

void connect_queue::withdraw(who session) noexcept {
    std::erase_if(line_, [&](const place& p) { return p.session == session; });
}

std::vector<connect_queue::who> connect_queue::admit(std::int64_t now) {
    std::vector<who> admitted;
    while (true) {
        // Not only the first: behind one that waits for a long pause may stand one that was asked for.
        const auto next =
            std::find_if(line_.begin(), line_.end(), [&](const place& p) { return may_begin(p, now) <= now; });
        if (next == line_.end()) return admitted;
        pace_.begun(now);
        admitted.push_back(next->session);
        line_.erase(next);
    }
}

std::int64_t connect_queue::next_event(std::int64_t now) const noexcept {
    std::int64_t soonest = never;
    for (const place& p : line_) soonest = std::min(soonest, may_begin(p, now));
    return soonest;
}

}  // namespace sluice::runtime
