#include "subject.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

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

// A line of /proc/self/status: VmRSS is resident now, VmHWM was at most. Of this program alone, where getrusage has the
// memory of the program that started it.
[[nodiscard]] long status_kib(const std::string& name) {
    std::ifstream status("/proc/self/status");
    std::string line;
    while (std::getline(status, line))
        if (line.starts_with(name + ':')) return std::atol(line.c_str() + name.size() + 1);
    throw std::runtime_error("/proc/self/status has no " + name);
}

}  // namespace

std::int64_t bench::consumer_steps = 0;

int main(int argc, char** argv) try {
    const std::int64_t count = argc == 4 || argc == 5 ? std::atoll(argv[3]) : 0;
    if (count < 1) {
        std::fprintf(stderr, "usage: %s SCENARIO CONNECTION COUNT [STEPS]\n", argv[0]);
        return 2;
    }
    if (argc == 5) bench::consumer_steps = std::atoll(argv[4]);
    for (const bench::scenario& one : bench::scenarios()) {
        if (std::string_view(argv[1]) != one.name) continue;
        const long start_kib = status_kib("VmRSS");
        bench::measured found = one.run(argv[2], count);
        const long peak_kib = status_kib("VmHWM");
        std::printf("%.6f %llu %.1f %.1f %.1f %ld %.1f\n", found.seconds,
                    static_cast<unsigned long long>(found.checksum), percentile(found.call_us, 0.5),
                    percentile(found.call_us, 0.95), static_cast<double>(found.first_us), peak_kib - start_kib,
                    percentile(found.call_us, 0.99));
        return 0;
    }
    std::fprintf(stderr, "%s: no scenario %s\n", argv[0], argv[1]);
    return 2;
} catch (const std::exception& e) {
    std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
    return 1;
}
