#pragma once
// A statement that is prepared once and executed many times.
//
//   auto find = co_await session.async_prepare("select name from item where id = ?", sluice::use_awaitable);
//   auto rows = co_await find.async_query(sluice::args(42), sluice::use_awaitable);
//
// It belongs to its session: when that was given back to its pool or closed, every request is answered with
// stale_handle. While a transaction is open on the session it is executed through that: tx.query(statement, args).
// After a recovery it is prepared again by itself, when it is next executed. Without this class statements with
// parameters stay prepared too, as many as connect_options::statement_cache says; with it one stays for sure, and tells
// of its parameters and columns before.
//
// Threads: any thread may execute; moving and dropping the handle is for one thread at a time. Dropping never blocks:
// what was submitted still runs, then the statement is freed.

#include <sluice/protocol/request.hpp>
#include <sluice/runtime/query_face.hpp>
#include <sluice/runtime/row_stream.hpp>

#include <future>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace sluice {

namespace runtime {
class statement_owner;
}

class SLUICE_EXPORT statement {
public:
    statement() noexcept;  // empty: every request is answered with closed
    explicit statement(std::shared_ptr<runtime::statement_owner>) noexcept;
    statement(statement&&) noexcept;
    statement& operator=(statement&&) noexcept;
    ~statement();

    [[nodiscard]] explicit operator bool() const noexcept { return owner_ != nullptr; }
    [[nodiscard]] statement_id id() const noexcept;
    [[nodiscard]] std::string_view sql() const noexcept;
    [[nodiscard]] std::size_t parameter_count() const noexcept;
    // Of its result, as they were when it was prepared; null where the driver tells them only after an execution. No
    // columns: it has no result.
    [[nodiscard]] const schema* columns() const noexcept;
    [[nodiscard]] std::span<const diagnostic> warnings() const noexcept;
    [[nodiscard]] const sluice::timings& timings() const noexcept;

    [[nodiscard]] std::future<row_set> query(args with = {}, request_options options = {});
    template <class T>
    [[nodiscard]] std::future<std::vector<T>> query_as(args with = {}, request_options options = {}) {
        return detail::start_with_future<row_set, std::vector<T>>(
            [&](detail::completion<row_set> done) {
                detail::start(request_target(), detail::execute_as<T>(std::string(), std::move(with)),
                              std::move(options), std::move(done));
            },
            detail::to_records<T>());
    }
    [[nodiscard]] std::future<row_stream> stream(args with = {}, stream_options options = {});

    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_query(Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_query(args with, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_query(args with, request_options options, Token&& token = Token());

    template <class T, class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_query_as(args with, Token&& token = Token());
    template <class T, class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_query_as(args with, request_options options, Token&& token = Token());

    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, stream_options>
    [[nodiscard]] auto async_stream(Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, stream_options>
    [[nodiscard]] auto async_stream(args with, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, stream_options>
    [[nodiscard]] auto async_stream(args with, stream_options options, Token&& token = Token());

    [[nodiscard]] detail::target_ptr request_target() const noexcept;

private:
    friend class transaction;
    std::shared_ptr<runtime::statement_owner> owner_;
};

}  // namespace sluice
