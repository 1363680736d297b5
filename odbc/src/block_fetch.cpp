#include "block_fetch.hpp"

#include <algorithm>

namespace sluice::odbc {
namespace {

constexpr SQLUSMALLINT status_not_told = 0xFFFF;

}  // namespace

result<void> block_fetch::set(SQLINTEGER attribute, SQLPOINTER value) {
    const SQLRETURN rc = SQLSetStmtAttr(from_.handle(), attribute, value, 0);
    if (!api::succeeded(rc)) return from_.call_failed(rc, "SQLSetStmtAttr");
    return {};
}

result<void> block_fetch::set_rows(std::size_t rows) {
    if (auto done = set(SQL_ATTR_ROW_ARRAY_SIZE, api::number(rows)); !done) return done;
    statuses_.resize(std::max(rows, statuses_.size()));
    rows_ = rows;
    return set(SQL_ATTR_ROW_STATUS_PTR, statuses_.data());
}

result<void> block_fetch::open(std::size_t rows) {
    if (auto done = set(SQL_ATTR_ROWS_FETCHED_PTR, &fetched_); !done) return done;
    return set_rows(rows);
}

result<void> block_fetch::bind(protocol::batch_storage& to) {
    for (std::size_t i = 0; i < from_.plan.cells.size(); ++i) {
        const column_plan& cell = from_.plan.cells[i];
        std::byte* data = to.data(i);
        std::size_t width = to.slot(i).stride;
        if (cell.form != cell_form::as_stored) {
            width = cell.bound;
            staged_[i].resize(std::max(rows_ * width, staged_[i].size()));
            data = staged_[i].data();
        }
        const SQLRETURN rc = SQLBindCol(from_.handle(), static_cast<SQLUSMALLINT>(i + 1), cell.c_type, data,
                                        static_cast<SQLLEN>(width), reinterpret_cast<SQLLEN*>(to.lengths(i)));
        if (!api::succeeded(rc)) return from_.call_failed(rc, "SQLBindCol");
    }
    bound_ = &to;
    return {};
}

// MariaDB's driver writes no indicator for SQL_C_BIT unless the value is NULL.
void block_fetch::prepare_lengths(protocol::batch_storage& to) const noexcept {
    for (std::size_t i = 0; i < from_.plan.cells.size(); ++i)
        if (from_.plan.cells[i].type == column_type::boolean) std::fill_n(to.lengths(i), rows_, std::int64_t{1});
}

bool block_fetch::fetch(block& to) {
    const std::size_t rows = to.storage->capacity();
    auto ready = rows == rows_ ? result<void>() : set_rows(rows);
    // Other memory may have the address of what was freed.
    if (ready && !(to.stays && is_bound_to(*to.storage))) ready = bind(*to.storage);
    if (!ready) {
        bound_ = nullptr;
        to.failure = std::move(ready).error();
        return true;
    }
    prepare_lengths(*to.storage);
    std::fill_n(statuses_.begin(), rows, status_not_told);
    fetched_ = 0;
    const SQLRETURN rc = SQLFetch(from_.handle());
    if (rc == SQL_NO_DATA) return false;
    judge(rc, to);
    settle(to, from_, staged_);
    return true;
}

// The return code first: MariaDB's driver leaves the number of fetched rows as it was when there are none.
void block_fetch::judge(SQLRETURN rc, block& to) const {
    if (!api::succeeded(rc)) {
        to.failure = from_.block_failed(rc, "SQLFetch", to.row_number(0), rows_);
        if (rc == SQL_ERROR && fetched_ <= rows_) to.rows = good_rows(true);
        return;
    }
    if (fetched_ == 0 || fetched_ > rows_) {
        to.failure = from_.misbehaved("SQLFetch", "SQLFetch succeeds with a number of rows that cannot be");
        return;
    }
    to.rows = good_rows(false);
    if (to.rows == fetched_) return;
    // A row in error beside others is told with SQL_SUCCESS_WITH_INFO, or with nothing but its status.
    to.failure = at_row(from_.block_failed(SQL_ERROR, "SQLFetch", to.row_number(0), rows_), to.row_number(to.rows));
}

// Those before the first that the driver marks as bad. After an error only those that it marks as good can be believed.
std::size_t block_fetch::good_rows(bool must_be_told) const noexcept {
    const auto bad = [&](SQLUSMALLINT status) {
        return status == SQL_ROW_ERROR || status == SQL_ROW_NOROW || (must_be_told && status == status_not_told);
    };
    const auto first = statuses_.begin();
    return static_cast<std::size_t>(std::find_if(first, first + static_cast<std::ptrdiff_t>(fetched_), bad) - first);
}

}  // namespace sluice::odbc
