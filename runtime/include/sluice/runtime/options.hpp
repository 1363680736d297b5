#pragma once
// What a caller may set. All are classes with named setters that return the object, so that they can be written inside
// of a call:
//
//   db.query(sql, sluice::args(1), sluice::request_options().timeout(200ms))
//
// None is an aggregate: g++ 12 miscompiles aggregate temporaries in a co_await expression. Values out of range are
// refused with invalid_argument when they are used, all of them in one error, before anything is started.
//
// Threads: values; any thread.

#include <sluice/protocol/config.hpp>
#include <sluice/protocol/error.hpp>
#include <sluice/protocol/limits.hpp>
#include <sluice/runtime/credentials.hpp>
#include <sluice/runtime/events.hpp>
#include <sluice/runtime/time_source.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <vector>

namespace sluice {

using clock = std::chrono::steady_clock;

struct no_deadline_t {
    explicit constexpr no_deadline_t() noexcept = default;
};
// Wait for ever: must be said.
inline constexpr no_deadline_t no_deadline{};

// When a request is over, at the latest. From the moment of the call; covers waiting, connecting and running.
class deadline_option {
public:
    deadline_option() noexcept : timeout_(limits::deadline_default) {}
    void set(clock::duration timeout) noexcept {
        timeout_ = timeout;
        at_.reset();
    }
    void set(clock::time_point at) noexcept { at_ = at; }
    void set(no_deadline_t) noexcept {
        timeout_.reset();
        at_.reset();
    }
    // The absolute deadline of a request that is made now; clock::time_point::max() for none.
    [[nodiscard]] SLUICE_EXPORT clock::time_point from(clock::time_point now) const noexcept;
    // The limit that the server is told beside it, where a driver passes one on: later than ours, and the same for the
    // same timeout, because a change costs psqlodbc a statement of its own. 0: none.
    [[nodiscard]] SLUICE_EXPORT std::chrono::seconds server_limit(clock::time_point now) const noexcept;
    [[nodiscard]] bool is_valid() const noexcept { return at_ || !timeout_ || *timeout_ >= clock::duration::zero(); }

private:
    std::optional<clock::duration> timeout_;
    std::optional<clock::time_point> at_;
};

// Options of one request. Default: 30 s, a result of at most 256 MiB.
class request_options {
public:
    request_options() {}
    template <class Deadline>
    request_options& timeout(Deadline d) {
        deadline_.set(d);
        return *this;
    }
    request_options& deadline(clock::time_point at) {
        deadline_.set(at);
        return *this;
    }
    // A stop request cancels the operation as a cancellation slot does.
    request_options& stop(std::stop_token token) {
        stop_ = std::move(token);
        return *this;
    }
    // Bytes of a whole result; 1 to 2^40.
    request_options& result_bytes_max(std::size_t most) {
        result_bytes_max_ = most;
        return *this;
    }

    [[nodiscard]] const deadline_option& deadline() const noexcept { return deadline_; }
    [[nodiscard]] const std::stop_token& stop() const noexcept { return stop_; }
    // Rows of a whole result; 1 to 2^40, the default. Of more not one is answered: too_large, never a part of them.
    request_options& result_rows_max(std::size_t most) {
        result_rows_max_ = most;
        return *this;
    }

    [[nodiscard]] std::size_t result_rows_max() const noexcept { return result_rows_max_; }
    [[nodiscard]] std::size_t result_bytes_max() const noexcept { return result_bytes_max_; }
    // What is out of range, or nothing.
    [[nodiscard]] SLUICE_EXPORT std::optional<error> problems() const;

private:
    deadline_option deadline_;
    std::stop_token stop_;
    std::size_t result_bytes_max_ = limits::result_bytes_default;
    std::size_t result_rows_max_ = limits::result_rows_default;
};

// Options of a stream. The deadline covers start to first batch; each later async_next has a timeout of the same length
// while someone waits for it.
class stream_options {
public:
    stream_options() {}
    template <class Deadline>
    stream_options& timeout(Deadline d) {
        deadline_.set(d);
        return *this;
    }
    stream_options& deadline(clock::time_point at) {
        deadline_.set(at);
        return *this;
    }
    stream_options& stop(std::stop_token token) {
        stop_ = std::move(token);
        return *this;
    }
    // Rows of a batch at most; 1 to 65,536.
    stream_options& batch_rows(std::size_t rows) {
        batch_rows_ = rows;
        return *this;
    }
    // Bytes of a batch at most, if that is not less than one row; 1 to 64 MiB.
    stream_options& batch_bytes(std::size_t most) {
        batch_bytes_ = most;
        return *this;
    }
    // The rows come in the order of this column of the result, written as the catalog has it, and where the driver
    // would hold all of them, in pages of statements of their own: in constant memory (docs/streaming.md). It has to be
    // unique and without NULLs. Default: none, one statement as it is.
    stream_options& by_key(std::string column) {
        key_ = std::move(column);
        return *this;
    }
    // Rows of a page; 1 to limits::page_rows_max. Default 10,000.
    stream_options& page_rows(std::size_t rows) {
        page_rows_ = rows;
        return *this;
    }
    // Batches fetched before they are asked for; 1 to 8.
    stream_options& prefetch(std::size_t batches) {
        prefetch_ = batches;
        return *this;
    }

