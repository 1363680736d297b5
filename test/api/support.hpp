#pragma once
// What the tests of the face have in common: a database in a file, every operation as a type, and places where handlers
// run. Each operation can be started with any token on any stage, so that a test is a token and a check.
//
// Threads: handlers put their answers into promises; only the test's own thread asserts.

#include <sluice/sluice.hpp>

#include <boost/asio.hpp>
#include <catch2/catch.hpp>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace api {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// Longer than anything takes, so that what never comes is a failure and not a hang.
inline constexpr auto patience = 50s;

// A folder for one database file; gone with the object.
class database {
public:
    database() {
        std::string name = (std::filesystem::temp_directory_path() / "sluice-api-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        folder_ = name;
    }
    database(const database&) = delete;
    database& operator=(const database&) = delete;
    ~database() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    // More keys end with a semicolon: "Timeout=100;".
    [[nodiscard]] std::string string(const std::string& more = "") const {
        return "Driver=SQLite3;" + more + "Database=" + path();
    }
    [[nodiscard]] std::string path() const { return (folder_ / "api.db").string(); }

private:
    std::filesystem::path folder_;
};

// Three rows: 1 bolt 0.5, 2 nut NULL, 3 a name that no small string holds 2.25.
inline const std::string long_name = "washer, zinc-plated, for the outside and the inside";
void make_items(sluice::pool&);

template <class T>
[[nodiscard]] T in_time(std::future<T> f) {
    if (f.wait_for(patience) != std::future_status::ready) throw std::runtime_error("no answer in time");
    return f.get();
}

// The error that f throws; ok where it throws none.
template <class F>
[[nodiscard]] sluice::error thrown(F f) {
    try {
        f();
    } catch (const sluice::database_error& e) {
        return e.error();
    }
    return sluice::error();
}

// What a future of the throwing family says, as a result. Value is what the asynchronous form of the call answers with.
template <class Value, class T>
[[nodiscard]] sluice::result<Value> outcome_of(std::future<T> f) {
    try {
        if constexpr (std::is_void_v<T>) {
            in_time(std::move(f));
            return Value();
        } else {
            return in_time(std::move(f));
        }
    } catch (const sluice::database_error& e) {
        return e.error();
    }
}

// One answer on its way to the test.
template <class T>
class answer {
public:
    answer() : future_(shared_->promise.get_future()) {}
    // Can only be moved, as handlers may be.
    [[nodiscard]] auto handler() {
        return [shared = shared_, only_movable = std::make_unique<int>(0)](sluice::result<T> r) {
            shared->where = std::this_thread::get_id();
            shared->promise.set_value(std::move(r));
        };
    }
    [[nodiscard]] auto throwing_handler() {
        return [shared = shared_, only_movable = std::make_unique<int>(0)](std::exception_ptr e, T value) {
            shared->where = std::this_thread::get_id();
            if (!e) return shared->promise.set_value(std::move(value));
            try {
                std::rethrow_exception(e);
            } catch (const sluice::database_error& failed) {
                shared->promise.set_value(failed.error());
            }
        };
    }
    [[nodiscard]] sluice::result<T> get() { return in_time(std::move(future_)); }
    [[nodiscard]] bool is_there() const { return future_.wait_for(0s) == std::future_status::ready; }
    // REQUIRES: get() was called.
    [[nodiscard]] std::thread::id where() const { return shared_->where; }

private:
    struct shared {
        std::promise<sluice::result<T>> promise;
        std::thread::id where;
    };
    std::shared_ptr<shared> shared_ = std::make_shared<shared>();
    std::future<sluice::result<T>> future_;
};

// The loop of a window system: functions run on the thread that calls run_until().
class gui_loop {
public:
    // All that an executor has to have.
    struct executor {
        gui_loop* loop;
        template <class F>
        void execute(F&& f) const {
            loop->post(std::make_shared<std::decay_t<F>>(std::forward<F>(f)));
        }
        friend bool operator==(const executor&, const executor&) noexcept = default;
    };
    // One written by somebody who has never heard of Asio.
    struct plain_executor {
        gui_loop* loop;
        void execute(std::function<void()> f) const {
            loop->post(std::make_shared<std::function<void()>>(std::move(f)));
        }
        friend bool operator==(const plain_executor&, const plain_executor&) noexcept = default;
    };
    [[nodiscard]] executor get_executor() { return {this}; }
    [[nodiscard]] plain_executor get_plain_executor() { return {this}; }

