#include "block.hpp"

#include "text_parse.hpp"

#include <sluice/protocol/date_time.hpp>

#include <algorithm>
#include <cstring>

namespace sluice::odbc {
namespace {

using protocol::batch_storage;
using protocol::null_length;

constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

// The first row of a date or a timestamp that no calendar has: drivers pass on what the server holds, as 2020-05-00.
template <class T>
std::size_t first_invalid(const std::byte* data, const std::int64_t* lengths, std::size_t rows) noexcept {
    const T* cells = reinterpret_cast<const T*>(data);
    for (std::size_t row = 0; row < rows; ++row)
        if (lengths[row] != null_length && !is_valid(cells[row])) return row;
    return nowhere;
}

// Indicators of fixed types differ between drivers. Answers the first that no value can have.
std::size_t settle_lengths(std::int64_t* lengths, std::size_t rows, std::size_t size) noexcept {
    bool odd = false;
    for (std::size_t row = 0; row < rows; ++row) odd |= lengths[row] < null_length;
    if (odd) {
        const auto is_odd = [](std::int64_t length) {
            return length < null_length;
        };
        return static_cast<std::size_t>(std::find_if(lengths, lengths + rows, is_odd) - lengths);
    }
    const auto told = static_cast<std::int64_t>(size);
    for (std::size_t row = 0; row < rows; ++row) lengths[row] = lengths[row] < 0 ? null_length : told;
    return nowhere;
}

void settle_fixed(block& b, const reading& from, std::size_t column) {
    batch_storage& to = *b.storage;
    std::byte* const data = to.data(column);
    std::int64_t* const lengths = to.lengths(column);
    const std::size_t odd = settle_lengths(lengths, b.rows, to.slot(column).stride);
    if (odd != nowhere)
        b.fail_at(odd, from.cell_error(errc::driver_misbehaved, "the driver gave a cell a length that cannot be",
                                       b.row_number(odd), column));
    std::size_t wrong = nowhere;
    switch (from.plan.cells[column].type) {
        case column_type::boolean:
            for (std::size_t row = 0; row < b.rows; ++row) data[row] = std::byte{data[row] != std::byte{0}};
            break;
        case column_type::date:
            wrong = first_invalid<date>(data, lengths, b.rows);
            break;
        case column_type::timestamp:
            wrong = first_invalid<timestamp>(data, lengths, b.rows);
            break;
        default:
            break;
    }
    if (wrong != nowhere) b.fail_at(wrong, from.mismatch(b.row_number(wrong), column));
}

bool convert(const column_plan& cell, const std::byte* from, std::int64_t length, std::byte* to) noexcept {
    if (cell.form == cell_form::as_double) {
        double wide = 0;
        std::memcpy(&wide, from, sizeof wide);
        const auto narrow = static_cast<float>(wide);
        std::memcpy(to, &narrow, sizeof narrow);
        return true;
    }
    const auto bytes = static_cast<std::size_t>(length);  // of SQL_NO_TOTAL: too long as well
    return bytes < cell.bound && parse_cell(cell.type, {reinterpret_cast<const char*>(from), bytes}, to);
}

void settle_staged(block& b, const reading& from, const std::byte* staged, std::size_t column) {
    const column_plan& cell = from.plan.cells[column];
    std::int64_t* const lengths = b.storage->lengths(column);
    const std::size_t size = b.storage->slot(column).stride;
    std::byte* to = b.storage->data(column);
    for (std::size_t row = 0; row < b.rows; ++row, staged += cell.bound, to += size) {
        if (lengths[row] == null_length) continue;
        if (!convert(cell, staged, lengths[row], to)) return b.fail_at(row, from.mismatch(b.row_number(row), column));
        lengths[row] = static_cast<std::int64_t>(size);
    }
}

void find_long(block& b, const column_plan& cell, std::size_t column) {
    const std::int64_t* const lengths = b.storage->lengths(column);
    const std::size_t terminator = cell.c_type == SQL_C_CHAR ? 1 : 0;
    const std::size_t room = b.storage->slot(column).stride - terminator;
    for (std::size_t row = 0; row < b.rows; ++row) {
        // What is negative and not NULL is SQL_NO_TOTAL: too long as well.
        if (static_cast<std::uint64_t>(lengths[row]) <= room || lengths[row] == null_length) continue;
        b.long_cells.push_back({row, column, lengths[row]});
    }
}

bool before(const long_cell& a, const long_cell& b) noexcept {
    return a.row != b.row ? a.row < b.row : a.column < b.column;
}

}  // namespace

void settle(block& b, const reading& from, const staged_columns& staged) {
    const result_plan& plan = from.plan;
    for (std::size_t i = 0; i < plan.cells.size(); ++i) {
        const column_plan& cell = plan.cells[i];
        if (cell.form != cell_form::as_stored)
            settle_staged(b, from, staged[i].data(), i);
        else if (is_variable(cell.type))
            find_long(b, cell, i);
        else
            settle_fixed(b, from, i);
    }
    if (b.long_cells.empty()) return;
    std::sort(b.long_cells.begin(), b.long_cells.end(), before);
    if (plan.cells_can_be_read_again) return;
    const long_cell first = b.long_cells.front();
    b.long_cells.clear();
    if (first.row >= b.rows) return;
    b.fail_at(
        first.row,
        from.cell_error(errc::truncated,
                        "the value is longer than the driver described it, and this driver cannot read it again: cast "
                        "the column to a longer type",
                        b.row_number(first.row), first.column));
}

}  // namespace sluice::odbc
