// Prepared statements behind their handles.

#include "failure.hpp"
#include "owners.hpp"
#include "transaction_owner.hpp"

#include <sluice/runtime/statement.hpp>

#include <utility>

namespace sluice {

namespace runtime {

namespace {

[[nodiscard]] error stale() {
    return failure(errc::stale_handle,
                   "the session of this statement was closed or given back: prepare it on another one", outcome::none,
                   session_state::none);
}

[[nodiscard]] error no_other() {
    return failure(errc::unsupported, "a prepared statement can only be executed", outcome::none, session_state::none);
}

[[nodiscard]] error of_another_session() {
    return failure(errc::stale_handle,
                   "this statement was prepared on another session than the one of the transaction: prepare it there");
}

}  // namespace

// What the handle and its requests under way hold. Does not keep the session.
class statement_owner final : public detail::request_target, public std::enable_shared_from_this<statement_owner> {
public:
    statement_owner(const std::shared_ptr<session_owner>& session, std::string sql, protocol::prepare::reply prepared)
        : session_(session), queue_(session->core().queue()), sql_(std::move(sql)), prepared_(std::move(prepared)) {}
    statement_owner(const statement_owner&) = delete;
    statement_owner& operator=(const statement_owner&) = delete;
    ~statement_owner() override {
        const auto session = session_.lock();
        if (!session || session->core().is_foreign()) return;
        // Where there is no room for it, one that is in the mailbox already frees the statement.
        session->core().statements().close(prepared_.id);
        session->core().submit(protocol::close_statement(prepared_.id), submission(),
                               make_completion<protocol::done>([](result<protocol::done>) noexcept {}));
    }

    void start(protocol::execute request, request_options options, detail::completion<row_set> done) override {
        pass_on(std::move(request), std::move(options), std::move(done));
    }
    void start(protocol::execute_all request, request_options options,
               detail::completion<std::vector<row_set>> done) override {
        pass_on(std::move(request), std::move(options), std::move(done));
    }
    void start(protocol::stream_start request, stream_options options, detail::completion<row_stream> done) override {
        pass_on(std::move(request), std::move(options), std::move(done));
    }
    template <class Request, class Options, class T>
    void start_within(transaction_owner& tx, Request request, Options options, detail::completion<T> done) {
        const auto session = session_.lock();
        if (!session) return done(stale());
        if (!tx.is_of(session->core())) return done(of_another_session());
        request.statement = prepared_.id;
        tx.start(std::move(request), std::move(options), held(std::move(done)));
    }
    // A statement is executed, and nothing else.
    void start(protocol::catalog, request_options, detail::completion<row_set> done) override { done(no_other()); }
    void start(protocol::pipeline, request_options, detail::completion<protocol::pipeline::reply> done) override {
        done(no_other());
    }
    void start(protocol::bulk_insert, request_options, detail::completion<bulk_inserted> done) override {
        done(no_other());
    }
    void begin(transaction_options, request_options, detail::completion<transaction> done) override {
        done(no_other());
    }
    void pause(std::chrono::nanoseconds, detail::completion<bool> done) override { done(no_other()); }
    [[nodiscard]] engine_executor executor() const noexcept override { return engine_executor(queue_); }

    [[nodiscard]] const std::string& sql() const noexcept { return sql_; }
    [[nodiscard]] const protocol::prepare::reply& prepared() const noexcept { return prepared_; }

private:
    template <class Request, class Options, class T>
    void pass_on(Request request, Options options, detail::completion<T> done) {
        const auto session = session_.lock();
        if (!session) return done(stale());
        request.statement = prepared_.id;
        session->start(std::move(request), std::move(options), held(std::move(done)));
    }
    // Kept until its answer: the handle may be dropped before. What is closed is the session that it belonged to.
    template <class T>
    [[nodiscard]] detail::completion<T> held(detail::completion<T> done) {
        return adapt_completion<T>(
            std::move(done), [self = shared_from_this()](detail::completion<T> caller, result<T> r) mutable noexcept {
                self.reset();
                if (!r && r.error().code() == errc::closed) return caller(stale());
                caller(std::move(r));
            });
    }

