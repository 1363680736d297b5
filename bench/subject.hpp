#pragma once
// What the programs that scripts/bench measures have in common: one run of one scenario, timed from the inside, so that
// neither the start of the program nor the connect has a part in it.
//
//     PROGRAM SCENARIO CONNECTION COUNT [STEPS]
//
// prints `SECONDS CHECKSUM P50 P95 FIRST PEAK P99`: P50, P95 and P99 of single calls in microseconds, FIRST the
// microseconds until the first rows of a stream were there, 0 where they are not timed; PEAK the most memory that was
// resident, in KiB more than before the connect. An error of a database is told on stderr, and the exit status is 1.
//
// Threads: one.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace bench {

using clock = std::chrono::steady_clock;

class measured {
public:
    double seconds = 0;
    std::uint64_t checksum = 0;
    float first_us = 0;
    std::vector<float> call_us;
};

struct scenario {
    const char* name;
    // COUNT rows or queries.
    measured (*run)(const std::string& connection, std::int64_t count);
};

// What a consumer does with each row beside reading it, in steps of consume(): the argument STEPS, or 0.
extern std::int64_t consumer_steps;

// As costly as there are steps, and its result has to be used.
[[nodiscard]] constexpr std::uint64_t consume(std::uint64_t value, std::int64_t steps) noexcept {
    for (std::int64_t n = 0; n < steps; ++n) value = (value ^ (value >> 29)) * 0xbf58476d1ce4e5b9 + 1;
    return value;
}

// Every program defines its own; main is in subject.cpp.
[[nodiscard]] const std::vector<scenario>& scenarios();

[[nodiscard]] inline double seconds_since(clock::time_point begun) {
    return std::chrono::duration<double>(clock::now() - begun).count();
}

[[nodiscard]] inline float microseconds_since(clock::time_point begun) {
    return std::chrono::duration<float, std::micro>(clock::now() - begun).count();
}

// While one is alive callgrind counts, if it was started with --instr-atstart=no; else this does nothing.
class counted {
public:
    counted();
    ~counted();
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;
};

// Queries before those that are measured: the cache of the server is warm, everything prepared.
inline constexpr std::int64_t warm_up_queries = 200;

}  // namespace bench
