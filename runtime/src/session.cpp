// The public handles of sessions and streams.

#include "failure.hpp"
#include "owners.hpp"

#include <sluice/runtime/session.hpp>

namespace sluice {

session::session() noexcept = default;
session::session(std::shared_ptr<runtime::session_owner> owner) noexcept : owner_(std::move(owner)) {}
session::session(session&&) noexcept = default;
session& session::operator=(session&&) noexcept = default;
session::~session() = default;

session_id session::id() const noexcept {
    return owner_ ? owner_->core().id() : session_id();
}

const connection_facts& session::facts() const noexcept {
    static const auto* none = new connection_facts();
    return owner_ ? owner_->core().facts() : *none;
}

void session::cancel(cancel_strength strength) noexcept {
    if (owner_ && !owner_->core().is_foreign()) owner_->core().press(errc::cancelled, strength);
}

bool session::reconnect(std::uint64_t generation) noexcept {
    return owner_ && !owner_->core().is_foreign() && owner_->core().reconnect(generation);
}

std::uint64_t session::generation() const noexcept {
    return owner_ && !owner_->core().is_foreign() ? owner_->core().generation() : 0;
}

detail::target_ptr session::request_target() const noexcept {
    return owner_;
}

std::future<void> session::close() {
    return detail::start_with_future<protocol::done, void>([&](detail::completion<protocol::done> done) {
        detail::submit(owner_, protocol::disconnect(), {}, std::move(done));
    });
}

std::future<capabilities> session::capabilities(request_options options) {
    return submit(protocol::capabilities(), std::move(options));
}

row_stream::row_stream() noexcept = default;
row_stream::row_stream(std::shared_ptr<runtime::stream_owner> owner) noexcept : owner_(std::move(owner)) {}
row_stream::row_stream(row_stream&&) noexcept = default;
row_stream& row_stream::operator=(row_stream&&) noexcept = default;
row_stream::~row_stream() = default;

stream_id row_stream::id() const noexcept {
    return owner_ ? owner_->opened().id : stream_id();
}

const schema& row_stream::columns() const noexcept {
    static const auto* none = new schema();
    return owner_ ? *owner_->present()->columns : *none;
}

std::optional<std::int64_t> row_stream::affected_rows() const noexcept {
    return owner_ ? owner_->present()->affected_rows : std::nullopt;
}

stream_mode row_stream::mode() const noexcept {
    return owner_ ? owner_->opened().mode : stream_mode::buffered_by_driver;
}

std::span<const diagnostic> row_stream::warnings() const noexcept {
    if (!owner_) return {};
    return owner_->present()->warnings;
}

const timings& row_stream::timings() const noexcept {
    static const auto* none = new sluice::timings();
    return owner_ ? owner_->opened().timings : *none;
}

std::future<std::optional<batch>> row_stream::next() {
    return detail::start_with_future<std::optional<batch>>(
        [&](detail::completion<std::optional<batch>> done) { detail::start_next(owner_, std::move(done)); });
}

std::future<bool> row_stream::next_result() {
    return detail::start_with_future<bool>(
        [&](detail::completion<bool> done) { detail::start_next_result(owner_, std::move(done)); });
}

std::future<void> row_stream::close() {
    return detail::start_with_future<protocol::done, void>(
        [&](detail::completion<protocol::done> done) { detail::start_close(owner_, std::move(done)); });
}

namespace detail {

void start(const target_ptr& target, protocol::execute request, request_options options, completion<row_set> done) {
    if (!target) return done(runtime::closed_handle());
    target->start(std::move(request), std::move(options), std::move(done));
}

void start(const target_ptr& target, protocol::execute_all request, request_options options,
           completion<std::vector<row_set>> done) {
    if (!target) return done(runtime::closed_handle());
    target->start(std::move(request), std::move(options), std::move(done));
}

void start(const target_ptr& target, protocol::pipeline request, request_options options,
           completion<protocol::pipeline::reply> done) {
    if (!target) return done(runtime::closed_handle());
    target->start(std::move(request), std::move(options), std::move(done));
}

void start(const target_ptr& target, protocol::bulk_insert request, request_options options,
           completion<bulk_inserted> done) {
    if (!target) return done(runtime::closed_handle());
    target->start(std::move(request), std::move(options), std::move(done));
}

void start(const target_ptr& target, protocol::catalog request, request_options options, completion<row_set> done) {
    if (!target) return done(runtime::closed_handle());
    target->start(std::move(request), std::move(options), std::move(done));
}

void start(const target_ptr& target, protocol::stream_start request, stream_options options,
           completion<row_stream> done) {
    if (!target) return done(runtime::closed_handle());
    target->start(std::move(request), std::move(options), std::move(done));
}

void start_next(const std::shared_ptr<runtime::stream_owner>& owner, completion<std::optional<batch>> done) {
    if (!owner) return done(runtime::closed_handle());
    owner->next(std::move(done));
}

void start_next_result(const std::shared_ptr<runtime::stream_owner>& owner, completion<bool> done) {
    if (!owner) return done(runtime::closed_handle());
    owner->next_result(std::move(done));
}

void start_close(const std::shared_ptr<runtime::stream_owner>& owner, completion<protocol::done> done) {
    if (!owner) return done(runtime::closed_handle());
    owner->close(std::move(done));
}

engine_executor executor_of(const std::shared_ptr<runtime::stream_owner>& owner) noexcept {
    return owner ? owner->executor() : engine_executor();
}

engine_executor executor_of(const std::shared_ptr<runtime::session_owner>& owner) noexcept {
    return owner ? owner->executor() : engine_executor();
}

namespace {

// What is out of range in the request itself: its fields are the caller's.
template <class R>
[[nodiscard]] std::optional<error> problems_of(const R&) {
    return std::nullopt;
}
[[nodiscard]] std::optional<error> problems_of(const protocol::connect& request) {
    return connect_options().login_timeout(request.login_timeout).statement_cache(request.statement_cache).problems();
}
template <class R>
[[nodiscard]] std::optional<error> problems_of_result(const R& request) {
    return request_options()
        .result_bytes_max(request.result_bytes_max)
        .result_rows_max(request.result_rows_max)
        .problems();
}
[[nodiscard]] std::optional<error> problems_of(const protocol::execute& request) {
    return problems_of_result(request);
}
[[nodiscard]] std::optional<error> problems_of(const protocol::execute_all& request) {
    return problems_of_result(request);
}
[[nodiscard]] std::optional<error> problems_of(const protocol::catalog& request) {
    if (auto wrong = request.what.problems()) return wrong;
    return problems_of_result(request);
}
[[nodiscard]] std::optional<error> problems_of(const protocol::pipeline& request) {
    if (auto wrong = request.problems()) return wrong;
    return problems_of_result(request);
}
[[nodiscard]] std::optional<error> problems_of(const protocol::bulk_insert& request) {
    return request.what.problems();
}
[[nodiscard]] std::optional<error> problems_of(const protocol::stream_start& request) {
    return stream_options()
        .batch_rows(request.batch_rows)
        .batch_bytes(request.batch_bytes)
        .prefetch(request.prefetch)
        .page_rows(request.page_rows)
        .problems();
}

[[nodiscard]] std::optional<error> problems_of(const protocol::begin& request) {
    return request.options.problems();
}

template <class R>
void submit_any(const std::shared_ptr<runtime::session_owner>& owner, R request, request_options options,
                completion<typename R::reply> done) {
    if (!owner) return done(runtime::closed_handle());
    if (owner->core().is_foreign()) return done(runtime::of_another_process());
    if (auto wrong = options.problems()) return done(*wrong);
    if (auto wrong = problems_of(request)) return done(*wrong);
    auto how = runtime::submission_with(options, owner->core().time());
    owner->core().submit(std::move(request), std::move(how), std::move(done));
}

}  // namespace

#define SLUICE_SUBMIT(R)                                                                                            \
    void submit(const std::shared_ptr<runtime::session_owner>& owner, protocol::R request, request_options options, \
                completion<protocol::R::reply> done) {                                                              \
        submit_any(owner, std::move(request), std::move(options), std::move(done));                                 \
    }
SLUICE_SUBMIT(connect)
SLUICE_SUBMIT(disconnect)
SLUICE_SUBMIT(execute)
SLUICE_SUBMIT(execute_all)
SLUICE_SUBMIT(pipeline)
SLUICE_SUBMIT(bulk_insert)
SLUICE_SUBMIT(stream_start)
SLUICE_SUBMIT(stream_fetch)
SLUICE_SUBMIT(stream_next_result)
SLUICE_SUBMIT(stream_close)
SLUICE_SUBMIT(prepare)
SLUICE_SUBMIT(close_statement)
SLUICE_SUBMIT(clear_statements)
SLUICE_SUBMIT(begin)
SLUICE_SUBMIT(commit)
SLUICE_SUBMIT(rollback)
SLUICE_SUBMIT(savepoint)
SLUICE_SUBMIT(rollback_to)
SLUICE_SUBMIT(release)
SLUICE_SUBMIT(reset)
SLUICE_SUBMIT(ping)
SLUICE_SUBMIT(metrics)
SLUICE_SUBMIT(catalog)
SLUICE_SUBMIT(capabilities)
#undef SLUICE_SUBMIT

}  // namespace detail

}  // namespace sluice
