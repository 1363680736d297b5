#pragma once
// Completion tokens: everything that takes one, for Boost.Asio 1.81 and later.
//
//   co_await db.async_query(sql)                            result<row_set>: nothing throws
//   co_await db.async_query(sql, sluice::use_awaitable)     row_set: throws database_error
//   db.async_query(sql, [](sluice::result<sluice::row_set> r) { ... });
//   db.async_query(sql, asio::bind_executor(gui, handler))  an executor needs execute(f) and ==
//
// Signature: void(result<T>). or_throw(token) turns it into void(std::exception_ptr, T), for tokens and operators that
// want that (operator||, wait_for_one_success). A handler runs on its associated executor, else on the engine's, by
// post: never inside of the initiating function, never on a worker, never under a lock. Its associated allocator serves
// the operation's memory, its cancellation slot withdraws it.
//
// Threads: as the handles.

#include <sluice/runtime/context_watch.hpp>
#include <sluice/runtime/engine.hpp>
#include <sluice/runtime/pool.hpp>
#include <sluice/runtime/row_stream.hpp>
#include <sluice/runtime/session.hpp>

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/associator.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/require.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

namespace sluice {

template <class Token>
struct or_throw_t {
    Token token;
    constexpr or_throw_t() = default;
    constexpr explicit or_throw_t(Token t) : token(std::move(t)) {}
};

// The throwing form of a token.
template <class Token>
[[nodiscard]] constexpr or_throw_t<std::decay_t<Token>> or_throw(Token&& token) {
    return or_throw_t<std::decay_t<Token>>(std::forward<Token>(token));
}

// Completes a std::future, fulfilled where the result is made.
struct use_future_t {
    constexpr use_future_t() noexcept {}
};

inline constexpr or_throw_t<boost::asio::use_awaitable_t<>> use_awaitable{};
inline constexpr use_future_t use_future{};

// What the engine's executor is to Asio: it never runs a function inline, and keeps the context of the executor that
// the engine was made with running while it is tracked.
[[nodiscard]] inline engine_executor require(const engine_executor& e, boost::asio::execution::blocking_t::never_t) {
    return e;
}
[[nodiscard]] inline engine_executor require(const engine_executor& e,
                                             boost::asio::execution::outstanding_work_t::tracked_t) {
    return e.tracked();
}
[[nodiscard]] inline engine_executor require(const engine_executor& e,
                                             boost::asio::execution::outstanding_work_t::untracked_t) {
    return e.untracked();
}

namespace detail {

namespace asio = boost::asio;

// What use_future makes of a call: its promise is fulfilled in place, no executor is involved.
template <class T>
struct promise_handler {
    std::shared_ptr<std::promise<T>> promise;
    void operator()(result<T> r) const {
        if (r)
            promise->set_value(std::move(*r));
        else
            promise->set_exception(std::make_exception_ptr(database_error(r.error())));
    }
};
template <class Handler>
inline constexpr bool runs_in_place = false;
template <class T>
inline constexpr bool runs_in_place<promise_handler<T>> = true;

// Of several types the one that gives up most.
[[nodiscard]] constexpr cancel_strength strength_of(asio::cancellation_type type) noexcept {
    if ((type & asio::cancellation_type::terminal) != asio::cancellation_type::none) return cancel_strength::terminal;
    if ((type & asio::cancellation_type::partial) != asio::cancellation_type::none) return cancel_strength::partial;
    return cancel_strength::total;
}

template <class Executor>
inline constexpr bool never_blocks = asio::can_require_v<Executor, asio::execution::blocking_t::never_t>;

// Any function as one that can be copied: who has only execute() often takes a std::function.
template <class Function>
struct shared_call {
    std::shared_ptr<Function> function;
    void operator()() const { (*function)(); }
};

// Runs the function later. An executor that cannot promise to do that (one that has only execute(),
// any_completion_executor) is told on the fallback's thread: its execute() is the user's code, and may call the
// function at once.
template <class Executor, class Function>
void run_later(const Executor& executor, const engine_executor& fallback, Function&& function) {
    using call = std::decay_t<Function>;
    if constexpr (std::is_same_v<Executor, engine_executor>)
        executor.execute(std::forward<Function>(function));
    else if constexpr (never_blocks<Executor>)
        asio::post(executor, std::forward<Function>(function));
    else
        fallback.execute([executor, later = shared_call<call>{std::make_shared<call>(
                                        std::forward<Function>(function))}] { executor.execute(later); });
}

// A completion that is an Asio handler. T is what the core answers with, Convert makes of it what the handler takes.
template <class T, class Handler, class Convert>
class handler_completion final : public completion_node<T> {
    using executor_type = asio::associated_executor_t<Handler, engine_executor>;
    using work_type =
        std::decay_t<decltype(asio::prefer(std::declval<executor_type>(), asio::execution::outstanding_work.tracked))>;
    using slot_type = asio::associated_cancellation_slot_t<Handler>;
    using allocator_type = typename std::allocator_traits<asio::associated_allocator_t<Handler>>::template rebind_alloc<
        handler_completion>;

public:
    [[nodiscard]] static completion<T> make(Handler handler, Convert convert, const engine_executor& fallback) {
        allocator_type allocator(asio::get_associated_allocator(handler));
        handler_completion* node = std::allocator_traits<allocator_type>::allocate(allocator, 1);
        completion<T> made(new (node) handler_completion(std::move(handler), std::move(convert), fallback));
        if constexpr (has_context<work_type> && !runs_in_place<Handler>)
            return watched_completion<T>::make(context_of(node->work_), std::move(made));
        else
            return made;
    }

