#include <sluice/protocol/row_set.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

const schema& row_set::columns() const noexcept {
    static const schema none;
    return columns_ ? *columns_ : none;
}

row_view row_set::operator[](std::size_t row) const noexcept {
    const auto after = std::upper_bound(batches_.begin(), batches_.end(), row,
                                        [](std::size_t wanted, const batch& b) { return wanted < b.first_row(); });
    const batch& holds = *(after - 1);
    return holds[row - static_cast<std::size_t>(holds.first_row())];
}

void row_set::append(const batch& more) {
    if (more.empty()) return;
    if (!columns_) columns_ = more.storage()->columns();
    const std::size_t rows = more.rows();
    const std::size_t bytes = more.bytes();
    batches_.push_back(batch(more.storage(), size_, more.timings()));
    size_ += rows;
    bytes_ += bytes;
}

}  // namespace sluice
