#include "memory_budget.hpp"

#include "control.hpp"
#include "session_core.hpp"

#include <algorithm>
#include <utility>

namespace sluice::runtime {

std::shared_ptr<const protocol::batch_storage> memory_budget::counted(
    std::shared_ptr<const protocol::batch_storage> storage) {
    const protocol::batch_storage* const raw = storage.get();
    const std::size_t bytes = raw->bytes();
    auto dropped = [self = shared_from_this(), held = std::move(storage),
                    bytes](const protocol::batch_storage*) mutable {
        held.reset();
        self->give(bytes);
    };
    used_.fetch_add(bytes);
    return {raw, std::move(dropped)};
}

void memory_budget::give(std::size_t bytes) noexcept {
    const std::uint64_t before = used_.fetch_sub(bytes);
    if (before < most_ || before - bytes >= most_ || !somebody_waits_.load()) return;
    room_again_.store(true);
    if (const auto alive = control_.lock()) alive->sooner(clock::time_point::min());
}

bool memory_budget::wait(const std::shared_ptr<session_core>& who) {
    {
        const std::lock_guard lock(mutex_);
        std::erase_if(waiting_, [](const auto& weak) { return weak.expired(); });
        const bool known = std::any_of(waiting_.begin(), waiting_.end(), [&](const auto& weak) {
            return !weak.owner_before(who) && !who.owner_before(weak);
        });
        if (!known) waiting_.push_back(who);
        somebody_waits_.store(true);
    }
    return !is_used_up();
}

clock::time_point memory_budget::next_deadline() const noexcept {
    return room_again_.load() ? clock::time_point::min() : clock::time_point::max();
}

void memory_budget::expire(clock::time_point) noexcept {
    room_again_.store(false);
    std::vector<std::weak_ptr<session_core>> all;
    {
        const std::lock_guard lock(mutex_);
        all.swap(waiting_);
        somebody_waits_.store(false);
    }
    for (const auto& one : all)
        if (const auto core = one.lock()) core->wake();
}

}  // namespace sluice::runtime
