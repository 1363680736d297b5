#pragma once
// Rows as tuples or structs, by position:
//
//   struct item { int id; std::string name; std::optional<double> price; };
//   std::vector<item> items = db.query_as<item>("select id, name, price from item").get();
//
// A struct is an aggregate without base classes, at most as many fields as Boost.PFR can count, each of a type that
// row_view::get() knows. That the columns fit the fields is checked before the first row.
//
// Threads: functions of their arguments; any thread.

#include <sluice/protocol/row_set.hpp>

#include <boost/pfr/core.hpp>

#include <cstddef>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice {

namespace detail {

template <class T>
inline constexpr bool is_tuple = false;
template <class... T>
inline constexpr bool is_tuple<std::tuple<T...>> = true;

template <class T>
struct field_scalar {
    using type = T;
};
template <class T>
struct field_scalar<std::optional<T>> {
    using type = T;
};
template <class T>
inline constexpr bool is_field = is_field_scalar<typename field_scalar<T>::type>;

// Converts to the base classes of T and nothing else.
template <class T>
struct base_of {
    template <class B>
    requires(std::is_base_of_v<B, T> && !std::is_same_v<B, T>) operator B() const;
};
template <class T>
inline constexpr bool has_base = requires {
    T{base_of<T>()};
};

// As far as Boost.PFR counts. Tuples have no such bound.
inline constexpr std::size_t struct_fields_max = 100;

// The fields of T as a tuple of their types.
template <class T, class = void>
struct fields_of {
    static_assert(std::is_aggregate_v<T> && std::is_class_v<T> && !has_base<T>,
                  "sluice: query_as<T> takes a std::tuple or an aggregate struct (no constructors, no base classes, no "
                  "private members)");
    static_assert(!std::is_array_v<T>);
    static_assert(boost::pfr::tuple_size_v<T> <= struct_fields_max,
                  "sluice: query_as<T> takes structs of at most 100 fields; a std::tuple may have more");
    template <std::size_t... I>
    static auto probe(std::index_sequence<I...>) -> std::tuple<std::remove_cv_t<boost::pfr::tuple_element_t<I, T>>...>;
    using type = decltype(probe(std::make_index_sequence<boost::pfr::tuple_size_v<T>>()));
};
template <class... T>
struct fields_of<std::tuple<T...>> {
    using type = std::tuple<T...>;
};

template <class Fields>
struct field_list;
template <class... T>
struct field_list<std::tuple<T...>> {
    static_assert(sizeof...(T) > 0, "sluice: query_as<T> needs at least one field");
    static_assert(
        (is_field<T> && ...),
        "sluice: a field is of a type that no column can fill. Possible are bool, the integers, float, double, "
        "sluice::decimal, std::string, sluice::bytes, date, time, timestamp, and std::optional of these");
    static constexpr std::size_t size = sizeof...(T);
    // For each field whether a column of this kind can fill it.
    [[nodiscard]] static std::vector<bool (*)(const column&) noexcept> readers() {
        return {&can_read<typename field_scalar<T>::type>...};
    }
};

template <class T>
using fields = field_list<typename fields_of<T>::type>;

// The error that says what does not fit, or nothing.
using field_readers = std::vector<bool (*)(const column&) noexcept>;
[[nodiscard]] SLUICE_EXPORT std::optional<error> check_fields(const schema&, const field_readers&);

template <class T, class... F, std::size_t... I>
[[nodiscard]] result<T> read_record(const row_view& row, std::tuple<F...>*, std::index_sequence<I...>) {
    std::optional<error> failed;
    const auto read = [&]<class Field>(std::in_place_type_t<Field>, std::size_t i) -> Field {
        if (!failed) {
            auto cell = row.try_get<Field>(i);
            if (cell) return std::move(*cell);
            failed = std::move(cell).error();
        }
        return Field();
    };
    T made{read(std::in_place_type<F>, I)...};  // braces: in order
    if (failed) return *failed;
    return made;
}

}  // namespace detail

// All rows as T. type_mismatch with row and column where one doesn't fit.
template <class T>
[[nodiscard]] result<std::vector<T>> rows_as(const row_set& rows) {
    if (auto wrong = detail::check_fields(rows.columns(), detail::fields<T>::readers())) return *wrong;
    using fields = typename detail::fields_of<T>::type;
    std::vector<T> made;
    made.reserve(rows.size());
    for (auto row : rows) {
        auto record = detail::read_record<T>(row, static_cast<fields*>(nullptr),
                                             std::make_index_sequence<std::tuple_size_v<fields>>());
        if (!record) return std::move(record).error();
        made.push_back(std::move(*record));
    }
    return made;
}

}  // namespace sluice
