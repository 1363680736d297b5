#include "parameters.hpp"

#include "failure.hpp"
#include "utf8.hpp"

#include <sluice/protocol/limits.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace sluice::odbc {
namespace {

// Longer text is told as SQL_LONGVARCHAR.
constexpr std::size_t varchar_bytes_max = 4'000;
constexpr SQLSMALLINT timestamp_digits_max = 9;

// Makes the parameter of one value.
class maker {
public:
    maker(const driver_profile& profile, std::size_t index) noexcept : profile_(profile), index_(index) {}

    result<bound_parameter> operator()(const null_value& v) const;
    result<bound_parameter> operator()(bool v) const {
        return fixed(static_cast<SQLCHAR>(v ? 1 : 0), SQL_C_BIT, SQL_BIT, 1);
    }
    result<bound_parameter> operator()(std::int64_t v) const {
        return fixed(static_cast<SQLBIGINT>(v), SQL_C_SBIGINT, SQL_BIGINT, 19);
    }
    result<bound_parameter> operator()(std::uint64_t v) const;
    // As a double it is the same number, and no driver prints it with too few digits.
    result<bound_parameter> operator()(float v) const { return (*this)(static_cast<double>(v)); }
    result<bound_parameter> operator()(double v) const;
    result<bound_parameter> operator()(const decimal& v) const;
    result<bound_parameter> operator()(const std::string& v) const;
    result<bound_parameter> operator()(const bytes& v) const;
    result<bound_parameter> operator()(const date& v) const;
    result<bound_parameter> operator()(const time& v) const;
    result<bound_parameter> operator()(const timestamp& v) const;
    [[nodiscard]] std::optional<error> wrong_with(std::string_view text) const;
    [[nodiscard]] std::optional<error> wrong_with(const decimal&, const decimal_shape&) const;
    [[nodiscard]] std::optional<error> wrong_with(double) const;
    [[nodiscard]] std::optional<error> wrong_with(const date&) const;
    [[nodiscard]] std::optional<error> wrong_with(const time&) const;
    [[nodiscard]] std::optional<error> wrong_with(const timestamp&) const;

private:
    [[nodiscard]] error wrong(errc code, std::string_view what) const {
        std::string text = "parameter " + std::to_string(index_ + 1) + ": ";
        error_record record;
        record.code = code;
        record.message = text.append(what);
        record.session = session_state::usable;
        record.column = static_cast<std::int32_t>(index_);
        return error(std::move(record));
    }
    [[nodiscard]] bool too_fine(std::uint32_t nanosecond) const noexcept {
        if (nanosecond == 0) return false;
        std::uint32_t unit = 1;
        for (int i = profile_.fraction_digits; i < 9; ++i) unit *= 10;
        return nanosecond % unit != 0;
    }
    [[nodiscard]] error too_fine_error() const {
        return wrong(errc::data, "the server keeps " + std::to_string(profile_.fraction_digits) +
                                     " digits of a second's fraction, the value has more: round it first");
    }
    template <class T>
    [[nodiscard]] static bound_parameter fixed(const T& v, SQLSMALLINT c_type, SQLSMALLINT sql_type, SQLULEN size,
                                               SQLSMALLINT digits = 0) {
        static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(bound_parameter::fixed));
        bound_parameter made;
        made.c_type = c_type;
        made.sql_type = sql_type;
        made.size = size;
        made.digits = digits;
        made.length = static_cast<SQLLEN>(sizeof(T));
        std::memcpy(made.fixed.data(), &v, sizeof(T));
        return made;
    }
    [[nodiscard]] static bound_parameter text(std::string made_text, SQLSMALLINT sql_type, SQLSMALLINT digits = 0) {
        bound_parameter made;
        made.sql_type = sql_type;
        made.size = std::max<SQLULEN>(made_text.size(), 1);
        made.digits = digits;
        made.length = static_cast<SQLLEN>(made_text.size());
        made.made = std::move(made_text);
        return made;
    }

