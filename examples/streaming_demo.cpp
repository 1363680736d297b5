// A table read by four sessions at once, through a window of a few batches: whoever works with the rows is slower than
// the database, and memory stays what it is.
//
//     streaming_demo                     on embedded SQLite
//     streaming_demo 'Driver=...;...'    on any database: makes the table sluice_streaming_demo, and drops it
//
// Shows: a stream on each of four sessions, back-pressure from the one who reads to the workers, batches that outlive
// their stream, what a stream says that it does.

#include <sluice/sluice.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;

namespace {

constexpr std::int64_t rows = 200'000;
constexpr int readers = 4;
constexpr std::size_t window = 6;  // batches that wait for their consumer, of all streams together

using batches = asio::experimental::channel<void(boost::system::error_code, sluice::batch)>;

// Everything on the one thread that runs the context.
struct state {
    state(sluice::pool& from, asio::io_context& on) : db(from), ready(on, window) {}
    sluice::pool& db;
    batches ready;
    int reading = readers;
    std::size_t waiting = 0;
    std::size_t waiting_most = 0;
    std::int64_t sum = 0;
    std::int64_t seen = 0;
};

// Where the window is full it waits, and its stream with it: that fetches no more than its prefetch.
asio::awaitable<void> read(state& s, int part) {
    const std::string from = std::to_string(rows / readers * part);
    const std::string to = std::to_string(rows / readers * (part + 1));
    auto session = co_await s.db.async_acquire(sluice::use_awaitable);
    auto stream = co_await session.async_stream(
        "select id, name from sluice_streaming_demo where id > " + from + " and id <= " + to,
        sluice::stream_options().prefetch(2), sluice::use_awaitable);
    std::printf("session %llu: rows %s to %s, %s\n", static_cast<unsigned long long>(session.id().value()),
                from.c_str(), to.c_str(), std::string(sluice::to_string(stream.mode())).c_str());
    while (auto batch = co_await stream.async_next(sluice::use_awaitable)) {
        s.waiting_most = std::max(s.waiting_most, ++s.waiting);
        co_await s.ready.async_send(boost::system::error_code(), std::move(*batch), asio::use_awaitable);
    }
    if (--s.reading == 0) co_await s.ready.async_send(asio::error::eof, sluice::batch(), asio::use_awaitable);
}

// Works with each batch for a while.
asio::awaitable<void> consume(state& s) {
    asio::steady_timer work(co_await asio::this_coro::executor);
    while (true) {
        auto [over, batch] = co_await s.ready.async_receive(asio::as_tuple(asio::use_awaitable));
        if (over) co_return;
        --s.waiting;
        for (const std::int64_t id : batch.column<std::int64_t>(0)) s.sum += id;
        s.seen += static_cast<std::int64_t>(batch.rows());
        work.expires_after(std::chrono::milliseconds(3));
        co_await work.async_wait(asio::use_awaitable);
    }
}

void fill(sluice::pool& db) {
    db.query("create table sluice_streaming_demo (id bigint primary key, name varchar(40))").get();
    constexpr std::int64_t at_once = 1'000;
    auto tx = db.begin().get();
    for (std::int64_t first = 1; first <= rows; first += at_once) {
        std::string values;
        for (std::int64_t id = first; id < first + at_once; ++id) {
            const std::string number = std::to_string(id);
            values += (id == first ? "(" : ", (") + number + ", 'the name of " + number + "')";
        }
        tx.query("insert into sluice_streaming_demo values " + values).get();
    }
    tx.commit().get();
}

bool stream_all(const std::string& connection) {
    sluice::engine engine;
    auto db = engine.open(connection, sluice::pool_options().max_size(readers));
    fill(db);
    asio::io_context context;
    state s(db, context);
    std::exception_ptr failed;
    const auto note = [&](const std::exception_ptr& e) {
        if (!e) return;
        failed = e;
        s.ready.close();  // who waits at it hears of it
    };
    for (int part = 0; part < readers; ++part) asio::co_spawn(context, read(s, part), note);
    asio::co_spawn(context, consume(s), note);
    context.run();
    db.query("drop table sluice_streaming_demo").get();
    if (failed) std::rethrow_exception(failed);
    // One more for each reader: the batch that it holds until there is room.
    const bool right = s.seen == rows && s.sum == rows * (rows + 1) / 2 && s.waiting_most <= window + readers;
    std::printf("%lld rows, sum %lld; at most %zu batches waited for their consumer\n", static_cast<long long>(s.seen),
                static_cast<long long>(s.sum), s.waiting_most);
    return right;
}

int on_sqlite() {
    std::string name = (std::filesystem::temp_directory_path() / "sluice_streaming_demo.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for the database");
    const bool right = stream_all("Driver=SQLite3;Database=" + name + "/demo.db");
    std::filesystem::remove_all(name);
    return right ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc < 2) return on_sqlite();
        return stream_all(argv[1]) ? 0 : 1;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "streaming_demo: %s\n", e.what());
        return 1;
    }
}
