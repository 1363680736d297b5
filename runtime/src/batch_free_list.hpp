#pragma once
// Memory of batches that were dropped, for the next ones of the same stream. Bounded; what finds no place, or has
// another shape than what is asked for, is freed.
//
// Threads: acquire() on the worker; batches are dropped by any thread, also after the list is gone.

#include <sluice/protocol/batch_storage.hpp>

#include <memory>
#include <mutex>
#include <vector>

namespace sluice::runtime {

class batch_free_list final : public protocol::batch_source {
public:
    // kept: the most batches that wait here.
    explicit batch_free_list(std::size_t kept) noexcept : kept_(kept) {}

    [[nodiscard]] std::shared_ptr<protocol::batch_storage> acquire(const std::shared_ptr<const schema>& columns,
                                                                   const std::vector<std::size_t>& strides,
                                                                   std::size_t rows) override;

private:
    struct list {
        explicit list(std::size_t most) : kept(most) { storages.reserve(most); }
        std::mutex mutex;  // guards storages
        std::vector<std::unique_ptr<protocol::batch_storage>> storages;
        const std::size_t kept;
    };
    const std::size_t kept_;
    std::shared_ptr<list> list_;  // made when it is first needed
};

}  // namespace sluice::runtime
