// SQLBindCol, SQLFetch, SQLFetchScroll, SQLSetPos, SQLGetData, SQLFreeStmt, SQLCloseCursor.
//
// Threads: as entry.hpp.

#include "entry.hpp"
#include "limits.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace sluice::fault_driver {
namespace {

// How many rows come before the end or before the failure that the SQL asks for.
std::uint64_t rows_to_deliver(const result& rows) noexcept {
    const auto& failure = rows.meaning.failure_after;
    return failure ? std::min(failure->first, rows.rows()) : rows.rows();
}

// What stands behind the last row.
SQLRETURN end_of_rows(statement& on) {
    const auto& after = on.cursor->rows.meaning.failure_after;
    if (!after || after->first > on.cursor->rows.rows()) return SQL_NO_DATA;
    if (after->second.loses_connection) on.parent->dead = true;
    if (after->second.has_record) on.diag.add(after->second.record);
    return SQL_ERROR;
}

template <class T>
T* moved(T* from, std::uint64_t bytes) noexcept {
    return from == nullptr ? nullptr : reinterpret_cast<T*>(reinterpret_cast<char*>(from) + bytes);
}

// The buffers of row `at` of the block.
target row_target(const statement& on, target to, std::uint64_t at) noexcept {
    const SQLULEN offset = on.bind_offset == nullptr ? 0 : *on.bind_offset;
    to.data = moved(static_cast<char*>(to.data), offset + at * stride(to));
    to.indicator = moved(to.indicator, offset + at * sizeof(SQLLEN));
    return to;
}

SQLRETURN store_row(statement& on, std::uint64_t at) {
    SQLRETURN worst = SQL_SUCCESS;
    const result& rows = on.cursor->rows;
    for (std::size_t column = 0; column < std::min(on.bound_columns.size(), on.columns.size()); ++column) {
        if (!on.bound_columns[column]) continue;
        const place where{static_cast<SQLLEN>(at + 1), static_cast<SQLINTEGER>(column + 1)};
        std::uint64_t offset = 0;
        const SQLRETURN stored = store(rows.at(on.cursor->next_row + at, column),
                                       row_target(on, *on.bound_columns[column], at), where, offset, on.diag);
        if (stored == SQL_ERROR) return SQL_ERROR;
        if (stored != SQL_SUCCESS) worst = stored;
    }
    return worst;
}

void set_status(const statement& on, std::uint64_t at, SQLUSMALLINT status) noexcept {
    if (on.row_status != nullptr) on.row_status[at] = status;
}

// What the block of so many rows is said to be.
void tell(const lies& says, const statement& on, std::uint64_t count) {
    if (says.fetched && on.rows_fetched != nullptr) *on.rows_fetched = *says.fetched;
    for (std::uint64_t at = 0; at < count; ++at) {
        if (says.status && says.status->meets(0, at)) set_status(on, at, says.status->number);
        for (std::size_t column = 0; says.indicator && column < on.bound_columns.size(); ++column) {
            if (!on.bound_columns[column] || !says.indicator->meets(column, at)) continue;
            const target to = row_target(on, *on.bound_columns[column], at);
            if (to.indicator != nullptr) *to.indicator = says.indicator->number;
        }
    }
}

SQLRETURN fetch(statement& on, visit& call) {
    if (on.rows_fetched != nullptr) *on.rows_fetched = 0;
    if (!on.cursor) return on.diag.error("24000", "there is no open cursor");
    if (on.parent->dead) return on.diag.error("08S01", "the connection is lost");
    open_cursor& cursor = *on.cursor;
    const std::uint64_t count =
        std::min<std::uint64_t>(on.row_array_size, rows_to_deliver(cursor.rows) - cursor.next_row);
    cursor.block_rows = 0;
    SQLRETURN answered = SQL_SUCCESS;
    for (std::uint64_t at = 0; at < count; ++at) {
        const SQLRETURN stored = store_row(on, at);
        if (stored == SQL_ERROR) return SQL_ERROR;
        if (stored != SQL_SUCCESS) answered = stored;
        set_status(on, at, stored == SQL_SUCCESS ? SQL_ROW_SUCCESS : SQL_ROW_SUCCESS_WITH_INFO);
    }
    for (std::uint64_t at = count; at < on.row_array_size; ++at) set_status(on, at, SQL_ROW_NOROW);
    if (count == 0) return end_of_rows(on);
    cursor.block_row = cursor.next_row;
    cursor.block_rows = count;
    cursor.next_row += count;
    cursor.position = 0;
    cursor.column = 0;
    if (on.rows_fetched != nullptr) *on.rows_fetched = count;
    call.set_detail(count);
    tell(call.met().says, on, count);
    return answered;
}

SQLRETURN get_data(statement& on, SQLUSMALLINT number, const target& to, const lies& says) {
    if (!on.cursor || on.cursor->block_rows == 0) return on.diag.error("24000", "the cursor is on no row");
    if (on.parent->dead) return on.diag.error("08S01", "the connection is lost");
    if (number == 0 || number > on.columns.size())
        return on.diag.error("07009", "there is no column " + std::to_string(number));
    if (to.data == nullptr) return on.diag.error("HY009", "SQLGetData needs a buffer");
    open_cursor& cursor = *on.cursor;
    if (cursor.column != number) {
        cursor.column = number;
        cursor.offset = 0;
    }
    if (!cursor.offset) return SQL_NO_DATA;
    const place where{static_cast<SQLLEN>(cursor.position + 1), number};
    const SQLRETURN stored =
        store(cursor.rows.at(cursor.block_row + cursor.position, number - 1U), to, where, *cursor.offset, on.diag);
    if (stored == SQL_SUCCESS) cursor.offset.reset();
    if (says.indicator && says.indicator->meets(number - 1U, cursor.position) && to.indicator != nullptr)
        *to.indicator = says.indicator->number;
    return stored;
}

SQLRETURN set_position(statement& on, SQLULEN row, SQLUSMALLINT operation) {
    if (operation != SQL_POSITION) return on.diag.not_implemented("another operation than SQL_POSITION");
    if (!on.cursor) return on.diag.error("24000", "there is no open cursor");
    if (row == 0 || row > on.cursor->block_rows) return on.diag.error("HY107", "the block has no such row");
    on.cursor->position = row - 1;
    on.cursor->column = 0;
    return SQL_SUCCESS;
}

SQLRETURN bind_column(statement& on, SQLUSMALLINT number, const target& to) {
    if (number == 0 || number > limits::columns_max) return on.diag.error("07009", "there is no such column");
    if (on.bound_columns.size() < number) on.bound_columns.resize(number);
    auto& bound = on.bound_columns[number - 1U];
    bound.reset();
    if (to.data == nullptr && to.indicator == nullptr) return SQL_SUCCESS;
    if (!is_known(to.c_type)) return on.diag.not_implemented("C type " + std::to_string(to.c_type));
    bound = to;
    return SQL_SUCCESS;
}

SQLRETURN free_statement(statement& on, SQLUSMALLINT option) {
    switch (option) {
        case SQL_CLOSE:
            on.cursor.reset();
            on.following.clear();
            return SQL_SUCCESS;
        case SQL_UNBIND:
            on.bound_columns.clear();
            return SQL_SUCCESS;
        case SQL_RESET_PARAMS:
            on.parameters.clear();
            return SQL_SUCCESS;
        case SQL_DROP:
            handle_table::instance().free(on);
            return SQL_SUCCESS;
        default:
            return on.diag.error("HY092", "there is no such option");
    }
}

}  // namespace

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLBindCol(SQLHSTMT handle, SQLUSMALLINT number, SQLSMALLINT c_type,
                                                 SQLPOINTER data, SQLLEN capacity, SQLLEN* indicator) {
    return on_statement(function::SQLBindCol, handle, [=](statement& on, visit&) {
        return bind_column(on, number, {c_type, data, capacity, indicator});
    });
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLFetch(SQLHSTMT handle) {
    return on_statement(function::SQLFetch, handle, [](statement& on, visit& call) { return fetch(on, call); });
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLFetchScroll(SQLHSTMT handle, SQLSMALLINT orientation, SQLLEN) {
    return on_statement(function::SQLFetchScroll, handle, [=](statement& on, visit& call) {
        return orientation == SQL_FETCH_NEXT ? fetch(on, call)
                                             : on.diag.error("HY106", "the cursor moves forward only");
    });
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLSetPos(SQLHSTMT handle, SQLSETPOSIROW row, SQLUSMALLINT operation,
                                                SQLUSMALLINT) {
    return on_statement(function::SQLSetPos, handle,
                        [=](statement& on, visit&) { return set_position(on, row, operation); });
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLGetData(SQLHSTMT handle, SQLUSMALLINT number, SQLSMALLINT c_type,
                                                 SQLPOINTER data, SQLLEN capacity, SQLLEN* indicator) {
    return on_statement(function::SQLGetData, handle, [=](statement& on, visit& call) {
        return get_data(on, number, {c_type, data, capacity, indicator}, call.met().says);
    });
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLFreeStmt(SQLHSTMT handle, SQLUSMALLINT option) {
    return on_statement(function::SQLFreeStmt, handle,
                        [=](statement& on, visit&) { return free_statement(on, option); });
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLCloseCursor(SQLHSTMT handle) {
    return on_statement(function::SQLCloseCursor, handle, [](statement& on, visit&) -> SQLRETURN {
        if (!on.cursor) return on.diag.error("24000", "there is no open cursor");
        on.cursor.reset();
        on.following.clear();
        return SQL_SUCCESS;
    });
}

}  // namespace sluice::fault_driver
