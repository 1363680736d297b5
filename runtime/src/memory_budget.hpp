#pragma once
// The memory of an engine: what is fetched and not dropped yet, by the reader or by anybody else. Over its bound
// streams fetch no further ahead than one batch, and requests that would need more wait in their queues.
//
// Threads: any. Never blocks; who waits is woken by the control thread.

#include "deadline_source.hpp"

#include <sluice/protocol/batch_storage.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace sluice::runtime {

class control;
class session_core;

class memory_budget final : public deadline_source, public std::enable_shared_from_this<memory_budget> {
public:
    explicit memory_budget(std::size_t most) noexcept : most_(most) {}
    void use(std::weak_ptr<control> c) { control_ = std::move(c); }  // before anything else

    // The same storage, counted until nobody has it any more.
    [[nodiscard]] std::shared_ptr<const protocol::batch_storage> counted(
        std::shared_ptr<const protocol::batch_storage>);
    [[nodiscard]] bool is_used_up() const noexcept { return used_.load() >= most_; }
    [[nodiscard]] std::uint64_t used() const noexcept { return used_.load(); }
    [[nodiscard]] std::size_t most() const noexcept { return most_; }
    // Its worker is woken when there is room. True: there is some already.
    [[nodiscard]] bool wait(const std::shared_ptr<session_core>&);

    [[nodiscard]] clock::time_point next_deadline() const noexcept override;
    void expire(clock::time_point now) noexcept override;

private:
    void give(std::size_t bytes) noexcept;

    const std::size_t most_;
    std::weak_ptr<control> control_;
    std::atomic<std::uint64_t> used_{0};
    std::atomic<bool> somebody_waits_{false};
    std::atomic<bool> room_again_{false};
    mutable std::mutex mutex_;
    std::vector<std::weak_ptr<session_core>> waiting_;  // guarded by mutex_: each at most once
};

}  // namespace sluice::runtime
