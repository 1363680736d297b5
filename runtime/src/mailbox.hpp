#pragma once
// The queue between the callers of a session and its worker: slot numbers, first in, first out.
//
// Two variants, chosen when mailbox.cpp is compiled: boost::lockfree::queue, or a mutex and a deque
// (SLUICE_MUTEX_MAILBOX). Threads: any thread may push; one thread pops. Never blocks (the mutex variant: for the time
// of a push), never allocates after construction in the lock-free variant.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace sluice::runtime {

class mailbox {
public:
    // capacity: the most numbers that are in it at once.
    explicit mailbox(std::size_t capacity);
    ~mailbox();

    // False where it is full, which cannot be while at most `capacity` numbers are in it.
    [[nodiscard]] bool push(std::uint32_t slot) noexcept;
    [[nodiscard]] bool pop(std::uint32_t& slot) noexcept;

    [[nodiscard]] static std::string_view variant() noexcept;

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace sluice::runtime
