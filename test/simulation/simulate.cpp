// Runs simulated worlds, one for each seed, and judges what happened in them. See scripts/simulate --help.

#include "world.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sluice::sim {

namespace {

constexpr std::uint64_t again_every = 100;         // seeds that are run twice
constexpr std::uint64_t marks_asked_from = 2'000;  // fewer worlds may miss a rare branch
constexpr std::size_t violations_shown = 10;

struct order {
    std::uint64_t seeds = 1'000;
    std::uint64_t first = 1;
    unsigned threads = 0;
    bool trace = false;
};

struct sums {
    std::uint64_t requests = 0, faulted = 0, violations = 0, unlike = 0;
    std::vector<std::uint64_t> traces;
    mark_counts marks;
    std::vector<std::string> said;

    void add(const sums& more) {
        requests += more.requests;
        faulted += more.faulted;
        violations += more.violations;
        unlike += more.unlike;
        traces.insert(traces.end(), more.traces.begin(), more.traces.end());
        marks.add(more.marks);
        said.insert(said.end(), more.said.begin(), more.said.end());
    }
};

std::string text_of(std::uint64_t seed, const test::violation& v, const std::vector<test::entry>& history) {
    std::string text = "seed " + std::to_string(seed) + ": ";
    if (v.rule != 0) text += "R" + std::to_string(v.rule) + " ";
    text += v.what;
    if (v.at < history.size()) text += "\n    at entry " + std::to_string(v.at) + ": " + to_string(history[v.at]);
    return text + "\n    replay: scripts/simulate --seeds 1 --first " + std::to_string(seed) + " --trace";
}

void run_seed(std::uint64_t seed, workspace& space, sums& into) {
    world w(seed, space);
    w.run();
    into.requests += w.requests();
    into.faulted += w.faulted();
    into.traces.push_back(w.trace());
    into.marks.add(w.marks);
    const auto wrong = w.judge();
    if (!wrong.empty()) {
        ++into.violations;
        if (into.said.size() < violations_shown) into.said.push_back(text_of(seed, wrong.front(), space.history));
    }
    if (seed % again_every != 0) return;
    world again(seed, space);
    again.run();
    if (again.trace() == w.trace()) return;
    ++into.unlike;
    into.said.push_back("seed " + std::to_string(seed) + ": run twice, it gave two traces");
}

sums run_all(const order& what) {
    std::atomic<std::uint64_t> next{0};
    std::mutex mutex;
    sums all;
    const auto began = std::chrono::steady_clock::now();
    std::atomic<std::int64_t> told{0};
    const auto work = [&] {
        workspace space;
        sums mine;
        for (std::uint64_t i = next++; i < what.seeds; i = next++) {
            run_seed(what.first + i, space, mine);
            const auto spent =
                std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - began).count();
            std::int64_t last = told.load();
            if (spent >= last + 10 && told.compare_exchange_strong(last, spent))
                std::fprintf(stderr, "%llu of %llu worlds after %lld s\n", static_cast<unsigned long long>(i + 1),
                             static_cast<unsigned long long>(what.seeds), static_cast<long long>(spent));
        }
        const std::lock_guard lock(mutex);
        all.add(mine);
    };
    const unsigned many = what.threads != 0 ? what.threads : std::max(1U, std::thread::hardware_concurrency());
    std::vector<std::thread> others;
    for (unsigned i = 1; i < many && i < what.seeds; ++i) others.emplace_back(work);
    work();
    for (auto& t : others) t.join();
    return all;
}

void print_trace(std::uint64_t seed) {
    workspace space;
    world w(seed, space);
    std::cout << "seed " << seed << ": " << w.weather.to_string() << '\n';
    w.run();
    for (std::size_t i = 0; i < space.history.size(); ++i) std::cout << i << ' ' << to_string(space.history[i]) << '\n';
    for (const auto& v : w.judge()) std::cout << text_of(seed, v, space.history) << '\n';
}

int report(const order& what, sums all, double seconds) {
    std::sort(all.traces.begin(), all.traces.end());
    const auto distinct = std::unique(all.traces.begin(), all.traces.end()) - all.traces.begin();
    const auto missed = all.marks.missed();
    mark rarest{};
    for (std::size_t i = 0; i < static_cast<std::size_t>(mark::count); ++i) {
        if (all.marks.times(static_cast<mark>(i)) < all.marks.times(rarest)) rarest = static_cast<mark>(i);
    }
    std::string names;
    for (const mark m : missed) names += (names.empty() ? "\"" : ", \"") + std::string(to_string(m)) + "\"";
    for (std::size_t i = 0; i < all.said.size() && i < violations_shown; ++i) std::cout << all.said[i] << '\n';
    std::printf(
        "{\"seeds\": %llu, \"first\": %llu, \"requests\": %llu, \"faulted_requests\": %llu, \"distinct_traces\": %lld, "
        "\"marks\": %d, \"marks_missed\": [%s], \"rarest_mark\": \"%s\", \"rarest_mark_times\": %llu, "
        "\"violations\": %llu, \"nondeterministic\": %llu, \"seconds\": %.1f}\n",
        static_cast<unsigned long long>(what.seeds), static_cast<unsigned long long>(what.first),
        static_cast<unsigned long long>(all.requests), static_cast<unsigned long long>(all.faulted),
        static_cast<long long>(distinct), static_cast<int>(mark::count), names.c_str(),
        std::string(to_string(rarest)).c_str(), static_cast<unsigned long long>(all.marks.times(rarest)),
        static_cast<unsigned long long>(all.violations), static_cast<unsigned long long>(all.unlike), seconds);
    const bool blind = !missed.empty() && what.seeds >= marks_asked_from;
    return all.violations != 0 || all.unlike != 0 || blind ? 1 : 0;
}

}  // namespace

}  // namespace sluice::sim

int main(int argc, char** argv) {
    sluice::sim::order what;
    bool json = false;
    CLI::App app("Runs simulated worlds, one for each seed, and judges what happened in them.");
    app.add_option("--seeds", what.seeds, "how many")->capture_default_str()->check(CLI::PositiveNumber);
    app.add_option("--first", what.first, "the first of them")->capture_default_str();
    app.add_option("--threads", what.threads, "worlds at once; 0: one for each processor")->capture_default_str();
    app.add_flag("--trace", what.trace, "prints the history of each world");
    app.add_flag("--json", json, "prints nothing but the last line");
    CLI11_PARSE(app, argc, argv);

    if (what.trace) {
        for (std::uint64_t i = 0; i < what.seeds; ++i) sluice::sim::print_trace(what.first + i);
    }
    const auto began = std::chrono::steady_clock::now();
    auto all = sluice::sim::run_all(what);
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - began;
    if (json) all.said.clear();
    std::cout.flush();
    return sluice::sim::report(what, std::move(all), spent.count());
}