    const driver_profile& profile_;
    std::size_t index_;
};

std::string named(const driver_profile& profile, std::string_view what) {
    return std::string(what).append(" (driver profile ").append(profile.name).append(")");
}

result<bound_parameter> maker::operator()(const null_value& v) const {
    bound_parameter made;
    const auto tell = [&](SQLSMALLINT c_type, SQLSMALLINT sql_type, SQLULEN size, SQLSMALLINT digits = 0) {
        made.c_type = c_type;
        made.sql_type = sql_type;
        made.size = size;
        made.digits = digits;
    };
    const bool as_text = profile_.dates == date_form::text;
    switch (v.type) {
        case column_type::boolean:
            tell(SQL_C_BIT, SQL_BIT, 1);
            break;
        case column_type::int64:
            tell(SQL_C_SBIGINT, SQL_BIGINT, 19);
            break;
        case column_type::uint64:
            tell(SQL_C_SBIGINT, SQL_BIGINT, 20);
            break;
        case column_type::float32:
        case column_type::float64:
            tell(SQL_C_DOUBLE, SQL_DOUBLE, 15);
            break;
        case column_type::decimal:
            tell(SQL_C_CHAR, profile_.decimal_type, 38);
            break;
        case column_type::text:
            break;
        case column_type::binary:
            tell(SQL_C_BINARY, SQL_VARBINARY, 1);
            break;
        case column_type::date:
            if (!as_text) tell(SQL_C_TYPE_DATE, SQL_TYPE_DATE, 10);
            break;
        case column_type::time:
            if (profile_.times == time_form::type_time) tell(SQL_C_TYPE_TIME, SQL_TYPE_TIME, 8);
            break;
        case column_type::timestamp:
            if (!as_text) tell(SQL_C_TYPE_TIMESTAMP, SQL_TYPE_TIMESTAMP, 19);
            break;
    }
    return made;
}

