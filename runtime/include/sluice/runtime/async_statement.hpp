#pragma once
// The completion tokens of prepared statements: a part of async.hpp, which includes it.
//
// Threads: as the handles.

#include <sluice/runtime/async.hpp>
#include <sluice/runtime/statement.hpp>
#include <sluice/runtime/transaction.hpp>

namespace sluice {

template <class Token>
requires detail::token_for<Token, request_options>
auto session::async_prepare(std::string sql, request_options options, Token&& token) {
    return detail::initiate<statement>(
        detail::executor_of(owner_),
        [owner = owner_, sql = std::move(sql),
         options = std::move(options)](detail::completion<statement> done) mutable {
            detail::start_prepare(owner, std::move(sql), std::move(options), std::move(done));
        },
        std::forward<Token>(token));
}
template <class Token>
requires detail::token_for<Token, request_options>
auto session::async_prepare(std::string sql, Token&& token) {
    return async_prepare(std::move(sql), request_options(), std::forward<Token>(token));
}

template <class Token>
requires detail::token_for<Token, request_options>
auto session::async_clear_statements(request_options options, Token&& token) {
    return detail::initiate<std::size_t>(
        detail::executor_of(owner_),
        [owner = owner_, options = std::move(options)](detail::completion<std::size_t> done) mutable {
            detail::start_clear(owner, std::move(options), std::move(done));
        },
        std::forward<Token>(token));
}
template <class Token>
requires detail::token_for<Token, request_options>
auto session::async_clear_statements(Token&& token) {
    return async_clear_statements(request_options(), std::forward<Token>(token));
}

template <class Token>
requires detail::token_for<Token, request_options>
auto pool::async_clear_statements(request_options options, Token&& token) {
    return detail::initiate<std::size_t>(
        detail::executor_of(owner_),
        [owner = owner_, options = std::move(options)](detail::completion<std::size_t> done) mutable {
            detail::start_clear(owner, std::move(options), std::move(done));
        },
        std::forward<Token>(token));
}
template <class Token>
requires detail::token_for<Token, request_options>
auto pool::async_clear_statements(Token&& token) {
    return async_clear_statements(request_options(), std::forward<Token>(token));
}

template <class Token>
requires detail::token_for<Token, request_options>
auto statement::async_query(args with, request_options options, Token&& token) {
    return detail::initiate<row_set>(
        detail::fallback_of(request_target()),
        detail::start_request<request_options, protocol::execute>{
            request_target(), protocol::execute(std::string(), std::move(with)), std::move(options)},
        std::forward<Token>(token));
}
template <class Token>
requires detail::token_for<Token, request_options>
auto statement::async_query(args with, Token&& token) {
    return async_query(std::move(with), request_options(), std::forward<Token>(token));
}
template <class Token>
requires detail::token_for<Token, request_options>
auto statement::async_query(Token&& token) {
    return async_query(args(), request_options(), std::forward<Token>(token));
}

template <class T, class Token>
requires detail::token_for<Token, request_options>
auto statement::async_query_as(args with, request_options options, Token&& token) {
    return detail::initiate<row_set, std::vector<T>, detail::to_records<T>>(
        detail::fallback_of(request_target()),
        detail::start_request<request_options, protocol::execute>{
            request_target(), detail::execute_as<T>(std::string(), std::move(with)), std::move(options)},
        std::forward<Token>(token));
}
template <class T, class Token>
requires detail::token_for<Token, request_options>
auto statement::async_query_as(args with, Token&& token) {
    return async_query_as<T>(std::move(with), request_options(), std::forward<Token>(token));
}

template <class Token>
requires detail::token_for<Token, stream_options>
auto statement::async_stream(args with, stream_options options, Token&& token) {
    return detail::initiate<row_stream>(
        detail::fallback_of(request_target()),
        detail::start_request<stream_options, protocol::stream_start>{
            request_target(), protocol::stream_start(std::string(), std::move(with)), std::move(options)},
        std::forward<Token>(token));
}
template <class Token>
requires detail::token_for<Token, stream_options>
auto statement::async_stream(args with, Token&& token) {
    return async_stream(std::move(with), stream_options(), std::forward<Token>(token));
}
template <class Token>
requires detail::token_for<Token, stream_options>
auto statement::async_stream(Token&& token) {
    return async_stream(args(), stream_options(), std::forward<Token>(token));
}

// The same within a transaction.

namespace detail {

template <class Options, class Request>
struct start_statement_within {
    transaction_ptr transaction;
    statement_ptr prepared;
    Request request;
    Options options;
    template <class T>
    void operator()(completion<T> done) && {
        start_within(transaction, prepared, std::move(request), std::move(options), std::move(done));
    }
};

}  // namespace detail

template <class Token>
requires detail::token_for<Token, request_options>
auto transaction::async_query(const statement& prepared, args with, request_options options, Token&& token) {
    return detail::initiate<row_set>(
        detail::fallback_of(request_target()),
        detail::start_statement_within<request_options, protocol::execute>{
            owner_, prepared.owner_, protocol::execute(std::string(), std::move(with)), std::move(options)},
        std::forward<Token>(token));
}
template <class Token>
requires detail::token_for<Token, request_options>
auto transaction::async_query(const statement& prepared, args with, Token&& token) {
    return async_query(prepared, std::move(with), request_options(), std::forward<Token>(token));
}
template <class Token>
requires detail::token_for<Token, request_options>
auto transaction::async_query(const statement& prepared, Token&& token) {
    return async_query(prepared, args(), request_options(), std::forward<Token>(token));
}

template <class T, class Token>
requires detail::token_for<Token, request_options>
auto transaction::async_query_as(const statement& prepared, args with, request_options options, Token&& token) {
    return detail::initiate<row_set, std::vector<T>, detail::to_records<T>>(
        detail::fallback_of(request_target()),
        detail::start_statement_within<request_options, protocol::execute>{
            owner_, prepared.owner_, detail::execute_as<T>(std::string(), std::move(with)), std::move(options)},
        std::forward<Token>(token));
}
template <class T, class Token>
requires detail::token_for<Token, request_options>
auto transaction::async_query_as(const statement& prepared, args with, Token&& token) {
    return async_query_as<T>(prepared, std::move(with), request_options(), std::forward<Token>(token));
}

template <class Token>
requires detail::token_for<Token, stream_options>
auto transaction::async_stream(const statement& prepared, args with, stream_options options, Token&& token) {
    return detail::initiate<row_stream>(
        detail::fallback_of(request_target()),
        detail::start_statement_within<stream_options, protocol::stream_start>{
            owner_, prepared.owner_, protocol::stream_start(std::string(), std::move(with)), std::move(options)},
        std::forward<Token>(token));
}
template <class Token>
requires detail::token_for<Token, stream_options>
auto transaction::async_stream(const statement& prepared, args with, Token&& token) {
    return async_stream(prepared, std::move(with), stream_options(), std::forward<Token>(token));
}
template <class Token>
requires detail::token_for<Token, stream_options>
auto transaction::async_stream(const statement& prepared, Token&& token) {
    return async_stream(prepared, args(), stream_options(), std::forward<Token>(token));
}

}  // namespace sluice
