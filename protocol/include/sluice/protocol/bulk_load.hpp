#pragma once
// Rows that come in chunks, each of which is inserted by itself: in a transaction of its own, all of it or none. And
// what became of them.
//
//   std::optional<sluice::bulk_rows> operator()();      of a source: the next chunk, nothing at the end
//
// Threads: values; any thread. A source is called by one thread at a time, see where it is passed.

#include <sluice/protocol/bulk.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice {

// Any function object that answers with the next chunk, or with nothing when there are no more; one that can only be
// moved, too. Copies ask the same one. The rows are numbered on from those of the chunk before. Whatever it throws ends
// the load: a database_error as the error that it has, anything else as cancelled.
class bulk_source {
public:
    bulk_source() = default;  // empty: invalid_argument where it is used
    template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, bulk_source> &&
             std::is_invocable_r_v<std::optional<bulk_rows>, F&>) bulk_source(F next)
        : next_([of = std::make_shared<F>(std::move(next))] { return (*of)(); }) {}

    [[nodiscard]] explicit operator bool() const noexcept { return next_ != nullptr; }
    // REQUIRES: not empty.
    [[nodiscard]] std::optional<bulk_rows> operator()() const { return next_(); }

private:
    std::function<std::optional<bulk_rows>()> next_;
};

// So many rows each. What the rows have borrowed must stay as it is until the load is answered.
[[nodiscard]] SLUICE_EXPORT bulk_source chunks_of(bulk_rows rows, std::size_t chunk_rows);

struct bulk_chunk {
    std::uint64_t number = 0;     // from 0, in the order of the source
    std::uint64_t first_row = 0;  // the number of its first row
    std::uint64_t rows = 0;
    std::uint64_t inserted = 0;  // without those that were refused
    // none: nothing of it is in the table. unknown: all of it or nothing, nobody has heard which.
    sluice::outcome outcome = sluice::outcome::none;
    std::optional<error> why;  // of one that is not applied
};

// How far it is.
struct bulk_progress {
    bulk_chunk chunk;           // that is over
    std::uint64_t rows = 0;     // that are in the table, of all chunks
    std::uint64_t refused = 0;  // of all chunks
};

// The sum. Nobody retries anything: `failure` says why it has ended before the source did.
class [[nodiscard]] bulk_loaded {
public:
    [[nodiscard]] bool complete() const noexcept { return !failure; }

    std::uint64_t rows = 0;            // that are in the table now
    std::uint64_t chunks = 0;          // that were begun
    std::vector<refused_row> refused;  // by their number; with skip_bad_rows only
    // All rows before this one are in the table or in `refused`: where to go on after a failure.
    std::uint64_t settled_rows = 0;
    // Of the first chunk that was not applied, or of the source, the caller or the end of the engine.
    std::optional<error> failure;
    // After a failure: the chunks that hold the rows from settled_rows on and were begun, by their number. Some may be
    // applied, because several run at once.
    std::vector<bulk_chunk> unsettled;
};

}  // namespace sluice
