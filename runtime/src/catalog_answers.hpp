#pragma once
// The answers about the catalog that the sessions of one pool share, and what the engine counts of them.
//
// Threads: any thread.

#include "engine_time.hpp"
#include "policy/catalog_cache.hpp"

#include <sluice/runtime/completion.hpp>
#include <sluice/runtime/options.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

namespace sluice::runtime {

// Of an engine.
struct catalog_counts {
    std::atomic<std::uint64_t> hits{0};
    std::atomic<std::uint64_t> misses{0};
};

class catalog_answers : public std::enable_shared_from_this<catalog_answers> {
public:
    catalog_answers(const pool_options&, engine_time, std::shared_ptr<catalog_counts>);

    // A kept answer of at most so many bytes and rows, or nothing. Counts.
    [[nodiscard]] std::optional<row_set> find(const catalog_query&, std::size_t bytes_max, std::size_t rows_max);
    // `done`, with the answer kept on its way.
    [[nodiscard]] detail::completion<row_set> kept(const catalog_query&, detail::completion<row_set> done);
    void clear() noexcept;

private:
    void put(const catalog_query&, const row_set&, std::uint64_t asked_in) noexcept;
    [[nodiscard]] std::int64_t now_ns() const noexcept;

    const engine_time time_;
    const std::shared_ptr<catalog_counts> counts_;
    std::mutex mutex_;
    catalog_cache cache_;  // guarded by mutex_
};

}  // namespace sluice::runtime
