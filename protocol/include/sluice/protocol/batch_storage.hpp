#pragma once
// The memory of one batch: one allocation for all columns, written by a driver or by the reader of a result, then
// read-only.
//
// A column is an array of `rows` cells of `stride` bytes and an array of `rows` lengths. A length of -1 is NULL, for
// every type. A text, binary or decimal cell longer than `stride` lies outside of the array, in `outside`; a compact
// column has no stride: `offsets` says where each cell begins.
//
// Threads: one writer until the batch is made from it; then immutable, any thread.

#include <sluice/protocol/config.hpp>
#include <sluice/protocol/schema.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::protocol {

inline constexpr std::int64_t null_length = -1;

struct column_slot {
    column_type type = column_type::text;
    std::size_t stride = 0;          // bytes of one cell; 0: compact
    std::size_t data_offset = 0;     // from the start of the memory
    std::size_t lengths_offset = 0;  // of rows int64
    std::size_t offsets_offset = 0;  // of rows uint64; only for a compact column
};

// A cell that did not fit its stride.
struct outside_cell {
    std::uint32_t row = 0;
    std::uint32_t column = 0;
    std::string bytes;
};

class SLUICE_EXPORT batch_storage {
public:
    // strides: one for each column, at least 1; for fixed types it must be fixed_size(type). rows >= 1.
    // Allocates; std::bad_alloc passes.
    batch_storage(std::shared_ptr<const schema> columns, const std::vector<std::size_t>& strides, std::size_t rows);
    // Compact: data_bytes[i] is the room for all cells of column i.
    struct compact_tag {};
    batch_storage(compact_tag, std::shared_ptr<const schema> columns, const std::vector<std::size_t>& data_bytes,
                  std::size_t rows);

    // Bytes that one row takes with these strides, lengths included.
    [[nodiscard]] static std::size_t row_bytes(const std::vector<std::size_t>& strides) noexcept;

    [[nodiscard]] const std::shared_ptr<const schema>& columns() const noexcept { return columns_; }
    [[nodiscard]] const column_slot& slot(std::size_t column) const noexcept { return slots_[column]; }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
    void rows(std::size_t count) noexcept { rows_ = count; }  // REQUIRES: count <= capacity()
    // Everything held, cells outside included.
    [[nodiscard]] std::size_t bytes() const noexcept;

    [[nodiscard]] std::byte* data(std::size_t column) noexcept { return memory_.get() + slots_[column].data_offset; }
    [[nodiscard]] const std::byte* data(std::size_t column) const noexcept {
        return memory_.get() + slots_[column].data_offset;
    }
    [[nodiscard]] std::int64_t* lengths(std::size_t column) noexcept {
        return at<std::int64_t>(slots_[column].lengths_offset);
    }
    [[nodiscard]] const std::int64_t* lengths(std::size_t column) const noexcept {
        return at<std::int64_t>(slots_[column].lengths_offset);
    }
    [[nodiscard]] std::uint64_t* offsets(std::size_t column) noexcept {
        return at<std::uint64_t>(slots_[column].offsets_offset);
    }
    [[nodiscard]] const std::uint64_t* offsets(std::size_t column) const noexcept {
        return at<std::uint64_t>(slots_[column].offsets_offset);
    }

    // Puts a cell longer than its stride outside, and its length in place. REQUIRES: calls come in order of (row,
    // column).
    void put_outside(std::size_t row, std::size_t column, std::string bytes);
    [[nodiscard]] std::string_view outside(std::size_t row, std::size_t column) const noexcept;

    // The bytes of a text, binary or decimal cell that is not NULL.
    [[nodiscard]] std::string_view cell(std::size_t row, std::size_t column) const noexcept {
        const column_slot& s = slots_[column];
        const auto length = static_cast<std::size_t>(lengths(column)[row]);
        if (s.stride == 0) return {reinterpret_cast<const char*>(data(column)) + offsets(column)[row], length};
        if (length > s.stride) return outside(row, column);
        return {reinterpret_cast<const char*>(data(column)) + row * s.stride, length};
    }

    // Ready to be filled again: no rows, nothing outside. Memory stays.
    void clear() noexcept;

private:
    template <class T>
    [[nodiscard]] T* at(std::size_t offset) noexcept {
        return reinterpret_cast<T*>(memory_.get() + offset);
    }
    template <class T>
    [[nodiscard]] const T* at(std::size_t offset) const noexcept {
        return reinterpret_cast<const T*>(memory_.get() + offset);
    }
    void allocate(std::size_t bytes);

    struct release {
        release() noexcept : is_small(false) {}
        void operator()(std::byte*) const noexcept;
        bool is_small;
    };
    std::shared_ptr<const schema> columns_;
    std::vector<column_slot> slots_;
    std::unique_ptr<std::byte[], release> memory_;  // aligned to 64, where it is not small
    std::vector<outside_cell> outside_;             // sorted by (row, column)
    std::size_t memory_bytes_ = 0;
    std::size_t outside_bytes_ = 0;
    std::size_t capacity_ = 0;
    std::size_t rows_ = 0;
};

// A copy that holds no byte more than its cells need.
[[nodiscard]] SLUICE_EXPORT std::shared_ptr<const batch_storage> compact(const batch_storage& from);

// Where the reader of a result gets memory for the next batch: an implementation may hand out again what was dropped.
class batch_source {
public:
    virtual ~batch_source() = default;
    [[nodiscard]] virtual std::shared_ptr<batch_storage> acquire(const std::shared_ptr<const schema>& columns,
                                                                 const std::vector<std::size_t>& strides,
                                                                 std::size_t rows) = 0;
};

}  // namespace sluice::protocol
