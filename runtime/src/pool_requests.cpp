// What callers want of a pool: one request on a session, a stream or a transaction on a session.

#include "failure.hpp"
#include "pooled.hpp"
#include "transaction_owner.hpp"

namespace sluice::runtime {

namespace {

template <class Request>
class one_request final : public pooled<typename Request::reply> {
    using reply = typename Request::reply;

public:
    one_request(std::shared_ptr<pool_core> pool, Request request, detail::completion<reply> done)
        : pooled<reply>(std::move(pool), std::move(done)), request_(std::move(request)) {}
    void grant(std::unique_ptr<waiter> self, std::shared_ptr<session_owner> lease) noexcept override {
        const auto owner = this->carry_out(std::move(self), std::move(lease));
        owner->core().submit(std::move(request_), this->running(), detail::completion<reply>(this));
    }

private:
    Request request_;
};

// The stream holds the lease after this is gone.
class one_stream final : public pooled<row_stream> {
public:
    one_stream(std::shared_ptr<pool_core> pool, protocol::stream_start request, stream_options options,
               detail::completion<row_stream> done)
        : pooled(std::move(pool), std::move(done)), request_(std::move(request)), options_(std::move(options)) {
        held_as = "a stream";
    }
    void grant(std::unique_ptr<waiter> self, std::shared_ptr<session_owner> lease) noexcept override {
        const auto owner = carry_out(std::move(self), std::move(lease));
        owner->start_stream(std::move(request_), stream_options(options_), running(),
                            detail::completion<row_stream>(this));
    }

private:
    protocol::stream_start request_;
    stream_options options_;
};

// The transaction holds the lease after this is gone.
class one_transaction final : public pooled<transaction> {
public:
    one_transaction(std::shared_ptr<pool_core> pool, transaction_options options, detail::completion<transaction> done)
        : pooled(std::move(pool), std::move(done)), options_(std::move(options)) {
        held_as = "a transaction";
    }
    void grant(std::unique_ptr<waiter> self, std::shared_ptr<session_owner> lease) noexcept override {
        const auto owner = carry_out(std::move(self), std::move(lease));
        owner->begin_transaction(std::move(options_), running(), detail::completion<transaction>(this));
    }

private:
    transaction_options options_;
};

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
    limit_result(request, options, core_->time().now());
    enter(*core_, std::make_unique<one_request<protocol::execute>>(core_, std::move(request), std::move(done)),
          options);
}

void pool_owner::start(protocol::execute_all request, request_options options,
                       detail::completion<std::vector<row_set>> done) {
    if (core_->is_foreign()) return done(of_another_process());
    if (auto wrong = options.problems()) return done(*wrong);
    limit_result(request, options, core_->time().now());
    enter(*core_, std::make_unique<one_request<protocol::execute_all>>(core_, std::move(request), std::move(done)),
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
    limit_result(request, options, core_->time().now());
    if (const auto& answers = core_->answers()) {
        if (auto kept = answers->find(request.what, request.result_bytes_max, request.result_rows_max))
            return done(std::move(*kept));
        done = answers->kept(request.what, std::move(done));
    }
    enter(*core_, std::make_unique<one_request<protocol::catalog>>(core_, std::move(request), std::move(done)),
          options);
}

void pool_owner::start(protocol::pipeline request, request_options options,
                       detail::completion<protocol::pipeline::reply> done) {
    if (core_->is_foreign()) return done(of_another_process());
    if (auto wrong = request.problems()) return done(*wrong);
    if (auto wrong = options.problems()) return done(*wrong);
    limit_result(request, options, core_->time().now());
    enter(*core_, std::make_unique<one_request<protocol::pipeline>>(core_, std::move(request), std::move(done)),
          options);
}

void pool_owner::start(protocol::bulk_insert request, request_options options, detail::completion<bulk_inserted> done) {
    if (core_->is_foreign()) return done(of_another_process());
    if (auto wrong = request.what.problems()) return done(*wrong);
    if (auto wrong = options.problems()) return done(*wrong);
    enter(*core_, std::make_unique<one_request<protocol::bulk_insert>>(core_, std::move(request), std::move(done)),
          options);
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

pool_metrics pool_owner::metrics() const {
    return core_->is_foreign() ? pool_metrics() : core_->metrics();
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
