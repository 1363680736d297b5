#pragma once
// A block of rows in columns. What a stream delivers and what a whole result is made of.
//
//   for (std::int64_t id : batch.column<std::int64_t>(0)) ...
//   for (std::string_view name : batch.column<std::string_view>(1)) ...
//   for (std::optional<double> price : batch.column<std::optional<double>>(2)) ...     // a column with NULLs
//
// Threads: immutable; any thread may copy, read and drop it. It stays valid after its stream, session and engine are
// gone. Reading a cell allocates nothing. Views (spans, string_view) live as long as some copy of the batch does.

#include <sluice/protocol/batch_storage.hpp>
#include <sluice/protocol/config.hpp>
#include <sluice/protocol/date_time.hpp>
#include <sluice/protocol/error.hpp>
#include <sluice/protocol/schema.hpp>
#include <sluice/protocol/timings.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace sluice {

namespace detail {

// How a cell of T is stored: T itself for fixed types, std::string_view for text, binary and decimal.
template <class T>
inline constexpr bool is_stored_scalar =
    std::is_same_v<T, bool> || std::is_same_v<T, std::int64_t> || std::is_same_v<T, std::uint64_t> ||
    std::is_same_v<T, float> || std::is_same_v<T, double> || std::is_same_v<T, date> || std::is_same_v<T, time> ||
    std::is_same_v<T, timestamp>;

// Throws database_error(type_mismatch): the column is not stored as `wanted`, or has a NULL at `null_row` (-1: none).
[[noreturn]] SLUICE_EXPORT void throw_column_mismatch(const schema&, std::size_t column, std::string_view wanted,
                                                      std::int64_t null_row);

template <class T>
[[nodiscard]] constexpr bool is_stored_as(column_type type) noexcept {
    if constexpr (std::is_same_v<T, bool>)
        return type == column_type::boolean;
    else if constexpr (std::is_same_v<T, std::int64_t>)
        return type == column_type::int64;
    else if constexpr (std::is_same_v<T, std::uint64_t>)
        return type == column_type::uint64;
    else if constexpr (std::is_same_v<T, float>)
        return type == column_type::float32;
    else if constexpr (std::is_same_v<T, double>)
        return type == column_type::float64;
    else if constexpr (std::is_same_v<T, date>)
        return type == column_type::date;
    else if constexpr (std::is_same_v<T, time>)
        return type == column_type::time;
    else if constexpr (std::is_same_v<T, timestamp>)
        return type == column_type::timestamp;
    else
        return is_variable(type);
}

template <class T>
[[nodiscard]] constexpr std::string_view stored_name() noexcept {
    if constexpr (std::is_same_v<T, bool>)
        return "bool";
    else if constexpr (std::is_same_v<T, std::int64_t>)
        return "std::int64_t";
    else if constexpr (std::is_same_v<T, std::uint64_t>)
        return "std::uint64_t";
    else if constexpr (std::is_same_v<T, float>)
        return "float";
    else if constexpr (std::is_same_v<T, double>)
        return "double";
    else if constexpr (std::is_same_v<T, date>)
        return "sluice::date";
    else if constexpr (std::is_same_v<T, time>)
        return "sluice::time";
    else if constexpr (std::is_same_v<T, timestamp>)
        return "sluice::timestamp";
    else
        return "std::string_view";
}

}  // namespace detail

// A column as a range of T: a stored type, std::string_view, or std::optional of one of these.
template <class T>
class column_view {
    static constexpr bool optional = requires { typename T::value_type; }
    &&!std::is_same_v<T, std::string_view>;
    template <class U>
    struct stored_type {
        using type = U;
    };
    template <class U>
    struct stored_type<std::optional<U>> {
        using type = U;
    };

public:
    using stored = typename stored_type<T>::type;
    static_assert(
        detail::is_stored_scalar<stored> || std::is_same_v<stored, std::string_view>,
        "sluice: columns are read as bool, std::int64_t, std::uint64_t, float, double, date, time, timestamp, "
        "std::string_view or std::optional of these; narrower types come from a row: batch[i].get<int>(0).");

    class iterator {
    public:
        using value_type = T;
        using difference_type = std::ptrdiff_t;
        iterator() = default;
        iterator(const column_view* view, std::size_t row) noexcept : view_(view), row_(row) {}
        [[nodiscard]] T operator*() const noexcept { return (*view_)[row_]; }
        iterator& operator++() noexcept {
            ++row_;
            return *this;
        }
        iterator operator++(int) noexcept {
            auto old = *this;
            ++row_;
            return old;
        }
        friend bool operator==(const iterator& a, const iterator& b) noexcept { return a.row_ == b.row_; }

