// Every operation awaited: with a result and with exceptions.

#include "support.hpp"

using namespace api;

namespace {

template <class Op>
using answer_of = sluice::result<typename Op::value>;

template <class Op>
asio::awaitable<answer_of<Op>> by_default(stage& s) {
    co_return co_await Op::start(s);
}

template <class Op, class Token>
asio::awaitable<answer_of<Op>> by_throwing(stage& s, Token token) {
    try {
        co_return co_await Op::start(s, token);
    } catch (const sluice::database_error& e) {
        co_return e.error();
    }
}

template <class Op, class Token>
asio::awaitable<answer_of<Op>> by_result(stage& s, Token token) {
    co_return co_await Op::start(s, token);
}

template <class Op, class Token>
asio::awaitable<answer_of<Op>> by_tuple(stage& s, Token token) {
    auto [r] = co_await Op::start(s, asio::as_tuple(token));
    co_return std::move(r);
}

}  // namespace

TEST_CASE("co_await: every operation with the default token") {
    try_all([]<class Op>(stage& s) { return run(by_default<Op>(s)); });
}

TEST_CASE("co_await: every operation with use_awaitable") {
    try_all([]<class Op>(stage& s) { return run(by_throwing<Op>(s, sluice::use_awaitable)); });
}

TEST_CASE("co_await: every operation with or_throw of the use_awaitable of Asio") {
    try_all([]<class Op>(stage& s) { return run(by_throwing<Op>(s, sluice::or_throw(asio::use_awaitable))); });
}

TEST_CASE("co_await: every operation with the use_awaitable of Asio holds a result") {
    try_all([]<class Op>(stage& s) { return run(by_result<Op>(s, asio::use_awaitable)); });
}

TEST_CASE("co_await: every operation as a tuple deferred") {
    try_all([]<class Op>(stage& s) { return run(by_tuple<Op>(s, asio::deferred)); });
}

TEST_CASE("co_await: every operation as a tuple of use_awaitable") {
    try_all([]<class Op>(stage& s) { return run(by_tuple<Op>(s, asio::use_awaitable)); });
}
