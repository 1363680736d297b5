#include "policy/reconnect_pace.hpp"

#include "policy/nanoseconds.hpp"

#include <sluice/protocol/limits.hpp>

#include <algorithm>

namespace sluice::runtime {

std::int64_t reconnect_pace::may_begin(std::int64_t now) const noexcept {
    if (state_ == state::up) return now;
    if (under_way_ > 0) return never;
    return std::max(now, last_begin_ + pause_);
}

std::int64_t reconnect_pace::may_begin_asked(std::int64_t now) const noexcept {
    const std::int64_t at = may_begin(now);
    if (at == never || at == now) return at;
    return std::clamp(last_begin_ + ns(limits::reconnect_pause_most), now, at);
}

void reconnect_pace::begun(std::int64_t now) noexcept {
    ++under_way_;
    begin_before_ = last_begin_;
    last_begin_ = now;
}

void reconnect_pace::succeeded() noexcept {
    under_way_ -= under_way_ > 0 ? 1 : 0;
    state_ = state::up;
    failures_ = 0;
    pause_ = 0;
    long_pause_ = 0;
}

void reconnect_pace::failed(std::int64_t now, failure how, double random) noexcept {
    under_way_ -= under_way_ > 0 ? 1 : 0;
    if (failures_ == 0) down_since_ = now;
    ++failures_;
    state_ = state::down;
    last_ = how;
    if (how == failure::permanent) {
        pause_ = ns(limits::permanent_failure_pause);
        return;
    }
    pause_ = pause(now, random);
    if (now - down_since_ >= ns(limits::reconnect_brisk_for)) long_pause_ = pause_;
}

std::int64_t reconnect_pace::pause(std::int64_t now, double random) const noexcept {
    const auto spread = static_cast<double>(ns(limits::reconnect_pause_most) - ns(limits::reconnect_pause_least));
    const auto brisk = ns(limits::reconnect_pause_least) + static_cast<std::int64_t>(random * spread);
    if (now - down_since_ < ns(limits::reconnect_brisk_for)) return brisk;
    const std::int64_t before = std::max(long_pause_, ns(limits::reconnect_pause_least));
    return std::min(before * 2, ns(limits::reconnect_pause_slow));
}

void reconnect_pace::withdrawn(std::int64_t) noexcept {
    under_way_ -= under_way_ > 0 ? 1 : 0;
}

void reconnect_pace::unused() noexcept {
    under_way_ -= under_way_ > 0 ? 1 : 0;
    last_begin_ = begin_before_;
}

void reconnect_pace::lost() noexcept {
    if (state_ == state::up) state_ = state::doubtful;
}

}  // namespace sluice::runtime
