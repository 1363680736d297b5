#pragma once
// What a session and a pool have in common: queries and streams, by future or by completion token.
//
//   query(sql [, args] [, options])               std::future<row_set>
//   query_all(sql [, args] [, options])           std::future<std::vector<row_set>>: each result of the statement
//   query_as<T>(sql [, args] [, options])         std::future<std::vector<T>>
//   pipeline(statements [, options])              std::future<std::vector<result<row_set>>>: several, in one message
//   stream(sql [, args] [, options])              std::future<row_stream>
//   catalog(question [, options])                 std::future<row_set>
//   bulk_insert(rows [, options])                 std::future<bulk_inserted>
//   bulk_insert(source [, bulk_load_options])     std::future<bulk_loaded>: chunk after chunk, see bulk_load.hpp
//   async_query, async_query_all, async_query_as<T>, async_pipeline, async_stream, async_catalog, async_bulk_insert
//                                                 the same with a completion token last, signature
//                                                 void(result<...>); the default token is asio::deferred. They
//                                                 need <sluice/runtime/async.hpp>.
//
// Threads: any thread may call; the calls of one thread keep their order on a session. Never blocks, never runs a
// handler inline. Errors come through the future or the token, those of an empty handle too (closed).

#include <sluice/protocol/request.hpp>
#include <sluice/runtime/bulk_load_options.hpp>
#include <sluice/runtime/completion.hpp>
#include <sluice/runtime/executor.hpp>
#include <sluice/runtime/options.hpp>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace boost::asio {
class deferred_t;
}

namespace sluice {

class lease_options;
class partition_options;
class row_stream;
class transaction;

namespace detail {

// Where requests go: a session, a pool, or a transaction on a session. Null stands for an empty handle.
class request_target {
public:
    virtual ~request_target() = default;
    virtual void start(protocol::execute, request_options, completion<row_set>) = 0;
    virtual void start(protocol::execute_all, request_options, completion<std::vector<row_set>>) = 0;
    virtual void start(protocol::stream_start, stream_options, completion<row_stream>) = 0;
    virtual void begin(transaction_options, request_options, completion<transaction>) = 0;
    // Answers true when so long has passed on the engine's clock.
    virtual void pause(std::chrono::nanoseconds, completion<bool>) = 0;
    virtual void start(protocol::catalog, request_options, completion<row_set>) = 0;
    virtual void start(protocol::pipeline, request_options, completion<protocol::pipeline::reply>) = 0;
    virtual void start(protocol::bulk_insert, request_options, completion<bulk_inserted>) = 0;
    [[nodiscard]] virtual engine_executor executor() const noexcept = 0;
};
using target_ptr = std::shared_ptr<request_target>;

SLUICE_EXPORT void start(const target_ptr&, protocol::execute, request_options, completion<row_set>);
SLUICE_EXPORT void start(const target_ptr&, protocol::execute_all, request_options, completion<std::vector<row_set>>);
SLUICE_EXPORT void start(const target_ptr&, protocol::stream_start, stream_options, completion<row_stream>);
SLUICE_EXPORT void start(const target_ptr&, protocol::catalog, request_options, completion<row_set>);
SLUICE_EXPORT void start(const target_ptr&, protocol::pipeline, request_options, completion<protocol::pipeline::reply>);
SLUICE_EXPORT void start(const target_ptr&, protocol::bulk_insert, request_options, completion<bulk_inserted>);
// So many chunks at once as `parallelism` says, whatever the options do.
SLUICE_EXPORT void start_load(const target_ptr&, bulk_source, const bulk_load_options&, std::size_t parallelism,
                              completion<bulk_loaded>);

template <class T, class... Others>
inline constexpr bool is_one_of = (std::is_same_v<T, Others> || ...);

// A completion token, and not one of the arguments before it; nor the options of another call.
template <class T, class Options>
concept token_for =
    !is_one_of<std::remove_cvref_t<T>, Options, args, request_options, stream_options, connect_options, pool_options,
               engine_options, transaction_options, lease_options, bulk_load_options, partition_options>;

// What turns a row_set into records, in the place where the result is delivered.
template <class T>
struct to_records {
    [[nodiscard]] result<std::vector<T>> operator()(result<row_set> rows) const {
        if (!rows) return rows.error();
        return rows_as<T>(*rows);
    }
};

template <class T>
[[nodiscard]] protocol::execute execute_as(std::string sql, args with) {
    protocol::execute request(std::move(sql), std::move(with));
    request.expected = fields<T>::readers();
    return request;
}

}  // namespace detail

template <class Derived>
class query_face {
public:
    [[nodiscard]] std::future<row_set> query(std::string sql, args with = {}, request_options options = {}) {
        return detail::start_with_future<row_set>([&](detail::completion<row_set> done) {
            detail::start(target(), protocol::execute(std::move(sql), std::move(with)), std::move(options),
                          std::move(done));
        });
    }
    [[nodiscard]] std::future<row_set> query(std::string sql, request_options options) {
        return query(std::move(sql), args(), std::move(options));
    }

