// One row at once, into buffers of ours, and from there into the batch: for drivers that cannot read a long cell again
// in a block of rows, or whose every value has to be parsed.

#include "batch_pace.hpp"
#include "long_cell.hpp"
#include "row_reader.hpp"
#include "text_parse.hpp"

#include <sluice/protocol/date_time.hpp>
#include <sluice/protocol/decimal.hpp>
#include <sluice/protocol/limits.hpp>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::odbc {
namespace {

using protocol::batch_storage;
using protocol::null_length;

// Where a column's cell of the current row is, and where it goes.
struct row_cell {
    SQLSMALLINT c_type = SQL_C_CHAR;
    column_type type = column_type::text;
    cell_form form = cell_form::as_stored;
    bool variable = false;
    std::byte* from = nullptr;
    std::size_t bound = 0;    // bytes at `from`
    std::size_t room = 0;     // the longest value there: text is written with a terminator
    std::byte* to = nullptr;  // in the batch, of the current row
    std::int64_t* length = nullptr;
    std::size_t stride = 0;
};

class single_row_reader final : public row_reader {
public:
    explicit single_row_reader(const reading& from)
        : from_(from), pace_(from.plan), cells_(from.plan.cells.size()), lengths_(from.plan.cells.size()) {}

    [[nodiscard]] result<void> open();
    [[nodiscard]] read_rows next(protocol::batch_source& source) override;
    [[nodiscard]] bool rewind() noexcept override;

private:
    [[nodiscard]] result<void> bind_wider();
    void aim_at(batch_storage& to);
    void step_down() noexcept;
    [[nodiscard]] bool fetch(read_rows& answer);
    [[nodiscard]] std::optional<error> take_row(batch_storage& to, std::size_t row);
    [[nodiscard]] std::optional<error> get_cell(std::size_t column);
    [[nodiscard]] std::optional<error> take_cell(batch_storage& to, std::size_t row, std::size_t column);
    [[nodiscard]] std::optional<error> take_bytes(batch_storage& to, std::size_t row, std::size_t column,
                                                  SQLLEN length);
    [[nodiscard]] bool take_fixed(const row_cell& cell, SQLLEN length) const noexcept;
    [[nodiscard]] cell_place place(std::size_t column) const noexcept;
    [[nodiscard]] bool unbound() const noexcept { return from_.plan.way == reading_way::single_row_unbound; }

    reading from_;
    batch_pace pace_;
    std::vector<row_cell> cells_;
    std::vector<SQLLEN> lengths_;
    std::vector<std::byte> staged_;
    std::int64_t row_number_ = 0;  // of the current row, within the result
    std::size_t long_bytes_ = 0;   // outside of the current batch
};

result<void> single_row_reader::open() {
    for (std::size_t i = 0; i < cells_.size(); ++i) {
        row_cell& cell = cells_[i];
        const column_plan& plan = from_.plan.cells[i];
        cell.c_type = plan.c_type;
        cell.type = plan.type;
        cell.form = plan.form;
        cell.variable = is_variable(plan.type);
        cell.bound = plan.bound;
    }
    return bind_wider();
}

// Room in our buffers for what fits the batch. Values that are longer are read again, which costs a call for each.
result<void> single_row_reader::bind_wider() {
    bool wider = staged_.empty();
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
        row_cell& cell = cells_[i];
        const std::size_t wanted = cell.variable ? whole_words(pace_.strides()[i] + 1) : 0;
        if (cell.form == cell_form::as_stored && wanted > cell.bound) {
            cell.bound = wanted;
            wider = true;
        }
        cell.room = cell.bound - (cell.c_type == SQL_C_CHAR ? 1 : 0);
        bytes += whole_words(cell.bound);
    }
    if (!wider) return {};
    staged_.resize(bytes);
    std::byte* at = staged_.data();
    for (std::size_t i = 0; i < cells_.size(); ++i) {
        row_cell& cell = cells_[i];
        cell.from = at;
        at += whole_words(cell.bound);
        if (unbound()) continue;
        const SQLRETURN rc = SQLBindCol(from_.handle(), static_cast<SQLUSMALLINT>(i + 1), cell.c_type, cell.from,
                                        static_cast<SQLLEN>(cell.bound), &lengths_[i]);
        if (!api::succeeded(rc)) return from_.call_failed(rc, "SQLBindCol");
    }
    return {};
}

bool single_row_reader::rewind() noexcept {
    row_number_ = 0;
    return from_.plan.stays_bound && staged_.size() <= limits::kept_rows_bytes_max;
}

void single_row_reader::aim_at(batch_storage& to) {
    for (std::size_t i = 0; i < cells_.size(); ++i) {
        cells_[i].to = to.data(i);
        cells_[i].length = to.lengths(i);
        cells_[i].stride = to.slot(i).stride;
        // MariaDB's driver writes no indicator for SQL_C_BIT unless the value is NULL.
        lengths_[i] = 1;
    }
    long_bytes_ = 0;
}

void single_row_reader::step_down() noexcept {
    for (row_cell& cell : cells_) {
        cell.to += cell.stride;
        ++cell.length;
    }
    ++row_number_;
}

