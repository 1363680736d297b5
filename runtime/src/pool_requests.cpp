// What callers want of a pool: one request on a session, a stream on a session, the session itself.

#include "failure.hpp"
#include "pool_core.hpp"
#include "transaction_owner.hpp"

namespace sluice::runtime {

namespace {

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

template <class Request>
class one_request final : public pooled<row_set> {
public:
    one_request(std::shared_ptr<pool_core> pool, Request request, detail::completion<row_set> done)
        : pooled(std::move(pool), std::move(done)), request_(std::move(request)) {}
    void grant(std::unique_ptr<waiter> self, std::shared_ptr<session_owner> lease) noexcept override {
        const auto owner = carry_out(std::move(self), std::move(lease));
        owner->core().submit(std::move(request_), running(), detail::completion<row_set>(this));
    }

private:
    Request request_;
};

// The stream holds the lease after this is gone.
class one_stream final : public pooled<row_stream> {
public:
    one_stream(std::shared_ptr<pool_core> pool, protocol::stream_start request, stream_options options,
               detail::completion<row_stream> done)
        : pooled(std::move(pool), std::move(done)), request_(std::move(request)), options_(std::move(options)) {}
    void grant(std::unique_ptr<waiter> self, std::shared_ptr<session_owner> lease) noexcept override {
        const auto owner = carry_out(std::move(self), std::move(lease));
        owner->start_stream(std::move(request_), stream_options(options_), running(),
                            detail::completion<row_stream>(this));
    }

private:
    protocol::stream_start request_;
    stream_options options_;
};

class one_session final : public pooled<session> {
public:
    using pooled::pooled;
    void grant(std::unique_ptr<waiter> self, std::shared_ptr<session_owner> lease) noexcept override {
        (void)self.release();
        complete(session(std::move(lease)));
    }
};

// The transaction holds the lease after this is gone.
class one_transaction final : public pooled<transaction> {
public:
    one_transaction(std::shared_ptr<pool_core> pool, transaction_options options, detail::completion<transaction> done)
        : pooled(std::move(pool), std::move(done)), options_(std::move(options)) {}
    void grant(std::unique_ptr<waiter> self, std::shared_ptr<session_owner> lease) noexcept override {
        const auto owner = carry_out(std::move(self), std::move(lease));
        owner->begin_transaction(std::move(options_), running(), detail::completion<transaction>(this));
    }

private:
    transaction_options options_;
};

template <class Options>
void enter(pool_core& pool, std::unique_ptr<waiter> who, const Options& options) {
    who->how = submission_with(options, pool.time());
    pool.enter(std::move(who));
}

}  // namespace

pool_owner::~pool_owner() {
    if (core_->is_foreign())
        (void)new std::shared_ptr(core_);  // left as it is: its locks may be held by threads that are not here
    else
        core_->release();
}

void pool_owner::start(protocol::execute request, request_options options, detail::completion<row_set> done) {
    if (core_->is_foreign()) return done(of_another_process());
    if (auto wrong = options.problems()) return done(*wrong);
    request.result_bytes_max = options.result_bytes_max();
    request.result_rows_max = options.result_rows_max();
    request.query_timeout = options.deadline().server_limit(core_->time().now());
    enter(*core_, std::make_unique<one_request<protocol::execute>>(core_, std::move(request), std::move(done)),
          options);
}

void pool_owner::start(protocol::stream_start request, stream_options options, detail::completion<row_stream> done) {
    if (core_->is_foreign()) return done(of_another_process());
    if (auto wrong = options.problems()) return done(*wrong);
    enter(*core_, std::make_unique<one_stream>(core_, std::move(request), options, std::move(done)), options);
}

void pool_owner::start(protocol::catalog request, request_options options, detail::completion<row_set> done) {
    if (core_->is_foreign()) return done(of_another_process());
    if (auto wrong = request.what.problems()) return done(*wrong);
    if (auto wrong = options.problems()) return done(*wrong);
    request.result_bytes_max = options.result_bytes_max();
    request.result_rows_max = options.result_rows_max();
    request.query_timeout = options.deadline().server_limit(core_->time().now());
    if (const auto& answers = core_->answers()) {
        if (auto kept = answers->find(request.what, request.result_bytes_max, request.result_rows_max))
            return done(std::move(*kept));
        done = answers->kept(request.what, std::move(done));
    }
    enter(*core_, std::make_unique<one_request<protocol::catalog>>(core_, std::move(request), std::move(done)),
          options);
}

void pool_owner::acquire(request_options options, detail::completion<session> done) {
    if (core_->is_foreign()) return done(of_another_process());
    if (auto wrong = options.problems()) return done(*wrong);
    enter(*core_, std::make_unique<one_session>(core_, std::move(done)), options);
}

void pool_owner::begin(transaction_options how, request_options options, detail::completion<transaction> done) {
    if (core_->is_foreign()) return done(of_another_process());
    if (auto wrong = options.problems()) return done(*wrong);
    if (auto wrong = how.problems()) return done(*wrong);
    enter(*core_, std::make_unique<one_transaction>(core_, std::move(how), std::move(done)), options);
}

void pool_owner::pause(std::chrono::nanoseconds length, detail::completion<bool> done) {
    if (core_->is_foreign()) return done(of_another_process());
    core_->pause(length, std::move(done));
}

result<void> pool_owner::resize(std::size_t min_idle, std::size_t max_size) {
    if (core_->is_foreign()) return of_another_process();
    return core_->resize(min_idle, max_size);
}

void pool_owner::evict_all() noexcept {
    if (core_->is_foreign()) return;
    clear_catalog_cache();  // what is connected anew may be another server
    core_->evict_all();
}

void pool_owner::clear_catalog_cache() noexcept {
    if (!core_->is_foreign() && core_->answers()) core_->answers()->clear();
}

}  // namespace sluice::runtime
