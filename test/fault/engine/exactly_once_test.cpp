// Each accepted request completes exactly once, and those that run do so in the order of their thread, whatever
// cancels, expires or goes away meanwhile.
#include "fault_world.hpp"

#include <sluice/runtime/async.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <random>
#include <stop_token>

using namespace sluice;
using namespace sluice::testing;

namespace {

constexpr std::size_t callers = 4;
constexpr std::size_t requests = 60;  // of each caller
constexpr int rounds = 30;

// What is known of one request at the end.
struct mark {
    std::atomic<int> completions{0};
    std::atomic<std::uint64_t> place{0};  // among the completions of its round
    errc code{};
    outcome effect{};
};

struct round {
    explicit round(std::uint64_t with_seed) : seed(with_seed), marks(callers * requests) {}
    [[nodiscard]] mark& of(std::size_t caller, std::size_t request) { return marks[caller * requests + request]; }

    const std::uint64_t seed;
    std::vector<mark> marks;
    std::atomic<std::uint64_t> completed{0};
    std::atomic<std::uint64_t> places{0};
    std::atomic<std::uint64_t> submitted{0};
};

std::string text_of(std::size_t caller, std::size_t request) {
    return "echo ? /* " + std::to_string(caller) + "." + std::to_string(request) + " */";
}

void submit_all(round& in, session& on, std::size_t caller) {
    std::mt19937_64 dice(in.seed + caller);
    std::vector<std::stop_source> stops;
    for (std::size_t n = 0; n < requests; ++n) {
        request_options options;
        const auto chance = dice() % 8;
        if (chance == 0) options.timeout(std::chrono::microseconds(dice() % 3'000));
        if (chance == 1) options.stop(stops.emplace_back().get_token());
        if (dice() % 4 == 0 && !stops.empty()) stops[dice() % stops.size()].request_stop();
        const auto value = static_cast<std::int64_t>(caller * requests + n);
        on.async_query(text_of(caller, n), args(value), options, [&in, caller, n, value](result<row_set> r) {
            mark& mine = in.of(caller, n);
            if (r && (r->size() != 1 || (*r)[0].get<std::int64_t>(0) != value)) return;  // counts as none
            mine.code = r ? errc::ok : r.error().code();
            mine.effect = r ? outcome::applied : r.error().outcome();
            mine.place = ++in.places;
            ++mine.completions;
            ++in.completed;
        });
        ++in.submitted;
        if (dice() % 16 == 0) std::this_thread::yield();
    }
    for (auto& stop : stops) stop.request_stop();
}

enum class ending { none, session_dropped, engine_gone };

void check(round& in, world& w, ending how) {
    REQUIRE(comes_true([&] { return in.completed == callers * requests; }));
    for (std::size_t caller = 0; caller < callers; ++caller) {
        std::uint64_t last_place = 0;
        for (std::size_t n = 0; n < requests; ++n) {
            const mark& m = in.of(caller, n);
            const auto executions = w.faults.executions(text_of(caller, n));
            INFO("request " << caller << "." << n << " was answered with " << to_string(m.code));
            if (m.completions != 1) FAIL("it completed " << m.completions << " times");
            if (executions > 1) FAIL("it was executed " << executions << " times");
            if (m.code == errc::ok && executions != 1) FAIL("it was not executed");
            if (m.code != errc::ok && m.effect == outcome::none && executions != 0)
                FAIL("its outcome is none, but it ran");
            const bool possible = m.code == errc::ok || m.code == errc::cancelled || m.code == errc::deadline ||
                                  (how == ending::engine_gone && m.code == errc::shutting_down);
            if (!possible) FAIL("no reason for that");
            // All handlers run on one thread here, unless the engine's has gone.
            if (m.code != errc::ok || how == ending::engine_gone) continue;
            if (m.place < last_place) FAIL("it was answered before one that was submitted earlier");
            last_place = m.place;
        }
    }
}

// Each caller's requests, in the order of the driver.
void check_order(const world& w) {
    std::array<std::size_t, callers> next{};
    for (const auto& sql : w.executed()) {
        const auto caller = std::stoul(sql.substr(10));
        const auto n = std::stoul(sql.substr(sql.find('.') + 1));
        if (n < next.at(caller)) FAIL("request " << caller << "." << n << " ran after a later one");
        next.at(caller) = n + 1;
    }
}

void run_rounds(ending how) {
    for (int number = 0; number < rounds; ++number) {
        const std::uint64_t seed = seed_of_run() + static_cast<std::uint64_t>(number);
        INFO("SLUICE_TEST_SEED=" << seed_of_run() << " round " << number);
        world w("exactly once");
        round now(seed);
        {
            auto engine = std::make_optional<sluice::engine>(engine_options().shutdown_grace(10s));
            auto session = w.connect(*engine, connect_options().mailbox_slots(callers * requests));
            w.faults.add("at execute sql '7 ' delay 1");
            std::vector<std::thread> threads;
            for (std::size_t caller = 0; caller < callers; ++caller)
                threads.emplace_back([&, caller] { submit_all(now, session, caller); });
            if (how == ending::engine_gone) {
                const std::uint64_t moment = std::mt19937_64(seed)() % (callers * requests);
                while (now.submitted < moment) std::this_thread::yield();
                engine.reset();
            }
            for (auto& thread : threads) thread.join();
            if (how == ending::session_dropped) session = sluice::session();
            if (how != ending::engine_gone) REQUIRE(comes_true([&] { return now.completed == callers * requests; }));
        }
        check(now, w, how);
        check_order(w);
        w.judge();
    }
}

}  // namespace

TEST_CASE("requests complete exactly once and in order under random cancels and deadlines") {
    run_rounds(ending::none);
}

TEST_CASE("requests complete exactly once when their session is dropped with them in the mailbox") {
    run_rounds(ending::session_dropped);
}

TEST_CASE("requests complete exactly once when their engine goes away at any moment") {
    run_rounds(ending::engine_gone);
}

TEST_CASE("what waits for batches completes exactly once when stream and session and engine go in any order") {
    for (int number = 0; number < rounds * 4; ++number) {
        INFO("SLUICE_TEST_SEED=" << seed_of_run() << " round " << number);
        std::mt19937_64 dice(seed_of_run() + static_cast<std::uint64_t>(number));
        world w("streams go");
        std::vector<std::future<std::optional<batch>>> asked;
        std::vector<std::future<void>> closed;
        {
            std::optional<engine> engine(std::in_place);
            std::optional<session> session = w.connect(*engine);
            std::optional<row_stream> stream = answer(session->stream(
                "rows 1000 delay 1", stream_options().batch_rows(1 + dice() % 64).prefetch(1 + dice() % 8)));
            const auto steps = dice() % 12;
            for (std::uint64_t step = 0; step < steps; ++step) {
                asked.push_back(stream->next());
                if (dice() % 2 == 0) (void)asked.back().wait_for(answer_limit);
            }
            if (dice() % 3 == 0) closed.push_back(stream->close());
            std::array<int, 3> order{0, 1, 2};
            std::shuffle(order.begin(), order.end(), dice);
            for (const int which : order) {
                if (which == 0) stream.reset();
                if (which == 1) session.reset();
                if (which == 2) engine.reset();
            }
        }
        for (auto& each : asked) {
            REQUIRE(each.wait_for(answer_limit) == std::future_status::ready);
            try {
                (void)each.get();
            } catch (const database_error& e) {
                const bool possible = e.code() == errc::closed || e.code() == errc::shutting_down ||
                                      e.code() == errc::operation_in_progress;
                if (!possible) FAIL(e.error().to_string());
            }
        }
        for (auto& each : closed) REQUIRE(each.wait_for(answer_limit) == std::future_status::ready);
        w.judge();
    }
}