    private:
        const column_view* view_ = nullptr;
        std::size_t row_ = 0;
    };

    column_view(std::shared_ptr<const protocol::batch_storage> storage, std::size_t column) noexcept
        : storage_(std::move(storage)),
          lengths_(storage_->lengths(column)),
          data_(storage_->data(column)),
          column_(column) {}

    [[nodiscard]] std::size_t size() const noexcept { return storage_->rows(); }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    [[nodiscard]] bool is_null(std::size_t row) const noexcept { return lengths_[row] < 0; }
    // REQUIRES: row < size().
    [[nodiscard]] T operator[](std::size_t row) const noexcept {
        if constexpr (optional) {
            if (is_null(row)) return std::nullopt;
        }
        if constexpr (std::is_same_v<stored, std::string_view>)
            return T(storage_->cell(row, column_));
        else
            return T(reinterpret_cast<const stored*>(data_)[row]);
    }
    [[nodiscard]] iterator begin() const noexcept { return {this, 0}; }
    [[nodiscard]] iterator end() const noexcept { return {this, size()}; }

private:
    std::shared_ptr<const protocol::batch_storage> storage_;
    const std::int64_t* lengths_;
    const std::byte* data_;
    std::size_t column_;
};

class row_view;

class SLUICE_EXPORT batch {
public:
    batch() = default;  // no rows, no columns
    explicit batch(std::shared_ptr<const protocol::batch_storage> storage, std::uint64_t first_row = 0,
                   sluice::timings t = {}) noexcept
        : storage_(std::move(storage)), first_row_(first_row), timings_(t) {}

    [[nodiscard]] std::size_t rows() const noexcept { return storage_ ? storage_->rows() : 0; }
    [[nodiscard]] bool empty() const noexcept { return rows() == 0; }
    [[nodiscard]] const schema& columns() const noexcept;
    // The number of this batch's first row within its result, from 0.
    [[nodiscard]] std::uint64_t first_row() const noexcept { return first_row_; }
    [[nodiscard]] const sluice::timings& timings() const noexcept { return timings_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return storage_ ? storage_->bytes() : 0; }

    // A column as a range. Throws database_error(type_mismatch) where it is stored otherwise, is not there, or holds a
    // NULL and T is not optional.
    template <class T>
    [[nodiscard]] column_view<T> column(std::size_t i) const {
        using view = column_view<T>;
        require_column<typename view::stored>(i, !std::is_same_v<T, typename view::stored>);
        return view(storage_, i);
    }

    // The cells of a fixed-type column, contiguous; those of NULLs are unspecified. Throws as column() does, NULLs
    // apart.
    template <class T>
    requires detail::is_stored_scalar<T>
    [[nodiscard]] std::span<const T> values(std::size_t i) const {
        require_column<T>(i, true);
        return {reinterpret_cast<const T*>(storage_->data(i)), rows()};
    }
    // For each row the bytes of its cell, or -1 for NULL. REQUIRES: i < columns().size().
    [[nodiscard]] std::span<const std::int64_t> lengths(std::size_t i) const noexcept {
        return {storage_->lengths(i), rows()};
    }
    [[nodiscard]] bool is_null(std::size_t row, std::size_t i) const noexcept { return storage_->lengths(i)[row] < 0; }

    // REQUIRES: row < rows().
    [[nodiscard]] row_view operator[](std::size_t row) const noexcept;

    // A copy that holds no byte more than its cells need: for batches that are kept.
    [[nodiscard]] batch compact() const;

    [[nodiscard]] const std::shared_ptr<const protocol::batch_storage>& storage() const noexcept { return storage_; }

private:
    template <class T>
    void require_column(std::size_t i, bool nulls_allowed) const {
        if (i >= columns().size() || !detail::is_stored_as<T>(columns()[i].type))
            detail::throw_column_mismatch(columns(), i, detail::stored_name<T>(), -1);
        if (nulls_allowed) return;
        if (const std::int64_t row = first_null(i); row >= 0)
            detail::throw_column_mismatch(columns(), i, detail::stored_name<T>(),
                                          row + static_cast<std::int64_t>(first_row_));
    }
    [[nodiscard]] std::int64_t first_null(std::size_t i) const noexcept;

    std::shared_ptr<const protocol::batch_storage> storage_;
    std::uint64_t first_row_ = 0;
    sluice::timings timings_;
};

}  // namespace sluice
