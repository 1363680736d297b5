#pragma once
// Everything that a session can be asked, and what it answers. A closed set of plain owned values: no lambdas, no
// pointers to what the caller owns, so that the same request can go to a thread or, later, to a process.
//
// Each request names its reply, so submit(R) answers with result<R::reply>. None is an aggregate: g++ 12 miscompiles
// aggregate temporaries in a co_await expression (docs/decisions).
//
// Threads: values; any thread.

#include <sluice/protocol/batch.hpp>
#include <sluice/protocol/bulk.hpp>
#include <sluice/protocol/capabilities.hpp>
#include <sluice/protocol/catalog.hpp>
#include <sluice/protocol/ids.hpp>
#include <sluice/protocol/limits.hpp>
#include <sluice/protocol/metrics.hpp>
#include <sluice/protocol/record.hpp>
#include <sluice/protocol/row_set.hpp>
#include <sluice/protocol/session_setting.hpp>
#include <sluice/protocol/transaction_options.hpp>
#include <sluice/protocol/value.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace sluice {

// What a stream really does. `incremental`: rows come while they are read, in constant memory. `buffered_by_driver`:
// the driver holds the whole result before it hands out the first row.
enum class stream_mode : std::uint8_t { incremental, buffered_by_driver };
[[nodiscard]] SLUICE_EXPORT std::string_view to_string(stream_mode) noexcept;

// What is at the other end of a connection, as its driver says.
struct connection_facts {
    std::string driver_name;  // "libsqlite3odbc.so"
    std::string driver_version;
    std::string dbms_name;  // "PostgreSQL"
    std::string dbms_version;
    std::string profile;       // the driver profile in use: "postgresql", "mariadb", "sqlite", "default"
    int threading_level = -1;  // unixODBC's Threading for this driver; -1: not told
};

