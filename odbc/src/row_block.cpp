// Blocks of many rows, which the driver writes into the memory that the consumer will read.

#include "batch_pace.hpp"
#include "block_fetch.hpp"
#include "long_cell.hpp"
#include "row_reader.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace sluice::odbc {
namespace {

using protocol::batch_storage;

constexpr std::size_t no_row = static_cast<std::size_t>(-1);

class block_reader final : public row_reader {
public:
    explicit block_reader(const reading& from) : from_(from), pace_(from.plan), fetcher_(from) {}

    [[nodiscard]] result<void> open() { return fetcher_.open(pace_.rows()); }
    [[nodiscard]] read_rows next(protocol::batch_source& source) override;
    [[nodiscard]] bool rewind() noexcept override;

private:
    // The rest of a block whose long cells are more than a batch may hold waits for the next call.
    [[nodiscard]] bool exhausted() const noexcept { return handed_out_ == block_.rows; }
    [[nodiscard]] bool fetch(protocol::batch_source& source);
    [[nodiscard]] read_rows hand_out(protocol::batch_source& source);
    [[nodiscard]] std::size_t part_end() const noexcept;
    [[nodiscard]] std::shared_ptr<batch_storage> part(protocol::batch_source& source, std::size_t end);
    void read_long_cells(batch_storage& to, std::size_t end);
    [[nodiscard]] std::optional<error> read_long_cell(batch_storage& to, const long_cell& cell);

    reading from_;
    batch_pace pace_;
    block_fetch fetcher_;
    std::shared_ptr<batch_storage> first_;  // of the first block, where that stays bound
    block block_;
    std::size_t handed_out_ = 0;       // rows of the block
    std::size_t long_handed_out_ = 0;  // long cells of the block
    std::size_t positioned_ = no_row;  // the row of the block for which SQLSetPos was last called
    bool last_ = false;                // nothing after this block
};

read_rows block_reader::next(protocol::batch_source& source) {
    read_rows answer;
    if (exhausted() && !block_.failure) answer.end = !fetch(source);
    if (!answer.end && !exhausted()) answer = hand_out(source);
    if (!answer.end && exhausted()) answer.failure = std::move(block_.failure);
    if (last_ && exhausted() && !answer.failure) answer.end = true;
    return answer;
}

bool block_reader::rewind() noexcept {
    const bool may = exhausted() && !block_.failure && block_.long_cells.empty();
    block_ = block();
    handed_out_ = 0;
    last_ = false;
    if (!may || !first_ || !fetcher_.is_bound_to(*first_) || first_.use_count() != 1) return false;
    first_->clear();
    return true;
}

// False at the end.
bool block_reader::fetch(protocol::batch_source& source) {
    pace_.after(block_.rows);
    const std::uint64_t first_row = block_.first_row + block_.rows;
    block_ = block();
    block_.first_row = first_row;
    if (from_.plan.stays_bound && first_row == 0) {
        if (!first_) first_ = std::make_shared<batch_storage>(from_.plan.columns, pace_.strides(), pace_.rows());
        block_.storage = first_;
        block_.stays = true;
    } else {
        block_.storage = source.acquire(from_.plan.columns, pace_.strides(), pace_.rows());
    }
    handed_out_ = 0;
    long_handed_out_ = 0;
    positioned_ = no_row;
    const bool any = fetcher_.fetch(block_);
    last_ = from_.plan.stays_bound && block_.rows < pace_.rows() && !block_.failure;
    return any;
}

read_rows block_reader::hand_out(protocol::batch_source& source) {
    const std::size_t begin = handed_out_;
    const std::size_t end = part_end();
    read_rows answer;
    answer.rows = part(source, end);
    read_long_cells(*answer.rows, end);
    handed_out_ = std::min(end, block_.rows);
    answer.rows->rows(handed_out_ - begin);
    if (handed_out_ == begin) answer.rows = nullptr;
    return answer;
}

// Rows from the first that waits, at least one, until their long cells are more than a batch may hold.
std::size_t block_reader::part_end() const noexcept {
    std::size_t bytes = 0;
    for (std::size_t i = long_handed_out_; i < block_.long_cells.size(); ++i) {
        const long_cell& cell = block_.long_cells[i];
        if (cell.row >= block_.rows) break;
        if (bytes > from_.plan.batch_bytes && cell.row > handed_out_) return cell.row;
        bytes += cell.length < 0 ? from_.plan.batch_bytes : static_cast<std::size_t>(cell.length);
    }
    return block_.rows;
}

// The memory of the block itself for its first part, a copy for each other one.
std::shared_ptr<batch_storage> block_reader::part(protocol::batch_source& source, std::size_t end) {
    const std::size_t begin = handed_out_;
    if (begin == 0) return end == block_.rows ? std::move(block_.storage) : block_.storage;
    const batch_storage& whole = *block_.storage;
    auto made = source.acquire(from_.plan.columns, pace_.strides(), whole.capacity());
    for (std::size_t i = 0; i < from_.plan.cells.size(); ++i) {
        const std::size_t stride = whole.slot(i).stride;
        std::memcpy(made->data(i), whole.data(i) + begin * stride, (end - begin) * stride);
        std::copy(whole.lengths(i) + begin, whole.lengths(i) + end, made->lengths(i));
    }
    return made;
}

// Ends the block before the first that cannot be read.
void block_reader::read_long_cells(batch_storage& to, std::size_t end) {
    for (; long_handed_out_ < block_.long_cells.size(); ++long_handed_out_) {
        const long_cell& cell = block_.long_cells[long_handed_out_];
        if (cell.row >= end) return;
        if (auto wrong = read_long_cell(to, cell)) return block_.fail_at(cell.row, std::move(*wrong));
    }
}

std::optional<error> block_reader::read_long_cell(batch_storage& to, const long_cell& cell) {
    const std::int64_t row_number = block_.row_number(cell.row);
    if (positioned_ != cell.row) {
        const SQLRETURN rc =
            SQLSetPos(from_.handle(), static_cast<SQLSETPOSIROW>(cell.row + 1), SQL_POSITION, SQL_LOCK_NO_CHANGE);
        if (!api::succeeded(rc)) return from_.call_failed(rc, "SQLSetPos", row_number);
        positioned_ = cell.row;
    }
    cell_place place;
    place.column = cell.column;
    place.c_type = from_.plan.cells[cell.column].c_type;
    place.row = row_number;
    std::string bytes;
    auto read = read_rest(from_, place, cell.length, bytes);
    if (!read) return std::move(read).error();
    pace_.saw_long(cell.column, bytes.size());
    put_bytes(to, cell.row - handed_out_, cell.column, std::move(bytes));
    return std::nullopt;
}

}  // namespace

