#include "pauses.hpp"

#include "failure.hpp"

#include <sluice/protocol/limits.hpp>

#include <algorithm>
#include <optional>
#include <vector>

namespace sluice::runtime {

bool pauses::add(clock::time_point until, detail::completion<bool> done) {
    std::uint64_t key = 0;
    {
        const std::lock_guard lock(mutex_);
        key = ++last_;
    }
    done.accepted({weak_from_this(), key});
    std::optional<error> refused;
    {
        const std::lock_guard lock(mutex_);
        if (ended_)
            refused = engine_gone();
        else if (waiting_.size() >= limits::pauses_max)
            refused = failure(errc::queue_full, "too many transactions wait to be repeated", outcome::none,
                              session_state::none);
        else
            waiting_.emplace(key, waiting{until, std::move(done)});
    }
    if (refused) done(*refused);
    return !refused;
}

void pauses::end() noexcept {
    std::map<std::uint64_t, waiting> left;
    {
        const std::lock_guard lock(mutex_);
        ended_ = true;
        left.swap(waiting_);
    }
    for (auto& [key, who] : left) who.done(engine_gone());
}

void pauses::cancel(std::uint64_t key, cancel_strength) noexcept {
    detail::completion<bool> done;
    {
        const std::lock_guard lock(mutex_);
        const auto it = waiting_.find(key);
        if (it == waiting_.end()) return;
        done = std::move(it->second.done);
        waiting_.erase(it);
    }
    done(failure(errc::cancelled, "cancelled while it waited to be repeated", outcome::none, session_state::none));
}

clock::time_point pauses::next_deadline() const noexcept {
    const std::lock_guard lock(mutex_);
    auto soonest = clock::time_point::max();
    for (const auto& [key, who] : waiting_) soonest = std::min(soonest, who.until);
    return soonest;
}

void pauses::expire(clock::time_point now) noexcept {
    std::vector<detail::completion<bool>> due;
    {
        const std::lock_guard lock(mutex_);
        for (auto it = waiting_.begin(); it != waiting_.end();) {
            if (it->second.until <= now) {
                due.push_back(std::move(it->second.done));
                it = waiting_.erase(it);
            } else {
                ++it;
            }
        }
    }
    for (auto& done : due) done(true);
}

}  // namespace sluice::runtime
