#include "transaction_owner.hpp"

#include "failure.hpp"

#include <utility>

namespace sluice::runtime {

transaction_owner::transaction_owner(std::shared_ptr<session_owner> lease, transaction_id id) noexcept
    : id_(id), core_(lease->shared_core()), lease_(std::move(lease)) {}

transaction_owner::~transaction_owner() {
    if (core_->is_foreign()) {
        (void)new std::shared_ptr(core_);  // left as it is: its locks may be held by threads that are not here
        return;
    }
    const auto last = state_.load();
    if (last == transaction_state::open || last == transaction_state::failed) core_->drop_transaction(id_);
}

submission transaction_owner::within(submission how) const noexcept {
    how.of = id_;
    return how;
}

template <class T>
std::shared_ptr<session_owner> transaction_owner::lease_for(const std::optional<error>& wrong,
                                                            detail::completion<T>& done) {
    if (core_->is_foreign()) {
        done(of_another_process());
        return nullptr;
    }
    std::shared_ptr<session_owner> lease;
    {
        const std::lock_guard lock(mutex_);
        lease = lease_;
    }
    if (!lease) {
        done(failure(errc::stale_handle, "this transaction is over: it was committed or rolled back"));
        return nullptr;
    }
    if (wrong) {
        done(*wrong);
        return nullptr;
    }
    return lease;
}

// Its session is for others from here on.
void transaction_owner::finish() noexcept {
    std::shared_ptr<session_owner> lease;
    {
        const std::lock_guard lock(mutex_);
        lease.swap(lease_);
    }
    state_.store(transaction_state::over);
}

namespace {

// What its transaction is told of an answer; errc::ok: nothing went wrong.
template <class T>
[[nodiscard]] error failure_of(const result<T>& r) {
    return r ? error() : r.error();
}
[[nodiscard]] error failure_of(const result<protocol::pipeline::reply>& r) {
    if (!r) return r.error();
    for (const auto& each : *r)
        if (!each && each.error().session() != session_state::usable) return each.error();
    return error();
}

}  // namespace

template <class Request>
void transaction_owner::seen(const error* failed) noexcept {
    constexpr bool commits = std::is_same_v<Request, protocol::commit>;
    constexpr bool ends = commits || std::is_same_v<Request, protocol::rollback>;
    if (failed == nullptr) {
        if (ends) finish();
        if (std::is_same_v<Request, protocol::rollback_to> && state() == transaction_state::failed)
            state_.store(transaction_state::open);
        return;
    }
    if (commits && failed->outcome() == outcome::unknown) {
        core_->drop_transaction(id_);  // where it is open yet, nobody could end it
        return finish();
    }
    const bool lost = failed->code() == errc::connection_lost || failed->session() == session_state::broken ||
                      failed->session() == session_state::quarantined;
    if ((lost || failed->session() == session_state::transaction_failed) && state() == transaction_state::open)
        state_.store(transaction_state::failed);
}

template <class Request>
void transaction_owner::start_whole(Request request, const request_options& options,
                                    detail::completion<typename Request::reply> done) {
    using reply = typename Request::reply;
    const auto lease = lease_for(options.problems(), done);
    if (!lease) return;
    auto how = within(submission_with(options, core_->time()));
    limit_result(request, options, core_->time().at(how.accepted_at));
    core_->submit(
        std::move(request), std::move(how),
        adapt_completion<reply>(std::move(done), [self = shared_from_this()](detail::completion<reply> caller,
                                                                             result<reply> r) mutable noexcept {
            const error failed = failure_of(r);
            self->template seen<Request>(failed.code() == errc::ok ? nullptr : &failed);
            self.reset();  // before the caller hears of it, whose next request may count on that
            caller(std::move(r));
        }));
}

void transaction_owner::start(protocol::execute request, request_options options, detail::completion<row_set> done) {
    start_whole(std::move(request), options, std::move(done));
}

void transaction_owner::start(protocol::execute_all request, request_options options,
                              detail::completion<std::vector<row_set>> done) {
    start_whole(std::move(request), options, std::move(done));
}

void transaction_owner::start(protocol::catalog request, request_options options, detail::completion<row_set> done) {
    if (auto wrong = request.what.problems()) return done(*wrong);
    start_whole(std::move(request), options, std::move(done));
}

void transaction_owner::start(protocol::pipeline request, request_options options,
                              detail::completion<protocol::pipeline::reply> done) {
    if (auto wrong = request.problems()) return done(*wrong);
    start_whole(std::move(request), options, std::move(done));
}

void transaction_owner::start(protocol::bulk_insert request, request_options options,
                              detail::completion<bulk_inserted> done) {
    if (auto wrong = request.what.problems()) return done(*wrong);
    start_whole(std::move(request), options, std::move(done));
}

void transaction_owner::start(protocol::stream_start request, stream_options options,
                              detail::completion<row_stream> done) {
    const auto lease = lease_for(options.problems(), done);
    if (!lease) return;
    auto how = within(submission_with(options, core_->time()));
    lease->start_stream(std::move(request), options, std::move(how),
                        adapt_completion<row_stream>(
                            std::move(done), [self = shared_from_this()](detail::completion<row_stream> caller,
                                                                         result<row_stream> r) mutable noexcept {
                                const error failed = r ? error() : r.error();
                                self->seen<protocol::stream_start>(r ? nullptr : &failed);
                                self.reset();
                                caller(std::move(r));
                            }));
}

void transaction_owner::begin(transaction_options, request_options, detail::completion<transaction> done) {
    done(failure(errc::transaction_active, "a transaction holds no other one: use a savepoint"));
}

void transaction_owner::pause(std::chrono::nanoseconds length, detail::completion<bool> done) {
    if (core_->is_foreign()) return done(of_another_process());
    core_->pause(length, std::move(done));
}

template <class R>
void transaction_owner::submit(R request, const request_options& options, detail::completion<protocol::done> done) {
    if (!lease_for(options.problems(), done)) return;
    auto how = within(submission_with(options, core_->time()));
    core_->submit(std::move(request), std::move(how),
                  adapt_completion<protocol::done>(
                      std::move(done), [self = shared_from_this()](detail::completion<protocol::done> caller,
                                                                   result<protocol::done> r) mutable noexcept {
                          const error failed = r ? error() : r.error();
                          self->seen<R>(r ? nullptr : &failed);
                          self.reset();
                          caller(std::move(r));
                      }));
}

void session_owner::begin(transaction_options how, request_options options, detail::completion<transaction> done) {
    if (core_->is_foreign()) return done(of_another_process());
    if (auto wrong = options.problems()) return done(*wrong);
    if (auto wrong = how.problems()) return done(*wrong);
    begin_transaction(std::move(how), submission_with(options, core_->time()), std::move(done));
}

void session_owner::begin_transaction(transaction_options options, submission how,
                                      detail::completion<transaction> done) {
    how.of = core_->next_transaction();
    auto owner = std::make_shared<transaction_owner>(shared_from_this(), how.of);
    auto begun = adapt_completion<protocol::done>(
        std::move(done),
        [owner = std::move(owner)](detail::completion<transaction> caller, result<protocol::done> r) mutable noexcept {
            if (!r) {
                owner.reset();
                return caller(r.error());
            }
            owner->begun();
            caller(transaction(std::move(owner)));
        });
    core_->submit(protocol::begin(std::move(options)), std::move(how), std::move(begun));
}

void session_owner::pause(std::chrono::nanoseconds length, detail::completion<bool> done) {
    if (core_->is_foreign()) return done(of_another_process());
    core_->pause(length, std::move(done));
}

}  // namespace sluice::runtime

