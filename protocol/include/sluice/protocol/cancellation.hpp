#pragma once
// How much a caller gives up to be rid of a request.
//
// Threads: a value; any thread.

#include <cstdint>

namespace sluice {

enum class cancel_strength : std::uint8_t {
    total,     // only if nothing has happened yet: a request that waits ends, one that runs goes on
    partial,   // the driver is asked to stop; what it says is the answer
    terminal,  // as partial, and answered within limits::answer_settle whatever the driver does; its session may be
               // replaced
};

}  // namespace sluice