result<bound_parameter> maker::operator()(std::uint64_t v) const {
    if (v <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return (*this)(static_cast<std::int64_t>(v));
    switch (profile_.large_unsigned) {
        case unsigned_form::native:
            return fixed(static_cast<SQLUBIGINT>(v), SQL_C_UBIGINT, SQL_BIGINT, 20);
        case unsigned_form::decimal_text:
            return text(std::to_string(v), SQL_DECIMAL);
        case unsigned_form::refused:
            break;
    }
    return wrong(errc::unsupported,
                 named(profile_, "uint64: there is no whole number above 9223372036854775807; pass a decimal or text"));
}

std::optional<error> maker::wrong_with(double v) const {
    if (std::isnan(v) && !profile_.has_nan)
        return wrong(errc::unsupported, named(profile_, "double: the server has no NaN"));
    if (std::isinf(v) && !profile_.has_infinity)
        return wrong(errc::unsupported, named(profile_, "double: the server has no infinity"));
    return std::nullopt;
}

result<bound_parameter> maker::operator()(double v) const {
    if (auto no = wrong_with(v)) return std::move(*no);
    return fixed(static_cast<SQLDOUBLE>(v), SQL_C_DOUBLE, SQL_DOUBLE, 15);
}

std::optional<error> maker::wrong_with(const decimal& v, const decimal_shape& shape) const {
    if (v.str().size() > limits::value_bytes_max) return wrong(errc::too_large, "the decimal is too long");
    if (shape.precision == 0 && !profile_.has_nan)
        return wrong(errc::unsupported, named(profile_, "decimal: the server has neither NaN nor infinity"));
    return std::nullopt;
}

result<bound_parameter> maker::operator()(const decimal& v) const {
    const decimal_shape shape = shape_of(v);
    if (auto no = wrong_with(v, shape)) return std::move(*no);
    auto made = text(v.str(), profile_.decimal_type, shape.digits());
    made.size = shape.size(profile_, v);
    return made;
}

std::optional<error> maker::wrong_with(std::string_view v) const {
    if (v.size() > limits::value_bytes_max) return wrong(errc::too_large, "the text is longer than 1 GiB");
    if (!profile_.text_may_hold_nul && v.find('\0') != std::string_view::npos)
        return wrong(errc::data, named(profile_, "text with a NUL: the driver would cut it there; pass sluice::bytes"));
    if (!is_utf8(v)) return wrong(errc::data, "the text is not UTF-8; pass sluice::bytes for other bytes");
    return std::nullopt;
}

result<bound_parameter> maker::operator()(const std::string& v) const {
    if (auto no = wrong_with(v)) return std::move(*no);
    bound_parameter made;
    made.sql_type = v.size() <= varchar_bytes_max ? SQL_VARCHAR : SQL_LONGVARCHAR;
    made.size = std::max<SQLULEN>(v.size(), 1);
    made.length = static_cast<SQLLEN>(v.size());
    made.given = v.c_str();
    return made;
}

result<bound_parameter> maker::operator()(const bytes& v) const {
    if (v.size() > limits::value_bytes_max) return wrong(errc::too_large, "the binary is longer than 1 GiB");
    bound_parameter made;
    made.c_type = SQL_C_BINARY;
    made.sql_type = v.size() <= varchar_bytes_max ? SQL_VARBINARY : SQL_LONGVARBINARY;
    made.size = std::max<SQLULEN>(v.size(), 1);
    made.length = static_cast<SQLLEN>(v.size());
    if (!v.empty()) made.given = v.data();
    return made;
}

std::optional<error> maker::wrong_with(const date& v) const {
    if (is_valid(v)) return std::nullopt;
    return wrong(errc::data, "there is no such date in the years 1 to 9999");
}

result<bound_parameter> maker::operator()(const date& v) const {
    if (auto no = wrong_with(v)) return std::move(*no);
    if (profile_.dates == date_form::text) return text(to_string(v), SQL_VARCHAR);
    return fixed(SQL_DATE_STRUCT{v.year, v.month, v.day}, SQL_C_TYPE_DATE, SQL_TYPE_DATE, 10);
}

std::optional<error> maker::wrong_with(const time& v) const {
    if (!is_valid(v)) return wrong(errc::data, "there is no such time");
    if (too_fine(v.nanosecond)) return too_fine_error();
    return std::nullopt;
}

result<bound_parameter> maker::operator()(const time& v) const {
    if (auto no = wrong_with(v)) return std::move(*no);
    if (profile_.times == time_form::varchar) return text(to_string(v), SQL_VARCHAR);
    if (v.nanosecond == 0) return fixed(SQL_TIME_STRUCT{v.hour, v.minute, v.second}, SQL_C_TYPE_TIME, SQL_TYPE_TIME, 8);
    return text(to_string(v), SQL_TYPE_TIME, timestamp_digits_max);
}

std::optional<error> maker::wrong_with(const timestamp& v) const {
    if (!is_valid(v)) return wrong(errc::data, "there is no such timestamp in the years 1 to 9999");
    if (too_fine(v.nanosecond)) return too_fine_error();
    return std::nullopt;
}

result<bound_parameter> maker::operator()(const timestamp& v) const {
    if (auto no = wrong_with(v)) return std::move(*no);
    if (profile_.dates == date_form::text) return text(to_string(v), SQL_VARCHAR);
    SQL_TIMESTAMP_STRUCT made{v.year, v.month, v.day, v.hour, v.minute, v.second, v.nanosecond};
    const auto digits = static_cast<SQLSMALLINT>(profile_.fraction_digits);
    if (v.nanosecond == 0) return fixed(made, SQL_C_TYPE_TIMESTAMP, SQL_TYPE_TIMESTAMP, 19);
    return fixed(made, SQL_C_TYPE_TIMESTAMP, SQL_TYPE_TIMESTAMP, static_cast<SQLULEN>(20 + digits), digits);
}

}  // namespace

