#include "engine_stop.hpp"

#include "canceller.hpp"
#include "session_core.hpp"
#include "worker_registry.hpp"

#include <sluice/protocol/limits.hpp>

#include <algorithm>
#include <utility>

namespace sluice::runtime {

void engine_stop::begin(const plan& how) noexcept {
    bool first = false;
    std::vector<std::shared_ptr<session_core>> sessions;
    {
        const std::lock_guard lock(mutex_);
        if (finished_) return;
        first = !std::exchange(begun_, true);
        if (first) {
            plan_ = how;
            sessions_ = workers_->begin_stop();
        } else {
            plan_.press_at = std::min(plan_.press_at, how.press_at);
            plan_.until = std::min(plan_.until, how.until);
        }
        sessions = sessions_;
    }
    if (first || how.refuse_queued)
        for (const auto& session : sessions) session->shut_down(how.refuse_queued);
    if (how.press_at <= time_.now()) press();
    swept();
}

void engine_stop::press() noexcept {
    std::vector<std::shared_ptr<session_core>> sessions;
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(pressed_, true)) return;
        sessions = sessions_;
    }
    for (const auto& session : sessions) session->press(errc::shutting_down, cancel_strength::terminal);
}

void engine_stop::tell(detail::completion<shutdown_report> listener) noexcept {
    shutdown_report report;
    {
        const std::lock_guard lock(mutex_);
        if (!finished_) {
            listeners_.push_back(std::move(listener));
            return;
        }
        report = report_;
    }
    listener(report);
}

void engine_stop::wait() noexcept {
    while (true) {
        clock::time_point until;
        {
            const std::lock_guard lock(mutex_);
            if (!begun_ || finished_) return;
            until = plan_.until;
        }
        if (workers_->wait_for_all(until) || time_.now() >= until) return finish();
    }
}

void engine_stop::swept() noexcept {
    {
        const std::lock_guard lock(mutex_);
        if (!begun_ || finished_) return;
    }
    if (workers_->all_ended()) finish();
}

clock::time_point engine_stop::next_deadline() const noexcept {
    const std::lock_guard lock(mutex_);
    if (!begun_ || finished_) return clock::time_point::max();
    return pressed_ ? plan_.until : std::min(plan_.press_at, plan_.until);
}

void engine_stop::expire(clock::time_point now) noexcept {
    bool pressing = false;
    bool over = false;
    {
        const std::lock_guard lock(mutex_);
        if (!begun_ || finished_) return;
        pressing = !pressed_ && plan_.press_at <= now;
        over = plan_.until <= now;
    }
    if (pressing) press();
    if (over) finish();
}

void engine_stop::finish() noexcept {
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(finished_, true)) return;
        sessions_.clear();
    }
    shutdown_report report;
    report.threads_left_behind = workers_->abandon();
    cancels_->stop(time_.now() + limits::answer_settle);
    std::vector<detail::completion<shutdown_report>> listeners;
    {
        const std::lock_guard lock(mutex_);
        report_ = report;
        listeners.swap(listeners_);
    }
    for (auto& listener : listeners) listener(report);
}

}  // namespace sluice::runtime
