// What any library pays that executes on a thread of its own: the same queries by hand, handed to a second thread
// through a queue, each answer posted to the io_context of the first, where its caller asks for the next.

#include "lookup.hpp"
#include "scenarios.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/lockfree/queue.hpp>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace {

using namespace bench;

constexpr std::int64_t callers = 8;
constexpr std::int64_t over = -1;

class key_queue {
public:
    void push(std::int64_t key) {
        keys_.push(key);
        if (!sleeps_.load()) return;
        { const std::lock_guard lock(mutex_); }
        filled_.notify_one();
    }
    [[nodiscard]] std::int64_t pop() {
        std::int64_t key = 0;
        while (!keys_.pop(key)) {
            std::unique_lock lock(mutex_);
            sleeps_.store(true);
            filled_.wait(lock, [this] { return !keys_.empty(); });
            sleeps_.store(false);
        }
        return key;
    }

private:
    boost::lockfree::queue<std::int64_t> keys_{64};
    std::atomic<bool> sleeps_{false};
    std::mutex mutex_;
    std::condition_variable filled_;
};

class hop {
public:
    hop(lookup& one, std::int64_t count) : one_(one), end_(count) {
        found_.call_us.reserve(static_cast<std::size_t>(count));
    }
    [[nodiscard]] measured run() {
        const auto begun = bench::clock::now();
        std::thread worker([this] { work(); });
        for (std::int64_t n = 0; n < callers; ++n) ask();
        context_.run();
        found_.seconds = seconds_since(begun);
        worker.join();
        found_.checksum = sum_.value();
        return std::move(found_);
    }

private:
    void work() {
        for (std::int64_t key; (key = queue_.pop()) != over;) {
            one_.look_up(key, sum_);
            boost::asio::post(context_, [this] { answered(); });
        }
    }
    void ask() {
        if (next_ < end_) {
            asked_.push_back(bench::clock::now());
            return queue_.push(key_of(next_++));
        }
        if (++done_ < callers) return;
        queue_.push(over);
        keeps_.reset();
    }
    void answered() {
        found_.call_us.push_back(microseconds_since(asked_.front()));  // answered in their order
        asked_.pop_front();
        ask();
    }

    lookup& one_;
    const std::int64_t end_;
    std::int64_t next_ = 0;  // these three: of the first thread
    std::int64_t done_ = 0;
    std::deque<bench::clock::time_point> asked_;
    checksum sum_;  // of the second, until it has ended
    measured found_;
    key_queue queue_;
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keeps_{context_.get_executor()};
};

}  // namespace

measured bench::point_hop(const std::string& string, std::int64_t count) {
    const connection db(string);
    lookup one(db, true);
    checksum none;
    for (std::int64_t n = 0; n < warm_up_queries; ++n) one.look_up(key_of(n), none);
    return hop(one, count).run();
}
