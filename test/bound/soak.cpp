#include "soak.hpp"

#include "resident.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

namespace sluice::testing {
namespace {

constexpr std::size_t kib = 1'024;

std::size_t iterations() {
    const char* const given = std::getenv("SLUICE_TEST_SOAK_ITERATIONS");
    return given != nullptr ? std::max(std::stoul(given), 2UL) : 1'000;
}

std::size_t entries(const char* folder) {
    const std::filesystem::directory_iterator all(folder);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

struct standing {
    std::size_t threads = entries("/proc/self/task");
    std::size_t descriptors = entries("/proc/self/fd");
    [[nodiscard]] bool is_within(const standing& before) const {
        return threads <= before.threads && descriptors <= before.descriptors;
    }
};

// A thread that has ended is seen for a moment longer.
standing settled(const standing& before) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!standing().is_within(before) && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
    return {};
}

void open_work_close(const std::string& connection, const work_texts& texts, std::size_t sessions) {
    constexpr std::size_t jobs = 5;  // one of each kind
    engine engine;
    auto db = engine.open(connection, pool_options().max_size(sessions));
    const auto report = run_jobs(db, texts, jobs, 1);
    for (const auto& e : report.failed) UNSCOPED_INFO(e.to_string());
    if (report.right != jobs || !report.wrong.empty()) FAIL("the work failed");
}

}  // namespace

void check_soak(const std::string& connection, const work_texts& texts, std::size_t sessions,
                const std::function<void()>& between) {
    const std::size_t times = iterations();
    const std::size_t warm = std::min(times / 2, std::size_t{10});  // drivers are loaded by then
    const std::size_t allowed = std::max(1'024 * kib, 1'024 * kib * (times / 2) / 500);
    std::optional<standing> before;
    std::size_t half = 0;
    for (std::size_t n = 0; n < times; ++n) {
        if (n == warm) before.emplace(settled(standing()));
        if (n == times / 2) half = resident_bytes();
        open_work_close(connection, texts, sessions);
        between();
    }
    const std::size_t grown = resident_bytes() - std::min(half, resident_bytes());
    const standing after = settled(*before);
    INFO(times << " iterations; memory grew by " << grown / kib << " KiB in the second half, to "
               << resident_bytes() / kib << " KiB; threads " << before->threads << " then " << after.threads
               << ", descriptors " << before->descriptors << " then " << after.descriptors);
    CHECK(grown <= allowed);
    CHECK(after.threads == before->threads);
    CHECK(after.descriptors == before->descriptors);
}

}  // namespace sluice::testing
