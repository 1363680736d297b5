#include "control.hpp"

#include <algorithm>

namespace sluice::runtime {

control::control(std::function<void()> sweep)
    : sweep_(std::move(sweep)),
      sleeps_until_(clock::time_point::max().time_since_epoch().count()),
      thread_([this] { run(); }) {}

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
}

void control::watch(std::weak_ptr<deadline_source> source) {
    const std::lock_guard lock(mutex_);
    sources_.push_back(std::move(source));
}

void control::sooner(clock::time_point at) noexcept {
    if (at.time_since_epoch().count() >= sleeps_until_.load()) return;
    const std::lock_guard lock(mutex_);
    wake_.notify_one();
}

void control::kick() noexcept {
    const std::lock_guard lock(mutex_);
    kicked_ = true;
    wake_.notify_one();
}

clock::time_point control::earliest() {
    auto soonest = clock::time_point::max();
    std::erase_if(sources_, [&](const std::weak_ptr<deadline_source>& weak) {
        const auto source = weak.lock();
        if (source) soonest = std::min(soonest, source->next_deadline());
        return source == nullptr;
    });
    return soonest;
}

void control::expire(clock::time_point now, std::unique_lock<std::mutex>& lock) {
    std::vector<std::shared_ptr<deadline_source>> due;
    for (const auto& weak : sources_) {
        if (auto source = weak.lock(); source && source->next_deadline() <= now) due.push_back(std::move(source));
    }
    lock.unlock();
    for (const auto& source : due) source->expire(now);
    due.clear();
    lock.lock();
}

void control::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (std::exchange(kicked_, false)) {
            lock.unlock();
            sweep_();
            lock.lock();
            continue;
        }
        // A source lowers its next deadline first and then looks at sleeps_until_; we publish sleeps_until_ first and
        // then look again: one of the two sees the other.
        const auto soonest = earliest();
        sleeps_until_.store(soonest.time_since_epoch().count());
        if (earliest() < soonest) continue;
        const auto now = clock::now();
        if (soonest <= now) {
            sleeps_until_.store(clock::time_point::min().time_since_epoch().count());
            expire(now, lock);
        } else if (soonest == clock::time_point::max()) {
            wake_.wait(lock);
        } else {
            wake_.wait_until(lock, soonest);
        }
    }
}

}  // namespace sluice::runtime
