#include <sluice/protocol/batch_storage.hpp>
#include <sluice/protocol/date_time.hpp>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

namespace sluice::protocol {

namespace {

constexpr std::align_val_t memory_alignment{64};
constexpr std::size_t small_bytes = 2'048;  // below: a result of a few rows, which is to cost little
constexpr std::size_t array_alignment = 8;  // of each array within the memory: no cell needs more

static_assert(alignof(timestamp) <= array_alignment && alignof(std::int64_t) <= array_alignment &&
              alignof(double) <= array_alignment);

// Gives each array of the memory its place, one after the other.
class arranger {
public:
    [[nodiscard]] std::size_t place(std::size_t count, std::size_t size) {
        constexpr std::size_t most = std::numeric_limits<std::size_t>::max() / 4;
        if (size != 0 && count > most / size) throw std::bad_array_new_length();
        const std::size_t at = end_;
        end_ += (count * size + array_alignment - 1) / array_alignment * array_alignment;
        if (end_ > most) throw std::bad_array_new_length();
        return at;
    }
    [[nodiscard]] std::size_t end() const noexcept { return end_; }

private:
    std::size_t end_ = 0;
};

bool before(const outside_cell& a, const outside_cell& b) noexcept {
    return a.row != b.row ? a.row < b.row : a.column < b.column;
}

outside_cell address(std::size_t row, std::size_t column) {
    outside_cell made;
    made.row = static_cast<std::uint32_t>(row);
    made.column = static_cast<std::uint32_t>(column);
    return made;
}

std::size_t variable_bytes(const batch_storage& from, std::size_t column) noexcept {
    const std::int64_t* lengths = from.lengths(column);
    std::size_t sum = 0;
    for (std::size_t row = 0; row < from.rows(); ++row)
        if (lengths[row] > 0) sum += static_cast<std::size_t>(lengths[row]);
    return sum;
}

void copy_variable(const batch_storage& from, batch_storage& to, std::size_t column) noexcept {
    std::uint64_t* offsets = to.offsets(column);
    const std::int64_t* lengths = from.lengths(column);
    std::uint64_t end = 0;
    for (std::size_t row = 0; row < from.rows(); ++row) {
        offsets[row] = end;
        if (lengths[row] <= 0) continue;
        const std::string_view cell = from.cell(row, column);
        std::memcpy(to.data(column) + end, cell.data(), cell.size());
        end += cell.size();
    }
}

// What a NULL's cell held is not carried on.
void copy_fixed(const batch_storage& from, batch_storage& to, std::size_t column) noexcept {
    const std::size_t size = from.slot(column).stride;
    const std::int64_t* lengths = from.lengths(column);
    std::memcpy(to.data(column), from.data(column), from.rows() * size);
    for (std::size_t row = 0; row < from.rows(); ++row)
        if (lengths[row] < 0) std::memset(to.data(column) + row * size, 0, size);
}

}  // namespace

batch_storage::batch_storage(std::shared_ptr<const schema> columns, const std::vector<std::size_t>& strides,
                             std::size_t rows)
    : columns_(std::move(columns)), capacity_(rows) {
    assert(rows >= 1 && strides.size() == columns_->size());
    arranger memory;
    slots_.resize(strides.size());
    for (std::size_t i = 0; i < strides.size(); ++i) {
        column_slot& s = slots_[i];
        s.type = (*columns_)[i].type;
        s.stride = strides[i];
        assert(is_variable(s.type) ? s.stride > 0 : s.stride == fixed_size(s.type));
        s.lengths_offset = memory.place(rows, sizeof(std::int64_t));
        s.data_offset = memory.place(rows, s.stride);
    }
    allocate(memory.end());
}

batch_storage::batch_storage(compact_tag, std::shared_ptr<const schema> columns,
                             const std::vector<std::size_t>& data_bytes, std::size_t rows)
    : columns_(std::move(columns)), capacity_(rows) {
    assert(rows >= 1 && data_bytes.size() == columns_->size());
    arranger memory;
    slots_.resize(data_bytes.size());
    for (std::size_t i = 0; i < data_bytes.size(); ++i) {
        column_slot& s = slots_[i];
        s.type = (*columns_)[i].type;
        s.stride = fixed_size(s.type);
        assert(is_variable(s.type) || data_bytes[i] >= rows * s.stride);
        s.lengths_offset = memory.place(rows, sizeof(std::int64_t));
        if (is_variable(s.type)) s.offsets_offset = memory.place(rows, sizeof(std::uint64_t));
        s.data_offset = memory.place(data_bytes[i], 1);
    }
    allocate(memory.end());
}

std::size_t batch_storage::row_bytes(const std::vector<std::size_t>& strides) noexcept {
    std::size_t sum = 0;
    for (const std::size_t stride : strides) sum += stride + sizeof(std::int64_t);
    return sum;
}

std::size_t batch_storage::bytes() const noexcept {
    return sizeof(*this) + memory_bytes_ + outside_bytes_ + slots_.capacity() * sizeof(column_slot) +
           outside_.capacity() * sizeof(outside_cell);
}

void batch_storage::put_outside(std::size_t row, std::size_t column, std::string bytes) {
    assert(row < capacity_ && column < slots_.size() && bytes.size() > slots_[column].stride &&
           slots_[column].stride > 0);
    outside_cell made = address(row, column);
    made.bytes = std::move(bytes);
    assert(outside_.empty() || before(outside_.back(), made));
    const std::size_t length = made.bytes.size();
    const std::size_t held = made.bytes.capacity();
    outside_.push_back(std::move(made));
    outside_bytes_ += held;
    lengths(column)[row] = static_cast<std::int64_t>(length);
}

std::string_view batch_storage::outside(std::size_t row, std::size_t column) const noexcept {
    const outside_cell wanted = address(row, column);
    const auto found = std::lower_bound(outside_.begin(), outside_.end(), wanted, before);
    if (found == outside_.end() || before(wanted, *found)) return {};
    return found->bytes;
}

void batch_storage::clear() noexcept {
    rows_ = 0;
    outside_bytes_ = 0;
    outside_.clear();
}

// Memory is left as it comes, because clearing a megabyte costs more than a point query; only booleans are cleared,
// whose bytes have to be 0 or 1 even where nobody wrote them.
void batch_storage::allocate(std::size_t bytes) {
    memory_.get_deleter().is_small = bytes < small_bytes;
    memory_.reset(static_cast<std::byte*>(bytes < small_bytes ? ::operator new(std::max<std::size_t>(bytes, 1))
                                                              : ::operator new(bytes, memory_alignment)));
    memory_bytes_ = bytes;
    for (const column_slot& s : slots_)
        if (s.type == column_type::boolean) std::memset(memory_.get() + s.data_offset, 0, capacity_);
}

void batch_storage::release::operator()(std::byte* memory) const noexcept {
    if (is_small)
        ::operator delete(memory);
    else
        ::operator delete(memory, memory_alignment);
}

std::shared_ptr<const batch_storage> compact(const batch_storage& from) {
    const std::size_t columns = from.columns()->size();
    const std::size_t rows = std::max<std::size_t>(from.rows(), 1);
    std::vector<std::size_t> data_bytes(columns);
    for (std::size_t i = 0; i < columns; ++i) {
        const column_type type = from.slot(i).type;
        data_bytes[i] = is_variable(type) ? variable_bytes(from, i) : rows * fixed_size(type);
    }
    auto to = std::make_shared<batch_storage>(batch_storage::compact_tag(), from.columns(), data_bytes, rows);
    for (std::size_t i = 0; i < columns; ++i) {
        std::memcpy(to->lengths(i), from.lengths(i), from.rows() * sizeof(std::int64_t));
        if (is_variable(from.slot(i).type))
            copy_variable(from, *to, i);
        else
            copy_fixed(from, *to, i);
    }
    to->rows(from.rows());
    return to;
}

}  // namespace sluice::protocol
