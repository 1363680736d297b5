#pragma once
// The bounds of the fault driver, units last. What goes past a bound is counted or refused, never kept.
//
// Threads: constants; any thread.

#include <cstddef>
#include <cstdint>

namespace sluice::fault_driver::limits {

inline constexpr std::size_t results_max = 10'000;
inline constexpr std::uint64_t wait_ms_max = 120'000;  // of one delay, and of a hang that nobody releases
inline constexpr std::uint64_t row_count_max = std::uint64_t{1} << 62U;
inline constexpr std::uint64_t cell_bytes_max = std::uint64_t{1} << 31U;  // above limits::value_bytes_max
inline constexpr std::size_t columns_max = 4'096;
inline constexpr std::size_t parameters_max = 32'767;
inline constexpr std::size_t records_max = 64;         // diagnostic records of one call
inline constexpr std::size_t rules_max = 4'096;        // of one script, its answers too
inline constexpr std::size_t scripts_max = 65'536;     // names of scripts in a process
inline constexpr std::size_t calls_max = 200'000;      // kept in one script's ledger; the later ones are only counted
inline constexpr std::size_t violations_max = 1'024;   // kept in one script's ledger
inline constexpr std::size_t text_bytes_max = 65'536;  // longer SQL is counted by this much of it
inline constexpr std::size_t text_bytes_total_max = std::size_t{64} << 20U;  // of different SQL counted by one script

}  // namespace sluice::fault_driver::limits
