#pragma once
// Who wants something that a session of a pool has to do.
//
// Threads: as pool_core.

#include "pool_core.hpp"

#include <memory>
#include <utility>

namespace sluice::runtime {

// A request of a pool stands in for its caller: it is the completion of the request that its lease carries out, and its
// cancellation goes through the pool, which knows whether it waits or runs.
template <class T>
class pooled : public waiter, public detail::completion_node<T> {
public:
    pooled(std::shared_ptr<pool_core> pool, detail::completion<T> done)
        : pool_(std::move(pool)), done_(std::move(done)) {}

    void announce(const detail::cancel_handle& handle) noexcept final { done_.accepted(handle); }
    void fail(const error& e) noexcept final { done_(with_queued(e, clock::now() - how.accepted_at)); }
    void accepted(const detail::cancel_handle& handle) noexcept final { pool_->running(id, handle); }
    // The lease is dropped before the caller hears of it, so that its next request finds the session free.
    void complete(result<T> r) noexcept final {
        pool_->over(id);
        const std::unique_ptr<pooled> self(this);
        auto done = std::move(done_);
        lease_.reset();
        done(std::move(r));
    }
    void destroy() noexcept final {
        pool_->over(id);
        delete this;
    }

protected:
    // From here on complete() or destroy() deletes this object; the caller keeps the owner while it submits.
    [[nodiscard]] std::shared_ptr<session_owner> carry_out(std::unique_ptr<waiter> self,
                                                           std::shared_ptr<session_owner> lease) noexcept {
        (void)self.release();
        lease_ = lease;
        return lease;
    }
    [[nodiscard]] submission running() const {
        submission s;
        s.accepted_at = how.accepted_at;
        s.deadline = how.deadline;
        return s;
    }

private:
    const std::shared_ptr<pool_core> pool_;
    detail::completion<T> done_;
    std::shared_ptr<session_owner> lease_;
};

template <class Options>
void enter(pool_core& pool, std::unique_ptr<waiter> who, const Options& options) {
    who->how = submission_with(options, pool.time());
    pool.enter(std::move(who));
}

}  // namespace sluice::runtime