    [[nodiscard]] const deadline_option& deadline() const noexcept { return deadline_; }
    [[nodiscard]] const std::stop_token& stop() const noexcept { return stop_; }
    [[nodiscard]] std::size_t batch_rows() const noexcept { return batch_rows_; }
    [[nodiscard]] std::size_t batch_bytes() const noexcept { return batch_bytes_; }
    [[nodiscard]] std::size_t prefetch() const noexcept { return prefetch_; }
    [[nodiscard]] const std::string& key() const noexcept { return key_; }
    [[nodiscard]] std::size_t page_rows() const noexcept { return page_rows_; }
    [[nodiscard]] SLUICE_EXPORT std::optional<error> problems() const;

private:
    deadline_option deadline_;
    std::stop_token stop_;
    std::size_t batch_rows_ = limits::batch_rows_default;
    std::size_t batch_bytes_ = limits::batch_bytes_default;
    std::size_t prefetch_ = limits::prefetch_batches_default;
    std::string key_;
    std::size_t page_rows_ = limits::page_rows_default;
};

// Options of a session or of the sessions of a pool.
class connect_options {
public:
    connect_options() {}
    template <class Deadline>
    connect_options& timeout(Deadline d) {
        deadline_.set(d);
        return *this;
    }
    connect_options& deadline(clock::time_point at) {
        deadline_.set(at);
        return *this;
    }
    connect_options& stop(std::stop_token token) {
        stop_ = std::move(token);
        return *this;
    }
    // Requests accepted and not complete, of one session; 1 to 4,096. More are refused with queue_full.
    connect_options& mailbox_slots(std::size_t slots) {
        mailbox_slots_ = slots;
        return *this;
    }
    // Told to the driver before it connects; 0 to 3,600 s, 0: not told.
    connect_options& login_timeout(std::chrono::seconds s) {
        login_timeout_ = s;
        return *this;
    }

    // Whether a connection that is lost is made again, for what waits and for what comes. What the old one had of the
    // caller's (temporary tables, SET) is gone then. Without it the session answers connection_lost from there on.
    connect_options& reconnect(bool again) {
        reconnect_ = again;
        return *this;
    }

    // Statements with parameters that a connection keeps prepared for their next execution; 0 to 1,024, 0: none. The
    // least recently used goes first. Default: 64.
    connect_options& statement_cache(std::size_t statements) {
        statement_cache_ = statements;
        return *this;
    }
    // PostgreSQL is reached through a pooler that gives each transaction another server process (PgBouncer with
    // pool_mode = transaction): nothing stays prepared, and nothing of the session's is set. Default: it is found out
    // when it first shows, see docs/statements.md for what can happen before.
    connect_options& transaction_pooler(bool there_is) {
        transaction_pooler_ = there_is;
        return *this;
    }

    // Executed on each new connection, also on one in place of a lost one, before it serves anything; at most 64, of 64
    // KiB each. Where one fails the connect has failed. Rows are not read.
    connect_options& on_connect(std::vector<std::string> statements) {
        on_connect_ = std::move(statements);
        return *this;
    }
    // Asked for what a new connection is to be made with, in place of UID and PWD of the connection string; see
    // credentials.hpp. Default: none.
    connect_options& credentials(credential_provider provider) {
        credentials_ = std::move(provider);
        return *this;
    }

