#pragma once
// Open, work, close, again and again, and what is there more of afterwards.
//
// Threads: the test's own.

#include "mixed_work.hpp"

#include <functional>
#include <string>

namespace sluice::testing {

// Fails where work fails, where memory grows by more than 1 MiB for each 500 iterations in the second half of them, and
// where threads or descriptors are more after it than before. A pool of so many sessions. `between`: called after each
// iteration.
void check_soak(
    const std::string& connection, const work_texts&, std::size_t sessions,
    const std::function<void()>& between = [] {});

}  // namespace sluice::testing
