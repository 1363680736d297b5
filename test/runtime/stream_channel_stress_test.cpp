// One stream, its worker, its reader, the control thread and a canceller, all at once.

#include "answer_box.hpp"
#include "failure.hpp"
#include "session_core.hpp"
#include "stream_channel.hpp"
#include "threads.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <random>
#include <string>

namespace sluice::runtime {

namespace {

using next_box = test::answer_box<std::optional<batch>>;
using close_box = test::answer_box<protocol::done>;
using namespace std::chrono_literals;

// How one stream is to go, and what happened to it.
struct run {
    std::uint64_t seed;
    std::size_t prefetch;
    std::uint64_t batches;  // that the worker has
    bool fails;             // it fails after them
    std::uint64_t reads;    // the reader closes after so many; more than there are: it reads to the end
    bool abandons;          // instead of closing
    std::shared_ptr<stream_channel> channel;
    std::atomic<std::uint64_t> pushed{0}, delivered{0};
    std::atomic<std::size_t> most_ahead{0};
    std::atomic<bool> worker_over{false}, reader_over{false};
    std::string wrong;  // the reader's; empty where all is well

    explicit run(std::uint64_t with) : seed(with) {
        std::mt19937_64 random(seed);
        prefetch = 1 + random() % limits::prefetch_batches_max;
        batches = random() % 400;
        fails = random() % 2 == 0;
        reads = random() % 3 == 0 ? random() % (batches + 1) : batches + 1;
        abandons = random() % 2 == 0;
        channel =
            std::make_shared<stream_channel>(protocol::stream_start::reply(), prefetch, std::weak_ptr<session_core>());
    }
};

// As session_core's loop, with a batch that is known by its number.
void work(run& r) {
    std::uint64_t next = 0;
    while (true) {
        if (r.channel->close_requested()) {
            r.channel->closed(protocol::done());
            break;
        }
        if (!r.channel->wants()) {
            std::this_thread::yield();
            continue;
        }
        if (next == r.batches) {
            if (r.fails)
                r.channel->failed(failure(errc::data, "after all of them"));
            else
                r.channel->ended();
            break;
        }
        r.channel->push(batch(nullptr, next++));
        const std::uint64_t out = r.pushed.fetch_add(1) + 1;
        const std::uint64_t in = r.delivered.load();
        r.most_ahead = std::max(r.most_ahead.load(), static_cast<std::size_t>(out > in ? out - in : 0));
    }
    r.worker_over = true;
}

// What the reader has seen; an answer that is out of order is written down.
class reading {
public:
    explicit reading(run& r) : run_(r) {}
    // False: it was the last one.
    bool judge(next_box& box, bool beside_another = false) {
        const auto answer = box.wait();
        if (box.count() != 1) bad("an answer twice");
        if (!answer) return failed(answer.error(), beside_another);
        if (!*answer) {
            if (expected_ != run_.batches || run_.fails) bad("the end");
            return false;
        }
        if ((*answer)->first_row() != expected_) bad("batch " + std::to_string((*answer)->first_row()));
        ++expected_;
        run_.delivered.fetch_add(1);
        return run_.wrong.empty();
    }
    [[nodiscard]] bool enough() const { return expected_ >= run_.reads; }
    void bad(const std::string& what) {
        if (run_.wrong.empty()) run_.wrong = what + " where batch " + std::to_string(expected_) + " was next";
    }

private:
    bool failed(const error& e, bool beside_another) {
        if (e.code() == errc::cancelled || e.code() == errc::deadline) return true;
        if (e.code() == errc::operation_in_progress && beside_another) return true;
        if (e.code() != errc::data || expected_ != run_.batches || !run_.fails) bad(e.to_string());
        return false;
    }
    run& run_;
    std::uint64_t expected_ = 0;
};

// Reads to the end, or closes.
void read(run& r) {
    std::mt19937_64 random(r.seed + 1);
    reading seen(r);
    for (bool more = true; more && !seen.enough();) {
        next_box box;
        next_box beside;
        std::stop_source stop;
        const std::uint64_t dice = random() % 8;
        r.channel->next(dice == 0 ? clock::now() : clock::time_point::max(), stop.get_token(), box.completion());
        if (dice == 1) stop.request_stop();
        if (dice == 2) box.cancel();
        if (dice == 3) r.channel->next(clock::now(), {}, beside.completion());
        more = seen.judge(box);
        if (dice == 3) more = seen.judge(beside, true) && more;
    }
    if (r.abandons) {
        r.channel->abandon();
    } else {
        close_box closed;
        r.channel->close(clock::time_point::max(), closed.completion());
        if (closed.code() != errc::ok) seen.bad("a close that failed");
    }
    r.reader_over = true;
}

}  // namespace

TEST_CASE("a stream under fire gives each batch once and in order and one end") {
    test::watchdog dog("three hundred streams");
    const test::time_box time;
    for (std::uint64_t seed = 1; seed <= 300 && !time.over(); ++seed) {
        run r(seed);
        {
            test::crew crew;
            crew.add([&] { work(r); });
            crew.add([&] { read(r); });
            crew.add([&] {  // the control thread
                while (!r.reader_over || !r.worker_over) {
                    if (r.channel->next_deadline() <= clock::now()) r.channel->expire(clock::now());
                    std::this_thread::yield();
                }
            });
            crew.add([&] {  // cancels of readers that are there, gone, or never were
                std::mt19937_64 random(seed + 2);
                while (!r.reader_over) {
                    r.channel->cancel(random() % 500, cancel_strength::terminal);
                    std::this_thread::yield();
                }
            });
        }
        INFO("seed " << seed << ", " << r.batches << " batches, prefetch " << r.prefetch);
        CHECK(r.wrong == "");
        // Those ahead, and one that the reader has but has not counted yet.
        CHECK(r.most_ahead <= r.prefetch + 2);
    }
}

}  // namespace sluice::runtime
