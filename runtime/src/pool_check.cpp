// Whether a session is alive: asked of its worker, before it is lent and while nobody has it.

#include "failure.hpp"
#include "operation.hpp"
#include "pool_core.hpp"

#include <algorithm>

namespace sluice::runtime {

// The check of a session that is to be lent. The cancellation of whom it is lent to goes to it.
class check_completion final : public detail::completion_node<protocol::done> {
public:
    check_completion(std::shared_ptr<pool_core> pool, std::unique_ptr<waiter> who, std::shared_ptr<session_core> core,
                     const lending::loan& loan)
        : pool_(std::move(pool)), who_(std::move(who)), core_(std::move(core)), loan_(loan) {}

    void accepted(const detail::cancel_handle& handle) noexcept override { pool_->running(loan_.to, handle); }
    void complete(result<protocol::done> r) noexcept override {
        const std::unique_ptr<check_completion> self(this);
        pool_->checked(std::move(who_), std::move(core_), loan_, r);
    }
    void destroy() noexcept override { complete(engine_gone()); }

private:
    const std::shared_ptr<pool_core> pool_;
    std::unique_ptr<waiter> who_;
    std::shared_ptr<session_core> core_;
    const lending::loan loan_;
};

submission pool_core::within(clock::time_point deadline) const noexcept {
    submission how;
    how.deadline = std::min(deadline, time().at(how.accepted_at) + test_within_);
    return how;
}

void pool_core::check(waiter_ptr who, std::shared_ptr<session_core> core, const lending::loan& loan) noexcept {
    const auto how = within(who->how.deadline);
    {
        const std::lock_guard lock(mutex_);
        ++checking_;
    }
    session_core& asked = *core;
    asked.submit(protocol::ping(question_), how,
                 detail::completion<protocol::done>(
                     new check_completion(shared_from_this(), std::move(who), std::move(core), loan)));
}

void pool_core::checked(waiter_ptr who, std::shared_ptr<session_core> core, const lending::loan& loan,
                        const result<protocol::done>& answered) noexcept {
    const bool late = !answered && time().now() >= who->how.deadline;
    bool cancelled = false;
    {
        const std::lock_guard lock(mutex_);
        --checking_;
        granted_request& request = running_.at(loan.to);
        request.handle = {};
        request.known = false;
        cancelled = request.cancelled.has_value();
        if (cancelled || late) {
            running_.erase(loan.to);
            take_back(*who);
        }
    }
    if (cancelled || late) {  // which says nothing of the session
        fail(std::move(who), cancelled ? cancelled_in_line() : unproven_error());
        return give_back(std::move(core), loan.session);
    }
    if (answered) return grant(std::move(who), core, loan.session);
    core->failed_check(answered.error());
    act(put_back(std::move(who), loan));
}

template <class Answered>
void pool_core::ask_whether_alive(session_core& asked, Answered then) noexcept {
    asked.submit(protocol::ping(question_), within(clock::time_point::max()),
                 make_completion<protocol::done>(std::move(then)));
}

void pool_core::test(lending::session_number which, std::shared_ptr<session_core> core) noexcept {
    session_core& asked = *core;
    ask_whether_alive(asked, [self = shared_from_this(), which, core = std::move(core)](
                                 const result<protocol::done>& r) noexcept { self->tested(which, core, r); });
}

void pool_core::tested(lending::session_number which, const std::shared_ptr<session_core>& core,
                       const result<protocol::done>& answered) noexcept {
    if (!answered) core->failed_check(answered.error());
    todo next;
    {
        const std::lock_guard lock(mutex_);
        next = decide(lender_.tested(which, answered.has_value(), now_ns()));
    }
    act(std::move(next));
}

void pool_core::prove(lending::session_number which, std::shared_ptr<session_core> core) noexcept {
    session_core& asked = *core;
    ask_whether_alive(
        asked, [self = shared_from_this(), which, core = std::move(core)](const result<protocol::done>& r) noexcept {
            self->connected(which, core, r ? std::nullopt : std::optional<error>(r.error()));
        });
}

}  // namespace sluice::runtime
