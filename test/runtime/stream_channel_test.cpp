// One stream between a worker and a reader, step by step. With threads: stream_channel_stress_test.cpp.

#include "stream_channel.hpp"

#include "answer_box.hpp"
#include "failure.hpp"
#include "session_core.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

namespace sluice::runtime {

namespace {

using next_box = test::answer_box<std::optional<batch>>;
using close_box = test::answer_box<protocol::done>;
using namespace std::chrono_literals;

constexpr auto never = clock::time_point::max();

std::shared_ptr<stream_channel> make_channel(std::size_t prefetch = 2) {
    return std::make_shared<stream_channel>(protocol::stream_start::reply(), prefetch, std::weak_ptr<session_core>());
}

// A batch that is known by its first row.
batch numbered(std::uint64_t number) {
    return batch(nullptr, number);
}

// What next() says: the number of a batch, "end", or the code of an error.
std::string told(next_box& box) {
    const auto r = box.wait();
    if (!r) return std::string(to_string(r.error().code()));
    return *r ? std::to_string((*r)->first_row()) : "end";
}
std::string next(stream_channel& channel) {
    next_box box;
    channel.next(never, {}, box.completion());
    if (box.count() == 1) return told(box);
    box.cancel();
    return "waits, then " + told(box);
}

}  // namespace

TEST_CASE("batches come in order and then the end for ever") {
    auto channel = make_channel();
    channel->push(numbered(1));
    channel->push(numbered(2));
    CHECK_FALSE(channel->wants());
    CHECK(next(*channel) == "1");
    CHECK(channel->wants());
    channel->push(numbered(3));
    channel->ended();
    CHECK_FALSE(channel->wants());
    for (const char* should : {"2", "3", "end", "end", "end"}) CHECK(next(*channel) == should);
}

TEST_CASE("an error comes after the batches before it and repeats") {
    auto channel = make_channel();
    channel->push(numbered(1));
    channel->failed(failure(errc::connection_lost, "gone"));
    for (const char* should : {"1", "connection_lost", "connection_lost"}) CHECK(next(*channel) == should);
}

TEST_CASE("only the first end of a stream counts and nothing follows it") {
    auto channel = make_channel();
    channel->failed(failure(errc::shutting_down, "given up"));
    channel->push(numbered(1));
    channel->ended();
    channel->failed(failure(errc::connection_lost, "late"));
    CHECK(next(*channel) == "shutting_down");
    CHECK(next(*channel) == "shutting_down");
}

TEST_CASE("a reader that waits gets what comes first") {
    auto channel = make_channel();
    next_box batch_first, end_first;
    channel->next(never, {}, batch_first.completion());
    channel->push(numbered(1));
    CHECK(told(batch_first) == "1");
    channel->next(never, {}, end_first.completion());
    channel->ended();
    CHECK(told(end_first) == "end");
    auto other = make_channel();
    next_box error_first;
    other->next(never, {}, error_first.completion());
    other->failed(failure(errc::data, "bad cell"));
    CHECK(told(error_first) == "data");
}

TEST_CASE("a second reader is told that one waits already") {
    auto channel = make_channel();
    next_box first;
    channel->next(never, {}, first.completion());
    CHECK(next(*channel) == "operation_in_progress");
    channel->push(numbered(1));
    CHECK(told(first) == "1");
}

TEST_CASE("a cancelled reader loses no batch") {
    auto channel = make_channel();
    CHECK(next(*channel) == "waits, then cancelled");
    channel->push(numbered(1));
    CHECK(next(*channel) == "1");
    next_box later;
    channel->next(never, {}, later.completion());
    channel->cancel(1, cancel_strength::total);  // of the first reader, long gone
    CHECK(later.count() == 0);
    channel->push(numbered(2));
    CHECK(told(later) == "2");
}

TEST_CASE("a stop token cancels a reader before and while it waits") {
    auto channel = make_channel();
    std::stop_source before;
    before.request_stop();
    next_box stopped;
    channel->next(never, before.get_token(), stopped.completion());
    CHECK(told(stopped) == "cancelled");
    std::stop_source during;
    next_box waiting;
    channel->next(never, during.get_token(), waiting.completion());
    CHECK(waiting.count() == 0);
    during.request_stop();
    CHECK(told(waiting) == "cancelled");
    channel->push(numbered(1));
    CHECK(next(*channel) == "1");
}

TEST_CASE("a reader waits until its deadline and the stream stays open") {
    auto channel = make_channel();
    const auto at = clock::now() + 1h;
    next_box late;
    channel->next(at, {}, late.completion());
    CHECK(channel->next_deadline() == at);
    channel->expire(at - 1ns);
    CHECK(late.count() == 0);
    channel->expire(at);
    CHECK(told(late) == "deadline");
    CHECK(channel->next_deadline() == never);
    channel->push(numbered(1));
    CHECK(next(*channel) == "1");
}

TEST_CASE("closing drops what is buffered and waits for the worker") {
    auto channel = make_channel();
    channel->push(numbered(1));
    close_box closed, twice, again;
    CHECK_FALSE(channel->close_requested());
    channel->close(never, closed.completion());
    CHECK(channel->close_requested());
    CHECK(closed.count() == 0);
    CHECK(next(*channel) == "closed");
    channel->close(never, twice.completion());
    CHECK(twice.code() == errc::operation_in_progress);
    channel->push(numbered(2));
    channel->closed(protocol::done());
    CHECK(closed.code() == errc::ok);
    CHECK_FALSE(channel->close_requested());
    channel->close(never, again.completion());
    CHECK(again.code() == errc::ok);
    CHECK(next(*channel) == "closed");
}

TEST_CASE("closing tells the waiting reader and takes what the driver says") {
    auto channel = make_channel();
    next_box reader;
    close_box closed;
    channel->next(never, {}, reader.completion());
    channel->close(never, closed.completion());
    CHECK(told(reader) == "closed");
    channel->closed(failure(errc::connection_lost, "while closing"));
    CHECK(closed.code() == errc::connection_lost);
}

TEST_CASE("a stream that ends while it is closed answers both") {
    auto channel = make_channel();
    close_box closed;
    channel->close(never, closed.completion());
    channel->failed(failure(errc::connection_lost, "gone"));
    CHECK(closed.code() == errc::ok);
    CHECK(next(*channel) == "closed");
}

TEST_CASE("a close that takes too long is told so and still happens") {
    auto channel = make_channel();
    const auto at = clock::now() + 1h;
    close_box late;
    channel->close(at, late.completion());
    CHECK(channel->next_deadline() == at);
    channel->expire(at);
    CHECK(late.code() == errc::deadline);
    CHECK(channel->close_requested());
    channel->closed(protocol::done());
    CHECK(late.count() == 1);
}

TEST_CASE("an abandoned stream asks to be closed and answers nobody") {
    auto channel = make_channel();
    channel->push(numbered(1));
    channel->abandon();
    CHECK(channel->close_requested());
    CHECK(channel->next_deadline() == never);
    channel->closed(protocol::done());
    CHECK_FALSE(channel->close_requested());
}

}  // namespace sluice::runtime
