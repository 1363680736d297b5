// What a checkout of a pooled session costs, without a test, with the default one and with one each time:
//
//     sluice_bench_checkout NAME CONNECTION [ROUNDS [CHECKOUTS]]
//
// The three modes take turns in each round. One JSON object a line: microseconds of a checkout with its return, as the
// median of the rounds, their spread, and the ratio to the mode without a test.

#include <sluice/runtime/engine.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

struct mode {
    const char* name;
    sluice::checkout_test test;
};

constexpr std::array<mode, 3> modes{{{"never", sluice::checkout_test::never},
                                     {"when_idle", sluice::checkout_test::when_idle},
                                     {"always", sluice::checkout_test::always}}};

double microseconds_of_one(sluice::pool& db, int checkouts) {
    const auto begun = std::chrono::steady_clock::now();
    for (int n = 0; n < checkouts; ++n) (void)db.acquire().get();
    const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - begun;
    return spent.count() / checkouts;
}

double median(std::vector<double> of) {
    std::sort(of.begin(), of.end());
    return of[of.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: %s NAME CONNECTION [ROUNDS [CHECKOUTS]]\n", argv[0]);
        return 2;
    }
    const int rounds = argc > 3 ? std::atoi(argv[3]) : 15;
    const int checkouts = argc > 4 ? std::atoi(argv[4]) : 2'000;
    if (rounds < 1 || checkouts < 1) {
        std::fprintf(stderr, "%s: ROUNDS and CHECKOUTS are 1 or more\n", argv[0]);
        return 2;
    }
    try {
        sluice::engine engine;
        std::vector<sluice::pool> pools;
        for (const mode& one : modes) {
            pools.push_back(engine.open(argv[2], sluice::pool_options().max_size(1).test_on_checkout(one.test)));
            (void)pools.back().query("select 1").get();
        }
        std::array<std::vector<double>, modes.size()> measured;
        for (int round = 0; round < rounds; ++round)
            for (std::size_t m = 0; m < modes.size(); ++m)
                measured[m].push_back(microseconds_of_one(pools[m], checkouts));
        const double without = median(measured[0]);
        for (std::size_t m = 0; m < modes.size(); ++m) {
            const auto [least, most] = std::minmax_element(measured[m].begin(), measured[m].end());
            std::printf(R"({"scenario":"checkout","driver":"%s","subject":"%s","value":%.3f,"unit":"us",)"
                        R"("ratio_to_never":%.2f,"rounds":%d,"spread":%.3f})"
                        "\n",
                        argv[1], modes[m].name, median(measured[m]), median(measured[m]) / without, rounds,
                        *most - *least);
        }
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
        return 1;
    }
    return 0;
}