read_rows single_row_reader::next(protocol::batch_source& source) {
    read_rows answer;
    const auto batch = source.acquire(from_.plan.columns, pace_.strides(), pace_.rows());
    aim_at(*batch);
    std::size_t row = 0;
    while (row < pace_.rows() && long_bytes_ <= from_.plan.batch_bytes) {
        answer.failure = from_.stopped();
        if (answer.failure || !fetch(answer)) break;
        answer.failure = take_row(*batch, row);
        if (answer.failure) break;
        step_down();
        ++row;
    }
    batch->rows(row);
    if (row > 0) answer.rows = batch;
    pace_.after(row);
    if (!answer.failure && !answer.end)
        if (auto bound = bind_wider(); !bound) answer.failure = std::move(bound).error();
    return answer;
}

// True: there is a row.
bool single_row_reader::fetch(read_rows& answer) {
    const SQLRETURN rc = SQLFetch(from_.handle());
    if (api::succeeded(rc)) return true;
    if (rc == SQL_NO_DATA)
        answer.end = true;
    else
        answer.failure = from_.call_failed(rc, "SQLFetch");
    return false;
}

std::optional<error> single_row_reader::take_row(batch_storage& to, std::size_t row) {
    for (std::size_t i = 0; i < cells_.size(); ++i) {
        if (unbound())
            if (auto wrong = get_cell(i)) return wrong;
        if (lengths_[i] == SQL_NULL_DATA)
            *cells_[i].length = null_length;
        else if (auto wrong = take_cell(to, row, i))
            return wrong;
        lengths_[i] = 1;
    }
    return std::nullopt;
}

std::optional<error> single_row_reader::get_cell(std::size_t column) {
    const row_cell& cell = cells_[column];
    const SQLRETURN rc = SQLGetData(from_.handle(), static_cast<SQLUSMALLINT>(column + 1), cell.c_type, cell.from,
                                    static_cast<SQLLEN>(cell.bound), &lengths_[column]);
    if (api::succeeded(rc)) return std::nullopt;
    return from_.call_failed(rc, "SQLGetData", row_number_);
}

inline std::optional<error> single_row_reader::take_cell(batch_storage& to, std::size_t row, std::size_t column) {
    const row_cell& cell = cells_[column];
    const SQLLEN length = lengths_[column];
    if (!cell.variable) {
        if (!take_fixed(cell, length)) return from_.mismatch(row_number_, column);
        *cell.length = static_cast<std::int64_t>(cell.stride);
        return std::nullopt;
    }
    const auto bytes = static_cast<std::size_t>(length);  // of SQL_NO_TOTAL: too long
    if (cell.form == cell_form::number_as_text &&
        (bytes > cell.room || !decimal::is_number({reinterpret_cast<const char*>(cell.from), bytes})))
        return from_.mismatch(row_number_, column);
    if (bytes > cell.room || bytes > cell.stride) return take_bytes(to, row, column, length);
    std::memcpy(cell.to, cell.from, bytes);
    *cell.length = length;
    return std::nullopt;
}

// A value longer than its stride, or than our buffer.
std::optional<error> single_row_reader::take_bytes(batch_storage& to, std::size_t row, std::size_t column,
                                                   SQLLEN length) {
    const row_cell& cell = cells_[column];
    const bool whole = length >= 0 && static_cast<std::size_t>(length) <= cell.room;
    std::string bytes;
    // SQLGetData begins again at the front of a bound column, and goes on where it was in one that is not bound.
    if (whole || unbound())
        bytes.assign(reinterpret_cast<const char*>(cell.from), whole ? static_cast<std::size_t>(length) : cell.room);
    if (!whole) {
        const SQLLEN rest = length < 0 ? length : length - static_cast<SQLLEN>(bytes.size());
        if (auto read = read_rest(from_, place(column), rest, bytes); !read) return std::move(read).error();
    }
    pace_.saw_long(column, bytes.size());
    long_bytes_ += bytes.size();
    put_bytes(to, row, column, std::move(bytes));
    return std::nullopt;
}

inline bool single_row_reader::take_fixed(const row_cell& cell, SQLLEN length) const noexcept {
    if (length < 0) return false;
    switch (cell.form) {
        case cell_form::as_text: {
            const auto bytes = static_cast<std::size_t>(length);
            return bytes <= cell.room &&
                   parse_cell(cell.type, {reinterpret_cast<const char*>(cell.from), bytes}, cell.to);
        }
        case cell_form::as_double: {
            double wide = 0;
            std::memcpy(&wide, cell.from, sizeof wide);
            const auto narrow = static_cast<float>(wide);
            std::memcpy(cell.to, &narrow, sizeof narrow);
            return true;
        }
        default:
            break;
    }
    std::memcpy(cell.to, cell.from, cell.stride);
    if (cell.type == column_type::boolean)
        *cell.to = std::byte{*cell.to != std::byte{0}};
    else if (cell.type == column_type::date)
        return is_valid(*reinterpret_cast<const date*>(cell.to));
    else if (cell.type == column_type::timestamp)
        return is_valid(*reinterpret_cast<const timestamp*>(cell.to));
    return true;
}

cell_place single_row_reader::place(std::size_t column) const noexcept {
    cell_place made;
    made.column = column;
    made.c_type = cells_[column].c_type;
    made.row = row_number_;
    return made;
}

}  // namespace

result<std::unique_ptr<row_reader>> read_single_rows(const reading& from) {
    auto made = std::make_unique<single_row_reader>(from);
    if (auto opened = made->open(); !opened) return std::move(opened).error();
    return std::unique_ptr<row_reader>(std::move(made));
}

}  // namespace sluice::odbc
