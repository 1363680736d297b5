#pragma once
// The calls of transactions that take a completion token, and whole transactions for callbacks.
//
// Threads: as the handles.

#include <sluice/runtime/async.hpp>
#include <sluice/runtime/transact.hpp>
#include <sluice/runtime/transaction_face.hpp>

namespace sluice {

namespace detail {

// A request of a transaction, as an object that waits until its token wants it to start.
template <class R>
struct start_in_transaction {
    transaction_ptr owner;
    R request;
    request_options options;
    void operator()(completion<protocol::done> done) && {
        submit(owner, std::move(request), std::move(options), std::move(done));
    }
};

template <class R, class Token>
[[nodiscard]] auto initiate_in_transaction(transaction_ptr owner, R request, request_options options, Token&& token) {
    const auto executor = executor_of(owner);
    return initiate<protocol::done>(executor,
                                    start_in_transaction<R>{std::move(owner), std::move(request), std::move(options)},
                                    std::forward<Token>(token));
}

struct start_transaction {
    target_ptr target;
    transaction_options how;
    request_options options;
    void operator()(completion<transaction> done) && {
        start_begin(target, std::move(how), std::move(options), std::move(done));
    }
};

template <class Token>
inline constexpr bool is_for_coroutines = std::is_same_v<Token, asio::deferred_t>;
template <class Executor>
inline constexpr bool is_for_coroutines<asio::use_awaitable_t<Executor>> = true;
template <class Token>
inline constexpr bool is_for_coroutines<or_throw_t<Token>> = is_for_coroutines<Token>;

struct start_rest {
    target_ptr target;
    std::optional<std::chrono::nanoseconds> length;
    void operator()(completion<bool> done) && { start_pause(target, length, std::move(done)); }
};

}  // namespace detail

template <class D>
template <class Token>
requires detail::token_for<Token, transaction_options>
auto transaction_face<D>::async_begin(transaction_options how, request_options options, Token&& token) {
    return detail::initiate<transaction>(detail::fallback_of(target()),
                                         detail::start_transaction{target(), std::move(how), std::move(options)},
                                         std::forward<Token>(token));
}
template <class D>
template <class Token>
requires detail::token_for<Token, transaction_options>
auto transaction_face<D>::async_begin(transaction_options how, Token&& token) {
    return async_begin(std::move(how), request_options(), std::forward<Token>(token));
}
template <class D>
template <class Token>
requires detail::token_for<Token, transaction_options>
auto transaction_face<D>::async_begin(Token&& token) {
    return async_begin(transaction_options(), request_options(), std::forward<Token>(token));
}

template <class Token>
requires detail::token_for<Token, request_options>
auto transaction::async_commit(request_options options, Token&& token) {
    return detail::initiate_in_transaction(owner_, protocol::commit(), std::move(options), std::forward<Token>(token));
}
template <class Token>
requires detail::token_for<Token, request_options>
auto transaction::async_commit(Token&& token) {
    return async_commit(request_options(), std::forward<Token>(token));
}
template <class Token>
requires detail::token_for<Token, request_options>
auto transaction::async_rollback(request_options options, Token&& token) {
    return detail::initiate_in_transaction(owner_, protocol::rollback(), std::move(options),
                                           std::forward<Token>(token));
}
template <class Token>
requires detail::token_for<Token, request_options>
auto transaction::async_rollback(Token&& token) {
    return async_rollback(request_options(), std::forward<Token>(token));
}
template <class Token>
requires detail::token_for<Token, request_options>
auto transaction::async_savepoint(std::string name, request_options options, Token&& token) {
    return detail::initiate_in_transaction(owner_, protocol::savepoint(std::move(name)), std::move(options),
                                           std::forward<Token>(token));
}
template <class Token>
requires detail::token_for<Token, request_options>
auto transaction::async_savepoint(std::string name, Token&& token) {
    return async_savepoint(std::move(name), request_options(), std::forward<Token>(token));
}
template <class Token>
requires detail::token_for<Token, request_options>
auto transaction::async_rollback_to(std::string name, request_options options, Token&& token) {
    return detail::initiate_in_transaction(owner_, protocol::rollback_to(std::move(name)), std::move(options),
                                           std::forward<Token>(token));
}
template <class Token>
requires detail::token_for<Token, request_options>
auto transaction::async_rollback_to(std::string name, Token&& token) {
    return async_rollback_to(std::move(name), request_options(), std::forward<Token>(token));
}
template <class Token>
requires detail::token_for<Token, request_options>
auto transaction::async_release(std::string name, request_options options, Token&& token) {
    return detail::initiate_in_transaction(owner_, protocol::release(std::move(name)), std::move(options),
                                           std::forward<Token>(token));
}
template <class Token>
requires detail::token_for<Token, request_options>
auto transaction::async_release(std::string name, Token&& token) {
    return async_release(std::move(name), request_options(), std::forward<Token>(token));
}

template <class Db, class Token>
auto tx_retry::async_again(const Db& db, const error& why, Token&& token) {
    auto target = db.request_target();
    const auto executor = detail::fallback_of(target);
    return detail::initiate<bool>(executor, detail::start_rest{std::move(target), next(why)},
                                  std::forward<Token>(token));
}

template <class D>
template <class T, class Body, class Handler>
auto transaction_face<D>::async_transact(Body body, tx_retry retry, transaction_options how, Handler handler) {
    static_assert(
        !detail::is_for_coroutines<Handler>,
        "sluice: async_transact takes a handler, void(result<T>): in a coroutine write the loop with tx_retry");
    const auto executor = detail::fallback_of(target());
    return detail::initiate<T>(
        executor,
        [at = target(), executor, body = std::move(body), retry, how](detail::completion<T> done) mutable {
            detail::transaction_run<T, Body>::start(std::move(at), executor, std::move(body), retry, std::move(how),
                                                    std::move(done));
        },
        std::move(handler));
}
template <class D>
template <class T, class Body, class Handler>
auto transaction_face<D>::async_transact(Body body, tx_retry retry, Handler handler) {
    return async_transact<T>(std::move(body), retry, transaction_options(), std::move(handler));
}
template <class D>
template <class T, class Body, class Handler>
auto transaction_face<D>::async_transact(Body body, Handler handler) {
    return async_transact<T>(std::move(body), tx_retry(), transaction_options(), std::move(handler));
}

}  // namespace sluice
