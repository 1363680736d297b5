// Many threads with many requests outstanding on one session: each request is answered exactly once, with its own
// answer, in the order of its thread. Built with each variant of the mailbox.
#include "fault_world.hpp"
#include "mailbox.hpp"

#include <sluice/runtime/async.hpp>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>

using namespace sluice;
using namespace sluice::testing;

namespace {

constexpr std::size_t callers = 8;
constexpr std::size_t outstanding = 16;
constexpr std::size_t queries = sanitized ? 2'500 : 12'500;  // of each caller

// Answers say whose they are.
std::int64_t value_of(std::size_t caller, std::size_t n) {
    return static_cast<std::int64_t>(caller * 1'000'000 + n);
}

std::future<row_set> ask(session& on, std::size_t caller, std::size_t n) {
    return on.query("echo ?", args(value_of(caller, n)));
}

bool is_answer(const row_set& rows, std::int64_t value) {
    return rows.size() == 1 && rows[0].get<std::int64_t>(0) == value;
}

// What one caller saw. Only the test's own thread asserts.
struct account {
    std::size_t right = 0;
    std::string wrong;  // the first thing that was
    void note(std::string what) {
        if (wrong.empty()) wrong = std::move(what);
    }
};

// An answer that is there while an older request has none is out of order. Looks from the newest to the oldest, so that
// what becomes ready meanwhile is no mistake.
bool in_order(const std::deque<std::future<row_set>>& asked) {
    bool newer = false;
    for (auto each = asked.rbegin(); each != asked.rend(); ++each) {
        const bool there = ready(*each);
        if (newer && !there) return false;
        newer = there;
    }
    return true;
}

account by_futures(session& on, std::size_t caller) {
    account mine;
    std::deque<std::future<row_set>> asked;
    std::size_t taken = 0;
    for (std::size_t n = 0; taken < queries; ++taken) {
        for (; n < queries && asked.size() < outstanding; ++n) asked.push_back(ask(on, caller, n));
        if (!in_order(asked)) mine.note("an answer out of order near " + std::to_string(taken));
        try {
            if (is_answer(asked.front().get(), value_of(caller, taken)))
                ++mine.right;
            else
                mine.note("the answer of another to request " + std::to_string(taken));
        } catch (const database_error& e) {
            mine.note(e.what());
        }
        asked.pop_front();
    }
    return mine;
}

// Handlers run on the engine's one completion thread.
account by_handlers(session& on, std::size_t caller) {
    account mine;
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t answered = 0;
    for (std::size_t n = 0; n < queries; ++n) {
        {
            std::unique_lock lock(mutex);
            changed.wait(lock, [&] { return n - answered < outstanding; });
        }
        on.async_query("echo ?", args(value_of(caller, n)), [&, n](result<row_set> r) {
            const std::lock_guard lock(mutex);
            if (!r)
                mine.note(r.error().to_string());
            else if (answered != n || !is_answer(*r, value_of(caller, n)))
                mine.note("request " + std::to_string(n) + " was answered as number " + std::to_string(answered));
            else
                ++mine.right;
            ++answered;
            changed.notify_one();
        });
    }
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return answered == queries; });
    return mine;
}

}  // namespace

TEST_CASE("the executable has the mailbox it was built for") {
    CHECK(runtime::mailbox::variant() == SLUICE_EXPECTED_MAILBOX);
}

TEST_CASE("eight threads with sixteen queries outstanding each get every answer once and in order") {
    world w("point queries");
    {
        engine engine;
        auto session = w.connect(engine, connect_options().mailbox_slots(callers * outstanding));
        std::vector<account> accounts(callers);
        std::vector<std::thread> threads;
        for (std::size_t caller = 0; caller < callers; ++caller) {
            threads.emplace_back([&, caller] {
                accounts[caller] = caller % 2 == 0 ? by_futures(session, caller) : by_handlers(session, caller);
            });
        }
        for (auto& thread : threads) thread.join();
        for (const auto& each : accounts) {
            CHECK(each.wrong == "");
            CHECK(each.right == queries);
        }
        CHECK(w.faults.executions("echo ?") == callers * queries);
        // The mailbox was as large as what was outstanding: nobody was refused, and it is empty again.
        std::vector<std::future<row_set>> full;
        for (std::size_t n = 0; n < callers * outstanding; ++n) full.push_back(ask(session, 0, n));
        for (std::size_t n = 0; n < full.size(); ++n) CHECK(is_answer(answer(std::move(full[n])), value_of(0, n)));
    }
    w.judge();
}

TEST_CASE("eight threads that overfill the mailbox get an answer or queue full for each query and never both") {
    world w("overfilled");
    {
        engine engine;
        auto session = w.connect(engine, connect_options().mailbox_slots(4));
        std::atomic<std::size_t> answered{0};
        std::atomic<std::size_t> refused{0};
        std::atomic<std::size_t> other{0};
        std::vector<std::thread> threads;
        for (std::size_t caller = 0; caller < callers; ++caller) {
            threads.emplace_back([&, caller] {
                std::vector<std::future<row_set>> asked;
                for (std::size_t n = 0; n < queries / 5; ++n) {
                    asked.push_back(ask(session, caller, n));
                    if (n % 8 == 7) std::this_thread::yield();
                }
                for (std::size_t n = 0; n < asked.size(); ++n) {
                    try {
                        ++(is_answer(asked[n].get(), value_of(caller, n)) ? answered : other);
                    } catch (const database_error& e) {
                        const bool full = e.code() == errc::queue_full && e.error().outcome() == outcome::none;
                        ++(full ? refused : other);
                    }
                }
            });
        }
        for (auto& thread : threads) thread.join();
        CHECK(other == 0);
        CHECK(refused > 0);
        CHECK(answered + refused == callers * (queries / 5));
        CHECK(w.faults.executions("echo ?") == answered);
    }
    w.judge();
}
