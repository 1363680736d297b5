#pragma once
// Loads of many chunks with a completion token. Comes with <sluice/runtime/async.hpp>.
//
// Threads: as the handles. The source and the progress function run on the engine's executor, whatever executor the
// handler has. A cancellation slot withdraws the chunks that run, and no other is begun.

#include <sluice/runtime/async.hpp>

namespace sluice {

namespace detail {

struct start_chunks {
    target_ptr target;
    bulk_source source;
    bulk_load_options options;
    std::size_t parallelism;
    void operator()(completion<bulk_loaded> done) && {
        start_load(target, std::move(source), options, parallelism, std::move(done));
    }
};

}  // namespace detail

template <class D>
template <class Token>
requires detail::token_for<Token, bulk_load_options>
auto query_face<D>::async_bulk_insert(bulk_source source, bulk_load_options options, Token&& token) {
    return detail::initiate<bulk_loaded>(detail::fallback_of(target()),
                                         detail::start_chunks{target(), std::move(source), std::move(options), 1},
                                         std::forward<Token>(token));
}
template <class D>
template <class Token>
requires detail::token_for<Token, bulk_load_options>
auto query_face<D>::async_bulk_insert(bulk_source source, Token&& token) {
    return async_bulk_insert(std::move(source), bulk_load_options(), std::forward<Token>(token));
}

template <class Token>
requires detail::token_for<Token, bulk_load_options>
auto pool::async_bulk_insert_parallel(bulk_source source, bulk_load_options options, Token&& token) {
    const std::size_t parallelism = options.parallelism();
    return detail::initiate<bulk_loaded>(
        detail::fallback_of(request_target()),
        detail::start_chunks{request_target(), std::move(source), std::move(options), parallelism},
        std::forward<Token>(token));
}
template <class Token>
requires detail::token_for<Token, bulk_load_options>
auto pool::async_bulk_insert_parallel(bulk_source source, Token&& token) {
    return async_bulk_insert_parallel(std::move(source), bulk_load_options(), std::forward<Token>(token));
}
template <class Token>
requires detail::token_for<Token, bulk_load_options>
auto pool::async_bulk_insert_parallel(bulk_rows rows, bulk_load_options options, Token&& token) {
    const std::size_t chunk_rows = options.chunk_rows();
    return async_bulk_insert_parallel(chunks_of(std::move(rows), chunk_rows), std::move(options),
                                      std::forward<Token>(token));
}
template <class Token>
requires detail::token_for<Token, bulk_load_options>
auto pool::async_bulk_insert_parallel(bulk_rows rows, Token&& token) {
    return async_bulk_insert_parallel(std::move(rows), bulk_load_options(), std::forward<Token>(token));
}

}  // namespace sluice