    [[nodiscard]] const std::vector<std::string>& on_connect() const noexcept { return on_connect_; }
    [[nodiscard]] const credential_provider& credentials() const noexcept { return credentials_; }
    [[nodiscard]] const deadline_option& deadline() const noexcept { return deadline_; }
    [[nodiscard]] std::size_t statement_cache() const noexcept { return statement_cache_; }
    [[nodiscard]] bool transaction_pooler() const noexcept { return transaction_pooler_; }
    [[nodiscard]] bool reconnect() const noexcept { return reconnect_; }
    [[nodiscard]] const std::stop_token& stop() const noexcept { return stop_; }
    [[nodiscard]] std::size_t mailbox_slots() const noexcept { return mailbox_slots_; }
    [[nodiscard]] std::chrono::seconds login_timeout() const noexcept { return login_timeout_; }
    [[nodiscard]] SLUICE_EXPORT std::optional<error> problems() const;

private:
    deadline_option deadline_;
    std::stop_token stop_;
    std::size_t mailbox_slots_ = limits::mailbox_slots_default;
    std::chrono::seconds login_timeout_{15};
    std::size_t statement_cache_ = limits::statement_cache_default;
    std::vector<std::string> on_connect_;
    credential_provider credentials_;
    bool transaction_pooler_ = false;
    bool reconnect_ = true;
};

// Which of the idle sessions of a pool is used next.
enum class idle_order : std::uint8_t {
    lifo,  // the one that was used last: those that the load does not need reach their idle_timeout
    fifo,  // the one that was not used for longest: all are used alike
};

// Which sessions have to prove that they are alive before they are lent.
enum class checkout_test : std::uint8_t {
    never,      // for loads where a lost connection may cost its first user an error
    when_idle,  // those that nothing was heard of for pool_options::test_if_idle_for, or since another one was lost
    always,     // each, but for a new connection
};

// Options of a pool. A database in memory (SQLite's :memory:) has one session, which never leaves for its age, whatever
// is set here.
class pool_options {
public:
    pool_options() {}
    // Sessions, connected or connecting; 1 to 1,024. Each is a thread here and a connection there. Default: 8.
    pool_options& max_size(std::size_t count) {
        max_size_ = count;
        return *this;
    }
    // Sessions kept idle beside those that are lent, while max_size has room, from the first request on; 0 to max_size.
    // Default: 0.
    pool_options& min_idle(std::size_t count) {
        min_idle_ = count;
        return *this;
    }
    // Sessions that connect at the same time; 1 to 64. Default: 2.
    pool_options& max_connecting(std::size_t count) {
        max_connecting_ = count;
        return *this;
    }
    // Callers that wait for a session; 0 to 65,536. More are refused with queue_full, but for those who make a
    // connection begin. Default: 256.
    pool_options& waiters_max(std::size_t count) {
        waiters_max_ = count;
        return *this;
    }
    // A session that is older leaves when nobody has it, and is replaced as needed: 1 s to 30 days, 0: never. Each
    // lives up to a tenth less, by chance, so that not all leave at once. Default: 30 min.
    pool_options& max_lifetime(clock::duration most) {
        max_lifetime_ = most;
        return *this;
    }
    // A session that was idle for so long leaves, unless min_idle keeps it: 1 s to 30 days, 0: never. Default: 10 min.
    pool_options& idle_timeout(clock::duration most) {
        idle_timeout_ = most;
        return *this;
    }
    // Default: lifo.
    pool_options& order(idle_order o) {
        order_ = o;
        return *this;
    }
    // Whether min_idle sessions, and at least one, are connected as soon as the pool is opened; opening does not wait
    // for them. Default: the first request connects.
    pool_options& eager(bool connects) {
        eager_ = connects;
        return *this;
    }
    // Before a session is lent it is tested; one that fails leaves, and another one is lent. The keys of the connection
    // string and of the environment that docs/pool.md names count before this. Default: when_idle.
    pool_options& test_on_checkout(checkout_test which) {
        test_on_checkout_ = which;
        return *this;
    }
    // 0 to 30 days. Default: 500 ms.
    pool_options& test_if_idle_for(clock::duration least) {
        test_if_idle_for_ = least;
        return *this;
    }
    // How long a session may take to prove that it is alive; 10 ms to 5 min. Default: 2 s.
    pool_options& test_within(clock::duration most) {
        test_within_ = most;
        return *this;
    }
    // How often a session that nobody has is tested: 1 s to 30 days, by chance up to a tenth sooner; 0: never. Default:
    // 2 min.
    pool_options& keepalive(clock::duration every) {
        keepalive_ = every;
        return *this;
    }
    // What is executed as the test, on each new connection too; at most 64 KiB, its rows are not read. Empty: the
    // cheapest way that finds out with the driver. Default: empty.
    pool_options& health_check_query(std::string sql) {
        health_check_query_ = std::move(sql);
        return *this;
    }
    // Answers of pool::catalog are kept and given again for so long: `entries` 0 to 10,000, 0: none is kept; `ttl`
    // above 0, at most 24 h; `bytes_max` in all, 1 to 1 GiB. A larger answer is not kept. Default: none.
    pool_options& catalog_cache(std::size_t entries = limits::catalog_cache_entries_default,
                                clock::duration ttl = limits::catalog_cache_ttl_default,
                                std::size_t bytes_max = limits::catalog_cache_bytes_default) {
        catalog_entries_ = entries;
        catalog_ttl_ = ttl;
        catalog_bytes_ = bytes_max;
        return *this;
    }
    // Executed on each session that was used, after it was rolled back and before anybody else has it; at most 64, of
    // 64 KiB each. A session on which one fails leaves. Rows are not read. Each costs a round trip for every request of
    // the pool, behind its back. Default: none.
    pool_options& on_return(std::vector<std::string> statements) {
        on_return_ = std::move(statements);
        return *this;
    }
    // While the last connect has failed and no session is there, requests are answered with circuit_open at once and do
    // not wait for the next attempt, which the first of them makes begin. Default: they wait for it.
    pool_options& fail_fast_when_down(bool fails) {
        fail_fast_when_down_ = fails;
        return *this;
    }
    // A session, stream or transaction that was not given back after so long is told of once, with the place that
    // acquired it (event_kind::lease_overdue): 1 s to 30 days, 0: not. Default: 0.
    pool_options& leak_threshold(clock::duration most) {
        leak_threshold_ = most;
        return *this;
    }
    pool_options& connect(connect_options o) {
        connect_ = std::move(o);
        return *this;
    }

