#include "memory.hpp"

#include <fstream>
#include <string>

namespace demo {

namespace {

[[nodiscard]] double status_mib(const std::string& key) {
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word) {
        double kib = 0;
        if (word == key && status >> kib) return kib / 1024.0;
    }
    return 0;
}

}  // namespace

double resident_mib() {
    return status_mib("VmRSS:");
}

double peak_resident_mib() {
    return status_mib("VmHWM:");
}

}  // namespace demo
