#pragma once
// Where the keys from the least to the greatest are cut into ranges of about the same length. What is cut badly is only
// slow: a row belongs to one range whatever the boundaries are, as long as they ascend.
//
// Threads: functions of their arguments.

#include <sluice/protocol/value.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace sluice::runtime {

// Fewer than `parts` boundaries that ascend, each greater than `least` and not greater than `greatest`: none where
// there is nothing to cut. Whole numbers are cut between whole numbers, decimals too; dates between days, timestamps
// between seconds. Nothing for another type, for two types, and for a decimal beyond 64 bits.
[[nodiscard]] std::optional<std::vector<value>> boundaries_between(const value& least, const value& greatest,
                                                                   std::size_t parts);

}  // namespace sluice::runtime
