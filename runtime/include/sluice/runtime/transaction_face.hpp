#pragma once
// What begins transactions: a session, and a pool, which lends one of its sessions for it.
//
//   begin([transaction_options] [, request_options])        std::future<transaction>
//   async_begin(...)                                        the same with a completion token last
//   transact(body [, retry] [, transaction_options])        a whole transaction, repeated where it meets a conflict
//   async_transact<T>(body [, retry] [, options], handler)  the same for callbacks (<sluice/runtime/transact.hpp>)
//
// The deadline of the request_options covers waiting for a session of the pool and the begin, not the transaction.
//
// Threads: any.

#include <sluice/runtime/transaction.hpp>
#include <sluice/runtime/tx_retry.hpp>

#include <future>
#include <type_traits>
#include <utility>

namespace sluice {

template <class Derived>
class transaction_face {
public:
    [[nodiscard]] std::future<transaction> begin(transaction_options how = {}, request_options options = {}) {
        return detail::start_with_future<transaction>([&](detail::completion<transaction> done) {
            detail::start_begin(target(), std::move(how), std::move(options), std::move(done));
        });
    }

    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, transaction_options>
    [[nodiscard]] auto async_begin(Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, transaction_options>
    [[nodiscard]] auto async_begin(transaction_options how, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, transaction_options>
    [[nodiscard]] auto async_begin(transaction_options how, request_options options, Token&& token = Token());

    // For programs with futures alone. Begins, calls body(transaction&) on this thread, commits, and returns what the
    // body returned; throws database_error. Where retry says so it rests and does all of it again, so the body has to
    // keep nothing of an attempt that failed. Anything that the body throws rolls back; what is no database_error is
    // not repeated. Blocks: not for a thread that must not.
    template <class Body>
    auto transact(Body&& body, tx_retry retry = {}, transaction_options how = {});

    // Begins, calls body(transaction&, transact_done<T>) on the engine's executor, commits what that answers with, and
    // completes the handler, void(result<T>), or the future of sluice::use_future. Does all of it again where retry
    // says so.
    template <class T, class Body, class Handler>
    auto async_transact(Body body, Handler handler);
    template <class T, class Body, class Handler>
    auto async_transact(Body body, tx_retry retry, Handler handler);
    template <class T, class Body, class Handler>
    auto async_transact(Body body, tx_retry retry, transaction_options how, Handler handler);

protected:
    transaction_face() = default;
    ~transaction_face() = default;
    transaction_face(transaction_face&&) = default;
    transaction_face& operator=(transaction_face&&) = default;

private:
    [[nodiscard]] detail::target_ptr target() const { return static_cast<const Derived&>(*this).request_target(); }
};

namespace detail {
// False also where there is an error instead: the engine goes away.
[[nodiscard]] SLUICE_EXPORT bool answered_true(std::future<bool>);
}  // namespace detail

template <class Derived>
template <class Body>
auto transaction_face<Derived>::transact(Body&& body, tx_retry retry, transaction_options how) {
    const auto at = target();
    while (true) {
        try {
            transaction tx = begin(how).get();
            if constexpr (std::is_void_v<std::invoke_result_t<Body&, transaction&>>) {
                body(tx);
                tx.commit().get();
                return;
            } else {
                auto made = body(tx);
                tx.commit().get();
                return made;
            }
        } catch (const database_error& failed) {
            if (!detail::answered_true(retry.again_at(at, failed.error()))) throw;
        }
    }
}

}  // namespace sluice