    void complete(result<T> r) noexcept override {
        result_.emplace(std::move(r));
        if constexpr (runs_in_place<Handler>) {
            delivery{owner(this)}();
        } else {
            const work_type executor = work_;
            const engine_executor fallback = fallback_;
            run_later(executor, fallback, delivery{owner(this)});
        }
    }
    void accepted(const cancel_handle& handle) noexcept override {
        slot_type slot = asio::get_associated_cancellation_slot(handler_);
        if (!slot.is_connected()) return;
        slot.assign([handle](asio::cancellation_type type) {
            if (type != asio::cancellation_type::none) handle(strength_of(type));
        });
    }
    void destroy() noexcept override { owner(this).reset(); }

private:
    // The memory goes first: the handler may be what its allocator lives in.
    [[nodiscard]] static Handler take_handler(handler_completion* node) noexcept {
        Handler handler(std::move(node->handler_));
        allocator_type allocator(asio::get_associated_allocator(handler));
        node->~handler_completion();
        std::allocator_traits<allocator_type>::deallocate(allocator, node, 1);
        return handler;
    }
    struct drop {
        void operator()(handler_completion* node) const noexcept { (void)take_handler(node); }
    };
    using owner = std::unique_ptr<handler_completion, drop>;

    // Runs on the handler's executor.
    struct delivery {
        owner node;
        using allocator_type = asio::associated_allocator_t<Handler>;
        [[nodiscard]] allocator_type get_allocator() const noexcept {
            return asio::get_associated_allocator(node->handler_);
        }
        void operator()() {
            slot_type slot = asio::get_associated_cancellation_slot(node->handler_);
            if (slot.is_connected()) slot.clear();
            Convert convert = std::move(node->convert_);
            result<T> r = std::move(*node->result_);
            [[maybe_unused]] const work_type work = node->work_;
            Handler handler = take_handler(node.release());
            std::move(handler)(convert(std::move(r)));
        }
    };

    handler_completion(Handler&& handler, Convert&& convert, const engine_executor& fallback)
        : handler_(std::move(handler)),
          convert_(std::move(convert)),
          work_(asio::prefer(asio::get_associated_executor(handler_, fallback),
                             asio::execution::outstanding_work.tracked)),
          fallback_(fallback) {}
    ~handler_completion() = default;

