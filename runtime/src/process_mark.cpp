#include "process_mark.hpp"

#include <unistd.h>

namespace sluice::runtime {

process_mark::process_mark() noexcept : process_(getpid()) {}

bool process_mark::is_foreign() const noexcept {
    return process_ != getpid();
}

}  // namespace sluice::runtime
