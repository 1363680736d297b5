#include "batch_pace.hpp"

#include <sluice/protocol/batch_storage.hpp>
#include <sluice/protocol/limits.hpp>

#include <algorithm>
#include <utility>

namespace sluice::odbc {

batch_pace::batch_pace(const result_plan& plan) : plan_(plan), seen_(plan.cells.size()) {
    strides_.reserve(plan.cells.size());
    for (const auto& cell : plan.cells) strides_.push_back(cell.stride);
    fitting_ = fitting_rows();
    rows_ = std::min(plan.first_rows, fitting_);
}

void batch_pace::saw_long(std::size_t column, std::size_t length) noexcept {
    if (length >= limits::bound_cell_bytes_max) return;  // would not fit the widest cell either
    ++seen_[column].count;
    seen_[column].longest = std::max(seen_[column].longest, length);
    any_long_ = true;
}

void batch_pace::after(std::size_t rows) noexcept {
    constexpr std::size_t growth = 4;
    if (rows == 0) return;
    if (std::exchange(any_long_, false) && widen(rows)) fitting_ = fitting_rows();
    // After a batch that was not full there is seldom another.
    const std::size_t wanted = rows < rows_ ? rows_ : rows_ * growth;
    rows_ = std::min(wanted, fitting_);
}

std::size_t batch_pace::fitting_rows() const noexcept {
    const std::size_t row = std::max<std::size_t>(protocol::batch_storage::row_bytes(strides_), 1);
    const std::size_t fit = std::clamp<std::size_t>(plan_.batch_bytes / row, 1, plan_.batch_rows);
    if (plan_.fetch_rows <= fit) return fit;
    const std::size_t blocks = (plan_.fetch_rows + fit - 1) / fit;
    for (std::size_t n = blocks; n <= 2 * blocks; ++n)
        if (plan_.fetch_rows % n == 0) return plan_.fetch_rows / n;
    return fit;
}

// True where a stride has changed.
bool batch_pace::widen(std::size_t rows) noexcept {
    constexpr std::size_t one_in = 16;
    bool changed = false;
    for (std::size_t i = 0; i < strides_.size(); ++i) {
        const seen column = std::exchange(seen_[i], {});
        if (column.count * one_in <= rows) continue;
        strides_[i] = std::min(whole_words(column.longest + 1), limits::bound_cell_bytes_max);
        changed = true;
    }
    return changed;
}

}  // namespace sluice::odbc
