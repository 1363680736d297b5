#pragma once
// The loop of the point queries of the peers: warms up, then times each query and adds its text to the checksum.
//
// Threads: one.

#include "../subject.hpp"
#include "../tables.hpp"

#include <string>

namespace bench {

// LookUp: the text of a key, as a reference that holds until the next call.
template <class LookUp>
measured look_up_all(std::int64_t count, LookUp look_up) {
    checksum sum;
    measured found;
    for (std::int64_t n = 0; n < warm_up_queries; ++n) (void)look_up(key_of(n));
    const auto begun = clock::now();
    for (std::int64_t n = 0; n < count; ++n) {
        const auto asked = clock::now();
        const std::string& text = look_up(key_of(n));
        sum.unordered(key_of(n), text.data(), text.size());
        found.call_us.push_back(microseconds_since(asked));
    }
    found.seconds = seconds_since(begun);
    found.checksum = sum.value();
    return found;
}

}  // namespace bench
