#include "cell_value.hpp"
#include "column_text.hpp"

#include <sluice/protocol/row.hpp>

#include <string>
#include <type_traits>

namespace sluice::detail {

namespace {

template <class T>
constexpr bool is_text = std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>;
template <class T>
constexpr bool is_moment = std::is_same_v<T, date> || std::is_same_v<T, time> || std::is_same_v<T, timestamp>;

// The table in row.hpp.
template <class T>
bool takes(const column& from) noexcept {
    using enum column_type;
    const column_type type = from.type;
    if (from.dynamic && type == text) return !std::is_same_v<T, bytes>;
    const bool whole = type == int64 || type == uint64;
    if constexpr (std::is_same_v<T, bool> || is_whole<T>)
        return whole || type == boolean;
    else if constexpr (std::is_floating_point_v<T>)
        return whole || type == float32 || type == float64;
    else if constexpr (std::is_same_v<T, sluice::decimal>)
        return whole || type == column_type::decimal;
    else if constexpr (is_text<T>)
        return type == text || type == column_type::decimal;
    else
        return type == column_type_of<T>();
}

struct place {
    const batch& from;
    std::size_t row;
    std::size_t column;
    std::string_view wanted;

    [[nodiscard]] const sluice::column& described() const noexcept { return from.columns()[column]; }
    [[nodiscard]] std::int64_t number() const noexcept { return static_cast<std::int64_t>(from.first_row() + row); }
    [[nodiscard]] std::string_view text() const noexcept { return from.storage()->cell(row, column); }
    template <class T>
    [[nodiscard]] const T& fixed() const noexcept {
        return reinterpret_cast<const T*>(from.storage()->data(column))[row];
    }
};

error no_column(const place& at) {
    return no_column_number(at.from.columns(), at.column, at.number());
}

// The text never quotes the cell: it may be what must not reach a log.
error cell_error(const place& at, std::string_view problem) {
    std::string text = describe_column(at.from.columns(), at.column);
    text.append(", row ").append(std::to_string(at.number())).append(": ").append(problem);
    return mismatch(std::move(text), at.number(), static_cast<std::int64_t>(at.column));
}

error null_error(const place& at) {
    return cell_error(at, "NULL cannot be read as " + std::string(at.wanted) + ": read it as std::optional<" +
                              std::string(at.wanted) + ">");
}

error type_error(const place& at) {
    const std::string_view natural = at.described().dynamic ? "text" : natural_type(at.described().type);
    return cell_error(at, "cannot be read as " + std::string(at.wanted) + ": read it as " + std::string(natural));
}

template <class T>
std::string range_of() {
    using limits = std::numeric_limits<T>;
    if constexpr (std::is_same_v<T, bool>)
        return "0 to 1";
    else if constexpr (is_whole<T>)
        return std::to_string(limits::min()) + " to " + std::to_string(limits::max());
    else if constexpr (std::is_same_v<T, float>)
        return "-3.4e38 to 3.4e38";
    else
        return "-1.8e308 to 1.8e308";
}

template <class T>
error value_error(const place& at, trouble what) {
    const std::string wanted(at.wanted);
    if constexpr (std::is_arithmetic_v<T>) {
        if (what == trouble::out_of_range)
            return cell_error(at, "the value is out of the range of " + wanted + ", " + range_of<T>());
        if (what == trouble::inexact)
            return cell_error(at, "the value is not exactly a " + wanted + ": read it as a wider type");
    }
    if (is_variable(at.described().type)) return cell_error(at, "the text cannot be read as " + wanted);
    return cell_error(at, "the cell holds no valid " + wanted);
}

template <class T>
attempt<T> number_at(const place& at) {
    switch (at.described().type) {
        case column_type::boolean:
            return from_whole<T>(at.fixed<std::uint8_t>() != 0 ? 1 : 0);
        case column_type::uint64:
            return from_whole<T>(at.fixed<std::uint64_t>());
        case column_type::float32:
            if constexpr (std::is_floating_point_v<T>) return {static_cast<T>(at.fixed<float>()), trouble::none};
            break;
        case column_type::float64:
            if constexpr (std::is_same_v<T, float>)
                return from_double(at.fixed<double>());
            else if constexpr (std::is_same_v<T, double>)
                return {at.fixed<double>(), trouble::none};
            break;
        default:
            break;
    }
    return from_whole<T>(at.fixed<std::int64_t>());
}

attempt<decimal> decimal_at(const place& at) {
    switch (at.described().type) {
        case column_type::int64:
            return {decimal(at.fixed<std::int64_t>()), trouble::none};
        case column_type::uint64:
            return {decimal(at.fixed<std::uint64_t>()), trouble::none};
        default:
            return from_text<decimal>(at.text());
    }
}

attempt<bytes> bytes_at(const place& at) {
    const std::string_view cell = at.text();
    const auto* first = reinterpret_cast<const std::byte*>(cell.data());
    return {bytes(first, first + cell.size()), trouble::none};
}

// REQUIRES: a column that takes<T>() accepts, not NULL.
template <class T>
attempt<T> value_at(const place& at) {
    const bool parsed = at.described().dynamic && at.described().type == column_type::text;
    if constexpr (std::is_same_v<T, bytes>)
        return bytes_at(at);
    else if constexpr (is_text<T>)
        return {T(at.text()), trouble::none};
    else if (parsed)
        return from_text<T>(at.text());
    else if constexpr (std::is_same_v<T, decimal>)
        return decimal_at(at);
    else if constexpr (is_moment<T>)
        return {at.fixed<T>(), is_valid(at.fixed<T>()) ? trouble::none : trouble::malformed};
    else
        return number_at<T>(at);
}

template <class T>
result<T> read(const place& at) {
    if (at.column >= at.from.columns().size()) return no_column(at);
    if (!takes<T>(at.described())) return type_error(at);
    if (at.from.is_null(at.row, at.column)) return null_error(at);
    attempt<T> made = value_at<T>(at);
    if (made.what != trouble::none) return value_error<T>(at, made.what);
    return std::move(made.value);
}

}  // namespace

#define SLUICE_CELL(T, NAME)                                                         \
    template <>                                                                      \
    result<T> read_cell<T>(const batch& from, std::size_t row, std::size_t column) { \
        return read<T>(place{from, row, column, NAME});                              \
    }                                                                                \
    template <>                                                                      \
    bool can_read<T>(const column& from) noexcept {                                  \
        return takes<T>(from);                                                       \
    }
SLUICE_CELL(bool, "bool")
SLUICE_CELL(signed char, "signed char")
SLUICE_CELL(unsigned char, "unsigned char")
SLUICE_CELL(short, "short")
SLUICE_CELL(unsigned short, "unsigned short")
SLUICE_CELL(int, "int")
SLUICE_CELL(unsigned int, "unsigned int")
SLUICE_CELL(long, "long")
SLUICE_CELL(unsigned long, "unsigned long")
SLUICE_CELL(long long, "long long")
SLUICE_CELL(unsigned long long, "unsigned long long")
SLUICE_CELL(float, "float")
SLUICE_CELL(double, "double")
SLUICE_CELL(decimal, "sluice::decimal")
SLUICE_CELL(std::string, "std::string")
SLUICE_CELL(std::string_view, "std::string_view")
SLUICE_CELL(bytes, "sluice::bytes")
SLUICE_CELL(date, "sluice::date")
SLUICE_CELL(time, "sluice::time")
SLUICE_CELL(timestamp, "sluice::timestamp")
#undef SLUICE_CELL

}  // namespace sluice::detail
