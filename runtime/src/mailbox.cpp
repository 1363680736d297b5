#include "mailbox.hpp"

#if defined(SLUICE_MUTEX_MAILBOX)
#include <deque>
#include <mutex>
#else
#include <boost/lockfree/queue.hpp>
#endif

namespace sluice::runtime {

#if defined(SLUICE_MUTEX_MAILBOX)

struct mailbox::impl {
    explicit impl(std::size_t most) : capacity(most) {}
    bool push(std::uint32_t slot) {
        const std::lock_guard lock(mutex);
        if (slots.size() >= capacity) return false;
        slots.push_back(slot);
        return true;
    }
    bool pop(std::uint32_t& slot) {
        const std::lock_guard lock(mutex);
        if (slots.empty()) return false;
        slot = slots.front();
        slots.pop_front();
        return true;
    }
    std::mutex mutex;  // guards slots
    std::deque<std::uint32_t> slots;
    std::size_t capacity;
};

std::string_view mailbox::variant() noexcept {
    return "mutex";
}

#else

namespace {
// Nodes beyond the capacity: the queue's dummy, and those between a pop's exchange and its return of the node.
constexpr std::size_t spare_nodes = 65;
}  // namespace

struct mailbox::impl {
    explicit impl(std::size_t most) : slots(most + spare_nodes) {}
    bool push(std::uint32_t slot) { return slots.bounded_push(slot); }
    bool pop(std::uint32_t& slot) { return slots.pop(slot); }
    boost::lockfree::queue<std::uint32_t> slots;
};

std::string_view mailbox::variant() noexcept {
    return "lockfree";
}

#endif

mailbox::mailbox(std::size_t capacity) : impl_(std::make_unique<impl>(capacity)) {}

mailbox::~mailbox() = default;

bool mailbox::push(std::uint32_t slot) noexcept {
    return impl_->push(slot);
}

bool mailbox::pop(std::uint32_t& slot) noexcept {
    return impl_->pop(slot);
}

}  // namespace sluice::runtime
