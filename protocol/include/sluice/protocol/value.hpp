#pragma once
// One parameter of a statement, and the list of them. Everything is owned: a request holds no pointer of its caller.
//
//   db.query("select name from item where id = ? and kind = ?", sluice::args(42, "bolt"));
//
// Threads: values; any thread.

#include <sluice/protocol/config.hpp>
#include <sluice/protocol/date_time.hpp>
#include <sluice/protocol/decimal.hpp>
#include <sluice/protocol/schema.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace sluice {

using bytes = std::vector<std::byte>;

// NULL, with the type that the server is told.
struct null_value {
    column_type type = column_type::text;
    friend bool operator==(const null_value&, const null_value&) = default;
};

// Whole numbers are widened to 64 bits.
using value = std::variant<null_value, bool, std::int64_t, std::uint64_t, float, double, decimal, std::string, bytes,
                           date, time, timestamp>;

namespace detail {
template <class T>
inline constexpr bool is_character =
    std::is_same_v<T, char> || std::is_same_v<T, wchar_t> || std::is_same_v<T, char8_t> ||
    std::is_same_v<T, char16_t> || std::is_same_v<T, char32_t>;
}

// The column_type in which a C++ type travels. Defined for every type that can be a parameter or a field.
template <class T>
inline constexpr bool is_field_scalar =
    std::is_same_v<T, bool> || (std::is_integral_v<T> && !detail::is_character<T>) || std::is_same_v<T, float> ||
    std::is_same_v<T, double> || std::is_same_v<T, decimal> || std::is_same_v<T, std::string> ||
    std::is_same_v<T, bytes> || std::is_same_v<T, date> || std::is_same_v<T, time> || std::is_same_v<T, timestamp>;

template <class T>
requires is_field_scalar<T>
[[nodiscard]] constexpr column_type column_type_of() noexcept {
    if constexpr (std::is_same_v<T, bool>)
        return column_type::boolean;
    else if constexpr (std::is_integral_v<T>)
        return std::is_unsigned_v<T> && sizeof(T) == 8 ? column_type::uint64 : column_type::int64;
    else if constexpr (std::is_same_v<T, float>)
        return column_type::float32;
    else if constexpr (std::is_same_v<T, double>)
        return column_type::float64;
    else if constexpr (std::is_same_v<T, decimal>)
        return column_type::decimal;
    else if constexpr (std::is_same_v<T, std::string>)
        return column_type::text;
    else if constexpr (std::is_same_v<T, bytes>)
        return column_type::binary;
    else if constexpr (std::is_same_v<T, date>)
        return column_type::date;
    else if constexpr (std::is_same_v<T, time>)
        return column_type::time;
    else
        return column_type::timestamp;
}

// A typed NULL: sluice::args(sluice::null_of<int>()).
template <class T>
[[nodiscard]] constexpr null_value null_of() noexcept {
    return null_value{column_type_of<T>()};
}

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
[[nodiscard]] value make_value(T&& from) {
    using type = std::remove_cvref_t<T>;
    if constexpr (is_optional<type>) {
        if (!from) return value(null_of<typename type::value_type>());
        return make_value(*std::forward<T>(from));
    } else if constexpr (std::is_same_v<type, value> || std::is_same_v<type, null_value>) {
        return value(std::forward<T>(from));
    } else if constexpr (std::is_same_v<type, bool>) {
        return value(std::in_place_type<bool>, from);
    } else if constexpr (std::is_null_pointer_v<type>) {
        static_assert(!std::is_null_pointer_v<type>,
                      "sluice: a NULL parameter has a type: write sluice::null_of<int>()");
    } else if constexpr (std::is_convertible_v<T, std::string_view>) {
        if constexpr (std::is_same_v<type, std::string>)
            return value(std::in_place_type<std::string>, std::forward<T>(from));
        else
            return value(std::in_place_type<std::string>, std::string_view(from));
    } else if constexpr (is_field_scalar<type> && std::is_integral_v<type>) {
        if constexpr (column_type_of<type>() == column_type::uint64)
            return value(std::in_place_type<std::uint64_t>, from);
        else
            return value(std::in_place_type<std::int64_t>, static_cast<std::int64_t>(from));
    } else if constexpr (is_field_scalar<type>) {
        return value(std::in_place_type<type>, std::forward<T>(from));
    } else if constexpr (std::is_convertible_v<T, std::span<const std::byte>>) {
        const std::span<const std::byte> view(from);
        return value(std::in_place_type<bytes>, view.begin(), view.end());
    } else {
        static_assert(
            is_field_scalar<type>,
            "sluice: this type cannot be a parameter. Possible are bool, the integers, float, double, sluice::decimal, "
            "std::string(_view), sluice::bytes, date, time, timestamp, std::optional of these, and null_of<T>().");
    }
}

}  // namespace detail

