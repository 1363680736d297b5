#pragma once
// Options of a load of many chunks. Values out of range are refused with invalid_argument, all of them in one error,
// before anything is started.
//
// Threads: values; any thread.

#include <sluice/protocol/bulk_load.hpp>
#include <sluice/runtime/options.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>

namespace sluice {

class bulk_load_options {
public:
    bulk_load_options() {}
    // Chunks that are inserted at once, each on a session of its own; 1 to limits::bulk_parallelism_max. Default 2. Of
    // bulk_insert_parallel only; SQLite, where one connection writes at a time, gets one.
    bulk_load_options& parallelism(std::size_t sessions) {
        parallelism_ = sessions;
        return *this;
    }
    // Rows of a chunk where no generator makes them; 1 to limits::bulk_rows_max. Default 10,000.
    bulk_load_options& chunk_rows(std::size_t rows) {
        chunk_rows_ = rows;
        return *this;
    }
    // Of all chunks together, with skip_bad_rows: where more are refused no other chunk is begun. 1 to
    // limits::bulk_refused_max.
    bulk_load_options& refused_max(std::size_t rows) {
        refused_max_ = rows;
        return *this;
    }
    // Of each chunk, from when it is begun. 30 s, if not said.
    template <class Deadline>
    bulk_load_options& timeout(Deadline d) {
        each_.timeout(d);
        return *this;
    }
    // Withdraws the chunks that run, and begins no other.
    bulk_load_options& stop(std::stop_token token) {
        stop_ = std::move(token);
        return *this;
    }
    // Called after each chunk, where the source is called. What it throws ends the load, as of the source.
    bulk_load_options& progress(std::function<void(const bulk_progress&)> told) {
        progress_ = std::move(told);
        return *this;
    }

    [[nodiscard]] std::size_t parallelism() const noexcept { return parallelism_; }
    [[nodiscard]] std::size_t chunk_rows() const noexcept { return chunk_rows_; }
    [[nodiscard]] std::size_t refused_max() const noexcept { return refused_max_; }
    [[nodiscard]] const request_options& each() const noexcept { return each_; }
    [[nodiscard]] const std::stop_token& stop() const noexcept { return stop_; }
    [[nodiscard]] const std::function<void(const bulk_progress&)>& progress() const noexcept { return progress_; }
    // What is out of range, or nothing.
    [[nodiscard]] SLUICE_EXPORT std::optional<error> problems() const;

private:
    std::size_t parallelism_ = limits::bulk_parallelism_default;
    std::size_t chunk_rows_ = limits::bulk_chunk_rows_default;
    std::size_t refused_max_ = limits::bulk_refused_default;
    request_options each_;
    std::stop_token stop_;
    std::function<void(const bulk_progress&)> progress_;
};

}  // namespace sluice
