#pragma once
// A progress bar on standard error: redrawn in place on a terminal, a line for each tenth elsewhere.
//
// Threads: one.

#include <chrono>
#include <cstdint>
#include <string>

namespace demo {

class progress {
public:
    progress(std::string what, std::int64_t total);
    void at(std::int64_t done);
    // Ends the line with the rate.
    void finish();

private:
    void draw();

    const std::string what_;
    const std::int64_t total_;
    const bool terminal_;
    const std::chrono::steady_clock::time_point start_;
    std::chrono::steady_clock::time_point drawn_;
    std::int64_t done_ = 0;
    std::int64_t tenth_ = 0;
};

}  // namespace demo