    const std::weak_ptr<session_owner> session_;
    const std::shared_ptr<detail::completion_queue> queue_;
    const std::string sql_;
    const protocol::prepare::reply prepared_;
};

}  // namespace runtime

statement::statement() noexcept = default;
statement::statement(std::shared_ptr<runtime::statement_owner> owner) noexcept : owner_(std::move(owner)) {}
statement::statement(statement&&) noexcept = default;
statement& statement::operator=(statement&&) noexcept = default;
statement::~statement() = default;

statement_id statement::id() const noexcept {
    return owner_ ? owner_->prepared().id : statement_id();
}

std::string_view statement::sql() const noexcept {
    return owner_ ? std::string_view(owner_->sql()) : std::string_view();
}

std::size_t statement::parameter_count() const noexcept {
    return owner_ ? owner_->prepared().parameters : 0;
}

const schema* statement::columns() const noexcept {
    return owner_ ? owner_->prepared().columns.get() : nullptr;
}

std::span<const diagnostic> statement::warnings() const noexcept {
    if (!owner_) return {};
    return owner_->prepared().warnings;
}

const timings& statement::timings() const noexcept {
    static const auto* none = new sluice::timings();
    return owner_ ? owner_->prepared().timings : *none;
}

std::future<row_set> statement::query(args with, request_options options) {
    return detail::start_with_future<row_set>([&](detail::completion<row_set> done) {
        detail::start(request_target(), protocol::execute(std::string(), std::move(with)), std::move(options),
                      std::move(done));
    });
}

std::future<row_stream> statement::stream(args with, stream_options options) {
    return detail::start_with_future<row_stream>([&](detail::completion<row_stream> done) {
        detail::start(request_target(), protocol::stream_start(std::string(), std::move(with)), std::move(options),
                      std::move(done));
    });
}

detail::target_ptr statement::request_target() const noexcept {
    return owner_;
}

std::future<row_set> transaction::query(const statement& prepared, args with, request_options options) {
    return detail::start_with_future<row_set>([&](detail::completion<row_set> done) {
        detail::start_within(owner_, prepared.owner_, protocol::execute(std::string(), std::move(with)),
                             std::move(options), std::move(done));
    });
}

std::future<row_stream> transaction::stream(const statement& prepared, args with, stream_options options) {
    return detail::start_with_future<row_stream>([&](detail::completion<row_stream> done) {
        detail::start_within(owner_, prepared.owner_, protocol::stream_start(std::string(), std::move(with)),
                             std::move(options), std::move(done));
    });
}

std::future<statement> session::prepare(std::string sql, request_options options) {
    return detail::start_with_future<statement>([&](detail::completion<statement> done) {
        detail::start_prepare(owner_, std::move(sql), std::move(options), std::move(done));
    });
}

std::future<std::size_t> session::clear_statements(request_options options) {
    return detail::start_with_future<std::size_t>([&](detail::completion<std::size_t> done) {
        detail::start_clear(owner_, std::move(options), std::move(done));
    });
}

namespace detail {

void start_within(const transaction_ptr& tx, const statement_ptr& prepared, protocol::execute request,
                  request_options options, completion<row_set> done) {
    if (!tx || !prepared) return done(runtime::closed_handle());
    prepared->start_within(*tx, std::move(request), std::move(options), std::move(done));
}

void start_within(const transaction_ptr& tx, const statement_ptr& prepared, protocol::stream_start request,
                  stream_options options, completion<row_stream> done) {
    if (!tx || !prepared) return done(runtime::closed_handle());
    prepared->start_within(*tx, std::move(request), std::move(options), std::move(done));
}

void start_prepare(const std::shared_ptr<runtime::session_owner>& owner, std::string sql, request_options options,
                   completion<statement> done) {
    if (!owner) return done(runtime::closed_handle());
    protocol::prepare request(sql);
    // The caller may drop the session while it is prepared; nobody can use the statement then.
    auto prepared = runtime::adapt_completion<protocol::prepare::reply>(
        std::move(done), [session = std::weak_ptr(owner), sql = std::move(sql)](
                             completion<statement> caller, result<protocol::prepare::reply> r) mutable noexcept {
            if (!r) return caller(r.error());
            const auto alive = session.lock();
            if (!alive) return caller(runtime::stale());
            caller(statement(std::make_shared<runtime::statement_owner>(alive, std::move(sql), std::move(*r))));
        });
    submit(owner, std::move(request), std::move(options), std::move(prepared));
}

void start_clear(const std::shared_ptr<runtime::session_owner>& owner, request_options options,
                 completion<std::size_t> done) {
    auto counted = runtime::adapt_completion<protocol::clear_statements::reply>(
        std::move(done), [](completion<std::size_t> caller, result<protocol::clear_statements::reply> r) noexcept {
            if (!r) return caller(r.error());
            caller(r->freed);
        });
    submit(owner, protocol::clear_statements(), std::move(options), std::move(counted));
}

}  // namespace detail

}  // namespace sluice
