#pragma once
// A transaction as an object: what is asked through it belongs to it, and while it is open nothing else runs on its
// session (transaction_active). docs/transactions.md has the rules.
//
//   auto tx = db.begin().get();                                   // of a pool: with a session of its own
//   tx.query("update account set balance = balance - 5 where id = ?", sluice::args(1)).get();
//   tx.commit().get();                                            // dropped instead: it is rolled back
//
// Once committed or rolled back the handle answers stale_handle, and a pool has its session back.
//
// Threads: any thread may ask; moving and dropping the handle is for one thread at a time. Dropping never blocks: what
// was asked before still runs, then it is rolled back, before anything that is asked of the session later; an open
// stream of it is closed (closed).

#include <sluice/protocol/request.hpp>
#include <sluice/runtime/query_face.hpp>
#include <sluice/runtime/row_stream.hpp>
#include <sluice/runtime/statement.hpp>

#include <cstdint>
#include <future>
#include <memory>
#include <string>

namespace sluice {

namespace runtime {
class transaction_owner;
}

// As far as the answers tell that have come until now.
enum class transaction_state : std::uint8_t {
    none,  // an empty handle
    open,
    failed,  // it can only be rolled back (PostgreSQL: or back to a savepoint): commit is refused
    over,    // committed, rolled back, or its commit_unknown
};
[[nodiscard]] SLUICE_EXPORT std::string_view to_string(transaction_state) noexcept;

namespace detail {
template <class T, class Body>
class transaction_run;

using transaction_ptr = std::shared_ptr<runtime::transaction_owner>;
using statement_ptr = std::shared_ptr<runtime::statement_owner>;
// Executes a prepared statement within a transaction of its session.
SLUICE_EXPORT void start_within(const transaction_ptr&, const statement_ptr&, protocol::execute, request_options,
                                completion<row_set>);
SLUICE_EXPORT void start_within(const transaction_ptr&, const statement_ptr&, protocol::stream_start, stream_options,
                                completion<row_stream>);
}  // namespace detail

class SLUICE_EXPORT transaction : public query_face<transaction> {
public:
    transaction() noexcept;  // empty: every request is answered with closed
    explicit transaction(std::shared_ptr<runtime::transaction_owner>) noexcept;
    transaction(transaction&&) noexcept;
    transaction& operator=(transaction&&) noexcept;  // drops the one it had
    ~transaction();

    [[nodiscard]] explicit operator bool() const noexcept { return owner_ != nullptr; }
    [[nodiscard]] transaction_state state() const noexcept;
    // Who is at the other end.
    [[nodiscard]] const connection_facts& facts() const noexcept;

    // A statement that was prepared on its session. Of another session: stale_handle.
    using query_face::query;
    using query_face::query_as;
    using query_face::stream;
    [[nodiscard]] std::future<row_set> query(const statement& prepared, args with = {}, request_options options = {});
    template <class T>
    [[nodiscard]] std::future<std::vector<T>> query_as(const statement& prepared, args with = {},
                                                       request_options options = {}) {
        return detail::start_with_future<row_set, std::vector<T>>(
            [&](detail::completion<row_set> done) {
                detail::start_within(owner_, prepared.owner_, detail::execute_as<T>(std::string(), std::move(with)),
                                     std::move(options), std::move(done));
            },
            detail::to_records<T>());
    }
    [[nodiscard]] std::future<row_stream> stream(const statement& prepared, args with = {},
                                                 stream_options options = {});

    using query_face::async_query;
    using query_face::async_query_as;
    using query_face::async_stream;
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_query(const statement& prepared, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_query(const statement& prepared, args with, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_query(const statement& prepared, args with, request_options options,
                                   Token&& token = Token());
    template <class T, class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_query_as(const statement& prepared, args with, Token&& token = Token());
    template <class T, class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_query_as(const statement& prepared, args with, request_options options,
                                      Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, stream_options>
    [[nodiscard]] auto async_stream(const statement& prepared, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, stream_options>
    [[nodiscard]] auto async_stream(const statement& prepared, args with, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, stream_options>
    [[nodiscard]] auto async_stream(const statement& prepared, args with, stream_options options,
                                    Token&& token = Token());

    // A transaction that has failed is not committed: the error has the code and the diagnostics of its cause, outcome
    // none, and the transaction is still to be rolled back. commit_unknown: look in the database.
    [[nodiscard]] std::future<void> commit(request_options options = {});
    [[nodiscard]] std::future<void> rollback(request_options options = {});
    // Names are any text of 1 to 63 bytes, quoted by the rules of the DBMS.
    [[nodiscard]] std::future<void> savepoint(std::string name, request_options options = {});
    [[nodiscard]] std::future<void> rollback_to(std::string name, request_options options = {});
    [[nodiscard]] std::future<void> release(std::string name, request_options options = {});

    // The same by token; they complete with result<protocol::done> and need <sluice/runtime/async.hpp>.
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_commit(Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_commit(request_options options, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_rollback(Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_rollback(request_options options, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_savepoint(std::string name, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_savepoint(std::string name, request_options options, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_rollback_to(std::string name, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_rollback_to(std::string name, request_options options, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_release(std::string name, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, request_options>
    [[nodiscard]] auto async_release(std::string name, request_options options, Token&& token = Token());

    [[nodiscard]] detail::target_ptr request_target() const noexcept;

private:
    template <class T, class Body>
    friend class detail::transaction_run;
    std::shared_ptr<runtime::transaction_owner> owner_;
};

namespace detail {
SLUICE_EXPORT void submit(const transaction_ptr&, protocol::commit, request_options, completion<protocol::done>);
SLUICE_EXPORT void submit(const transaction_ptr&, protocol::rollback, request_options, completion<protocol::done>);
SLUICE_EXPORT void submit(const transaction_ptr&, protocol::savepoint, request_options, completion<protocol::done>);
SLUICE_EXPORT void submit(const transaction_ptr&, protocol::rollback_to, request_options, completion<protocol::done>);
SLUICE_EXPORT void submit(const transaction_ptr&, protocol::release, request_options, completion<protocol::done>);
[[nodiscard]] SLUICE_EXPORT engine_executor executor_of(const transaction_ptr&) noexcept;
// Begins one on a session, or on one of a pool's.
SLUICE_EXPORT void start_begin(const target_ptr&, transaction_options, request_options, completion<transaction>);
}  // namespace detail

}  // namespace sluice
