#pragma once
// Readings in partitions with a completion token. Comes with <sluice/runtime/async.hpp>.
//
// Threads: as the handles. A cancellation slot of the start withdraws all of it; of a next, only that wait.

#include <sluice/runtime/async.hpp>

namespace sluice {

template <class Token>
requires detail::token_for<Token, partition_options>
auto pool::async_stream_partitioned(std::string sql, args with, partition_options options, Token&& token) {
    return detail::initiate<partitioned_stream>(
        detail::executor_of(owner_),
        [owner = owner_, sql = std::move(sql), with = std::move(with),
         options = std::move(options)](detail::completion<partitioned_stream> done) mutable {
            detail::start_partitioned(owner, std::move(sql), std::move(with), options, std::move(done));
        },
        std::forward<Token>(token));
}
template <class Token>
requires detail::token_for<Token, partition_options>
auto pool::async_stream_partitioned(std::string sql, partition_options options, Token&& token) {
    return async_stream_partitioned(std::move(sql), args(), std::move(options), std::forward<Token>(token));
}

template <class Token>
auto partitioned_stream::async_next(Token&& token) {
    return detail::initiate<std::optional<partition_batch>>(
        detail::executor_of(owner_),
        [owner = owner_](detail::completion<std::optional<partition_batch>> done) {
            detail::start_next(owner, std::move(done));
        },
        std::forward<Token>(token));
}

template <class Token>
auto partitioned_stream::async_close(Token&& token) {
    return detail::initiate<protocol::done>(
        detail::executor_of(owner_),
        [owner = owner_](detail::completion<protocol::done> done) { detail::start_close(owner, std::move(done)); },
        std::forward<Token>(token));
}

}  // namespace sluice
