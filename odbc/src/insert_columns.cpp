#include "insert_columns.hpp"

#include "failure.hpp"

#include <sluice/protocol/limits.hpp>

#include <algorithm>
#include <cstring>
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
    std::size_t longest = cell_bytes_least;
    for (std::size_t row = first; row < first + count; ++row) longest = std::max(longest, rows.bytes_at(column, row));
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

result<bound_parameter> make_column(const driver_profile& profile, const rows_part& part, std::size_t column) {
    bound_parameter all;
    bool known = false;
    const std::size_t stride = stride_of(*part.rows, column, part.first, part.count);
    all.room = stride;
    all.made.resize(stride * part.count);
    all.lengths.resize(part.count);
    for (std::size_t i = 0; i < part.count; ++i) {
        const value cell = part.rows->at(column, part.first + i);
        auto one = make_parameter(profile, cell, column);
        if (!one) return std::move(one).error();
        if ((known && !is_null(*one) && !is_told_as(*one, all)) || one->bytes() > stride)
            return refused(errc::unsupported, "the cells of a column are told with several types");
        if (!known) {
            all.c_type = one->c_type;
            all.sql_type = one->sql_type;
            known = !is_null(*one);
        }
        all.digits = std::max(all.digits, one->digits);
        all.size = std::max({all.size, one->size, static_cast<SQLULEN>(cell_bytes_least)});
        all.lengths[i] = one->length;
        std::memcpy(all.made.data() + i * stride, one->data(), std::min(one->bytes(), stride));
    }
    // Cells of a fixed type lie behind each other, whatever room they are told to have.
    const std::size_t fixed = fixed_bytes(all);
    if (fixed != 0) {
        for (std::size_t i = 1; i < part.count; ++i)
            std::memmove(all.made.data() + i * fixed, all.made.data() + i * stride, fixed);
        all.room = fixed;
    }
    return all;
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