namespace sluice {

std::string_view to_string(transaction_state state) noexcept {
    switch (state) {
        case transaction_state::none:
            return "none";
        case transaction_state::open:
            return "open";
        case transaction_state::failed:
            return "failed";
        case transaction_state::over:
            return "over";
    }
    return "?";
}

transaction::transaction() noexcept = default;
transaction::transaction(std::shared_ptr<runtime::transaction_owner> owner) noexcept : owner_(std::move(owner)) {}
transaction::transaction(transaction&&) noexcept = default;
transaction& transaction::operator=(transaction&&) noexcept = default;
transaction::~transaction() = default;

transaction_state transaction::state() const noexcept {
    return owner_ ? owner_->state() : transaction_state::none;
}

const connection_facts& transaction::facts() const noexcept {
    static const auto* none = new connection_facts();
    return owner_ ? owner_->facts() : *none;
}

detail::target_ptr transaction::request_target() const noexcept {
    return owner_;
}

namespace detail {

engine_executor executor_of(const transaction_ptr& owner) noexcept {
    return owner ? owner->executor() : engine_executor();
}

#define SLUICE_SUBMIT(R)                                                                    \
    void submit(const transaction_ptr& owner, protocol::R request, request_options options, \
                completion<protocol::done> done) {                                          \
        if (!owner) return done(runtime::closed_handle());                                  \
        owner->submit(std::move(request), options, std::move(done));                        \
    }
SLUICE_SUBMIT(commit)
SLUICE_SUBMIT(rollback)
SLUICE_SUBMIT(savepoint)
SLUICE_SUBMIT(rollback_to)
SLUICE_SUBMIT(release)
#undef SLUICE_SUBMIT

void start_begin(const target_ptr& target, transaction_options how, request_options options,
                 completion<transaction> done) {
    if (!target) return done(runtime::closed_handle());
    target->begin(std::move(how), std::move(options), std::move(done));
}

namespace {

template <class R>
std::future<void> submitted(const transaction_ptr& owner, R request, request_options options) {
    return start_with_future<protocol::done, void>([&](completion<protocol::done> done) {
        submit(owner, std::move(request), std::move(options), std::move(done));
    });
}

}  // namespace

}  // namespace detail

std::future<void> transaction::commit(request_options options) {
    return detail::submitted(owner_, protocol::commit(), std::move(options));
}
std::future<void> transaction::rollback(request_options options) {
    return detail::submitted(owner_, protocol::rollback(), std::move(options));
}
std::future<void> transaction::savepoint(std::string name, request_options options) {
    return detail::submitted(owner_, protocol::savepoint(std::move(name)), std::move(options));
}
std::future<void> transaction::rollback_to(std::string name, request_options options) {
    return detail::submitted(owner_, protocol::rollback_to(std::move(name)), std::move(options));
}
std::future<void> transaction::release(std::string name, request_options options) {
    return detail::submitted(owner_, protocol::release(std::move(name)), std::move(options));
}

}  // namespace sluice