    // Several statements in one text, and procedures, have several results; those that only count rows are among them.
    // The limits of a result hold for all together, and limits::results_max. query() gives the first one.
    [[nodiscard]] std::future<std::vector<row_set>> query_all(std::string sql, args with = {},
                                                              request_options options = {}) {
        return detail::start_with_future<std::vector<row_set>>([&](detail::completion<std::vector<row_set>> done) {
            detail::start(target(), protocol::execute_all(std::move(sql), std::move(with)), std::move(options),
                          std::move(done));
        });
    }
    [[nodiscard]] std::future<std::vector<row_set>> query_all(std::string sql, request_options options) {
        return query_all(std::move(sql), args(), std::move(options));
    }

    // Several statements, executed one after the other on one session without a way back in between:
    //
    //   db.pipeline(sluice::protocol::pipeline().add("insert ...", sluice::args(1)).add("select ..."))
    //
    // An answer for each of them. Where it could not be heard of in time what became of them, one error for all.
    [[nodiscard]] std::future<std::vector<result<row_set>>> pipeline(protocol::pipeline statements,
                                                                     request_options options = {}) {
        return detail::start_with_future<protocol::pipeline::reply>(
            [&](detail::completion<protocol::pipeline::reply> done) {
                detail::start(target(), std::move(statements), std::move(options), std::move(done));
            });
    }
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_pipeline(protocol::pipeline statements, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_pipeline(protocol::pipeline statements, request_options options, Token&& token = Token());

    template <class T>
    [[nodiscard]] std::future<std::vector<T>> query_as(std::string sql, args with = {}, request_options options = {}) {
        return detail::start_with_future<row_set, std::vector<T>>(
            [&](detail::completion<row_set> done) {
                detail::start(target(), detail::execute_as<T>(std::move(sql), std::move(with)), std::move(options),
                              std::move(done));
            },
            detail::to_records<T>());
    }
    template <class T>
    [[nodiscard]] std::future<std::vector<T>> query_as(std::string sql, request_options options) {
        return query_as<T>(std::move(sql), args(), std::move(options));
    }

    [[nodiscard]] std::future<row_stream> stream(std::string sql, args with = {}, stream_options options = {});
    [[nodiscard]] std::future<row_stream> stream(std::string sql, stream_options options);

    // Tables, columns, keys and the like: catalog(sluice::tables().name("item")).
    [[nodiscard]] std::future<row_set> catalog(catalog_query what, request_options options = {}) {
        return detail::start_with_future<row_set>([&](detail::completion<row_set> done) {
            detail::start(target(), protocol::catalog(std::move(what)), std::move(options), std::move(done));
        });
    }

    // Rows into a table: all or none of them, or all but those that are refused (bulk_rows::mode). A transaction of its
    // own; within one that is open, a part of that.
    [[nodiscard]] std::future<bulk_inserted> bulk_insert(bulk_rows rows, request_options options = {}) {
        return detail::start_with_future<bulk_inserted>([&](detail::completion<bulk_inserted> done) {
            detail::start(target(), protocol::bulk_insert(std::move(rows)), std::move(options), std::move(done));
        });
    }

    // One chunk after the other, each as bulk_insert(rows) by itself; the next one is made meanwhile. The source is
    // called on the engine's executor, never twice at the same time; the load ends at the first chunk that is not
    // applied, and what was applied before stays: bulk_loaded tells. An error where nothing was applied, nor may have
    // been.
    [[nodiscard]] std::future<bulk_loaded> bulk_insert(bulk_source source, bulk_load_options options = {}) {
        return detail::start_with_future<bulk_loaded>([&](detail::completion<bulk_loaded> done) {
            detail::start_load(target(), std::move(source), options, 1, std::move(done));
        });
    }

    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, bulk_load_options>
    [[nodiscard]] auto async_bulk_insert(bulk_source source, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, bulk_load_options>
    [[nodiscard]] auto async_bulk_insert(bulk_source source, bulk_load_options options, Token&& token = Token());

    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_bulk_insert(bulk_rows rows, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_bulk_insert(bulk_rows rows, request_options options, Token&& token = Token());

    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_catalog(catalog_query what, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_catalog(catalog_query what, request_options options, Token&& token = Token());

    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_query(std::string sql, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_query(std::string sql, args with, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_query(std::string sql, request_options options, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_query(std::string sql, args with, request_options options, Token&& token = Token());

    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_query_all(std::string sql, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_query_all(std::string sql, args with, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_query_all(std::string sql, request_options options, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_query_all(std::string sql, args with, request_options options, Token&& token = Token());

    template <class T, class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_query_as(std::string sql, Token&& token = Token());
    template <class T, class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_query_as(std::string sql, args with, Token&& token = Token());
    template <class T, class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_query_as(std::string sql, request_options options, Token&& token = Token());
    template <class T, class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_query_as(std::string sql, args with, request_options options, Token&& token = Token());

    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, stream_options>
    [[nodiscard]] auto async_stream(std::string sql, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, stream_options>
    [[nodiscard]] auto async_stream(std::string sql, args with, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, stream_options>
    [[nodiscard]] auto async_stream(std::string sql, stream_options options, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, stream_options>
    [[nodiscard]] auto async_stream(std::string sql, args with, stream_options options, Token&& token = Token());

protected:
    query_face() = default;
    ~query_face() = default;
    query_face(query_face&&) = default;
    query_face& operator=(query_face&&) = default;

private:
    [[nodiscard]] detail::target_ptr target() const { return static_cast<const Derived&>(*this).request_target(); }
};

}  // namespace sluice
