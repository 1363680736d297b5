#include <sluice/pool/lender.hpp>

#include <algorithm>
#include <utility>

namespace sluice::lending {

lender::entry lender::want(waiter_id who) {
    if (closed_) return entry::closed;
    if (state_ == state::idle) {
        state_ = state::lent;
        return entry::granted;
    }
    // The one who causes the connection always gets in: a line of length 0 would otherwise never have a session.
    if (state_ == state::absent) {
        state_ = state::connecting;
        line_.push_back(who);
        return entry::connect;
    }
    if (line_.size() >= waiters_max_) return entry::full;
    line_.push_back(who);
    return entry::waits;
}

lender::handover lender::next() {
    if (line_.empty()) {
        state_ = state::idle;
        return {};
    }
    state_ = state::lent;
    const waiter_id first = line_.front();
    line_.pop_front();
    return {first, false};
}

lender::handover lender::connected() {
    return next();
}

std::vector<waiter_id> lender::connect_failed() {
    state_ = state::absent;
    return send_away();
}

lender::handover lender::returned(bool usable) {
    if (usable) return next();
    if (line_.empty()) {
        state_ = state::absent;
        return {};
    }
    state_ = state::connecting;
    return {std::nullopt, true};
}

void lender::lost() noexcept {
    if (state_ == state::idle) state_ = state::absent;
}

bool lender::withdraw(waiter_id who) {
    const auto it = std::find(line_.begin(), line_.end(), who);
    if (it == line_.end()) return false;
    line_.erase(it);
    return true;
}

std::vector<waiter_id> lender::send_away() {
    std::vector<waiter_id> gone(line_.begin(), line_.end());
    line_.clear();
    return gone;
}

}  // namespace sluice::lending
