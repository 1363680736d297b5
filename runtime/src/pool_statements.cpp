// Clears the statements of all sessions of a pool.

#include "failure.hpp"
#include "pool_core.hpp"

#include <sluice/runtime/pool.hpp>

#include <utility>

namespace sluice::runtime {

namespace {

// The answers of several sessions, put together. A session that is gone has taken its statements along.
class clearing {
public:
    explicit clearing(detail::completion<std::size_t> done) noexcept : done_(std::move(done)) {}

    void expect() noexcept {
        const std::lock_guard lock(mutex_);
        ++awaited_;
    }
    void heard(const result<protocol::clear_statements::reply>& r) noexcept {
        {
            const std::lock_guard lock(mutex_);
            if (r)
                freed_ += r->freed;
            else if (!is_gone(r.error().code()) && !failed_)
                failed_ = r.error();
            if (--awaited_ != 0) return;
        }
        if (failed_)
            done_(*failed_);
        else
            done_(freed_);
    }

private:
    [[nodiscard]] static bool is_gone(errc code) noexcept {
        return code == errc::closed || code == errc::connection_lost || code == errc::worker_lost ||
               code == errc::shutting_down;
    }

    detail::completion<std::size_t> done_;
    std::mutex mutex_;
    std::size_t awaited_ = 1;      // guarded by mutex_: the one who asks them all
    std::size_t freed_ = 0;        // guarded by mutex_
    std::optional<error> failed_;  // guarded by mutex_
};

}  // namespace

void pool_core::clear_statements(const submission& how, detail::completion<std::size_t> done) {
    std::vector<std::shared_ptr<session_core>> all;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [which, one] : sessions_) all.push_back(one.core);
    }
    const auto answers = std::make_shared<clearing>(std::move(done));
    for (const auto& core : all) {
        // One that has no connection has no statements, and would answer when it has one again.
        if (core->counted().worker == session_count::standing::connecting || core->unusable()) continue;
        answers->expect();
        core->submit(protocol::clear_statements(), how,
                     make_completion<protocol::clear_statements::reply>(
                         [answers](result<protocol::clear_statements::reply> r) noexcept { answers->heard(r); }));
    }
    answers->heard(protocol::clear_statements::reply());
}

void pool_owner::clear_statements(const request_options& options, detail::completion<std::size_t> done) {
    if (core_->is_foreign()) return done(of_another_process());
    if (auto wrong = options.problems()) return done(*wrong);
    core_->clear_statements(submission_with(options, core_->time()), std::move(done));
}

}  // namespace sluice::runtime

namespace sluice {

std::future<std::size_t> pool::clear_statements(request_options options) {
    return detail::start_with_future<std::size_t>([&](detail::completion<std::size_t> done) {
        detail::start_clear(owner_, std::move(options), std::move(done));
    });
}

namespace detail {

void start_clear(const std::shared_ptr<runtime::pool_owner>& owner, request_options options,
                 completion<std::size_t> done) {
    if (!owner) return done(runtime::closed_handle());
    owner->clear_statements(options, std::move(done));
}

}  // namespace detail

}  // namespace sluice