result<bound_parameter> make_parameter(const driver_profile& profile, const value& from, std::size_t index) {
    return std::visit(maker(profile, index), from);
}

decimal_shape shape_of(const decimal& v) noexcept {
    decimal_shape made;
    bool behind_point = false;
    for (const char c : v.str()) {
        if (c == 'e' || c == 'E') break;
        if (behind_point) ++made.scale;
        if (c >= '0' && c <= '9') ++made.precision;
        if (c == '.') behind_point = true;
    }
    return made;
}

SQLSMALLINT decimal_shape::digits() const noexcept {
    return static_cast<SQLSMALLINT>(std::min<std::size_t>(scale, 1'000));
}

SQLULEN decimal_shape::size(const driver_profile& profile, const decimal& v) const noexcept {
    return std::max<SQLULEN>(profile.decimal_type == SQL_VARCHAR ? v.str().size() : precision, 1);
}

std::optional<error> wrong_with(const driver_profile& profile, std::string_view v, std::size_t index) {
    return maker(profile, index).wrong_with(v);
}
std::optional<error> wrong_with(const driver_profile& profile, const decimal& v, const decimal_shape& shape,
                                std::size_t index) {
    return maker(profile, index).wrong_with(v, shape);
}
std::optional<error> wrong_with(const driver_profile& profile, double v, std::size_t index) {
    return maker(profile, index).wrong_with(v);
}
std::optional<error> wrong_with(const driver_profile& profile, const date& v, std::size_t index) {
    return maker(profile, index).wrong_with(v);
}
std::optional<error> wrong_with(const driver_profile& profile, const time& v, std::size_t index) {
    return maker(profile, index).wrong_with(v);
}
std::optional<error> wrong_with(const driver_profile& profile, const timestamp& v, std::size_t index) {
    return maker(profile, index).wrong_with(v);
}

result<std::vector<bound_parameter>> make_parameters(const driver_profile& profile, const args& from) {
    if (from.is_named())  // their order is not that of the statement
        return refused(errc::invalid_argument, "named parameters are for statements with :name in them");
    std::vector<bound_parameter> made;
    made.reserve(from.size());
    for (std::size_t i = 0; i < from.size(); ++i) {
        auto one = make_parameter(profile, from[i], i);
        if (!one) return std::move(one).error();
        made.push_back(std::move(*one));
    }
    return made;
}

std::size_t fixed_bytes(const bound_parameter& p) noexcept {
    switch (p.c_type) {
        case SQL_C_BIT:
            return sizeof(SQLCHAR);
        case SQL_C_SBIGINT:
        case SQL_C_UBIGINT:
            return sizeof(SQLBIGINT);
        case SQL_C_DOUBLE:
            return sizeof(SQLDOUBLE);
        case SQL_C_TYPE_DATE:
            return sizeof(SQL_DATE_STRUCT);
        case SQL_C_TYPE_TIME:
            return sizeof(SQL_TIME_STRUCT);
        case SQL_C_TYPE_TIMESTAMP:
            return sizeof(SQL_TIMESTAMP_STRUCT);
        default:
            return 0;
    }
}

std::string prepared_key(const std::string& sql, const std::vector<bound_parameter>& parameters) {
    std::string key;
    key.reserve(sql.size() + 1 + parameters.size() * 2 * sizeof(SQLSMALLINT));
    key.append(sql).push_back('\0');
    for (const bound_parameter& p : parameters)
        for (const SQLSMALLINT type : {p.c_type, p.sql_type}) {
            std::array<char, sizeof type> bytes{};
            std::memcpy(bytes.data(), &type, sizeof type);
            key.append(bytes.data(), bytes.size());
        }
    return key;
}

}  // namespace sluice::odbc
