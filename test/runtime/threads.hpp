#pragma once
// Help for tests with threads: a watchdog, so that a lost wake-up is a failure and not a hang, and a starting line.

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace sluice::test {

// A sanitizer watches each step: fewer rounds, more time.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define SLUICE_TEST_SANITIZED 1
#endif
#endif
#if defined(SLUICE_TEST_SANITIZED)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

// Says when enough was done, on a machine that is busy with other things: a test does its rounds, or as many as it can.
class time_box {
public:
    explicit time_box(std::chrono::seconds most = std::chrono::seconds(2))
        : end_(std::chrono::steady_clock::now() + most) {}
    [[nodiscard]] bool over() const { return std::chrono::steady_clock::now() >= end_; }

private:
    std::chrono::steady_clock::time_point end_;
};

// Ends the process, saying what hangs, unless it is dropped within `most`.
class watchdog {
public:
    explicit watchdog(std::string what, std::chrono::seconds most = std::chrono::seconds(sanitized ? 150 : 50))
        : thread_([this, what = std::move(what), most] {
              std::unique_lock lock(mutex_);
              if (over_.wait_for(lock, most, [this] { return done_; })) return;
              std::fprintf(stderr, "watchdog: after %lld s still not over: %s\n", static_cast<long long>(most.count()),
                           what.c_str());
              std::abort();
          }) {}
    ~watchdog() {
        {
            const std::lock_guard lock(mutex_);
            done_ = true;
            over_.notify_one();
        }
        thread_.join();
    }
    watchdog(const watchdog&) = delete;
    watchdog& operator=(const watchdog&) = delete;

private:
    std::mutex mutex_;
    std::condition_variable over_;
    bool done_ = false;  // guarded by mutex_
    std::thread thread_;
};

// Something that happens once, and is waited for. May be destroyed as soon as wait() has returned.
class event {
public:
    void set() {
        const std::lock_guard lock(mutex_);
        happened_ = true;
        changed_.notify_all();
    }
    void wait() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return happened_; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool happened_ = false;  // guarded by mutex_
};

// Threads that start together and are joined at the end of the scope.
class crew {
public:
    ~crew() { join(); }
    template <class F>
    void add(F work) {
        threads_.emplace_back([line = line_, work = std::move(work)]() mutable {
            line.wait();
            work();
        });
    }
    void start() {
        if (!std::exchange(started_, true)) start_.set_value();
    }
    void join() {
        start();
        for (auto& thread : threads_)
            if (thread.joinable()) thread.join();
    }

private:
    std::promise<void> start_;
    std::shared_future<void> line_ = start_.get_future().share();
    bool started_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace sluice::test
