#pragma once
// A world with a pool in it.
//
// Threads: everything here on the test's own thread.

#include "fault_world.hpp"

#include <cstdint>
#include <vector>

namespace sluice::testing {

struct pool_world : world {
    using world::world;

    [[nodiscard]] bool becomes(std::uint64_t connected) const {
        return comes_true([&] { return faults.live().connected == connected; });
    }
};

// So many sessions at once.
inline std::vector<session> leases(pool& of, std::size_t count) {
    std::vector<session> made;
    for (std::size_t n = 0; n < count; ++n) made.push_back(answer(of.acquire()));
    return made;
}

}  // namespace sluice::testing
