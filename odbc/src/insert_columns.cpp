#include "insert_columns.hpp"

#include "failure.hpp"

#include <sluice/protocol/limits.hpp>

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

namespace sluice::odbc {
namespace {

// Of a cell that is no text of the caller's: a number, a date, a time as text.
constexpr std::size_t cell_bytes_least = 32;

bool is_told_as(const bound_parameter& p, const bound_parameter& column) noexcept {
    return p.c_type == column.c_type && p.sql_type == column.sql_type;
}

// Whole words, and a place for the longest.
std::size_t stride_of(const bulk_rows& rows, std::size_t column, std::size_t first, std::size_t count) noexcept {
    const std::size_t longest = std::max(cell_bytes_least, rows.longest_of(column, first, count));
    return (longest + 7) / 8 * 8;
}

bool is_null(const bound_parameter& p) noexcept {
    return p.length == SQL_NULL_DATA;
}

// A uint64 is told as one of two types.
bool may_have_types(const bulk_rows& rows, std::size_t column) {
    if (rows.is_mixed(column)) return true;
    const value first = rows.at(column, 0);
    const auto* null = std::get_if<null_value>(&first);
    return null != nullptr ? null->type == column_type::uint64 : std::holds_alternative<std::uint64_t>(first);
}

bool is_one_type(const driver_profile& profile, const bulk_rows& rows, std::size_t column) {
    bound_parameter type;
    bool known = false;
    for (std::size_t row = 0; row < rows.rows(); ++row) {
        const value cell = rows.at(column, row);
        auto made = make_parameter(profile, cell, column);
        // What is wrong with a value is told when it is sent.
        if (!made || is_null(*made)) continue;
        if (known && !is_told_as(*made, type)) return false;
        type = std::move(*made);
        known = true;
    }
    return true;
}

error several_types() {
    return refused(errc::unsupported, "the cells of a column are told with several types");
}

// Writes each cell where the driver reads it: those of a fixed type behind each other, texts in places of one length.
// The first that is not NULL tells the types; what is wrong is kept, and nothing more is written.
class column_writer final : public cell_sink {
public:
    column_writer(const driver_profile& profile, std::size_t column, std::size_t stride, std::size_t count)
        : profile_(profile), column_(column), stride_(stride), count_(count) {
        all_.lengths.resize(count, SQL_NULL_DATA);
    }

    void null(column_type type) override {
        if (!known_ && !null_) null_ = type;
        ++row_;
    }
    void boolean(bool v) override { put(v); }
    void integer(std::int64_t v) override {
        if (is_told(SQL_C_SBIGINT, SQL_BIGINT, 19)) put_fixed(static_cast<SQLBIGINT>(v));
    }
    void natural(std::uint64_t v) override { put(v); }
    void real(double v) override {
        if (auto wrong = wrong_with(profile_, v, column_)) return fail(std::move(*wrong));
        if (is_told(SQL_C_DOUBLE, SQL_DOUBLE, 15)) put_fixed(static_cast<SQLDOUBLE>(v));
    }
    void number(const decimal& v) override {
        const decimal_shape shape = shape_of(v);
        if (auto wrong = wrong_with(profile_, v, shape, column_)) return fail(std::move(*wrong));
        if (is_told(SQL_C_CHAR, profile_.decimal_type, shape.size(profile_, v), shape.digits())) put_bytes(v.str());
    }
    void text(std::string_view v) override {
        if (auto wrong = wrong_with(profile_, v, column_)) return fail(std::move(*wrong));
        if (is_told(SQL_C_CHAR, SQL_VARCHAR, v.size())) put_bytes(v);
    }
    void binary(std::span<const std::byte> v) override { put(bytes(v.begin(), v.end())); }
    void day(const date& v) override { put(v); }
    void clock_time(const time& v) override { put(v); }
    void moment(const timestamp& v) override {
        if (profile_.dates == date_form::text || v.nanosecond != 0) return put(v);
        if (auto wrong = wrong_with(profile_, v, column_)) return fail(std::move(*wrong));
        if (is_told(SQL_C_TYPE_TIMESTAMP, SQL_TYPE_TIMESTAMP, 19))
            put_fixed(SQL_TIMESTAMP_STRUCT{v.year, v.month, v.day, v.hour, v.minute, v.second, 0});
    }

