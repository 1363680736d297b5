// What others feel of a worker that hangs in its driver: nothing.
#include "fault_world.hpp"

#include <sluice/runtime/async.hpp>

#include <algorithm>
#include <cstdio>

using namespace sluice;
using namespace sluice::testing;

namespace {

constexpr std::size_t callers = 3;
constexpr std::size_t windows = 7;  // of each kind, in turn
constexpr std::chrono::milliseconds window{400};

using microseconds = std::chrono::duration<double, std::micro>;

// Point queries one after the other until the end of the window.
std::vector<double> latencies(session& on, clock::time_point until) {
    std::vector<double> seen;
    for (auto begun = clock::now(); begun < until;) {
        if (on.query("echo ?", args(7)).get()[0].get<std::int64_t>(0) != 7) return {};
        const auto now = clock::now();
        seen.push_back(microseconds(now - begun).count());
        begun = now;
    }
    return seen;
}

double quantile(std::vector<double> of, double part) {
    const auto at = of.begin() + static_cast<std::ptrdiff_t>(static_cast<double>(of.size() - 1) * part);
    std::nth_element(of.begin(), at, of.end());
    return *at;
}

// The p99 of all callers over one window, in microseconds.
double p99(std::vector<session>& sessions) {
    const auto until = clock::now() + window;
    std::vector<std::future<std::vector<double>>> asked;
    for (session& one : sessions)
        asked.push_back(std::async(std::launch::async, [&one, until] { return latencies(one, until); }));
    std::vector<double> all;
    for (auto& one : asked) {
        const auto seen = answer(std::move(one));
        if (seen.empty()) FAIL("a wrong answer");
        all.insert(all.end(), seen.begin(), seen.end());
    }
    return quantile(std::move(all), 0.99);
}

}  // namespace

TEST_CASE("others do not feel a worker that hangs") {
    world w("hung neighbour");
    std::vector<double> without;
    std::vector<double> beside;
    {
        engine engine;
        std::vector<session> sessions;
        for (std::size_t n = 0; n < callers; ++n) sessions.push_back(w.connect(engine));
        auto hung = w.connect(engine);
        (void)p99(sessions);  // until everything is warm
        for (std::size_t n = 0; n < windows; ++n) {
            without.push_back(p99(sessions));
            // Its deadline passes, it is cancelled again and again, and does not come back.
            w.faults.add("at execute sql 'hung' hang stubborn");
            auto running = hung.query("affect 1 /* hung */", request_options().timeout(10ms));
            REQUIRE(w.faults.wait_until_hanging(1));
            beside.push_back(p99(sessions));
            CHECK(error_of(std::move(running)).code() == errc::deadline);
            w.faults.clear_rules();
            w.faults.release();
            CHECK(answer(hung.query("affect 1")).affected_rows() == 1);
        }
        CHECK(engine.metrics().quarantined_ever == 0);
    }
    const double quiet = quantile(without, 0.5);
    const double loud = quantile(beside, 0.5);
    std::printf("p99 of %zu callers: %.0f us alone, %.0f us beside a worker that hangs\n", callers, quiet, loud);
    CHECK(loud <= 1.5 * quiet + 500);
    w.judge();
}