    Handler handler_;
    Convert convert_;
    work_type work_;  // keeps the handler's execution context running
    engine_executor fallback_;
    std::optional<result<T>> result_;
};

// Calls start(completion<T>) for the token; U is what the handler takes a result of.
template <class T, class U = T, class Convert = as_it_is, class Start, class Token>
[[nodiscard]] auto initiate(const engine_executor& fallback, Start start, Token&& token) {
    using token_type = std::decay_t<Token>;
    static_assert(!std::is_arithmetic_v<token_type> && !std::is_convertible_v<token_type, std::string_view> &&
                      !is_optional<token_type>,
                  "sluice: the last argument is a completion token; parameters go into sluice::args(...)");
    return asio::async_initiate<Token, void(result<U>)>(
        [fallback, start = std::move(start)](auto handler) mutable {
            using handler_type = std::decay_t<decltype(handler)>;
            std::move(start)(
                handler_completion<T, handler_type, Convert>::make(std::move(handler), Convert(), fallback));
        },
        token);
}

// The calls, as objects that wait until their token wants them to start.
template <class Options, class Request>
struct start_request {
    target_ptr target;
    Request request;
    Options options;
    template <class T>
    void operator()(completion<T> done) && {
        start(target, std::move(request), std::move(options), std::move(done));
    }
};

template <class T, class Handler>
struct or_throw_handler {
    Handler next;
    void operator()(result<T> r) {
        if (r)
            std::move(next)(std::exception_ptr(), std::move(*r));
        else
            std::move(next)(std::make_exception_ptr(database_error(r.error())), T());
    }
};

[[nodiscard]] inline engine_executor fallback_of(const target_ptr& target) noexcept {
    return target ? target->executor() : engine_executor();
}

}  // namespace detail

template <class D>
template <class Token>
requires detail::token_for<Token, request_options>
auto query_face<D>::async_query(std::string sql, args with, request_options options, Token&& token) {
    return detail::initiate<row_set>(
        detail::fallback_of(target()),
        detail::start_request<request_options, protocol::execute>{
            target(), protocol::execute(std::move(sql), std::move(with)), std::move(options)},
        std::forward<Token>(token));
}
template <class D>
template <class Token>
requires detail::token_for<Token, request_options>
auto query_face<D>::async_query(std::string sql, args with, Token&& token) {
    return async_query(std::move(sql), std::move(with), request_options(), std::forward<Token>(token));
}
template <class D>
template <class Token>
requires detail::token_for<Token, request_options>
auto query_face<D>::async_query(std::string sql, request_options options, Token&& token) {
    return async_query(std::move(sql), args(), std::move(options), std::forward<Token>(token));
}
template <class D>
template <class Token>
requires detail::token_for<Token, request_options>
auto query_face<D>::async_query(std::string sql, Token&& token) {
    return async_query(std::move(sql), args(), request_options(), std::forward<Token>(token));
}

template <class D>
template <class Token>
requires detail::token_for<Token, request_options>
auto query_face<D>::async_query_all(std::string sql, args with, request_options options, Token&& token) {
    return detail::initiate<std::vector<row_set>>(
        detail::fallback_of(target()),
        detail::start_request<request_options, protocol::execute_all>{
            target(), protocol::execute_all(std::move(sql), std::move(with)), std::move(options)},
        std::forward<Token>(token));
}
template <class D>
template <class Token>
requires detail::token_for<Token, request_options>
auto query_face<D>::async_query_all(std::string sql, args with, Token&& token) {
    return async_query_all(std::move(sql), std::move(with), request_options(), std::forward<Token>(token));
}
template <class D>
template <class Token>
requires detail::token_for<Token, request_options>
auto query_face<D>::async_query_all(std::string sql, request_options options, Token&& token) {
    return async_query_all(std::move(sql), args(), std::move(options), std::forward<Token>(token));
}
template <class D>
template <class Token>
requires detail::token_for<Token, request_options>
auto query_face<D>::async_query_all(std::string sql, Token&& token) {
    return async_query_all(std::move(sql), args(), request_options(), std::forward<Token>(token));
}

template <class D>
template <class T, class Token>
requires detail::token_for<Token, request_options>
auto query_face<D>::async_query_as(std::string sql, args with, request_options options, Token&& token) {
    return detail::initiate<row_set, std::vector<T>, detail::to_records<T>>(
        detail::fallback_of(target()),
        detail::start_request<request_options, protocol::execute>{
            target(), detail::execute_as<T>(std::move(sql), std::move(with)), std::move(options)},
        std::forward<Token>(token));
}
template <class D>
template <class T, class Token>
requires detail::token_for<Token, request_options>
auto query_face<D>::async_query_as(std::string sql, args with, Token&& token) {
    return async_query_as<T>(std::move(sql), std::move(with), request_options(), std::forward<Token>(token));
}
template <class D>
template <class T, class Token>
requires detail::token_for<Token, request_options>
auto query_face<D>::async_query_as(std::string sql, request_options options, Token&& token) {
    return async_query_as<T>(std::move(sql), args(), std::move(options), std::forward<Token>(token));
}
template <class D>
template <class T, class Token>
requires detail::token_for<Token, request_options>
auto query_face<D>::async_query_as(std::string sql, Token&& token) {
    return async_query_as<T>(std::move(sql), args(), request_options(), std::forward<Token>(token));
}

template <class D>
template <class Token>
requires detail::token_for<Token, stream_options>
auto query_face<D>::async_stream(std::string sql, args with, stream_options options, Token&& token) {
    return detail::initiate<row_stream>(
        detail::fallback_of(target()),
        detail::start_request<stream_options, protocol::stream_start>{
            target(), protocol::stream_start(std::move(sql), std::move(with)), std::move(options)},
        std::forward<Token>(token));
}
template <class D>
template <class Token>
requires detail::token_for<Token, stream_options>
auto query_face<D>::async_stream(std::string sql, args with, Token&& token) {
    return async_stream(std::move(sql), std::move(with), stream_options(), std::forward<Token>(token));
}
template <class D>
template <class Token>
requires detail::token_for<Token, stream_options>
auto query_face<D>::async_stream(std::string sql, stream_options options, Token&& token) {
    return async_stream(std::move(sql), args(), std::move(options), std::forward<Token>(token));
}
template <class D>
template <class Token>
requires detail::token_for<Token, stream_options>
auto query_face<D>::async_stream(std::string sql, Token&& token) {
    return async_stream(std::move(sql), args(), stream_options(), std::forward<Token>(token));
}

template <class D>
template <class Token>
requires detail::token_for<Token, request_options>
auto query_face<D>::async_catalog(catalog_query what, request_options options, Token&& token) {
    return detail::initiate<row_set>(detail::fallback_of(target()),
                                     detail::start_request<request_options, protocol::catalog>{
                                         target(), protocol::catalog(std::move(what)), std::move(options)},
                                     std::forward<Token>(token));
}
template <class D>
template <class Token>
requires detail::token_for<Token, request_options>
auto query_face<D>::async_catalog(catalog_query what, Token&& token) {
    return async_catalog(std::move(what), request_options(), std::forward<Token>(token));
}

template <class D>
template <class Token>
requires detail::token_for<Token, request_options>
auto query_face<D>::async_pipeline(protocol::pipeline statements, request_options options, Token&& token) {
    return detail::initiate<protocol::pipeline::reply>(
        detail::fallback_of(target()),
        detail::start_request<request_options, protocol::pipeline>{target(), std::move(statements), std::move(options)},
        std::forward<Token>(token));
}
template <class D>
template <class Token>
requires detail::token_for<Token, request_options>
auto query_face<D>::async_pipeline(protocol::pipeline statements, Token&& token) {
    return async_pipeline(std::move(statements), request_options(), std::forward<Token>(token));
}

template <class D>
template <class Token>
requires detail::token_for<Token, request_options>
auto query_face<D>::async_bulk_insert(bulk_rows rows, request_options options, Token&& token) {
    return detail::initiate<bulk_inserted>(detail::fallback_of(target()),
                                           detail::start_request<request_options, protocol::bulk_insert>{
                                               target(), protocol::bulk_insert(std::move(rows)), std::move(options)},
                                           std::forward<Token>(token));
}
template <class D>
template <class Token>
requires detail::token_for<Token, request_options>
auto query_face<D>::async_bulk_insert(bulk_rows rows, Token&& token) {
    return async_bulk_insert(std::move(rows), request_options(), std::forward<Token>(token));
}

template <class Token>
auto row_stream::async_next(Token&& token) {
    return detail::initiate<std::optional<batch>>(
        detail::executor_of(owner_),
        [owner = owner_](detail::completion<std::optional<batch>> done) { detail::start_next(owner, std::move(done)); },
        std::forward<Token>(token));
}

template <class Token>
auto row_stream::async_next_result(Token&& token) {
    return detail::initiate<bool>(
        detail::executor_of(owner_),
        [owner = owner_](detail::completion<bool> done) { detail::start_next_result(owner, std::move(done)); },
        std::forward<Token>(token));
}

template <class Token>
auto row_stream::async_close(Token&& token) {
    return detail::initiate<protocol::done>(
        detail::executor_of(owner_),
        [owner = owner_](detail::completion<protocol::done> done) { detail::start_close(owner, std::move(done)); },
        std::forward<Token>(token));
}

template <class R, class Token>
requires protocol::is_request<R>
auto session::async_submit(R request, request_options options, Token&& token) {
    return detail::initiate<typename R::reply>(
        detail::executor_of(owner_),
        [owner = owner_, request = std::move(request),
         options = std::move(options)](detail::completion<typename R::reply> done) mutable {
            detail::submit(owner, std::move(request), std::move(options), std::move(done));
        },
        std::forward<Token>(token));
}

template <class R, class Token>
requires protocol::is_request<R>
auto session::async_submit(R request, Token&& token) {
    return async_submit(std::move(request), request_options(), std::forward<Token>(token));
}

template <class Token>
requires detail::token_for<Token, request_options>
auto session::async_capabilities(request_options options, Token&& token) {
    return async_submit(protocol::capabilities(), std::move(options), std::forward<Token>(token));
}

template <class Token>
requires detail::token_for<Token, request_options>
auto session::async_capabilities(Token&& token) {
    return async_capabilities(request_options(), std::forward<Token>(token));
}

template <class Token>
auto session::async_close(Token&& token) {
    return async_submit(protocol::disconnect(), request_options(), std::forward<Token>(token));
}

template <class Token>
requires detail::token_for<Token, lease_options>
auto pool::async_acquire(lease_options options, Token&& token, call_site from) {
    return detail::initiate<session>(
        detail::executor_of(owner_),
        [owner = owner_, options = std::move(options), from](detail::completion<session> done) mutable {
            detail::start_acquire(owner, std::move(options), from, std::move(done));
        },
        std::forward<Token>(token));
}

template <class Token>
requires detail::token_for<Token, lease_options>
auto pool::async_acquire(Token&& token, call_site from) {
    return async_acquire(lease_options(), std::forward<Token>(token), from);
}

template <class Token>
requires detail::token_for<Token, connect_options>
auto engine::async_connect(std::string connection_string, connect_options options, Token&& token) {
    return detail::initiate<session>(
        detail::executor_of(core_),
        [core = core_, text = std::move(connection_string),
         options = std::move(options)](detail::completion<session> done) mutable {
            detail::start_connect(core, std::move(text), std::move(options), std::move(done));
        },
        std::forward<Token>(token));
}

template <class Token>
requires detail::token_for<Token, connect_options>
auto engine::async_connect(std::string connection_string, Token&& token) {
    return async_connect(std::move(connection_string), connect_options(), std::forward<Token>(token));
}

template <class Token>
auto engine::async_shutdown(shutdown_mode mode, clock::duration grace, Token&& token) {
    return detail::initiate<shutdown_report>(
        detail::executor_of(core_),
        [core = core_, mode, grace](detail::completion<shutdown_report> done) {
            detail::start_shutdown(core, mode, grace, std::move(done));
        },
        std::forward<Token>(token));
}

namespace detail {

// The user's executor as the place where handlers run. What comes when its context is gone is dropped, where that keeps
// no worker.
template <class Executor>
class executor_queue final : public completion_queue,
                             private context_watch::member,
                             public std::enable_shared_from_this<executor_queue<Executor>> {
    using work_type =
        std::decay_t<decltype(asio::prefer(std::declval<Executor>(), asio::execution::outstanding_work.tracked))>;

public:
    explicit executor_queue(Executor executor) : executor_(std::move(executor)) {
        if constexpr (has_context<Executor>)
            watch_ = context_watch::of(context_of(*executor_));
        else
            watch_ = std::make_shared<context_watch>();
        auto held = watch_->lock();
        if (watch_->is_gone())
            context_gone(held);
        else
            watch_->join(*this);
    }
    ~executor_queue() override {
        const auto held = watch_->lock();
        if (executor_) watch_->leave(*this);
    }

    void post(task t) override {
        const context_watch::posting under_way(*watch_);
        if (const auto executor = executor_to_post()) return run_later(*executor, engine_executor(), std::move(t));
        engine_executor().execute([dropped = std::move(t)] {});
    }
    [[nodiscard]] std::shared_ptr<void> work() override {
        const auto held = watch_->lock();
        if (!executor_) return nullptr;
        if (users_++ == 0) work_.emplace(asio::prefer(*executor_, asio::execution::outstanding_work.tracked));
        return {this, [self = this->shared_from_this()](executor_queue* queue) {
                    queue->work_finished();
                }};
    }

private:
    // Empty where the context is gone.
    [[nodiscard]] std::optional<Executor> executor_to_post() {
        const auto held = watch_->lock();
        return executor_;
    }
    void work_finished() noexcept {
        const auto held = watch_->lock();
        if (--users_ == 0) work_.reset();
    }
    void context_gone(std::unique_lock<std::mutex>&) noexcept override {
        work_.reset();
        executor_.reset();
    }

    std::shared_ptr<context_watch> watch_;
    std::optional<Executor> executor_;  // guarded by watch_: empty when the context is gone
    std::optional<work_type> work_;     // guarded by watch_: while there are users
    std::size_t users_ = 0;             // guarded by watch_
};

}  // namespace detail

template <class Executor>
requires detail::executor_like<Executor> engine::engine(Executor executor, engine_options options)
    : engine(std::move(options), std::make_shared<detail::executor_queue<Executor>>(std::move(executor))) {}

}  // namespace sluice