    [[nodiscard]] result<bound_parameter> take() {
        if (failed_) return std::move(*failed_);
        if (known_) return std::move(all_);
        auto type = make_parameter(profile_, value(null_value{null_.value_or(column_type::text)}), column_);
        if (!type) return std::move(type).error();
        (void)is_told(type->c_type, type->sql_type, type->size, type->digits);
        return std::move(all_);
    }

private:
    void fail(error why) {
        if (!failed_) failed_ = std::move(why);
    }
    // Tells the column so, if it was told nothing yet. False: it was told otherwise, or something was wrong before.
    [[nodiscard]] bool is_told(SQLSMALLINT c_type, SQLSMALLINT sql_type, SQLULEN size, SQLSMALLINT digits = 0) {
        if (failed_) return false;
        if (!known_) {
            known_ = true;
            all_.c_type = c_type;
            all_.sql_type = sql_type;
            all_.size = cell_bytes_least;
            const std::size_t fixed = fixed_bytes(all_);
            all_.room = fixed != 0 ? fixed : stride_;
            all_.made.resize(all_.room * count_);
        } else if (all_.c_type != c_type || all_.sql_type != sql_type) {
            fail(several_types());
            return false;
        }
        all_.size = std::max(all_.size, size);
        all_.digits = std::max(all_.digits, digits);
        return true;
    }
    template <class T>
    void put_fixed(const T& v) {
        std::memcpy(all_.made.data() + row_ * sizeof(T), &v, sizeof(T));
        all_.lengths[row_++] = static_cast<SQLLEN>(sizeof(T));
    }
    void put_bytes(std::string_view v) {
        if (v.size() > stride_) return fail(several_types());
        std::memcpy(all_.made.data() + row_ * stride_, v.data(), v.size());
        all_.lengths[row_++] = static_cast<SQLLEN>(v.size());
    }
    // By way of a parameter.
    template <class T>
    void put(T v) {
        const value cell(std::move(v));
        auto one = make_parameter(profile_, cell, column_);
        if (!one) return fail(std::move(one).error());
        if (one->bytes() > stride_) return fail(several_types());
        if (!is_told(one->c_type, one->sql_type, one->size, one->digits)) return;
        std::memcpy(all_.made.data() + row_ * all_.room, one->data(), one->bytes());
        all_.lengths[row_++] = one->length;
    }

    const driver_profile& profile_;
    std::size_t column_;
    std::size_t stride_;
    std::size_t count_;
    std::size_t row_ = 0;
    bool known_ = false;
    std::optional<column_type> null_;  // of the first cell, where that is one
    bound_parameter all_;
    std::optional<error> failed_;
};

result<bound_parameter> make_column(const driver_profile& profile, const rows_part& part, std::size_t column) {
    column_writer made(profile, column, stride_of(*part.rows, column, part.first, part.count), part.count);
    part.rows->give(column, part.first, part.count, made);
    return made.take();
}

}  // namespace

std::size_t rows_in_columns(const driver_profile& profile, const bulk_rows& rows) {
    std::size_t row_bytes = 1;
    for (std::size_t i = 0; i < rows.names().size(); ++i) {
        const std::size_t stride = stride_of(rows, i, 0, rows.rows());
        if (stride > limits::bulk_cell_bytes_max) return 0;
        if (may_have_types(rows, i) && !is_one_type(profile, rows, i)) return 0;
        row_bytes += stride + sizeof(SQLLEN);
    }
    return std::clamp<std::size_t>(limits::bulk_statement_bytes_max / row_bytes, 1, profile.insert_parameter_rows);
}

result<std::vector<bound_parameter>> make_columns(const driver_profile& profile, const rows_part& part) {
    std::vector<bound_parameter> made;
    made.reserve(part.rows->names().size());
    for (std::size_t i = 0; i < part.rows->names().size(); ++i) {
        auto column = make_column(profile, part, i);
        if (!column) return std::move(column).error();
        made.push_back(std::move(*column));
    }
    return made;
}

}  // namespace sluice::odbc