    [[nodiscard]] std::size_t catalog_entries() const noexcept { return catalog_entries_; }
    [[nodiscard]] clock::duration catalog_ttl() const noexcept { return catalog_ttl_; }
    [[nodiscard]] std::size_t catalog_bytes() const noexcept { return catalog_bytes_; }
    [[nodiscard]] std::size_t max_size() const noexcept { return max_size_; }
    [[nodiscard]] std::size_t min_idle() const noexcept { return min_idle_; }
    [[nodiscard]] std::size_t max_connecting() const noexcept { return max_connecting_; }
    [[nodiscard]] std::size_t waiters_max() const noexcept { return waiters_max_; }
    [[nodiscard]] clock::duration max_lifetime() const noexcept { return max_lifetime_; }
    [[nodiscard]] clock::duration idle_timeout() const noexcept { return idle_timeout_; }
    [[nodiscard]] idle_order order() const noexcept { return order_; }
    [[nodiscard]] bool eager() const noexcept { return eager_; }
    [[nodiscard]] checkout_test test_on_checkout() const noexcept { return test_on_checkout_; }
    [[nodiscard]] clock::duration test_if_idle_for() const noexcept { return test_if_idle_for_; }
    [[nodiscard]] clock::duration test_within() const noexcept { return test_within_; }
    [[nodiscard]] clock::duration keepalive() const noexcept { return keepalive_; }
    [[nodiscard]] const std::string& health_check_query() const noexcept { return health_check_query_; }
    [[nodiscard]] const std::vector<std::string>& on_return() const noexcept { return on_return_; }
    [[nodiscard]] bool fail_fast_when_down() const noexcept { return fail_fast_when_down_; }
    [[nodiscard]] clock::duration leak_threshold() const noexcept { return leak_threshold_; }
    [[nodiscard]] const connect_options& connect() const noexcept { return connect_; }
    [[nodiscard]] SLUICE_EXPORT std::optional<error> problems() const;

private:
    std::size_t max_size_ = limits::pool_size_default;
    std::size_t min_idle_ = 0;
    std::size_t max_connecting_ = limits::pool_connecting_default;
    std::size_t waiters_max_ = limits::waiters_default;
    clock::duration max_lifetime_ = limits::pool_lifetime_default;
    clock::duration idle_timeout_ = limits::pool_idle_timeout_default;
    idle_order order_ = idle_order::lifo;
    bool eager_ = false;
    bool fail_fast_when_down_ = false;
    std::vector<std::string> on_return_;
    clock::duration leak_threshold_{0};
    checkout_test test_on_checkout_ = checkout_test::when_idle;
    clock::duration test_if_idle_for_ = limits::pool_check_after_default;
    clock::duration test_within_ = limits::pool_check_within_default;
    clock::duration keepalive_ = limits::pool_keepalive_default;
    std::string health_check_query_;
    std::size_t catalog_entries_ = 0;
    clock::duration catalog_ttl_ = limits::catalog_cache_ttl_default;
    std::size_t catalog_bytes_ = limits::catalog_cache_bytes_default;
    connect_options connect_;
};

class engine_options {
public:
    engine_options() {}
    // Sessions alive at once; 1 to 1,024.
    engine_options& sessions_max(std::size_t count) {
        sessions_max_ = count;
        return *this;
    }
    // Threads that are stuck in a driver and are replaced; 0 to 1,024. A session whose worker is one more gets no other
    // one, and answers worker_lost, until one of them has come back.
    engine_options& quarantined_max(std::size_t count) {
        quarantined_max_ = count;
        return *this;
    }
    // Calls interrupted in a second, for each connection string; 1 to 100,000. A fifth of that at once. Each may be a
    // connection to the server.
    engine_options& cancels_per_second(std::uint32_t count) {
        cancels_per_second_ = count;
        return *this;
    }
    // Bytes of rows that were fetched and that the program or a stream still has; 64 KiB to 1 TiB. With so many,
    // streams fetch one batch ahead, whatever their prefetch, and requests that bring rows wait for room until their
    // deadline. Default: 4 GiB.
    engine_options& memory_max(std::size_t count) {
        memory_max_ = count;
        return *this;
    }
    // The stack of each worker, on which the driver runs; 256 KiB to 1 GiB, 0: what the system gives (8 MiB here, of
    // which only what is used takes memory). Default: 0.
    engine_options& worker_stack_bytes(std::size_t most) {
        worker_stack_bytes_ = most;
        return *this;
    }
    // Called with what an operator wants to hear of: see events.hpp.
    engine_options& on_event(event_handler handler) {
        on_event_ = std::move(handler);
        return *this;
    }
    // How long the destructor waits for calls inside of a driver; 0 to 600 s. After half of it they are interrupted.
    engine_options& shutdown_grace(clock::duration grace) {
        shutdown_grace_ = grace;
        return *this;
    }
    // For tests: what the engine's sessions and pools take for the time. Null: std::chrono::steady_clock.
    engine_options& time(std::shared_ptr<const time_source> source) {
        time_ = std::move(source);
        return *this;
    }

