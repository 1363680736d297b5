// Loads of many chunks over an executor of several threads, and over drivers that hang.
#include "fault_world.hpp"

#include <sluice/runtime/async.hpp>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

using namespace sluice;
using namespace sluice::testing;

namespace {

const std::string insert = R"(INSERT INTO "t" ("id") VALUES (?))";
const std::string takes_rows = "answer '" + insert + "' with affect 1";

// Four threads that run what they are given, in any order.
class threads {
public:
    threads() {
        for (auto& one : all_) one = std::thread([this] { run(); });
    }
    ~threads() {
        {
            const std::lock_guard lock(mutex_);
            over_ = true;
        }
        wake_.notify_all();
        for (auto& one : all_) one.join();
    }
    void add(std::function<void()> work) {
        const std::lock_guard lock(mutex_);
        queue_.push_back(std::move(work));
        wake_.notify_one();
    }

private:
    void run() {
        std::unique_lock lock(mutex_);
        while (true) {
            wake_.wait(lock, [this] { return over_ || !queue_.empty(); });
            if (queue_.empty()) return;
            auto work = std::move(queue_.front());
            queue_.pop_front();
            lock.unlock();
            work();
            work = nullptr;
            lock.lock();
        }
    }
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> queue_;
    bool over_ = false;
    std::thread all_[4];
};

struct on_threads {
    threads* at;
    void execute(std::function<void()> f) const { at->add(std::move(f)); }
    [[maybe_unused]] friend bool operator==(on_threads, on_threads) noexcept = default;
};

// Chunks of three rows; notes where it is called twice at once.
class watched_source {
public:
    explicit watched_source(std::uint64_t chunks) : left_(chunks) {}
    std::optional<bulk_rows> next() {
        const inside here(*this);
        if (left_ == 0) return std::nullopt;
        --left_;
        bulk_rows rows("t");
        rows.column("id", std::vector<int>{1, 2, 3});
        return rows;
    }
    void told() { const inside here(*this); }
    [[nodiscard]] bool was_called_twice_at_once() const { return twice_; }

private:
    struct inside {
        explicit inside(watched_source& of) : source(of) {
            if (source.inside_.fetch_add(1) != 0) source.twice_ = true;
        }
        inside(const inside&) = delete;
        inside& operator=(const inside&) = delete;
        ~inside() { source.inside_.fetch_sub(1); }
        watched_source& source;
    };
    std::uint64_t left_;
    std::atomic<int> inside_{0};
    std::atomic<bool> twice_{false};
};

}  // namespace

TEST_CASE("bulk load: the source and the progress function are called by one thread at a time") {
    world w("load threads");
    w.faults.add(takes_rows);
    threads pool_of_threads;
    {
        engine engine(on_threads{&pool_of_threads});
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(4));
        watched_source source(200);
        const bulk_loaded made = answer(db.bulk_insert_parallel(
            [&] { return source.next(); },
            bulk_load_options().parallelism(4).progress([&](const bulk_progress&) { source.told(); })));
        if (made.failure) FAIL(made.failure->to_string());
        CHECK(made.rows == 600);
        CHECK(made.chunks == 200);
        CHECK(w.faults.executions(insert) == 600);
        CHECK_FALSE(source.was_called_twice_at_once());
    }
    w.judge();
}

TEST_CASE("bulk load: a driver that hangs ends it by the deadline of the chunk") {
    world w("load hangs");
    w.faults.add(takes_rows + "; at execute 40 hang stubborn");
    {
        engine engine(engine_options().shutdown_grace(100ms));
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(3));
        watched_source source(200);
        const bulk_loaded made = answer(
            db.bulk_insert_parallel([&] { return source.next(); }, bulk_load_options().parallelism(3).timeout(2s)));
        REQUIRE(made.failure);
        CHECK(made.failure->code() == errc::deadline);
        CHECK(made.failure->outcome() == outcome::none);
        CHECK(made.rows < 600);
        REQUIRE_FALSE(made.unsettled.empty());
        CHECK(made.unsettled.front().outcome == outcome::none);
        CHECK(made.unsettled.size() <= 3 * limits::bulk_chunks_ahead);
        w.faults.release();
    }
    w.judge();
}

TEST_CASE("bulk load: a token that is cancelled while it waits for a session ends it") {
    world w("load waits");
    w.faults.add(takes_rows);
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), one_session());
        auto lease = answer(db.acquire());
        watched_source source(200);
        std::stop_source stop;
        auto running =
            db.bulk_insert_parallel([&] { return source.next(); }, bulk_load_options().stop(stop.get_token()));
        REQUIRE(comes_true([&] { return db.metrics().waiting == 1; }));
        stop.request_stop();
        CHECK(error_of(std::move(running)).code() == errc::cancelled);
        CHECK(w.faults.executions(insert) == 0);
    }
    w.judge();
}
