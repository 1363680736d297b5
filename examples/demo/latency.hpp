#pragma once
// Point queries in a loop on a session of their own, and how long each took.
//
// Threads: one thread runs the loop from construction until stop().

#include <sluice/runtime/engine.hpp>

#include <atomic>
#include <cstdint>
#include <exception>
#include <string>
#include <thread>
#include <vector>

namespace demo {

struct percentiles {
    std::size_t count = 0;
    double p50_us = 0;
    double p95_us = 0;
    double p99_us = 0;
};

class point_queries {
public:
    // Asks for rows of 1 to `rows` and checks each answer.
    point_queries(sluice::session on, std::string table, std::int64_t rows);
    ~point_queries();
    // Throws what the loop met: a database_error, or std::runtime_error for a wrong answer.
    [[nodiscard]] percentiles stop();

private:
    void run();

    sluice::session session_;
    const std::string sql_;
    const std::int64_t rows_;
    std::atomic<bool> stopping_{false};
    std::vector<std::uint32_t> took_ns_;  // the loop's; bounded by samples_max
    std::exception_ptr failed_;           // the loop's
    std::thread thread_;
};

}  // namespace demo
