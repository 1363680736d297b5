#include "endpoint.hpp"

#include "session_core.hpp"
#include "time_points.hpp"

#include <utility>

namespace sluice::runtime {

endpoint::endpoint(std::shared_ptr<control> control, std::uint32_t cancels_per_second)
    : control_(std::move(control)),
      cancels_(cancels_per_second, std::max(cancels_per_second / 5, std::uint32_t{1})),
      random_(std::random_device()()) {}

// Nothing helps but a change: of the password, of odbcinst.ini, of the string.
bool endpoint::is_permanent(const error& e) noexcept {
    return e.code() == errc::credentials || e.code() == errc::invalid_argument || e.code() == errc::unsupported;
}

void endpoint::want(const std::shared_ptr<session_core>& session, bool asked) noexcept {
    {
        const std::lock_guard lock(mutex_);
        queue_.want(session->id().value(), asked);
        wait_[session->id().value()] = session;
    }
    admit();
}

void endpoint::withdraw(session_id id) noexcept {
    const std::lock_guard lock(mutex_);
    queue_.withdraw(id.value());
    wait_.erase(id.value());
}

void endpoint::admit() noexcept {
    std::vector<std::shared_ptr<session_core>> admitted;
    auto next = clock::time_point::max();
    {
        const std::lock_guard lock(mutex_);
        const std::int64_t now = nanoseconds_of(control_->now());
        for (const auto id : queue_.admit(now)) {
            const auto it = wait_.find(id);
            auto session = it == wait_.end() ? nullptr : it->second.lock();
            if (it != wait_.end()) wait_.erase(it);
            if (session)
                admitted.push_back(std::move(session));
            else
                queue_.unused();
        }
        next = time_of(queue_.next_event(now));
    }
    for (const auto& session : admitted) session->permitted();
    control_->sooner(next);
}

void endpoint::succeeded() noexcept {
    ++successes_;
    {
        const std::lock_guard lock(mutex_);
        queue_.succeeded();
        last_failure_ = error();
    }
    admit();
}

void endpoint::failed(const error& why) noexcept {
    {
        const std::lock_guard lock(mutex_);
        const auto how = is_permanent(why) ? reconnect_pace::failure::permanent : reconnect_pace::failure::transient;
        constexpr auto span = static_cast<double>(std::minstd_rand::max());
        queue_.failed(nanoseconds_of(control_->now()), how, static_cast<double>(random_()) / span);
        last_failure_ = why;
    }
    admit();
}

void endpoint::withdrawn() noexcept {
    {
        const std::lock_guard lock(mutex_);
        queue_.withdrawn(nanoseconds_of(control_->now()));
    }
    admit();
}

void endpoint::unused() noexcept {
    {
        const std::lock_guard lock(mutex_);
        queue_.unused();
    }
    admit();
}

void endpoint::lost() noexcept {
    const std::lock_guard lock(mutex_);
    queue_.lost();
}

std::optional<error> endpoint::permanent_failure(clock::time_point now) const {
    const std::lock_guard lock(mutex_);
    const std::int64_t at = nanoseconds_of(now);
    if (!queue_.pace().is_permanent() || queue_.pace().may_begin(at) <= at) return std::nullopt;
    return last_failure_;
}

error endpoint::last_failure() const {
    const std::lock_guard lock(mutex_);
    return last_failure_;
}

std::optional<clock::time_point> endpoint::cancel_not_before(clock::time_point now) noexcept {
    const std::lock_guard lock(mutex_);
    if (cancels_.take(nanoseconds_of(now))) return std::nullopt;
    return time_of(cancels_.ready_at());
}

clock::time_point endpoint::next_deadline() const noexcept {
    const std::lock_guard lock(mutex_);
    return time_of(queue_.next_event(0));  // not clamped to a now that is another one each time
}

void endpoint::expire(clock::time_point) noexcept {
    admit();
}

}  // namespace sluice::runtime
