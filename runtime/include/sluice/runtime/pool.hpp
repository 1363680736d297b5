#pragma once
// Sessions to one database, lent one request at a time: connected as they are needed, up to pool_options::max_size, and
// again when they were lost. Callers for whom none is free wait in line, first come first served.
//
// Threads: any thread may call; moving and dropping the handle is for one thread at a time. Dropping never blocks:
// requests accepted before still run, leases stay valid. Requests on a pool keep no order and share no state (temporary
// tables, SET): acquire a session for that.

#include <sluice/protocol/call_site.hpp>
#include <sluice/protocol/pool_metrics.hpp>
#include <sluice/runtime/lease_options.hpp>
#include <sluice/runtime/partitioned_stream.hpp>
#include <sluice/runtime/query_face.hpp>
#include <sluice/runtime/session.hpp>

#include <future>
#include <memory>

namespace sluice {

namespace runtime {
class pool_owner;
}

class SLUICE_EXPORT pool : public query_face<pool>, public transaction_face<pool> {
public:
    pool() noexcept;  // empty: every request is answered with closed
    explicit pool(std::shared_ptr<runtime::pool_owner>) noexcept;
    pool(pool&&) noexcept;
    pool& operator=(pool&&) noexcept;
    ~pool();

    [[nodiscard]] explicit operator bool() const noexcept { return owner_ != nullptr; }

    // A session of one's own, until the handle is dropped. pool_exhausted where none became free by the deadline.
    // `from` is named where it is not given back: see pool_options::leak_threshold.
    [[nodiscard]] std::future<session> acquire(lease_options options = {}, call_site from = call_site::current());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, lease_options>
    [[nodiscard]] auto async_acquire(Token&& token = Token(), call_site from = call_site::current());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, lease_options>
    [[nodiscard]] auto async_acquire(lease_options options, Token&& token = Token(),
                                     call_site from = call_site::current());

    // As bulk_insert(source), several chunks at once, each on a session of its own: bulk_load_options::parallelism.
    // They are begun in the order of the source, and may be applied in another one.
    [[nodiscard]] std::future<bulk_loaded> bulk_insert_parallel(bulk_source source, bulk_load_options options = {});
    // The same with rows that are there: chunks_of(rows, bulk_load_options::chunk_rows).
    [[nodiscard]] std::future<bulk_loaded> bulk_insert_parallel(bulk_rows rows, bulk_load_options options = {});
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, bulk_load_options>
    [[nodiscard]] auto async_bulk_insert_parallel(bulk_source source, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, bulk_load_options>
    [[nodiscard]] auto async_bulk_insert_parallel(bulk_source source, bulk_load_options options,
                                                  Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, bulk_load_options>
    [[nodiscard]] auto async_bulk_insert_parallel(bulk_rows rows, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, bulk_load_options>
    [[nodiscard]] auto async_bulk_insert_parallel(bulk_rows rows, bulk_load_options options, Token&& token = Token());

    // The rows of a statement, read by several sessions at once, each a range of the column partition_options::by: see
    // partitioned_stream.hpp.
    [[nodiscard]] std::future<partitioned_stream> stream_partitioned(std::string sql, args with,
                                                                     partition_options options);
    [[nodiscard]] std::future<partitioned_stream> stream_partitioned(std::string sql, partition_options options);
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, partition_options>
    [[nodiscard]] auto async_stream_partitioned(std::string sql, args with, partition_options options,
                                                Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, partition_options>
    [[nodiscard]] auto async_stream_partitioned(std::string sql, partition_options options, Token&& token = Token());

    // As session::clear_statements, of every session that is connected, lent or not; one that is lent answers when what
    // runs on it is over. Cancelled by request_options::stop only.
    [[nodiscard]] std::future<std::size_t> clear_statements(request_options options = {});
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_clear_statements(Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_clear_statements(request_options options, Token&& token = Token());

    // Other values of pool_options::min_idle and max_size, from here on. Sessions above the new size leave when nobody
    // has them; those in line get the new ones. invalid_argument, listing everything wrong, where they are out of
    // range.
    [[nodiscard]] result<void> resize(std::size_t min_idle, std::size_t max_size);
    // Nothing that is connected or connecting now is lent again: idle sessions leave at once, lent ones when they come
    // back. What is needed is connected anew.
    void evict_all();
    [[nodiscard]] pool_metrics metrics() const;
    // Kept answers about the catalog (pool_options::catalog_cache) are forgotten, also those on their way.
    void clear_catalog_cache() noexcept;

    [[nodiscard]] detail::target_ptr request_target() const noexcept;

private:
    std::shared_ptr<runtime::pool_owner> owner_;
};

namespace detail {
SLUICE_EXPORT void start_acquire(const std::shared_ptr<runtime::pool_owner>&, lease_options, call_site,
                                 completion<session>);
SLUICE_EXPORT void start_partitioned(const std::shared_ptr<runtime::pool_owner>&, std::string sql, args,
                                     const partition_options&, completion<partitioned_stream>);
SLUICE_EXPORT void start_clear(const std::shared_ptr<runtime::pool_owner>&, request_options, completion<std::size_t>);
[[nodiscard]] SLUICE_EXPORT engine_executor executor_of(const std::shared_ptr<runtime::pool_owner>&) noexcept;
}  // namespace detail

}  // namespace sluice
