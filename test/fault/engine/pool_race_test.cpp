// Waiters who leave the line in the very moment in which a session comes to them.
#include "fault_world.hpp"

#include <atomic>
#include <functional>
#include <thread>

using namespace sluice;
using namespace sluice::testing;

namespace {

constexpr int races = sanitized ? 2'000 : 10'000;

// Does one thing beside the test's own thread, at its word.
class other_thread {
public:
    explicit other_thread(std::function<void()> what)
        : thread_([this, what = std::move(what)] {
              for (int done = 0; !over_.load();) {
                  if (asked_.load() == done) {
                      std::this_thread::yield();
                      continue;
                  }
                  what();
                  done_.store(++done);
              }
          }) {}
    ~other_thread() {
        over_.store(true);
        thread_.join();
    }
    other_thread(const other_thread&) = delete;
    other_thread& operator=(const other_thread&) = delete;

    void go() { asked_.fetch_add(1); }
    void wait() {
        while (done_.load() != asked_.load()) std::this_thread::yield();
    }

private:
    std::atomic<int> asked_{0};
    std::atomic<int> done_{0};
    std::atomic<bool> over_{false};
    std::thread thread_;
};

void spin(std::uint64_t turns) {
    for (std::atomic<std::uint64_t> n{0}; n.load(std::memory_order_relaxed) < turns; n.fetch_add(1)) {
    }
}

struct tally {
    int served = 0;
    int withdrawn = 0;

    // Of a waiter who may have got a session or not; one that he got is given back.
    void note(std::future<session> of, errc withdrawn_as) {
        if (of.wait_for(answer_limit) != std::future_status::ready) FAIL("no answer");
        try {
            (void)of.get();
            ++served;
        } catch (const database_error& e) {
            const errc code = e.error().code();
            if (code != withdrawn_as && code != errc::deadline) FAIL(e.error().to_string());  // late already
            ++withdrawn;
        }
    }
};

// Every session can still be had.
void check_none_leaked(pool& of, std::size_t size) {
    std::vector<session> all;
    for (std::size_t n = 0; n < size; ++n) all.push_back(answer(of.acquire()));
}

}  // namespace

TEST_CASE("a waiter cancelled while a session comes to him swallows no grant") {
    world w("cancelled at the grant");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(2));
        std::stop_source stop;
        other_thread canceller([&] { stop.request_stop(); });
        std::mt19937_64 random(seed_of_run());
        INFO("SLUICE_TEST_SEED=" << seed_of_run());
        tally t;
        const auto kept = answer(db.acquire());
        auto held = answer(db.acquire());
        for (int n = 0; n < races; ++n) {
            stop = std::stop_source();
            auto doomed = db.acquire(request_options().stop(stop.get_token()));
            auto next = db.acquire();
            const auto dice = random() % 8;  // sometimes one is clearly first
            if (dice != 0) canceller.go();
            if (dice == 1) canceller.wait();
            spin(random() % 256);
            held = session();
            if (dice == 0) canceller.go();
            t.note(std::move(doomed), errc::cancelled);
            held = answer(std::move(next));
            canceller.wait();
        }
        held = session();
        check_none_leaked(db, 1);
        CHECK(w.faults.count("connect") == 2);
        CHECK(t.served + t.withdrawn == races);
        CHECK((t.served > 0 && t.withdrawn > 0));
    }
    w.judge();
}

TEST_CASE("a waiter whose deadline comes with a session swallows no grant") {
    world w("late at the grant");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(2));
        std::mt19937_64 random(seed_of_run());
        INFO("SLUICE_TEST_SEED=" << seed_of_run());
        tally t;
        const auto kept = answer(db.acquire());
        auto held = answer(db.acquire());
        for (int n = 0; n < races; ++n) {
            const auto until = clock::now() + std::chrono::microseconds(50 + random() % 100);
            auto doomed = db.acquire(request_options().deadline(until));
            auto next = db.acquire();
            const auto dice = random() % 8;  // sometimes one is clearly first
            while (dice != 0 && clock::now() < until) {
            }
            if (dice == 1) doomed.wait();
            spin(random() % 4096);
            held = session();
            t.note(std::move(doomed), errc::pool_exhausted);
            held = answer(std::move(next));
        }
        held = session();
        check_none_leaked(db, 1);
        CHECK(w.faults.count("connect") == 2);
        CHECK(t.served + t.withdrawn == races);
        CHECK((t.served > 0 && t.withdrawn > 0));
    }
    w.judge();
}

TEST_CASE("sessions whose future nobody looks at are not leaked") {
    world w("dropped grants");
    {
        engine engine;
        auto db =
            engine.open(w.faults.connection_string(), pool_options().max_size(4).waiters_max(limits::waiters_max));
        for (int n = 0; n < races; ++n) (void)db.acquire();
        check_none_leaked(db, 4);
        CHECK(w.faults.count("connect") <= 4);
    }
    w.judge();
}
