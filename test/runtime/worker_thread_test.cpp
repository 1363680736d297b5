#include "worker_thread.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <future>

using sluice::detail::task;
using sluice::runtime::worker_thread;

namespace {

std::size_t stack_of_this_thread() {
    pthread_attr_t how;
    REQUIRE(pthread_getattr_np(pthread_self(), &how) == 0);
    std::size_t size = 0;
    pthread_attr_getstacksize(&how, &size);
    pthread_attr_destroy(&how);
    return size;
}

std::size_t stack_with(std::size_t bytes) {
    std::promise<std::size_t> told;
    worker_thread thread(bytes, task([&told] { told.set_value(stack_of_this_thread()); }));
    thread.join();
    return told.get_future().get();
}

}  // namespace

TEST_CASE("a thread has the stack that was asked for") {
    const std::size_t usual = stack_with(0);
    CHECK(stack_with(3 * usual) >= 3 * usual);
    CHECK(stack_with(512 * 1024) >= 512 * 1024);  // more where the system has one of a thread before
}

TEST_CASE("a thread can be moved and joined and left behind") {
    std::atomic<int> done{0};
    worker_thread first(0, task([&done] { ++done; }));
    worker_thread second(std::move(first));
    first = worker_thread();  // NOLINT(bugprone-use-after-move)
    second.join();
    second.join();
    CHECK(done == 1);
    auto told = std::make_shared<std::promise<void>>();
    worker_thread(std::size_t{512} * 1024, task([told] { told->set_value(); })).detach();
    told->get_future().wait();
}

TEST_CASE("a stack that the system does not give is an error") {
    CHECK_THROWS_AS(worker_thread(1, task([] {})), std::system_error);
}
