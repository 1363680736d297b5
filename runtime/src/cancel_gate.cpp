#include "cancel_gate.hpp"

#include <utility>

namespace sluice::runtime {

void cancel_gate::begin_request(std::uint64_t number) noexcept {
    effect_.store(outcome::none);
    at_.store(number);
    const std::lock_guard lock(mutex_);
    request_ = number;
}

void cancel_gate::end_request() noexcept {
    at_.store(0);
    const std::lock_guard lock(mutex_);
    request_ = 0;
}

void cancel_gate::entering(const odbc::interruption& how, outcome effect) noexcept {
    effect_.store(effect);
    const std::lock_guard lock(mutex_);
    call_ = how;
    in_call_ = true;
    interrupted_ = false;
}

bool cancel_gate::left() noexcept {
    std::unique_lock lock(mutex_);
    in_call_ = false;
    idle_.wait(lock, [this] { return !interrupting_; });
    return std::exchange(interrupted_, false);
}

bool cancel_gate::stop_asked() const noexcept {
    const std::uint64_t stopped = stop_.load();
    return stopped != 0 && stopped == at_.load();
}

bool cancel_gate::has_interruptible(std::uint64_t number) noexcept {
    const std::lock_guard lock(mutex_);
    return number != 0 && request_ == number && in_call_ && !interrupting_ &&
           call_.how != odbc::interruption::way::none;
}

std::optional<odbc::interruption> cancel_gate::begin_interruption(std::uint64_t number) noexcept {
    const std::lock_guard lock(mutex_);
    if (number == 0 || request_ != number || !in_call_ || interrupting_) return std::nullopt;
    if (call_.how == odbc::interruption::way::none) return std::nullopt;
    interrupting_ = true;
    return call_;
}

void cancel_gate::end_interruption(bool sent) noexcept {
    const std::lock_guard lock(mutex_);
    interrupting_ = false;
    if (sent) interrupted_ = true;
    idle_.notify_all();
}

}  // namespace sluice::runtime
