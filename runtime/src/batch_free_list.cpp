#include "batch_free_list.hpp"

#include <algorithm>

namespace sluice::runtime {

namespace {

[[nodiscard]] bool fits(const protocol::batch_storage& storage, const std::shared_ptr<const schema>& columns,
                        const std::vector<std::size_t>& strides, std::size_t rows) noexcept {
    if (storage.columns() != columns || storage.capacity() != rows) return false;
    for (std::size_t i = 0; i < strides.size(); ++i) {
        if (storage.slot(i).stride != strides[i]) return false;
    }
    return true;
}

}  // namespace

std::shared_ptr<protocol::batch_storage> batch_free_list::acquire(const std::shared_ptr<const schema>& columns,
                                                                  const std::vector<std::size_t>& strides,
                                                                  std::size_t rows) {
    if (!list_) list_ = std::make_shared<list>(kept_);
    std::unique_ptr<protocol::batch_storage> storage;
    std::unique_ptr<protocol::batch_storage> outgrown;
    {
        const std::lock_guard lock(list_->mutex);
        auto& waiting = list_->storages;
        auto it = std::find_if(waiting.begin(), waiting.end(),
                               [&](const auto& s) { return fits(*s, columns, strides, rows); });
        const bool found = it != waiting.end();
        // Blocks grow: what waits in the shape of earlier ones would keep its place for ever.
        if (!found) it = waiting.begin();
        if (it != waiting.end()) {
            (found ? storage : outgrown) = std::move(*it);
            waiting.erase(it);
        }
    }
    if (!storage) storage = std::make_unique<protocol::batch_storage>(columns, strides, rows);
    const auto give_back = [weak = std::weak_ptr<list>(list_)](protocol::batch_storage* dropped) noexcept {
        std::unique_ptr<protocol::batch_storage> owned(dropped);
        const auto alive = weak.lock();
        if (!alive) return;
        owned->clear();
        const std::lock_guard lock(alive->mutex);
        if (alive->storages.size() < alive->kept) alive->storages.push_back(std::move(owned));
    };
    return {storage.release(), give_back};
}

}  // namespace sluice::runtime