namespace protocol {

// A reply that says only "done".
struct done {
    std::vector<diagnostic> warnings;
    sluice::timings timings;
};

class connect {
public:
    struct reply {
        connection_facts facts;
        std::vector<diagnostic> warnings;
        sluice::timings timings;
    };
    explicit connect(std::string string) : connection_string(std::move(string)) {}
    std::string connection_string;
    std::chrono::seconds login_timeout{15};  // told to the driver before the connect; 0: not told
    std::size_t statement_cache = limits::statement_cache_default;  // statements that stay prepared; 0: none
    bool transaction_pooler = false;      // each transaction may have another server process: nothing stays prepared
    std::vector<std::string> on_connect;  // executed in this order before the connect is answered
};

class disconnect {
public:
    using reply = done;
    disconnect() {}
};

// One statement, its whole result.
class execute {
public:
    using reply = row_set;
    explicit execute(std::string sql_text, args with = {}) : sql(std::move(sql_text)), parameters(std::move(with)) {}
    std::string sql;
    args parameters;
    statement_id statement;  // when not 0: the prepared statement that is executed, in place of the text
    std::size_t result_bytes_max = limits::result_bytes_default;
    std::size_t result_rows_max = limits::result_rows_default;  // of more not one is answered: too_large
    std::chrono::seconds query_timeout{0};  // the server's own limit, where the driver passes one on; 0: not told
    detail::field_readers expected;         // when not empty: columns are checked against these before the first row
};

// One statement, all of its results, those without rows too. The limits are those of all together.
class execute_all {
public:
    using reply = std::vector<row_set>;
    explicit execute_all(std::string sql_text, args with = {})
        : sql(std::move(sql_text)), parameters(std::move(with)) {}
    std::string sql;
    args parameters;
    statement_id statement;  // as in execute
    std::size_t result_bytes_max = limits::result_bytes_default;
    std::size_t result_rows_max = limits::result_rows_default;
    std::chrono::seconds query_timeout{0};  // as in execute
};

// Several statements in one message, one after the other, each with its whole result. They share no transaction but the
// one that may be open. Each answer is that of `execute`; after the first error the rest are not executed, and are
// answered with cancelled, outcome none, unless it goes on. The limits are those of all together.
class pipeline {
public:
    using reply = std::vector<result<row_set>>;
    pipeline() {}
    pipeline& add(std::string sql, args with = {}) {
        steps.emplace_back(std::move(sql), std::move(with));
        return *this;
    }
    // Errors of a step end nothing but that step, unless the connection or the transaction is gone with it.
    pipeline& go_on(bool on = true) {
        goes_on = on;
        return *this;
    }
    std::vector<execute> steps;  // what they say of limits does not count
    bool goes_on = false;
    std::size_t result_bytes_max = limits::result_bytes_default;
    std::size_t result_rows_max = limits::result_rows_default;
    std::chrono::seconds query_timeout{0};  // as in execute, of each statement
    // More steps than limits::pipeline_steps_max, or nothing.
    [[nodiscard]] SLUICE_EXPORT std::optional<error> problems() const;
};

// Rows into a table, all or none of them but those that may be refused. A transaction of its own, or a part of the one
// that is open.
class bulk_insert {
public:
    using reply = bulk_inserted;
    explicit bulk_insert(bulk_rows rows) : what(std::move(rows)) {}
    bulk_rows what;
};

class stream_start {
public:
    struct reply {
        stream_id id;
        std::shared_ptr<const schema> columns;
        std::optional<std::int64_t> affected_rows;  // of a first result without columns
        stream_mode mode = stream_mode::buffered_by_driver;
        std::vector<diagnostic> warnings;
        sluice::timings timings;
    };
    explicit stream_start(std::string sql_text, args with = {})
        : sql(std::move(sql_text)), parameters(std::move(with)) {}
    std::string sql;
    args parameters;
    statement_id statement;  // as in execute
    std::string key;         // not empty: the rows come in the order of this column, see stream_options::by_key
    std::size_t page_rows = limits::page_rows_default;
    std::size_t batch_rows = limits::batch_rows_default;
    std::size_t batch_bytes = limits::batch_bytes_default;
    std::size_t prefetch = limits::prefetch_batches_default;
    std::chrono::seconds query_timeout{0};  // as in execute
    detail::field_readers expected;
};

// The next batch; nullopt is the end, and stays the end.
class stream_fetch {
public:
    using reply = std::optional<batch>;
    explicit stream_fetch(stream_id stream) : id(stream) {}
    stream_id id;
};

// Goes on to the next result of the statement, when the present one has been read to its end.
class stream_next_result {
public:
    struct reply {
        bool another = false;                       // false: there is none, and never will be
        std::shared_ptr<const schema> columns;      // of the result; null where there is none
        std::optional<std::int64_t> affected_rows;  // of a result without columns
        std::vector<diagnostic> warnings;
    };
    explicit stream_next_result(stream_id stream) : id(stream) {}
    stream_id id;
};

class stream_close {
public:
    using reply = done;
    explicit stream_close(stream_id stream) : id(stream) {}
    stream_id id;
};

// Prepares a statement for executions by its id. On the server, where its driver does that before the first execution.
class prepare {
public:
    struct reply {
        statement_id id;
        std::size_t parameters = 0;
        std::shared_ptr<const schema> columns;  // null: the driver tells them only after an execution
        std::vector<diagnostic> warnings;
        sluice::timings timings;
    };
    explicit prepare(std::string sql_text) : sql(std::move(sql_text)) {}
    std::string sql;
};

class close_statement {
public:
    using reply = done;
    explicit close_statement(statement_id statement) : id(statement) {}
    statement_id id;
};

// Frees every statement that stays prepared, asked for by prepare or not; those that are in use when they come back.
// What was asked for can still be executed: that prepares it again.
class clear_statements {
public:
    struct reply {
        std::size_t freed = 0;
        std::vector<diagnostic> warnings;
        sluice::timings timings;
    };
    clear_statements() {}
};

class begin {
public:
    using reply = done;
    begin() {}
    explicit begin(transaction_options with) : options(std::move(with)) {}
    transaction_options options;
};

class commit {
public:
    using reply = done;
    commit() {}
};

class rollback {
public:
    using reply = done;
    rollback() {}
};

// A place in the transaction to which rollback_to goes back. The name is the caller's own text, quoted by the rules of
// the server; 1 to 63 bytes of UTF-8.
class savepoint {
public:
    using reply = done;
    explicit savepoint(std::string called) : name(std::move(called)) {}
    std::string name;
};

// Undoes what came after the savepoint, which stays.
class rollback_to {
public:
    using reply = done;
    explicit rollback_to(std::string called) : name(std::move(called)) {}
    std::string name;
};

// Forgets the savepoint and keeps what came after it.
class release {
public:
    using reply = done;
    explicit release(std::string called) : name(std::move(called)) {}
    std::string name;
};

// Ends what the last user of the session has left behind: its stream, its transaction. What a pool asks before it lends
// the session again.
class reset {
public:
    using reply = done;
    explicit reset(std::vector<std::string> last = {}) : statements(std::move(last)) {}
    std::vector<std::string> statements;  // executed last, in this order
};

// Whether the connection is alive: asked in the cheapest way that really finds out, which is a round trip where there
// is a server, or with this statement. A connection that turns out to be dead is replaced.
class ping {
public:
    using reply = done;
    explicit ping(std::string statement = {}) : sql(std::move(statement)) {}
    std::string sql;  // its rows are not read; empty: the driver's own way
};

// A question to the catalog, its whole answer.
class catalog {
public:
    using reply = row_set;
    explicit catalog(catalog_query question) : what(std::move(question)) {}
    catalog_query what;
    std::size_t result_bytes_max = limits::result_bytes_default;  // of what the driver gives
    std::size_t result_rows_max = limits::result_rows_default;    // the same
    std::chrono::seconds query_timeout{0};                        // as in execute
};

// Other values of what the session has of its own, until the next reset, whatever connection serves it by then. All or
// none.
class apply_settings {
public:
    using reply = done;
    explicit apply_settings(std::vector<session_setting> asked) : settings(std::move(asked)) {}
    std::vector<session_setting> settings;
};

// What the DBMS can do. Asked of the driver once for each connection.
class capabilities {
public:
    using reply = sluice::capabilities;
    capabilities() {}
};

// What the engine of the session has counted, as seen when the request's turn comes.
class metrics {
public:
    using reply = metrics_snapshot;
    metrics() {}
};

using request = std::variant<connect, disconnect, execute, execute_all, stream_start, stream_fetch, stream_next_result,
                             stream_close, prepare, close_statement, clear_statements, begin, commit, rollback,
                             savepoint, rollback_to, release, reset, ping, metrics, catalog, capabilities,
                             apply_settings, bulk_insert, pipeline>;

template <class T>
inline constexpr bool is_request = false;
template <>
inline constexpr bool is_request<connect> = true;
template <>
inline constexpr bool is_request<disconnect> = true;
template <>
inline constexpr bool is_request<execute> = true;
template <>
inline constexpr bool is_request<execute_all> = true;
template <>
inline constexpr bool is_request<pipeline> = true;
template <>
inline constexpr bool is_request<bulk_insert> = true;
template <>
inline constexpr bool is_request<stream_start> = true;
template <>
inline constexpr bool is_request<stream_next_result> = true;
template <>
inline constexpr bool is_request<stream_fetch> = true;
template <>
inline constexpr bool is_request<stream_close> = true;
template <>
inline constexpr bool is_request<prepare> = true;
template <>
inline constexpr bool is_request<close_statement> = true;
template <>
inline constexpr bool is_request<clear_statements> = true;
template <>
inline constexpr bool is_request<begin> = true;
template <>
inline constexpr bool is_request<commit> = true;
template <>
inline constexpr bool is_request<rollback> = true;
template <>
inline constexpr bool is_request<savepoint> = true;
template <>
inline constexpr bool is_request<rollback_to> = true;
template <>
inline constexpr bool is_request<release> = true;
template <>
inline constexpr bool is_request<reset> = true;
template <>
inline constexpr bool is_request<ping> = true;
template <>
inline constexpr bool is_request<metrics> = true;
template <>
inline constexpr bool is_request<catalog> = true;
template <>
inline constexpr bool is_request<capabilities> = true;
template <>
inline constexpr bool is_request<apply_settings> = true;

static_assert(!std::is_aggregate_v<pipeline> && !std::is_aggregate_v<bulk_insert> &&
              !std::is_aggregate_v<execute_all> && !std::is_aggregate_v<stream_next_result>);
static_assert(!std::is_aggregate_v<connect> && !std::is_aggregate_v<disconnect> && !std::is_aggregate_v<execute> &&
              !std::is_aggregate_v<stream_start> && !std::is_aggregate_v<stream_fetch> &&
              !std::is_aggregate_v<stream_close> && !std::is_aggregate_v<prepare> &&
              !std::is_aggregate_v<close_statement> && !std::is_aggregate_v<clear_statements> &&
              !std::is_aggregate_v<begin> && !std::is_aggregate_v<commit> && !std::is_aggregate_v<rollback> &&
              !std::is_aggregate_v<savepoint> && !std::is_aggregate_v<rollback_to> && !std::is_aggregate_v<release> &&
              !std::is_aggregate_v<catalog> && !std::is_aggregate_v<apply_settings>);

}  // namespace protocol
}  // namespace sluice