    // False: not in time.
    template <class Done>
    [[nodiscard]] bool run_until(Done done) {
        const auto end = std::chrono::steady_clock::now() + patience;
        while (!done()) {
            std::function<void()> next;
            {
                std::unique_lock lock(mutex_);
                if (!come_.wait_until(lock, end, [this] { return !queue_.empty(); })) return false;
                next = std::move(queue_.front());
                queue_.erase(queue_.begin());
            }
            next();
        }
        return true;
    }

private:
    template <class F>
    void post(std::shared_ptr<F> f) {
        const std::lock_guard lock(mutex_);
        queue_.push_back([f] { (*f)(); });
        come_.notify_one();
    }
    std::mutex mutex_;
    std::condition_variable come_;
    std::vector<std::function<void()>> queue_;  // guarded by mutex_
};

// Calls at once: what an executor may do that promises nothing.
struct inline_executor {
    template <class F>
    void execute(F&& f) const {
        std::forward<F>(f)();
    }
    friend bool operator==(const inline_executor&, const inline_executor&) noexcept { return true; }
};

// Runs the coroutine to its end on a context of its own; the context's run() has to wait for it.
template <class T>
[[nodiscard]] T run(asio::awaitable<T> coroutine) {
    asio::io_context context;
    std::optional<T> made;
    std::exception_ptr failed;
    asio::co_spawn(context, std::move(coroutine), [&](std::exception_ptr e, T value) {
        failed = e;
        made.emplace(std::move(value));
    });
    context.run();
    if (failed) std::rethrow_exception(failed);
    if (!made) throw std::logic_error("run() came back before the end of the coroutine");
    return std::move(*made);
}
inline void run(asio::awaitable<void> coroutine) {
    asio::io_context context;
    bool done = false;
    std::exception_ptr failed;
    asio::co_spawn(context, std::move(coroutine), [&](std::exception_ptr e) {
        failed = e;
        done = true;
    });
    context.run();
    if (failed) std::rethrow_exception(failed);
    if (!done) throw std::logic_error("run() came back before the end of the coroutine");
}

using item_tuple = std::tuple<std::int64_t, std::string, std::optional<double>>;
struct item_struct {
    int id = 0;
    std::string name;
    std::optional<double> price;
};

// Handles for one operation. Never copied: an operation may use them up.
struct stage {
    sluice::engine* engine = nullptr;
    std::string connection;
    sluice::pool pool;
    sluice::session session;
    sluice::row_stream stream;
    sluice::partitioned_stream partitioned;
    sluice::stream_id id;  // of the stream, for typed requests
};

// Makes stages on one database and one engine.
class theatre {
public:
    theatre();

