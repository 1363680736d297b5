#pragma once
// One connection and the thread that owns it. Requests run one after the other, in the order of the mailbox; from one
// thread, in the order of its calls. A session from a pool goes back to it when the handle is dropped.
//
// Threads: any thread may submit; moving and dropping the handle is for one thread at a time. Dropping never blocks:
// what was submitted still runs, then the connection is closed (or goes back to its pool). An open row_stream owns the
// session: other requests are answered with session_busy until it has ended or was closed.

#include <sluice/protocol/request.hpp>
#include <sluice/runtime/query_face.hpp>
#include <sluice/runtime/row_stream.hpp>
#include <sluice/runtime/statement.hpp>
#include <sluice/runtime/transaction_face.hpp>

#include <future>
#include <memory>

namespace sluice {

namespace runtime {
class session_owner;
}

class SLUICE_EXPORT session : public query_face<session>, public transaction_face<session> {
public:
    session() noexcept;  // empty: every request is answered with closed
    explicit session(std::shared_ptr<runtime::session_owner>) noexcept;
    session(session&&) noexcept;
    session& operator=(session&&) noexcept;
    ~session();

    [[nodiscard]] explicit operator bool() const noexcept { return owner_ != nullptr; }
    [[nodiscard]] session_id id() const noexcept;
    // Who is at the other end, as known since the connect.
    [[nodiscard]] const connection_facts& facts() const noexcept;

    // Disconnects after what was submitted before. A session of a pool is closed, not given back.
    [[nodiscard]] std::future<void> close();
    template <class Token = boost::asio::deferred_t>
    [[nodiscard]] auto async_close(Token&& token = Token());

    // What the DBMS can do. The driver is asked once for each connection.
    [[nodiscard]] std::future<sluice::capabilities> capabilities(request_options options = {});
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_capabilities(Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_capabilities(request_options options, Token&& token = Token());

    // What runs now is interrupted; with total nothing is. Its caller hears of it, everything behind it goes on.
    void cancel(cancel_strength = cancel_strength::partial) noexcept;
    // Gives the connection up and makes another one, in the background: what runs is answered with connection_lost, the
    // rest waits. Of many that name one generation the first does it. False: that is under way already, or over.
    bool reconnect(std::uint64_t generation) noexcept;
    bool reconnect() noexcept { return reconnect(generation()); }
    // How many connections it has had, the present one included; 0 before the first.
    [[nodiscard]] std::uint64_t generation() const noexcept;

    // A statement that is prepared once and executed many times, on this session alone: see statement.hpp.
    [[nodiscard]] std::future<statement> prepare(std::string sql, request_options options = {});
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_prepare(std::string sql, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_prepare(std::string sql, request_options options, Token&& token = Token());
    // Frees every statement that its connection keeps prepared, and says how many; one that is in use is freed after
    // it, uncounted. A statement of async_prepare can still be executed: that prepares it again.
    [[nodiscard]] std::future<std::size_t> clear_statements(request_options options = {});
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_clear_statements(Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_clear_statements(request_options options, Token&& token = Token());

    // Any request as a typed message: execute, catalog, capabilities, stream_start, stream_fetch, stream_close,
    // prepare, close_statement, clear_statements, begin, commit, rollback, savepoint, rollback_to, release, ping,
    // disconnect. Completes with result<R::reply>. What the request holds itself (result_bytes_max, batch_rows) counts,
    // not what the options say of it.
    template <class R, class Token = boost::asio::deferred_t>
    requires protocol::is_request<R>
    [[nodiscard]] auto async_submit(R request, Token&& token = Token());
    template <class R, class Token = boost::asio::deferred_t>
    requires protocol::is_request<R>
    [[nodiscard]] auto async_submit(R request, request_options options, Token&& token = Token());
    template <class R>
    requires protocol::is_request<R>
    [[nodiscard]] std::future<typename R::reply> submit(R request, request_options options = {});

    [[nodiscard]] detail::target_ptr request_target() const noexcept;

private:
    std::shared_ptr<runtime::session_owner> owner_;
};

namespace detail {
#define SLUICE_SUBMIT(R)                                                                                    \
    SLUICE_EXPORT void submit(const std::shared_ptr<runtime::session_owner>&, protocol::R, request_options, \
                              completion<protocol::R::reply>);
SLUICE_SUBMIT(connect)
SLUICE_SUBMIT(disconnect)
SLUICE_SUBMIT(execute)
SLUICE_SUBMIT(stream_start)
SLUICE_SUBMIT(execute_all)
SLUICE_SUBMIT(stream_fetch)
SLUICE_SUBMIT(stream_next_result)
SLUICE_SUBMIT(stream_close)
SLUICE_SUBMIT(prepare)
SLUICE_SUBMIT(close_statement)
SLUICE_SUBMIT(clear_statements)
SLUICE_SUBMIT(begin)
SLUICE_SUBMIT(commit)
SLUICE_SUBMIT(rollback)
SLUICE_SUBMIT(savepoint)
SLUICE_SUBMIT(rollback_to)
SLUICE_SUBMIT(release)
SLUICE_SUBMIT(reset)
SLUICE_SUBMIT(ping)
SLUICE_SUBMIT(metrics)
SLUICE_SUBMIT(catalog)
SLUICE_SUBMIT(capabilities)
SLUICE_SUBMIT(pipeline)
SLUICE_SUBMIT(bulk_insert)
#undef SLUICE_SUBMIT
SLUICE_EXPORT void start_prepare(const std::shared_ptr<runtime::session_owner>&, std::string sql, request_options,
                                 completion<statement>);
SLUICE_EXPORT void start_clear(const std::shared_ptr<runtime::session_owner>&, request_options,
                               completion<std::size_t>);
[[nodiscard]] SLUICE_EXPORT engine_executor executor_of(const std::shared_ptr<runtime::session_owner>&) noexcept;
}  // namespace detail

template <class R>
requires protocol::is_request<R> std::future<typename R::reply> session::submit(R request, request_options options) {
    return detail::start_with_future<typename R::reply>([&](detail::completion<typename R::reply> done) {
        detail::submit(owner_, std::move(request), std::move(options), std::move(done));
    });
}

}  // namespace sluice