result<std::unique_ptr<row_reader>> read_blocks(const reading& from) {
    auto made = std::make_unique<block_reader>(from);
    if (auto opened = made->open(); !opened) return std::move(opened).error();
    return std::unique_ptr<row_reader>(std::move(made));
}

bool unbind_rows(const stmt_handle& statement, reading_way way) noexcept {
    const auto set = [&](SQLINTEGER attribute, SQLPOINTER value) {
        return api::succeeded(SQLSetStmtAttr(statement.get(), attribute, value, 0));
    };
    return api::succeeded(SQLFreeStmt(statement.get(), SQL_UNBIND)) &&
           (way != reading_way::block ||
            (set(SQL_ATTR_ROWS_FETCHED_PTR, nullptr) && set(SQL_ATTR_ROW_STATUS_PTR, nullptr) &&
             set(SQL_ATTR_ROW_ARRAY_SIZE, api::number(1))));
}

bool take_back_blocks(const reading& from) noexcept {
    const SQLHSTMT statement = from.handle();
    (void)SQLSetStmtAttr(statement, SQL_ATTR_ROWS_FETCHED_PTR, nullptr, 0);
    (void)SQLSetStmtAttr(statement, SQL_ATTR_ROW_STATUS_PTR, nullptr, 0);
    (void)SQLSetStmtAttr(statement, SQL_ATTR_ROW_ARRAY_SIZE, api::number(1), 0);
    // A driver that cannot tell has not got the attribute either.
    SQLPOINTER fetched = nullptr;
    SQLPOINTER statuses = nullptr;
    SQLULEN rows = 1;
    (void)SQLGetStmtAttr(statement, SQL_ATTR_ROWS_FETCHED_PTR, &fetched, SQL_IS_POINTER, nullptr);
    (void)SQLGetStmtAttr(statement, SQL_ATTR_ROW_STATUS_PTR, &statuses, SQL_IS_POINTER, nullptr);
    (void)SQLGetStmtAttr(statement, SQL_ATTR_ROW_ARRAY_SIZE, &rows, SQL_IS_UINTEGER, nullptr);
    return fetched == nullptr && statuses == nullptr && rows == 1;
}

}  // namespace sluice::odbc
