#include "result_plan.hpp"

#include "batch_pace.hpp"

#include <sluice/protocol/date_time.hpp>
#include <sluice/protocol/limits.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::odbc {
namespace {

static_assert(sizeof(date) == sizeof(SQL_DATE_STRUCT));
static_assert(alignof(date) == alignof(SQL_DATE_STRUCT));
static_assert(offsetof(date, year) == offsetof(SQL_DATE_STRUCT, year));
static_assert(offsetof(date, month) == offsetof(SQL_DATE_STRUCT, month));
static_assert(offsetof(date, day) == offsetof(SQL_DATE_STRUCT, day));
static_assert(sizeof(timestamp) == sizeof(SQL_TIMESTAMP_STRUCT));
static_assert(alignof(timestamp) == alignof(SQL_TIMESTAMP_STRUCT));
static_assert(offsetof(timestamp, year) == offsetof(SQL_TIMESTAMP_STRUCT, year));
static_assert(offsetof(timestamp, month) == offsetof(SQL_TIMESTAMP_STRUCT, month));
static_assert(offsetof(timestamp, day) == offsetof(SQL_TIMESTAMP_STRUCT, day));
static_assert(offsetof(timestamp, hour) == offsetof(SQL_TIMESTAMP_STRUCT, hour));
static_assert(offsetof(timestamp, minute) == offsetof(SQL_TIMESTAMP_STRUCT, minute));
static_assert(offsetof(timestamp, second) == offsetof(SQL_TIMESTAMP_STRUCT, second));
static_assert(offsetof(timestamp, nanosecond) == offsetof(SQL_TIMESTAMP_STRUCT, fraction));
static_assert(sizeof(SQLLEN) == sizeof(std::int64_t) && sizeof(SQLBIGINT) == sizeof(std::int64_t));
static_assert(sizeof(SQLDOUBLE) == sizeof(double) && sizeof(SQLREAL) == sizeof(float) && sizeof(bool) == 1);

constexpr std::size_t whole_first_rows = 16;  // a point query is not to touch a megabyte

// The text of a number or of a time: longer is wrong anyway.
constexpr std::size_t scalar_text_bytes = 48;
// A decimal whose size the driver does not know.
constexpr std::size_t decimal_bytes = 40;
// What a text is expected to need until the result shows what it does need. In a block a longer one costs two calls.
constexpr std::size_t text_bytes = 64;
constexpr std::size_t block_text_bytes = 256;
constexpr std::size_t least_text_bytes = 16;
// sqliteodbc fills the rest of a bound buffer with zeros, so a wide one costs for each cell.
constexpr std::size_t sqlite_bound_bytes = 256;

constexpr std::size_t sign_point_and_zero = 3;
constexpr std::size_t utf8_bytes_per_character = 4;

std::string lower_case(std::string_view text) {
    std::string made(text);
    for (char& c : made)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return made;
}

bool contains(std::string_view text, std::string_view part) noexcept {
    return text.find(part) != std::string_view::npos;
}

// sqliteodbc knows some of the names that a CREATE TABLE may use, and calls the rest varchar. SQLite itself goes by
// parts of the name; so is done here, but a POINT is no INT.
column_type sqlite_type(const described_column& from) {
    const std::string name = lower_case(from.type_name);
    if (contains(name, "decimal") || contains(name, "numeric") || name == "number") return column_type::decimal;
    switch (from.sql_type) {
        case SQL_BIT:
            return column_type::boolean;
        case SQL_TINYINT:
        case SQL_SMALLINT:
        case SQL_INTEGER:
        case SQL_BIGINT:
            return column_type::int64;
        case SQL_REAL:
        case SQL_FLOAT:
        case SQL_DOUBLE:
            return column_type::float64;
        case SQL_TYPE_DATE:
            return column_type::date;
        case SQL_TYPE_TIME:
            return column_type::time;
        case SQL_TYPE_TIMESTAMP:
            return column_type::timestamp;
        case SQL_BINARY:
        case SQL_VARBINARY:
        case SQL_LONGVARBINARY:
            return column_type::binary;
        default:
            break;
    }
    if (contains(name, "blob") || contains(name, "binary") || name == "bytea" || name == "image")
        return column_type::binary;
    const std::string_view last = std::string_view(name).substr(name.find_last_of(' ') + 1);
    if (last == "int" || last == "integer" || contains(name, "bigint") || contains(name, "serial"))
        return column_type::int64;
    return column_type::text;
}

column_type standard_type(const described_column& from) noexcept {
    switch (from.sql_type) {
        case SQL_BIT:
            return column_type::boolean;
        case SQL_TINYINT:
        case SQL_SMALLINT:
        case SQL_INTEGER:
            return column_type::int64;
        case SQL_BIGINT:
            return from.is_unsigned ? column_type::uint64 : column_type::int64;
        case SQL_REAL:
            return column_type::float32;
        case SQL_FLOAT:
        case SQL_DOUBLE:
            return from.type_name == "money" ? column_type::text : column_type::float64;
        case SQL_DECIMAL:
        case SQL_NUMERIC:
            return column_type::decimal;
        case SQL_BINARY:
        case SQL_VARBINARY:
        case SQL_LONGVARBINARY:
            return column_type::binary;
        case SQL_DATE:
        case SQL_TYPE_DATE:
            return column_type::date;
        case SQL_TIME:
        case SQL_TYPE_TIME:
            return column_type::time;
        case SQL_TIMESTAMP:
        case SQL_TYPE_TIMESTAMP:
            return column_type::timestamp;
        default:
            return column_type::text;
    }
}

SQLSMALLINT c_type_of(column_type type) noexcept {
    switch (type) {
        case column_type::boolean:
            return SQL_C_BIT;
        case column_type::int64:
            return SQL_C_SBIGINT;
        case column_type::uint64:
            return SQL_C_UBIGINT;
        case column_type::float32:
            return SQL_C_FLOAT;
        case column_type::float64:
            return SQL_C_DOUBLE;
        case column_type::date:
            return SQL_C_TYPE_DATE;
        case column_type::timestamp:
            return SQL_C_TYPE_TIMESTAMP;
        case column_type::binary:
            return SQL_C_BINARY;
        default:
            return SQL_C_CHAR;
    }
}

cell_form form_of(const driver_profile& profile, column_type type) noexcept {
    if (type == column_type::decimal) return profile.results_as_text ? cell_form::number_as_text : cell_form::as_stored;
    if (is_variable(type)) return cell_form::as_stored;
    // SQL_TIME_STRUCT has no fraction.
    if (profile.results_as_text || type == column_type::time) return cell_form::as_text;
    // MariaDB's driver writes an array of SQL_C_FLOAT 8 bytes apart, over its end. Measured for psqlodbc only.
    if (type == column_type::float32 && profile.kind != driver_kind::postgresql) return cell_form::as_double;
    return cell_form::as_stored;
}

// The most bytes that a value can have if the description is true; 0 where it says nothing.
std::size_t described_bytes(column_type type, const described_column& from) noexcept {
    const std::size_t size = from.size > 0 ? static_cast<std::size_t>(from.size) : 0;
    const std::size_t octets = from.octets > 0 ? static_cast<std::size_t>(from.octets) : 0;
    if (type == column_type::binary) return std::max(size, octets);
    if (size == 0 || size > limits::value_bytes_max) return 0;
    if (type == column_type::decimal) return std::max(size + sign_point_and_zero, octets);
    return std::max(size * utf8_bytes_per_character, octets);
}

bool is_above_cap(std::size_t bytes) noexcept {
    return bytes == 0 || bytes > limits::bound_cell_bytes_max;
}

reading_way way_of(const driver_profile& profile, const std::vector<column_type>& types,
                   const std::vector<described_column>& described) noexcept {
    if (profile.long_values == long_reading::set_pos) return reading_way::block;
    if (profile.long_values == long_reading::single_row_on_overflow) return reading_way::single_row;
    for (std::size_t i = 0; i < types.size(); ++i) {
        if (!is_variable(types[i]) || !is_above_cap(described_bytes(types[i], described[i]))) continue;
        // MariaDB describes a NULL literal with size 0, and means it.
        if (profile.long_values == long_reading::single_row_if_unsized) return reading_way::single_row_unbound;
        if (described[i].size != 0) return reading_way::single_row;
    }
    return reading_way::block;
}

std::size_t first_stride(const result_plan& plan, column_type type, const described_column& from) noexcept {
    if (!is_variable(type)) return fixed_size(type);
    const std::size_t told = described_bytes(type, from);
    if (plan.way == reading_way::block && !plan.cells_can_be_read_again)
        return whole_words(std::max(told + 1, least_text_bytes));
    const std::size_t guess = type == column_type::decimal     ? decimal_bytes
                              : plan.way == reading_way::block ? block_text_bytes
                                                               : text_bytes;
    return told == 0 ? guess : whole_words(std::min(told + 1, guess));
}

std::size_t bound_bytes(const driver_profile& profile, const column_plan& cell) noexcept {
    if (cell.form == cell_form::as_text || cell.form == cell_form::number_as_text) return scalar_text_bytes;
    if (cell.form == cell_form::as_double) return sizeof(double);
    if (!is_variable(cell.type)) return fixed_size(cell.type);
    return profile.kind == driver_kind::sqlite ? sqlite_bound_bytes : limits::bound_cell_bytes_max + 1;
}

column_plan plan_column(const driver_profile& profile, const result_plan& plan, column_type type,
                        const described_column& from) noexcept {
    column_plan made;
    made.type = type;
    made.form = form_of(profile, type);
    made.c_type = made.form == cell_form::as_text     ? SQLSMALLINT{SQL_C_CHAR}
                  : made.form == cell_form::as_double ? SQLSMALLINT{SQL_C_DOUBLE}
                                                      : c_type_of(type);
    made.stride = first_stride(plan, type, from);
    made.bound = bound_bytes(profile, made);
    return made;
}

column to_column(const driver_profile& profile, column_type type, described_column from) {
    column made;
    made.type = type;
    made.nullable = from.nullable;
    // sqliteodbc describes so what is no column of a table, and what was declared without a type.
    made.dynamic = profile.kind == driver_kind::sqlite && type == column_type::text && from.sql_type == SQL_VARCHAR &&
                   from.size == 255 && (from.type_name == "varchar" || from.type_name == "ANY");
    made.sql_type = from.sql_type;
    made.size = from.size > 0 ? static_cast<std::uint64_t>(from.size) : 0;
    made.decimals = from.decimals;
    made.name = std::move(from.name);
    made.type_name = std::move(from.type_name);
    return made;
}

}  // namespace

column_type delivered_type(const driver_profile& profile, const described_column& from) noexcept {
    return profile.results_as_text ? sqlite_type(from) : standard_type(from);
}

result_plan make_plan(const driver_profile& profile, std::vector<described_column> described,
                      const cursor_options& options) {
    std::vector<column_type> types;
    types.reserve(described.size());
    for (const auto& from : described) types.push_back(delivered_type(profile, from));

    result_plan plan;
    plan.way = way_of(profile, types, described);
    plan.cells_can_be_read_again = profile.long_values == long_reading::set_pos;
    plan.batch_rows = options.batch_rows;
    plan.batch_bytes = options.batch_bytes;
    plan.first_rows = options.how == cursor_options::reading::whole ? whole_first_rows : options.batch_rows;

    std::vector<column> columns;
    columns.reserve(types.size());
    plan.cells.reserve(types.size());
    for (std::size_t i = 0; i < types.size(); ++i) {
        plan.cells.push_back(plan_column(profile, plan, types[i], described[i]));
        columns.push_back(to_column(profile, types[i], std::move(described[i])));
    }
    plan.columns = std::make_shared<const schema>(std::move(columns));
    return plan;
}

}  // namespace sluice::odbc