    [[nodiscard]] std::size_t sessions_max() const noexcept { return sessions_max_; }
    [[nodiscard]] clock::duration shutdown_grace() const noexcept { return shutdown_grace_; }
    [[nodiscard]] std::size_t quarantined_max() const noexcept { return quarantined_max_; }
    [[nodiscard]] std::size_t memory_max() const noexcept { return memory_max_; }
    [[nodiscard]] std::size_t worker_stack_bytes() const noexcept { return worker_stack_bytes_; }
    [[nodiscard]] std::uint32_t cancels_per_second() const noexcept { return cancels_per_second_; }
    [[nodiscard]] const event_handler& on_event() const noexcept { return on_event_; }
    [[nodiscard]] const std::shared_ptr<const time_source>& time() const noexcept { return time_; }
    [[nodiscard]] SLUICE_EXPORT std::optional<error> problems() const;

private:
    std::size_t sessions_max_ = limits::sessions_default;
    std::size_t quarantined_max_ = limits::quarantined_default;
    std::size_t memory_max_ = limits::memory_default;
    std::size_t worker_stack_bytes_ = 0;
    std::uint32_t cancels_per_second_ = limits::cancels_per_second_default;
    event_handler on_event_;
    clock::duration shutdown_grace_ = limits::shutdown_grace_default;
    std::shared_ptr<const time_source> time_;
};

static_assert(!std::is_aggregate_v<request_options> && !std::is_aggregate_v<stream_options> &&
              !std::is_aggregate_v<connect_options> && !std::is_aggregate_v<pool_options> &&
              !std::is_aggregate_v<engine_options>);

}  // namespace sluice