// What a parameter is for. A procedure gives those that are `out` and `in_out` a value of its own: docs/parameters.md.
enum class direction : std::uint8_t { in, out, in_out };

namespace detail {

class directed {
public:
    directed(direction to, value from) : way(to), given(std::move(from)) {}
    direction way;
    value given;
};

}  // namespace detail

// A parameter that brings a value back and takes none with it. T is what the server is told, not what comes back.
template <class T>
[[nodiscard]] detail::directed out() {
    return {direction::out, value(null_of<T>())};
}
// One that takes a value with it and brings one back.
template <class T>
[[nodiscard]] detail::directed in_out(T&& from) {
    return {direction::in_out, detail::make_value(std::forward<T>(from))};
}

class args {
public:
    args() = default;
    // Each argument is one parameter, in order: see make_value for what it may be; or out() or in_out() of it.
    template <class... T>
    requires(sizeof...(T) > 0 && (!std::same_as<std::remove_cvref_t<T>, args> && ...)) explicit args(T&&... from) {
        values_.reserve(sizeof...(T));
        (add(std::forward<T>(from)), ...);
    }
    // For parameters whose number is known only at run time.
    [[nodiscard]] static args from(std::vector<value> values) {
        args made;
        made.values_ = std::move(values);
        return made;
    }

    // For named parameters whose number is known only at run time: each name with the value at its place.
    [[nodiscard]] static args from(std::vector<std::string> names, std::vector<value> values) {
        args made;
        made.values_ = std::move(values);
        made.names_ = std::move(names);
        made.named_ = true;
        return made;
    }

    // For directions that are known only at run time. Throws std::out_of_range where there is no such parameter.
    void direct(std::size_t at, direction way) {
        if (at >= size()) throw std::out_of_range("sluice::args::direct: there is no such parameter");
        directions_.resize(size(), direction::in);
        directions_[at] = way;
    }
    [[nodiscard]] direction direction_of(std::size_t at) const noexcept {
        return at < directions_.size() ? directions_[at] : direction::in;
    }
    // How many bring a value back.
    [[nodiscard]] std::size_t outputs() const noexcept {
        std::size_t count = 0;
        for (const direction way : directions_) count += way == direction::in ? 0 : 1;
        return count;
    }

    // Do they belong to `:name` in the statement, rather than to `?` in its order?
    [[nodiscard]] bool is_named() const noexcept { return named_; }
    [[nodiscard]] std::span<const std::string> names() const noexcept { return names_; }
    [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
    [[nodiscard]] bool empty() const noexcept { return values_.empty(); }
    [[nodiscard]] const value& operator[](std::size_t i) const noexcept { return values_[i]; }
    [[nodiscard]] std::span<const value> values() const noexcept { return values_; }

    // Adds one behind the others. All have names, or none has.
    template <class T>
    void add(T&& from) {
        if constexpr (std::is_same_v<std::remove_cvref_t<T>, detail::directed>) {
            values_.push_back(std::forward<T>(from).given);
            direct(values_.size() - 1, from.way);
        } else {
            values_.push_back(detail::make_value(std::forward<T>(from)));
        }
    }
    template <class T>
    void add(std::string_view name, T&& from) {
        add(std::forward<T>(from));
        names_.emplace_back(name);
        named_ = true;
    }

    friend bool operator==(const args&, const args&) = default;

private:
    std::vector<value> values_;
    std::vector<std::string> names_;
    std::vector<direction> directions_;  // those behind its end are in
    bool named_ = false;
};

namespace detail {

inline void add_named(args&) {}
template <class T, class... Rest>
void add_named(args& to, std::string_view name, T&& of, Rest&&... rest) {
    to.add(name, std::forward<T>(of));
    add_named(to, std::forward<Rest>(rest)...);
}

}  // namespace detail

// Values for `:name` in a statement, each name before its value: named_args("id", 42, "kind", "bolt"). A name may stand
// in the statement more than once. One that is missing, or that the statement does not have, is invalid_argument before
// anything is sent. What is a name in the text and what is not: see docs/parameters.md.
template <class... T>
[[nodiscard]] args named_args(T&&... names_and_values) {
    static_assert(sizeof...(T) % 2 == 0, "sluice: named_args takes a name before each value");
    args made = args::from(std::vector<std::string>(), std::vector<value>());
    detail::add_named(made, std::forward<T>(names_and_values)...);
    return made;
}

static_assert(!std::is_aggregate_v<args>);

}  // namespace sluice