    template <class Op>
    [[nodiscard]] stage set() {
        stage made = set(Op::needs_session);
        Op::prepare(made);
        return made;
    }
    [[nodiscard]] stage set(bool with_session);
    // Handles that are empty, of an engine that was moved from.
    [[nodiscard]] stage set_empty();
    [[nodiscard]] sluice::engine& engine() { return engine_; }
    [[nodiscard]] const database& file() const { return file_; }

private:
    database file_;
    sluice::engine engine_;
    sluice::pool pool_;
    sluice::engine moved_from_;
};

// The operations. start(): with a token, or with the default one. future(): the other face. verify(): the value of a
// success.
namespace operations {

inline const std::string all_items = "select id, name, price from item order by id";

struct base {
    static constexpr bool needs_session = true;
    static constexpr sluice::errc expected = sluice::errc::ok;
    static void prepare(stage&) {}
};

struct query : base {
    static constexpr auto name = "session query";
    using value = sluice::row_set;
    template <class... Token>
    static auto start(stage& s, Token&&... token) {
        return s.session.async_query("select name from item where id = ?", sluice::args(3),
                                     std::forward<Token>(token)...);
    }
    static auto future(stage& s) { return s.session.query("select name from item where id = ?", sluice::args(3)); }
    static void verify(const value& rows) {
        REQUIRE(rows.size() == 1);
        CHECK(rows[0].get<std::string>(0) == long_name);
    }
};

struct pool_query : query {
    static constexpr auto name = "pool query";
    static constexpr bool needs_session = false;
    template <class... Token>
    static auto start(stage& s, Token&&... token) {
        return s.pool.async_query("select name from item where id = ?", sluice::args(3), std::forward<Token>(token)...);
    }
    static auto future(stage& s) { return s.pool.query("select name from item where id = ?", sluice::args(3)); }
};

template <class Row>
struct query_as : base {
    static constexpr bool needs_session = false;
    using value = std::vector<Row>;
    template <class... Token>
    static auto start(stage& s, Token&&... token) {
        return s.pool.async_query_as<Row>(all_items, std::forward<Token>(token)...);
    }
    static auto future(stage& s) { return s.pool.query_as<Row>(all_items); }
};
struct query_tuples : query_as<item_tuple> {
    static constexpr auto name = "query_as tuple";
    static void verify(const value& rows) {
        CHECK(rows == value{{1, "bolt", 0.5}, {2, "nut", std::nullopt}, {3, long_name, 2.25}});
    }
};
struct query_structs : query_as<item_struct> {
    static constexpr auto name = "query_as struct";
    static void verify(const value& rows) {
        REQUIRE(rows.size() == 3);
        CHECK(rows[0].id == 1);
        CHECK(rows[1].price == std::nullopt);
        CHECK(rows[2].name == long_name);
    }
};

struct query_all : base {
    static constexpr auto name = "session query_all";
    using value = std::vector<sluice::row_set>;
    template <class... Token>
    static auto start(stage& s, Token&&... token) {
        return s.session.async_query_all("select id from item where id = ?", sluice::args(2),
                                         std::forward<Token>(token)...);
    }
    static auto future(stage& s) { return s.session.query_all("select id from item where id = ?", sluice::args(2)); }
    static void verify(const value& all) {
        REQUIRE(all.size() == 1);
        REQUIRE(all[0].size() == 1);
        CHECK(all[0][0].get<int>(0) == 2);
    }
};
struct catalog : base {
    static constexpr auto name = "session catalog";
    using value = sluice::row_set;
    template <class... Token>
    static auto start(stage& s, Token&&... token) {
        return s.session.async_catalog(sluice::columns().name("item"), std::forward<Token>(token)...);
    }
    static auto future(stage& s) { return s.session.catalog(sluice::columns().name("item")); }
    static void verify(const value& rows) {
        REQUIRE(rows.size() == 3);
        CHECK(rows[1].get<std::string>("COLUMN_NAME") == "name");
    }
};
struct bulk : base {
    static constexpr auto name = "session bulk_insert";
    using value = sluice::bulk_inserted;
    static sluice::bulk_rows rows() {
        sluice::bulk_rows made("item");
        made.column("id", std::vector<int>{11, 12}).column("name", std::vector<std::string>{"cam", "rod"});
        return made;
    }
    template <class... Token>
    static auto start(stage& s, Token&&... token) {
        return s.session.async_bulk_insert(rows(), std::forward<Token>(token)...);
    }
    static auto future(stage& s) { return s.session.bulk_insert(rows()); }
    static void verify(const value& made) {
        CHECK(made.rows == 2);
        CHECK(made.refused.empty());
    }
};
struct pool_catalog : catalog {
    static constexpr auto name = "pool catalog";
    static constexpr bool needs_session = false;
    template <class... Token>
    static auto start(stage& s, Token&&... token) {
        return s.pool.async_catalog(sluice::columns().name("item"), std::forward<Token>(token)...);
    }
    static auto future(stage& s) { return s.pool.catalog(sluice::columns().name("item")); }
};
struct pipeline : base {
    static constexpr auto name = "session pipeline";
    using value = sluice::protocol::pipeline::reply;
    static sluice::protocol::pipeline statements() {
        sluice::protocol::pipeline made;
        made.add("select name from item where id = ?", sluice::args(1)).add("select count(*) from item");
        return made;
    }
    template <class... Token>
    static auto start(stage& s, Token&&... token) {
        return s.session.async_pipeline(statements(), std::forward<Token>(token)...);
    }
    static auto future(stage& s) { return s.session.pipeline(statements()); }
    static void verify(const value& made) {
        REQUIRE(made.size() == 2);
        REQUIRE((made[0].has_value() && made[1].has_value()));
        CHECK((*made[0])[0].get<std::string>(0) == "bolt");
        CHECK((*made[1])[0].get<int>(0) == 3);
    }
};
// Of one chunk.
struct bulk_source_of_rows {
    bool asked = false;
    std::optional<sluice::bulk_rows> operator()() {
        if (std::exchange(asked, true)) return std::nullopt;
        return bulk::rows();
    }
};
struct bulk_load : base {
    static constexpr auto name = "session bulk_insert of a source";
    using value = sluice::bulk_loaded;
    template <class... Token>
    static auto start(stage& s, Token&&... token) {
        return s.session.async_bulk_insert(sluice::bulk_source(bulk_source_of_rows()), std::forward<Token>(token)...);
    }
    static auto future(stage& s) { return s.session.bulk_insert(bulk_source_of_rows()); }
    static void verify(const value& made) {
        CHECK(made.complete());
        CHECK(made.rows == 2);
    }
};
struct bulk_parallel : base {
    static constexpr auto name = "pool bulk_insert_parallel";
    using value = sluice::bulk_loaded;
    template <class... Token>
    static auto start(stage& s, Token&&... token) {
        return s.pool.async_bulk_insert_parallel(bulk::rows(), std::forward<Token>(token)...);
    }
    static auto future(stage& s) { return s.pool.bulk_insert_parallel(bulk::rows()); }
    static void verify(const value& made) { bulk_load::verify(made); }
};
struct capabilities : base {
    static constexpr auto name = "session capabilities";
    using value = sluice::capabilities;
    template <class... Token>
    static auto start(stage& s, Token&&... token) {
        return s.session.async_capabilities(std::forward<Token>(token)...);
    }
    static auto future(stage& s) { return s.session.capabilities(); }
    static void verify(const value& can) { CHECK(can.dbms_name == "SQLite"); }
};

struct stream : base {
    static constexpr auto name = "stream";
    using value = sluice::row_stream;
    template <class... Token>
    static auto start(stage& s, Token&&... token) {
        return s.session.async_stream(all_items, std::forward<Token>(token)...);
    }
    static auto future(stage& s) { return s.session.stream(all_items); }
    static void verify(const value& opened) {
        CHECK(static_cast<bool>(opened));
        CHECK(opened.columns().size() == 3);
    }
};

struct on_stream : base {
    static void prepare(stage& s) {
        s.stream = in_time(s.session.stream(all_items, sluice::stream_options().batch_rows(2)));
        s.id = s.stream.id();
    }
};
struct next : on_stream {
    static constexpr auto name = "stream next";
    using value = std::optional<sluice::batch>;
    template <class... Token>
    static auto start(stage& s, Token&&... token) {
        return s.stream.async_next(std::forward<Token>(token)...);
    }
    static auto future(stage& s) { return s.stream.next(); }
    static void verify(const value& first) {
        REQUIRE(first.has_value());
        CHECK(first->rows() == 2);
        CHECK(first->column<std::int64_t>(0)[1] == 2);
    }
};
struct stream_close : on_stream {
    static constexpr auto name = "stream close";
    using value = sluice::protocol::done;
    template <class... Token>
    static auto start(stage& s, Token&&... token) {
        return s.stream.async_close(std::forward<Token>(token)...);
    }
    static auto future(stage& s) { return s.stream.close(); }
    static void verify(const value&) {}
};

struct partitioned : base {
    static constexpr auto name = "pool stream_partitioned";
    static constexpr bool needs_session = false;
    using value = sluice::partitioned_stream;
    static sluice::partition_options by_id() {
        return sluice::partition_options().by("id").partitions(2).in_order().batch_rows(1);
    }
    template <class... Token>
    static auto start(stage& s, Token&&... token) {
        return s.pool.async_stream_partitioned(all_items, by_id(), std::forward<Token>(token)...);
    }
    static auto future(stage& s) { return s.pool.stream_partitioned(all_items, by_id()); }
    static void verify(const value& opened) {
        CHECK(static_cast<bool>(opened));
        CHECK(opened.columns().size() == 3);
        CHECK(opened.progress().partitions == 3);
    }
};
struct on_partitioned : base {
    static constexpr bool needs_session = false;
    static void prepare(stage& s) {
        s.partitioned = in_time(s.pool.stream_partitioned(all_items, sluice::args(), partitioned::by_id().at_once(1)));
    }
};
struct partitioned_next : on_partitioned {
    static constexpr auto name = "partitioned_stream next";
    using value = std::optional<sluice::partition_batch>;
    template <class... Token>
    static auto start(stage& s, Token&&... token) {
        return s.partitioned.async_next(std::forward<Token>(token)...);
    }
    static auto future(stage& s) { return s.partitioned.next(); }
    static void verify(const value& first) {
        REQUIRE(first.has_value());
        CHECK(first->partition() == 0);
        REQUIRE(first->rows() == 1);
        CHECK(first->column<std::int64_t>(0)[0] == 1);
    }
};
struct partitioned_close : on_partitioned {
    static constexpr auto name = "partitioned_stream close";
    using value = sluice::protocol::done;
    template <class... Token>
    static auto start(stage& s, Token&&... token) {
        return s.partitioned.async_close(std::forward<Token>(token)...);
    }
    static auto future(stage& s) { return s.partitioned.close(); }
    static void verify(const value&) {}
};

struct acquire : base {
    static constexpr auto name = "pool acquire";
    static constexpr bool needs_session = false;
    using value = sluice::session;
    template <class... Token>
    static auto start(stage& s, Token&&... token) {
        return s.pool.async_acquire(std::forward<Token>(token)...);
    }
    static auto future(stage& s) { return s.pool.acquire(); }
    static void verify(const value& lent) {
        CHECK(static_cast<bool>(lent));
        CHECK(lent.facts().profile == "sqlite");
    }
};
struct connect : base {
    static constexpr auto name = "engine connect";
    static constexpr bool needs_session = false;
    using value = sluice::session;
    template <class... Token>
    static auto start(stage& s, Token&&... token) {
        return s.engine->async_connect(s.connection, std::forward<Token>(token)...);
    }
    static auto future(stage& s) { return s.engine->connect(s.connection); }
    static void verify(const value& made) { acquire::verify(made); }
};
struct session_close : base {
    static constexpr auto name = "session close";
    using value = sluice::protocol::done;
    template <class... Token>
    static auto start(stage& s, Token&&... token) {
        return s.session.async_close(std::forward<Token>(token)...);
    }
    static auto future(stage& s) { return s.session.close(); }
    static void verify(const value&) {}
};

template <class Request>
struct submit : base {
    using value = typename Request::reply;
    template <class... Token>
    static auto start(stage& s, Token&&... token) {
        return s.session.async_submit(Request(), std::forward<Token>(token)...);
    }
    static auto future(stage& s) { return s.session.submit(Request()); }
    static void verify(const value&) {}
};
struct submit_execute : base {
    static constexpr auto name = "submit execute";
    using value = sluice::row_set;
    static sluice::protocol::execute request() {
        return sluice::protocol::execute("select name from item where id = ?", sluice::args(3));
    }
    template <class... Token>
    static auto start(stage& s, Token&&... token) {
        return s.session.async_submit(request(), std::forward<Token>(token)...);
    }
    static auto future(stage& s) { return s.session.submit(request()); }
    static void verify(const value& rows) { query::verify(rows); }
};
struct submit_stream_start : base {
    static constexpr auto name = "submit stream_start";
    using value = sluice::protocol::stream_start::reply;
    template <class... Token>
    static auto start(stage& s, Token&&... token) {
        return s.session.async_submit(sluice::protocol::stream_start(all_items), std::forward<Token>(token)...);
    }
    static auto future(stage& s) { return s.session.submit(sluice::protocol::stream_start(all_items)); }
    static void verify(const value& opened) {
        CHECK(opened.id.value() != 0);
        REQUIRE(opened.columns != nullptr);
        CHECK(opened.columns->size() == 3);
    }
};
struct submit_stream_fetch : on_stream {
    static constexpr auto name = "submit stream_fetch";
    using value = std::optional<sluice::batch>;
    template <class... Token>
    static auto start(stage& s, Token&&... token) {
        return s.session.async_submit(sluice::protocol::stream_fetch(s.id), std::forward<Token>(token)...);
    }
    static auto future(stage& s) { return s.session.submit(sluice::protocol::stream_fetch(s.id)); }
    static void verify(const value& first) { next::verify(first); }
};
struct submit_stream_close : on_stream {
    static constexpr auto name = "submit stream_close";
    using value = sluice::protocol::done;
    template <class... Token>
    static auto start(stage& s, Token&&... token) {
        return s.session.async_submit(sluice::protocol::stream_close(s.id), std::forward<Token>(token)...);
    }
    static auto future(stage& s) { return s.session.submit(sluice::protocol::stream_close(s.id)); }
    static void verify(const value&) {}
};
struct submit_begin : submit<sluice::protocol::begin> {
    static constexpr auto name = "submit begin";
};
struct submit_commit : submit<sluice::protocol::commit> {
    static constexpr auto name = "submit commit";
    static void prepare(stage& s) { (void)in_time(s.session.submit(sluice::protocol::begin())); }
};
struct submit_rollback : submit<sluice::protocol::rollback> {
    static constexpr auto name = "submit rollback";
    static void prepare(stage& s) { submit_commit::prepare(s); }
};
struct submit_reset : submit<sluice::protocol::reset> {
    static constexpr auto name = "submit reset";
    static void prepare(stage& s) { submit_commit::prepare(s); }
};
struct submit_disconnect : submit<sluice::protocol::disconnect> {
    static constexpr auto name = "submit disconnect";
};
// Of a session that is connected: refused.
struct submit_connect : base {
    static constexpr auto name = "submit connect";
    static constexpr sluice::errc expected = sluice::errc::invalid_argument;
    using value = sluice::protocol::connect::reply;
    template <class... Token>
    static auto start(stage& s, Token&&... token) {
        return s.session.async_submit(sluice::protocol::connect(s.connection), std::forward<Token>(token)...);
    }
    static auto future(stage& s) { return s.session.submit(sluice::protocol::connect(s.connection)); }
    static void verify(const value&) {}
};

}  // namespace operations

#define API_OPERATIONS(X)  \
    X(query)               \
    X(pool_query)          \
    X(query_tuples)        \
    X(query_structs)       \
    X(query_all)           \
    X(catalog)             \
    X(pool_catalog)        \
    X(pipeline)            \
    X(bulk)                \
    X(bulk_load)           \
    X(bulk_parallel)       \
    X(partitioned)         \
    X(partitioned_next)    \
    X(partitioned_close)   \
    X(capabilities)        \
    X(stream)              \
    X(next)                \
    X(stream_close)        \
    X(acquire)             \
    X(connect)             \
    X(session_close)       \
    X(submit_execute)      \
    X(submit_stream_start) \
    X(submit_stream_fetch) \
    X(submit_stream_close) \
    X(submit_begin)        \
    X(submit_commit)       \
    X(submit_rollback)     \
    X(submit_reset)        \
    X(submit_disconnect)   \
    X(submit_connect)

// Calls f.operator()<Op>() for each operation.
template <class F>
void for_each_operation(F f) {
#define API_CALL(OP) f.template operator()<operations::OP>();
    API_OPERATIONS(API_CALL)
#undef API_CALL
}

template <class Op>
using way = std::function<sluice::result<typename Op::value>(stage&)>;

// REQUIRES, of all of these: the test's own thread. Defined in support.cpp, for every operation.
template <class Op>
void check(const sluice::result<typename Op::value>&);
// On handles that are empty, moved from or closed: one of these codes, and nothing done.
template <class Op>
void check_refused(const sluice::result<typename Op::value>&, const std::vector<sluice::errc>& codes);
// The operation on live handles and on empty ones; the way answers with what came of it.
template <class Op>
void try_one(theatre&, const way<Op>&);

// Every operation by `how`, a function of a stage.
template <class How>
void try_all(How how) {
    theatre house;
    for_each_operation(
        [&]<class Op>() { try_one<Op>(house, [&](stage& s) { return how.template operator()<Op>(s); }); });
}

}  // namespace api