namespace sluice::detail {

// The binders of Asio 1.81 ask async_result for its return_type.
template <class Result>
struct return_type_of {};
template <class Result>
requires requires {
    typename Result::return_type;
}
struct return_type_of<Result> {
    using return_type = typename Result::return_type;
};

}  // namespace sluice::detail

namespace boost::asio {

template <template <class, class> class Associator, class T, class Handler, class Default>
struct associator<Associator, sluice::detail::or_throw_handler<T, Handler>, Default> : Associator<Handler, Default> {
    static auto get(const sluice::detail::or_throw_handler<T, Handler>& h) noexcept {
        return Associator<Handler, Default>::get(h.next);
    }
    static auto get(const sluice::detail::or_throw_handler<T, Handler>& h, const Default& d) noexcept {
        return Associator<Handler, Default>::get(h.next, d);
    }
};

template <class Token, class T>
class async_result<sluice::or_throw_t<Token>, void(sluice::result<T>)>
    : public sluice::detail::return_type_of<async_result<Token, void(std::exception_ptr, T)>> {
public:
    template <class Initiation, class RawToken, class... Args>
    static auto initiate(Initiation&& initiation, RawToken&& token, Args&&... args) {
        // An rvalue gives its token away: a handler may be one that can only be moved.
        constexpr bool movable = std::is_same_v<RawToken, sluice::or_throw_t<Token>>;
        return async_initiate<std::conditional_t<movable, Token, const Token&>, void(std::exception_ptr, T)>(
            [initiation = std::forward<Initiation>(initiation)](auto handler, auto&&... rest) mutable {
                using handler_type = std::decay_t<decltype(handler)>;
                std::move(initiation)(sluice::detail::or_throw_handler<T, handler_type>{std::move(handler)},
                                      std::forward<decltype(rest)>(rest)...);
            },
            token.token, std::forward<Args>(args)...);
    }
};

template <class T>
class async_result<sluice::use_future_t, void(sluice::result<T>)> {
public:
    using return_type = std::future<T>;
    template <class Initiation, class RawToken, class... Args>
    static std::future<T> initiate(Initiation&& initiation, RawToken&&, Args&&... args) {
        auto promise = std::make_shared<std::promise<T>>();
        auto future = promise->get_future();
        std::forward<Initiation>(initiation)(sluice::detail::promise_handler<T>{std::move(promise)},
                                             std::forward<Args>(args)...);
        return future;
    }
};

}  // namespace boost::asio

// What takes a token of a statement, of a transaction.
#include <sluice/runtime/async_bulk_load.hpp>    // IWYU pragma: export
#include <sluice/runtime/async_partitioned.hpp>  // IWYU pragma: export
#include <sluice/runtime/async_statement.hpp>    // IWYU pragma: export
#include <sluice/runtime/async_transaction.hpp>  // IWYU pragma: export
