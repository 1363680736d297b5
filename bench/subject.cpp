#include "subject.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <string_view>
#include <sys/resource.h>
#include <unistd.h>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
bench::counted::counted() {
    CALLGRIND_START_INSTRUMENTATION;
}
bench::counted::~counted() {
    CALLGRIND_STOP_INSTRUMENTATION;
}
#else
bench::counted::counted() = default;
bench::counted::~counted() = default;
#endif

namespace {

[[nodiscard]] double percentile(std::vector<float>& of, double part) {
    if (of.empty()) return 0;
    const auto at = of.begin() + static_cast<std::ptrdiff_t>(static_cast<double>(of.size() - 1) * part);
    std::nth_element(of.begin(), at, of.end());
    return *at;
}

// Of now, and the most until now.
[[nodiscard]] long resident_kib() {
    std::ifstream statm("/proc/self/statm");
    long all = 0;
    long resident = 0;
    statm >> all >> resident;
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}
[[nodiscard]] long peak_kib() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return used.ru_maxrss;
}

}  // namespace

int main(int argc, char** argv) try {
    const std::int64_t count = argc == 4 ? std::atoll(argv[3]) : 0;
    if (count < 1) {
        std::fprintf(stderr, "usage: %s SCENARIO CONNECTION COUNT\n", argv[0]);
        return 2;
    }
    for (const bench::scenario& one : bench::scenarios()) {
        if (std::string_view(argv[1]) != one.name) continue;
        const long start_kib = resident_kib();
        bench::measured found = one.run(argv[2], count);
        std::printf("%.6f %llu %.1f %.1f %.1f %ld\n", found.seconds, static_cast<unsigned long long>(found.checksum),
                    percentile(found.call_us, 0.5), percentile(found.call_us, 0.95),
                    static_cast<double>(found.first_us), peak_kib() - start_kib);
        return 0;
    }
    std::fprintf(stderr, "%s: no scenario %s\n", argv[0], argv[1]);
    return 2;
} catch (const std::exception& e) {
    std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
    return 1;
}
