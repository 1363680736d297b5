#pragma once
// bulk_rows of rows, one after the other, where there are no columns yet. The values are copied; nothing is borrowed.
//
//   auto rows = sluice::bulk_rows_of("item", {"id", "name"}, items,       // a range of struct item
//                                    [](const item& i) { return std::tie(i.id, i.name); });
//   auto copy = sluice::bulk_rows_of("item", db.query("select ...").get());
//
// Threads: functions of values; any thread.

#include <sluice/protocol/bulk.hpp>
#include <sluice/protocol/row_set.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice {

namespace detail {

// As what a value is kept: what only points to its bytes as its own, bool so that it has cells.
template <class T>
[[nodiscard]] constexpr auto bulk_cell_type() {
    if constexpr (is_optional<T>) {
        return bulk_cell_type<typename T::value_type>();
    } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
        return std::type_identity<std::string>();
    } else if constexpr (!is_field_scalar<T> && std::is_convertible_v<const T&, std::span<const std::byte>>) {
        return std::type_identity<bytes>();
    } else {
        return std::type_identity<T>();
    }
}

template <class T>
class bulk_column_of {
    using bare = typename decltype(bulk_cell_type<T>())::type;
    using cell = std::conditional_t<is_optional<T> || std::is_same_v<bare, bool>, std::optional<bare>, bare>;

public:
    void reserve(std::size_t rows) { cells_.reserve(rows); }
    template <class From>
    void add(const From& from) {
        if constexpr (is_optional<T>) {
            if (from)
                cells_.push_back(kept(*from));
            else
                cells_.push_back(std::nullopt);
        } else {
            cells_.push_back(kept(from));
        }
    }
    void give_to(bulk_rows& rows, std::string name) { rows.column(std::move(name), std::move(cells_)); }

private:
    template <class From>
    [[nodiscard]] static cell kept(const From& from) {
        if constexpr (std::is_same_v<bare, bytes> && !std::is_same_v<From, bytes>) {
            const std::span<const std::byte> view(from);
            return bytes(view.begin(), view.end());
        } else if constexpr (std::is_same_v<bare, std::string> && std::is_array_v<From>) {
            return std::string(from, std::find(from, from + std::extent_v<From>, '\0'));
        } else if constexpr (std::is_same_v<bare, std::string>) {
            return std::string(std::string_view(from));
        } else {
            return from;
        }
    }

    std::vector<cell> cells_;
};

template <class Row>
class bulk_columns_of;
template <template <class...> class Tuple, class... Values>
class bulk_columns_of<Tuple<Values...>> {
public:
    void reserve(std::size_t rows) {
        std::apply([&](auto&... column) { (column.reserve(rows), ...); }, columns_);
    }
    void add(const Tuple<Values...>& row) { add(row, std::index_sequence_for<Values...>()); }
    void give_to(bulk_rows& rows, const char* const* names) {
        std::apply([&](auto&... column) { (column.give_to(rows, *names++), ...); }, columns_);
    }

private:
    template <std::size_t... I>
    void add(const Tuple<Values...>& row, std::index_sequence<I...>) {
        (std::get<I>(columns_).add(std::get<I>(row)), ...);
    }
    std::tuple<bulk_column_of<std::remove_cvref_t<Values>>...> columns_;
};

template <class T>
inline constexpr bool is_bulk_row = false;
template <class... T>
inline constexpr bool is_bulk_row<std::tuple<T...>> = true;
template <class A, class B>
inline constexpr bool is_bulk_row<std::pair<A, B>> = true;

template <class Rows, class Of>
using bulk_row = std::remove_cvref_t<std::invoke_result_t<Of&, decltype(*std::begin(std::declval<Rows&>()))>>;
template <class Row>
inline constexpr bool holds_values = requires(const Row& row) {
    requires std::is_same_v<std::remove_cvref_t<decltype(*std::begin(row))>, value>;
};

}  // namespace detail

// Of a range of anything that `of` makes a std::tuple or std::pair of; of tuples, where it is not passed. A value is
// anything that an argument can be, or std::optional of it.
template <std::size_t Columns, class Rows, class Of = std::identity>
requires(!detail::holds_values<detail::bulk_row<Rows, Of>>) [[nodiscard]] bulk_rows
    bulk_rows_of(std::string table, const char* const (&names)[Columns], Rows&& rows, Of of = {}) {
    using row = detail::bulk_row<Rows, Of>;
    static_assert(detail::is_bulk_row<row>,
                  "sluice: bulk_rows_of takes a range of std::tuple or std::pair, or a "
                  "function that makes one of each element");
    if constexpr (detail::is_bulk_row<row>) {
        static_assert(std::tuple_size_v<row> == Columns, "sluice: bulk_rows_of needs a name for each value of a row");
        detail::bulk_columns_of<row> columns;
        if constexpr (requires { std::size(rows); }) columns.reserve(std::size(rows));
        for (auto&& one : rows) columns.add(std::invoke(of, one));
        bulk_rows made(std::move(table));
        columns.give_to(made, names);
        return made;
    }
}

// Of a range of ranges of sluice::value, whose number and types are known at run time only. invalid_argument: a row,
// which is named, has another number of values than there are names.
template <class Rows>
requires detail::holds_values<detail::bulk_row<Rows, std::identity>>
[[nodiscard]] result<bulk_rows> bulk_rows_of(std::string table, const std::vector<std::string>& names, Rows&& rows) {
    std::vector<std::vector<value>> columns(names.size());
    std::size_t number = 0;
    for (auto&& row : rows) {
        if (std::size(row) != names.size())
            return error(errc::invalid_argument, "bulk_rows: row " + std::to_string(number) + " has " +
                                                     std::to_string(std::size(row)) + " values for " +
                                                     std::to_string(names.size()) + " columns");
        std::size_t column = 0;
        for (const value& one : row) columns[column++].push_back(one);
        ++number;
    }
    bulk_rows made(std::move(table));
    for (std::size_t i = 0; i < names.size(); ++i) made.column(names[i], std::move(columns[i]));
    return made;
}

// Of a result, or of a part of one that is streamed: into columns of the same names, in the types that they have here.
[[nodiscard]] SLUICE_EXPORT bulk_rows bulk_rows_of(std::string table, const row_set& rows);
[[nodiscard]] SLUICE_EXPORT bulk_rows bulk_rows_of(std::string table, const batch& rows);

}  // namespace sluice
