#include "control.hpp"

#include <algorithm>

namespace sluice::runtime {

control::control(std::function<void()> sweep, engine_time time)
    : sweep_(std::move(sweep)),
      time_(std::move(time)),
      pauses_(std::make_shared<pauses>()),
      sleeps_until_(clock::time_point::max().time_since_epoch().count()),
      thread_([this] { run(); }) {
    watch(std::weak_ptr<deadline_source>(pauses_));
}

control::~control() {
    stop();
}

void control::stop() noexcept {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        wake_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
    pauses_->end();
}

void control::watch(std::weak_ptr<deadline_source> source) {
    const std::lock_guard lock(mutex_);
    // Where nothing has a deadline the thread sleeps, and those that are gone are only seen here.
    if (sources_.size() == sources_.capacity())
        std::erase_if(sources_, [](const auto& weak) { return weak.expired(); });
    sources_.push_back(std::move(source));
    changed_ = true;
}

void control::sooner(clock::time_point at) noexcept {
    if (at.time_since_epoch().count() >= sleeps_until_.load()) return;
    const std::lock_guard lock(mutex_);
    changed_ = true;
    wake_.notify_one();
}

void control::pause(std::chrono::nanoseconds length, detail::completion<bool> done) {
    const auto until = now() + std::chrono::duration_cast<clock::duration>(length);
    if (pauses_->add(until, std::move(done))) sooner(until);
}

void control::kick() noexcept {
    const std::lock_guard lock(mutex_);
    kicked_ = true;
    wake_.notify_one();
}

std::vector<std::shared_ptr<deadline_source>> control::living() {
    std::vector<std::shared_ptr<deadline_source>> found;
    std::erase_if(sources_, [&](const std::weak_ptr<deadline_source>& weak) {
        auto source = weak.lock();
        const bool gone = source == nullptr;
        if (!gone) found.push_back(std::move(source));
        return gone;
    });
    return found;
}

clock::time_point control::earliest(const std::vector<std::shared_ptr<deadline_source>>& sources) noexcept {
    auto soonest = clock::time_point::max();
    for (const auto& source : sources) soonest = std::min(soonest, source->next_deadline());
    return soonest;
}

// Expires what is due. Returns how long there is nothing to do, as long as changed_ does not say otherwise.
clock::time_point control::look(const std::vector<std::shared_ptr<deadline_source>>& sources) noexcept {
    // A source lowers its next deadline first and then looks at sleeps_until_; we publish sleeps_until_ first and then
    // look again: one of the two sees the other.
    const auto soonest = earliest(sources);
    sleeps_until_.store(soonest.time_since_epoch().count());
    if (earliest(sources) < soonest) return clock::time_point::min();
    const auto now = time_.now();
    if (soonest > now) return soonest;
    sleeps_until_.store(clock::time_point::min().time_since_epoch().count());
    for (const auto& source : sources)
        if (source->next_deadline() <= now) source->expire(now);
    return clock::time_point::min();
}

void control::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        const bool sweep = std::exchange(kicked_, false);
        changed_ = false;
        auto sources = living();
        // Without the lock: a source may be ours alone by now, and its end may run code of the user's.
        lock.unlock();
        if (sweep) sweep_();
        const auto until = look(sources);
        sources.clear();
        lock.lock();
        const auto wanted = [this] {
            return stopping_ || kicked_ || changed_;
        };
        if (until == clock::time_point::max())
            wake_.wait(lock, wanted);
        else if (until != clock::time_point::min())
            time_.wait_until(wake_, lock, until, wanted);
    }
}

}  // namespace sluice::runtime
