#pragma once
// Point queries by coroutines on one thread, each of which waits for its answer before it asks again.
//
// Threads: one.

#include "../subject.hpp"

#include <sluice/runtime/pool.hpp>
#include <sluice/runtime/session.hpp>

namespace bench {

// By a statement that is prepared once; else with the SQL text each time.
[[nodiscard]] measured look_up_all(sluice::session& on, std::int64_t count, int callers, bool prepare);
// With the SQL text each time, on whichever session is free; queries that warm_up lie before it.
[[nodiscard]] measured look_up_all(sluice::pool& on, std::int64_t count, int callers, std::int64_t warm_up);

}  // namespace bench
