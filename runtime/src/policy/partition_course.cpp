#include "partition_course.hpp"

#include <algorithm>

namespace sluice::runtime {

partition_course::partition_course(std::size_t partitions, std::size_t at_once, bool in_order)
    : parts_(partitions, state::waits), at_once_(at_once), in_order_(in_order) {}

std::optional<std::size_t> partition_course::begin() {
    if (stopping_ || running_.size() >= at_once_) return std::nullopt;
    while (next_ < parts_.size() && parts_[next_] != state::waits) ++next_;
    if (next_ == parts_.size()) return std::nullopt;
    parts_[next_] = state::opening;
    running_.insert(std::upper_bound(running_.begin(), running_.end(), next_), next_);
    return next_;
}

std::optional<std::size_t> partition_course::any(state from, state to) {
    const auto found =
        std::find_if(running_.begin(), running_.end(), [&](std::size_t each) { return parts_[each] == from; });
    if (found == running_.end()) return std::nullopt;
    parts_[*found] = to;
    return *found;
}

std::optional<std::size_t> partition_course::ask() {
    if (stopping_) return std::nullopt;
    return any(state::idle, state::asked);
}

std::optional<std::size_t> partition_course::close() {
    if (!stopping_) return std::nullopt;
    return any(state::idle, state::closing);
}

void partition_course::opened(std::size_t partition) {
    parts_[partition] = state::idle;
}

bool partition_course::lacks_session(std::size_t partition) {
    const bool alone = running_.size() < 2;
    // In order, those behind it end only after it: to wait for them alone would be for ever.
    const bool blocks = in_order_ && running_.front() >= partition;
    if (stopping_ || alone || blocks) return false;
    running_.erase(std::find(running_.begin(), running_.end(), partition));
    parts_[partition] = state::waits;
    next_ = std::min(next_, partition);
    at_once_ = running_.size();
    return true;
}

bool partition_course::brought(std::size_t partition) {
    if (stopping_) {
        parts_[partition] = state::idle;
        return false;
    }
    parts_[partition] = state::ready;
    arrived_.push_back(partition);
    return true;
}

void partition_course::finish(std::size_t partition) {
    parts_[partition] = state::over;
    ++over_;
    const auto found = std::find(running_.begin(), running_.end(), partition);
    if (found != running_.end()) running_.erase(found);
    while (first_ < parts_.size() && parts_[first_] == state::over) ++first_;
}

void partition_course::ended(std::size_t partition) {
    finish(partition);
}

bool partition_course::failed(std::size_t partition) {
    const bool first = !stopping_;
    if (parts_[partition] == state::opening)
        finish(partition);
    else
        parts_[partition] = state::idle;  // to be closed
    stop();
    return first;
}

void partition_course::closed(std::size_t partition) {
    finish(partition);
}

void partition_course::stop() {
    if (stopping_) return;
    stopping_ = true;
    for (const std::size_t each : arrived_) parts_[each] = state::idle;
    arrived_.clear();
    for (std::size_t each = 0; each < parts_.size(); ++each)
        if (parts_[each] == state::waits) finish(each);
}

std::optional<std::size_t> partition_course::take() {
    if (arrived_.empty()) return std::nullopt;
    auto found = arrived_.begin();
    if (in_order_) found = std::find(arrived_.begin(), arrived_.end(), first_);
    if (found == arrived_.end()) return std::nullopt;
    const std::size_t partition = *found;
    arrived_.erase(found);
    parts_[partition] = state::idle;
    return partition;
}

bool partition_course::is_awaited(std::size_t partition) const noexcept {
    return parts_[partition] == state::asked && (!in_order_ || partition == first_);
}

}  // namespace sluice::runtime
