#include "../beside.hpp"
#include "../tables.hpp"
#include "look_up_all.hpp"
#include "read_all.hpp"
#include "scenarios.hpp"

#include <sluice/runtime/async.hpp>
#include <sluice/runtime/engine.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <exception>

namespace {

namespace asio = boost::asio;

class work {
public:
    // One of them: the text each time, but for a statement.
    sluice::session* session = nullptr;
    sluice::pool* pool = nullptr;
    sluice::statement* prepared = nullptr;
    std::int64_t next = 0;
    std::int64_t end = 0;
    bench::checksum sum;
    std::vector<float> call_us;
};

asio::awaitable<sluice::row_set> ask(work& w, std::int64_t key) {
    if (w.prepared) co_return co_await w.prepared->async_query(sluice::args(key), sluice::use_awaitable);
    if (w.pool) co_return co_await w.pool->async_query(bench::point_sql, sluice::args(key), sluice::use_awaitable);
    co_return co_await w.session->async_query(bench::point_sql, sluice::args(key), sluice::use_awaitable);
}

asio::awaitable<void> call(work& w) {
    while (w.next < w.end) {
        const auto key = bench::key_of(w.next++);
        const auto begun = bench::clock::now();
        const auto rows = co_await ask(w, key);
        const auto text = rows[0].get<std::string_view>(0);
        w.sum.unordered(key, text.data(), text.size());
        w.call_us.push_back(bench::microseconds_since(begun));
    }
}

// So many in one message.
constexpr std::int64_t pipelined = 10;

asio::awaitable<void> call_pipelined(work& w) {
    while (w.next < w.end) {
        const auto first = w.next;
        w.next = std::min(w.end, first + pipelined);
        sluice::protocol::pipeline queries;
        for (auto n = first; n < w.next; ++n) queries.add(bench::point_sql, sluice::args(bench::key_of(n)));
        const auto begun = bench::clock::now();
        const auto replies = co_await w.session->async_pipeline(std::move(queries), sluice::use_awaitable);
        for (auto n = first; n < w.next; ++n) {
            const auto text = replies[static_cast<std::size_t>(n - first)].value()[0].get<std::string_view>(0);
            w.sum.unordered(bench::key_of(n), text.data(), text.size());
        }
        w.call_us.push_back(bench::microseconds_since(begun) / static_cast<float>(pipelined));
    }
}

// Runs the queries up to `end`; the first error is thrown.
void run(work& w, std::int64_t end, int callers, asio::awaitable<void> (*how)(work&) = call) {
    asio::io_context context(1);
    std::exception_ptr failed;
    w.end = end;
    for (int n = 0; n < callers; ++n)
        asio::co_spawn(context, how(w), [&](std::exception_ptr e) {
            if (e && !failed) failed = e;
        });
    context.run();
    if (failed) std::rethrow_exception(failed);
}

[[nodiscard]] bench::measured measure(work& w, std::int64_t count, int callers, std::int64_t warm_up,
                                      asio::awaitable<void> (*how)(work&) = call) {
    w.call_us.reserve(static_cast<std::size_t>(count + warm_up));
    run(w, warm_up, callers, how);
    w.call_us.clear();
    w.sum = {};
    w.next = 0;
    const auto begun = bench::clock::now();
    run(w, count, callers, how);
    bench::measured found;
    found.seconds = bench::seconds_since(begun);
    found.checksum = w.sum.value();
    found.call_us = std::move(w.call_us);
    return found;
}

[[nodiscard]] bench::measured on_a_session(const std::string& connection, std::int64_t count, int callers,
                                           bool prepare) {
    sluice::engine engine;
    auto session = engine.connect(connection).get();
    return bench::look_up_all(session, count, callers, prepare);
}

}  // namespace

namespace bench {

measured look_up_all(sluice::session& on, std::int64_t count, int callers, bool prepare) {
    sluice::statement statement;
    work w;
    w.session = &on;
    if (prepare) {
        statement = on.prepare(point_sql).get();
        w.prepared = &statement;
    }
    return measure(w, count, callers, warm_up_queries);
}
measured look_up_all(sluice::pool& on, std::int64_t count, int callers, std::int64_t warm_up) {
    work w;
    w.pool = &on;
    return measure(w, count, callers, warm_up);
}

measured point_1(const std::string& connection, std::int64_t count) {
    return on_a_session(connection, count, 1, true);
}
measured point_8(const std::string& connection, std::int64_t count) {
    return on_a_session(connection, count, 8, true);
}
measured point_64(const std::string& connection, std::int64_t count) {
    return on_a_session(connection, count, 64, true);
}
measured pipeline_10(const std::string& connection, std::int64_t count) {
    sluice::engine engine;
    auto session = engine.connect(connection).get();
    work w;
    w.session = &session;
    return measure(w, count, 1, warm_up_queries, call_pipelined);
}
measured plain_1(const std::string& connection, std::int64_t count) {
    return on_a_session(connection, count, 1, false);
}
measured plain_8(const std::string& connection, std::int64_t count) {
    return on_a_session(connection, count, 8, false);
}
measured plain_64(const std::string& connection, std::int64_t count) {
    return on_a_session(connection, count, 64, false);
}

measured plain_8_sessions(const std::string& connection, std::int64_t count) {
    sluice::engine engine;
    auto pool = engine.open(connection, sluice::pool_options().min_idle(8).max_size(8).max_connecting(8));
    return look_up_all(pool, count, 8, 8 * warm_up_queries);
}
measured point_beside_stream(const std::string& connection, std::int64_t count) {
    sluice::engine engine;
    auto session = engine.connect(connection).get();
    auto other = engine.connect(connection).get();
    const auto read_again = [&](const auto& begun) {
        checksum sum;
        (void)read_all(other, select_sql(beside_rows), sum, {}, begun);
    };
    return beside_stream(read_again, [&] { return look_up_all(session, count, 1, true); });
}

}  // namespace bench
