#pragma once
// The memory of this process that is in use now.
//
// Threads: any.

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <unistd.h>

inline constexpr std::size_t mib = std::size_t{1} << 20U;

inline std::size_t resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::size_t all = 0;
    std::size_t resident = 0;
    statm >> all >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// More than at the start; 0 where it is less.
inline std::size_t resident_above(std::size_t start) {
    const std::size_t now = resident_bytes();
    return now - std::min(start, now);
}
