// A pipeline of two threads by hand: one fetches, the other consumes, at most eight blocks of 1,024 rows between them.

#include "block.hpp"
#include "scenarios.hpp"

#include <condition_variable>
#include <deque>
#include <future>
#include <memory>
#include <mutex>

namespace {

constexpr std::size_t blocks_between = 8;

struct filled {
    std::unique_ptr<bench::block> rows;
    SQLULEN count = 0;  // 0: the end
};

// Blocks on their way, and back. Both sides may wait; close() ends that, from either of them.
class handoff {
public:
    handoff() {
        for (std::size_t n = 0; n < blocks_between + 2; ++n) empty_.push_back(std::make_unique<bench::block>());
    }
    // Null after close().
    [[nodiscard]] std::unique_ptr<bench::block> take_empty() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return closed_ || !empty_.empty(); });
        if (closed_) return nullptr;
        auto first = std::move(empty_.back());
        empty_.pop_back();
        return first;
    }
    void give(filled one) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return closed_ || full_.size() < blocks_between; });
        full_.push_back(std::move(one));
        changed_.notify_one();
    }
    // The end after close().
    [[nodiscard]] filled take() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return closed_ || !full_.empty(); });
        if (full_.empty()) return {};
        auto first = std::move(full_.front());
        full_.pop_front();
        changed_.notify_one();
        return first;
    }
    void give_back(std::unique_ptr<bench::block> rows) {
        const std::lock_guard lock(mutex_);
        empty_.push_back(std::move(rows));
        changed_.notify_one();
    }
    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        changed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::unique_ptr<bench::block>> empty_;
    std::deque<filled> full_;
    bool closed_ = false;
};

class closes_at_end {
public:
    explicit closes_at_end(handoff& of) : of_(of) {}
    ~closes_at_end() { of_.close(); }
    closes_at_end(const closes_at_end&) = delete;
    closes_at_end& operator=(const closes_at_end&) = delete;

private:
    handoff& of_;
};

void fetch_all(const bench::connection& db, const std::string& sql, handoff& to) {
    const closes_at_end end(to);
    bench::block_cursor cursor(db);
    cursor.execute(sql);
    while (auto rows = to.take_empty()) {
        cursor.bind(*rows);
        const SQLULEN count = cursor.fetch();
        if (count == 0) return;
        to.give({std::move(rows), count});
    }
}

}  // namespace

bench::measured bench::stream_overlap(const std::string& string, std::int64_t count) {
    const connection db(string);
    handoff between;
    checksum sum;
    measured found;
    const auto begun = clock::now();
    auto fetching = std::async(std::launch::async, [&] { fetch_all(db, select_sql(count), between); });
    const closes_at_end end(between);
    for (filled one = between.take(); one.count != 0; one = between.take()) {
        one.rows->add(sum, one.count);
        for (SQLULEN i = 0; i < one.count; ++i) {
            sum.number(consume(static_cast<std::uint64_t>(one.rows->ids.cells[i]), consumer_steps));
            sum.end_row();
        }
        between.give_back(std::move(one.rows));
    }
    fetching.get();
    found.seconds = seconds_since(begun);
    found.checksum = sum.value();
    return found;
}

bench::measured bench::consume_alone(const std::string&, std::int64_t count) {
    checksum sum;
    measured found;
    const auto begun = clock::now();
    for (std::int64_t n = 0; n < count; ++n) sum.number(consume(static_cast<std::uint64_t>(n), consumer_steps));
    found.seconds = seconds_since(begun);
    found.checksum = sum.value();
    return found;
}
