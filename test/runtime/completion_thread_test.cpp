#include "completion_thread.hpp"

#include "threads.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace sluice::runtime {

namespace {

using namespace std::chrono_literals;

// The thread on which a queue runs its tasks.
std::thread::id thread_of(detail::completion_queue& queue) {
    std::thread::id id;
    test::event told;
    queue.post(detail::task([&] {
        id = std::this_thread::get_id();
        told.set();
    }));
    told.wait();
    return id;
}

clock::time_point in(clock::duration time) {
    return clock::now() + time;
}

}  // namespace

TEST_CASE("tasks run in their order on one thread that is not the caller's") {
    test::watchdog dog("a thousand tasks");
    completion_thread queue;
    const auto mine = thread_of(queue);
    CHECK(mine != std::this_thread::get_id());
    std::vector<int> ran;
    std::atomic<int> elsewhere{0};
    for (int i = 0; i < 1000; ++i) {
        queue.post(detail::task([&, i] {
            ran.push_back(i);
            if (std::this_thread::get_id() != mine) ++elsewhere;
        }));
    }
    queue.stop(in(30s));
    REQUIRE(ran.size() == 1000);
    for (int i = 0; i < 1000; ++i) CHECK(ran[static_cast<std::size_t>(i)] == i);
    CHECK(elsewhere == 0);
}

TEST_CASE("tasks of many threads and of tasks run once each") {
    test::watchdog dog("tasks of many threads");
    std::atomic<int> ran{0};
    {
        completion_thread queue;
        {
            test::crew crew;
            for (int who = 0; who < 4; ++who) {
                crew.add([&] {
                    for (int i = 0; i < 1000; ++i) {
                        queue.post(detail::task([&] {
                            ++ran;
                            queue.post(detail::task([&] { ++ran; }));
                        }));
                    }
                });
            }
        }
        while (ran < 8000) std::this_thread::yield();
        queue.stop(in(30s));
    }
    CHECK(ran == 8000);
}

TEST_CASE("what is posted after stop runs on the orphans' thread") {
    test::watchdog dog("orphans");
    auto queue = std::make_optional<completion_thread>();
    queue->stop(in(30s));
    const auto after = thread_of(*queue);
    CHECK(after != std::this_thread::get_id());
    CHECK(after == thread_of(*detail::orphan_queue()));
}

TEST_CASE("posting races with stopping and no task is lost") {
    test::watchdog dog("post and stop");
    const test::time_box time;
    for (int round = 0; round < 200 && !time.over(); ++round) {
        std::atomic<int> ran{0};
        std::atomic<int> posted{0};
        std::atomic<bool> over{false};
        auto queue = std::make_shared<completion_thread>();
        test::crew crew;
        for (int who = 0; who < 2; ++who) {
            crew.add([&, queue] {
                while (!over) {
                    ++posted;
                    queue->post(detail::task([&] { ++ran; }));
                    std::this_thread::yield();
                }
            });
        }
        crew.start();
        while (posted < round % 20) std::this_thread::yield();
        queue->stop(in(30s));
        queue.reset();
        over = true;
        crew.join();
        while (ran < posted) std::this_thread::yield();
        CHECK(ran == posted);
    }
}

TEST_CASE("stop on the completion thread itself does not wait and runs the rest") {
    test::watchdog dog("stop from a handler");
    auto queue = std::make_shared<completion_thread>();
    const auto mine = thread_of(*queue);
    test::event posted, stopped, over;
    std::thread::id behind;
    queue->post(detail::task([&] {
        posted.wait();
        queue->stop(in(1h));
        queue.reset();  // as an engine that is destroyed in a handler
        stopped.set();
    }));
    queue->post(detail::task([&] {
        behind = std::this_thread::get_id();
        over.set();
    }));
    posted.set();
    stopped.wait();
    over.wait();
    CHECK(behind == mine);
}

TEST_CASE("a handler that outlasts the grace holds nobody up and what waits behind it still runs") {
    test::watchdog dog("a handler that blocks");
    auto queue = std::make_optional<completion_thread>();
    const auto mine = thread_of(*queue);
    test::event begun, let_go, over;
    std::thread::id behind;
    queue->post(detail::task([&] {
        begun.set();
        let_go.wait();
    }));
    queue->post(detail::task([&] {
        behind = std::this_thread::get_id();
        over.set();
    }));
    begun.wait();
    const auto before = clock::now();
    queue->stop(before + 20ms);
    CHECK(clock::now() - before >= 20ms);
    CHECK(clock::now() - before < 10s);
    queue.reset();
    let_go.set();
    over.wait();
    CHECK(behind == mine);
}

}  // namespace sluice::runtime
