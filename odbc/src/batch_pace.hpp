#pragma once
// How large the next batch of a result is: how many rows, how many bytes for a cell. Pure.
//
// A whole result begins with a few rows and grows. A column in which many values do not fit is widened.
//
// Threads: as the cursor.

#include "result_plan.hpp"

#include <cstddef>
#include <vector>

namespace sluice::odbc {

class batch_pace {
public:
    // The plan must outlive it.
    explicit batch_pace(const result_plan&);

    [[nodiscard]] const std::vector<std::size_t>& strides() const noexcept { return strides_; }
    // As many as fit the plan's bytes. Where the driver gets its rows in packets of fetch_rows, so many that no batch
    // crosses the end of a packet if that is not much less: when a packet fails, the driver drops what a block already
    // has from the packet before.
    [[nodiscard]] std::size_t rows() const noexcept { return rows_; }

    // A value of the current batch did not fit its stride.
    void saw_long(std::size_t column, std::size_t length) noexcept;
    // The current batch has been read; it had so many rows.
    void after(std::size_t rows) noexcept;

private:
    [[nodiscard]] std::size_t fitting_rows() const noexcept;
    [[nodiscard]] bool widen(std::size_t rows) noexcept;

    struct seen {
        std::size_t count = 0;
        std::size_t longest = 0;
    };
    const result_plan& plan_;
    std::vector<std::size_t> strides_;
    std::vector<seen> seen_;
    std::size_t rows_ = 0;
    std::size_t fitting_ = 0;
    bool any_long_ = false;
};

// A stride: whole words of 8 bytes.
[[nodiscard]] constexpr std::size_t whole_words(std::size_t bytes) noexcept {
    return (bytes + 7) / 8 * 8;
}

}  // namespace sluice::odbc
