#pragma once
// One row of a batch, read cell by cell into the type that the caller wants, with a check.
//
//   int id = row.get<int>(0);
//   std::optional<std::string> name = row.get<std::optional<std::string>>("name");
//
// Wanted type           from a column of
// bool                  boolean; int64 or uint64 that is 0 or 1
// whole numbers         int64, uint64, boolean, if the value fits
// float, double         float32 (both), float64 (double; float if it fits without loss), whole numbers if exact
// decimal               decimal, whole numbers
// std::string(_view)    text, decimal
// bytes                 binary
// date, time, timestamp the same, if is_valid()
// Any of these but bytes is also read out of the text of a dynamic column (SQLite expressions).
//
// Threads: immutable; any thread. get() throws database_error(type_mismatch) with row and column; try_get() returns it.

#include <sluice/protocol/batch.hpp>
#include <sluice/protocol/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

namespace detail {

// One cell into one type; the definitions are in cell.cpp, once for each scalar of is_field_scalar and
// std::string_view.
template <class T>
[[nodiscard]] result<T> read_cell(const batch&, std::size_t row, std::size_t column);
// True where a column of this kind can be read as T at all: what query_as checks before the first row.
template <class T>
[[nodiscard]] bool can_read(const sluice::column&) noexcept;

#define SLUICE_FIELD(T)                                                           \
    template <>                                                                   \
    SLUICE_EXPORT result<T> read_cell<T>(const batch&, std::size_t, std::size_t); \
    template <>                                                                   \
    SLUICE_EXPORT bool can_read<T>(const sluice::column&) noexcept;
SLUICE_FIELD(bool)
SLUICE_FIELD(signed char)
SLUICE_FIELD(unsigned char)
SLUICE_FIELD(short)
SLUICE_FIELD(unsigned short)
SLUICE_FIELD(int)
SLUICE_FIELD(unsigned int)
SLUICE_FIELD(long)
SLUICE_FIELD(unsigned long)
SLUICE_FIELD(long long)
SLUICE_FIELD(unsigned long long)
SLUICE_FIELD(float)
SLUICE_FIELD(double)
SLUICE_FIELD(decimal)
SLUICE_FIELD(std::string)
SLUICE_FIELD(std::string_view)
SLUICE_FIELD(bytes)
SLUICE_FIELD(date)
SLUICE_FIELD(time)
SLUICE_FIELD(timestamp)
#undef SLUICE_FIELD

[[nodiscard]] SLUICE_EXPORT error no_such_column(const schema&, std::string_view name);

}  // namespace detail

class SLUICE_EXPORT row_view {
public:
    row_view(batch from, std::size_t row) noexcept : batch_(std::move(from)), row_(row) {}

    [[nodiscard]] std::size_t size() const noexcept { return batch_.columns().size(); }
    [[nodiscard]] const schema& columns() const noexcept { return batch_.columns(); }
    [[nodiscard]] std::uint64_t number() const noexcept { return batch_.first_row() + row_; }
    // REQUIRES: column < size().
    [[nodiscard]] bool is_null(std::size_t column) const noexcept { return batch_.is_null(row_, column); }

    template <class T>
    [[nodiscard]] result<T> try_get(std::size_t column) const {
        if constexpr (detail::is_optional<T>) {
            if (column < size() && is_null(column)) return T();
            auto cell = detail::read_cell<typename T::value_type>(batch_, row_, column);
            if (!cell) return std::move(cell).error();
            return T(std::move(*cell));
        } else {
            return detail::read_cell<T>(batch_, row_, column);
        }
    }
    template <class T>
    [[nodiscard]] result<T> try_get(std::string_view name) const {
        const auto i = columns().find(name);
        if (!i) return detail::no_such_column(columns(), name);
        return try_get<T>(*i);
    }
    template <class T>
    [[nodiscard]] T get(std::size_t column) const {
        return try_get<T>(column).value();
    }
    template <class T>
    [[nodiscard]] T get(std::string_view name) const {
        return try_get<T>(name).value();
    }

private:
    batch batch_;  // keeps what string_views point to
    std::size_t row_;
};

inline row_view batch::operator[](std::size_t row) const noexcept {
    return {*this, row};
}

}  // namespace sluice
