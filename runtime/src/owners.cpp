#include "owners.hpp"

#include "failure.hpp"
#include "pool_core.hpp"

namespace sluice::runtime {

session_owner::session_owner(std::shared_ptr<session_core> core, std::shared_ptr<pool_core> pool,
                             lending::session_number lent_as) noexcept
    : core_(std::move(core)), pool_(std::move(pool)), lent_as_(lent_as) {}

session_owner::~session_owner() {
    if (core_->is_foreign()) {
        // Left as they are: their locks may be held by threads that are not here.
        (void)new std::shared_ptr(core_);
        (void)new std::shared_ptr(pool_);
    } else if (pool_)
        pool_->give_back(core_, lent_as_);
    else
        core_->release();
}

template <class Request>
void session_owner::start_whole(Request request, const request_options& options,
                                detail::completion<typename Request::reply> done) {
    if (core_->is_foreign()) return done(of_another_process());
    if (auto wrong = options.problems()) return done(*wrong);
    auto how = submission_with(options, core_->time());
    limit_result(request, options, core_->time().at(how.accepted_at));
    core_->submit(std::move(request), std::move(how), std::move(done));
}

void session_owner::start(protocol::execute request, request_options options, detail::completion<row_set> done) {
    start_whole(std::move(request), options, std::move(done));
}

void session_owner::start(protocol::execute_all request, request_options options,
                          detail::completion<std::vector<row_set>> done) {
    start_whole(std::move(request), options, std::move(done));
}

void session_owner::start(protocol::catalog request, request_options options, detail::completion<row_set> done) {
    if (auto wrong = request.what.problems()) return done(*wrong);
    start_whole(std::move(request), options, std::move(done));
}

void session_owner::start(protocol::pipeline request, request_options options,
                          detail::completion<protocol::pipeline::reply> done) {
    if (auto wrong = request.problems()) return done(*wrong);
    start_whole(std::move(request), options, std::move(done));
}

void session_owner::start(protocol::bulk_insert request, request_options options,
                          detail::completion<bulk_inserted> done) {
    if (auto wrong = request.what.problems()) return done(*wrong);
    start_whole(std::move(request), options, std::move(done));
}

void session_owner::start(protocol::stream_start request, stream_options options, detail::completion<row_stream> done) {
    if (core_->is_foreign()) return done(of_another_process());
    if (auto wrong = options.problems()) return done(*wrong);
    auto how = submission_with(options, core_->time());
    start_stream(std::move(request), options, std::move(how), std::move(done));
}

void session_owner::start_stream(protocol::stream_start request, const stream_options& options, submission how,
                                 detail::completion<row_stream> done) {
    request.batch_rows = options.batch_rows();
    request.batch_bytes = options.batch_bytes();
    request.prefetch = options.prefetch();
    request.key = options.key();
    request.page_rows = options.page_rows();
    request.query_timeout = options.deadline().server_limit(core_->time().at(how.accepted_at));
    const auto first_deadline = how.deadline;
    auto started = adapt_completion<protocol::stream_start::reply>(
        std::move(done), [self = shared_from_this(), options, first_deadline](
                             detail::completion<row_stream> caller, result<protocol::stream_start::reply> r) noexcept {
            if (!r) return caller(r.error());
            auto channel = self->core_->stream(r->id);
            if (!channel) return caller(self->core_->given_up_error(outcome::unknown));
            caller(row_stream(std::make_shared<stream_owner>(self, std::move(channel), options, first_deadline)));
        });
    core_->submit(std::move(request), std::move(how), std::move(started));
}

stream_owner::stream_owner(std::shared_ptr<session_owner> session, std::shared_ptr<stream_channel> channel,
                           const stream_options& options, clock::time_point first_deadline)
    : session_(std::move(session)), channel_(std::move(channel)), options_(options), first_deadline_(first_deadline) {
    protocol::stream_next_result::reply first;
    first.another = true;
    first.columns = opened().columns;
    first.affected_rows = opened().affected_rows;
    first.warnings = opened().warnings;
    present_ = std::make_shared<const protocol::stream_next_result::reply>(std::move(first));
}

std::shared_ptr<const protocol::stream_next_result::reply> stream_owner::present() const {
    const std::lock_guard lock(mutex_);
    return present_;
}

stream_owner::~stream_owner() {
    if (session_->core().is_foreign())
        (void)new std::shared_ptr(channel_);
    else
        channel_->abandon();
}

void stream_owner::next(stream_channel::next_completion done) {
    const bool first = first_.exchange(false);
    next(first ? first_deadline_ : options_.deadline().from(session_->core().time().now()), std::move(done));
}

void stream_owner::next(clock::time_point deadline, stream_channel::next_completion done) {
    if (session_->core().is_foreign()) return done(of_another_process());
    channel_->next(deadline, options_.stop(), std::move(done));
}

void stream_owner::next_result(detail::completion<bool> done) {
    if (session_->core().is_foreign()) return done(of_another_process());
    auto heard = adapt_completion<protocol::stream_next_result::reply>(
        std::move(done), [self = weak_from_this()](detail::completion<bool> caller,
                                                   result<protocol::stream_next_result::reply> r) mutable noexcept {
            if (!r) return caller(r.error());
            const bool another = r->another;
            if (const auto alive = another ? self.lock() : nullptr) {
                auto present = std::make_shared<const protocol::stream_next_result::reply>(std::move(*r));
                const std::lock_guard lock(alive->mutex_);
                alive->present_.swap(present);
            }
            caller(another);
        });
    channel_->next_result(options_.deadline().from(session_->core().time().now()), options_.stop(), std::move(heard));
}

void stream_owner::close(stream_channel::close_completion done) {
    close(options_.deadline().from(session_->core().time().now()), std::move(done));
}

void stream_owner::close(clock::time_point deadline, stream_channel::close_completion done) {
    if (session_->core().is_foreign()) return done(of_another_process());
    channel_->close(deadline, std::move(done));
}

}  // namespace sluice::runtime
