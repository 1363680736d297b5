#include "long_cell.hpp"

#include <sluice/protocol/limits.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice::odbc {
namespace {

constexpr std::size_t first_piece_bytes = 4'096;
constexpr std::size_t piece_bytes_max = std::size_t{1} << 20;

error too_large(const cell_place& place) {
    return cell_error(errc::too_large, "the value is longer than limits::value_bytes_max: select a part of it",
                      place.row, place.column);
}

error get_data_error(const executed_statement& statement, SQLRETURN rc, const cell_place& place) {
    return fetch_error(statement, rc, "SQLGetData", 0, 0, place.row);
}

}  // namespace

result<void> read_rest(const executed_statement& statement, const cell_place& place, SQLLEN length,
                       std::string& bytes) {
    const std::size_t terminator = place.c_type == SQL_C_CHAR ? 1 : 0;
    std::size_t have = bytes.size();
    std::size_t next_piece = first_piece_bytes;
    for (;;) {
        if (length >= 0 && static_cast<std::size_t>(length) > limits::value_bytes_max - have) return too_large(place);
        const std::size_t room = length >= 0 ? static_cast<std::size_t>(length) : next_piece;
        if (room > limits::value_bytes_max - have) return too_large(place);
        bytes.resize(have + room);  // std::string has room for the terminator
        SQLLEN told = 0;
        const SQLRETURN rc =
            SQLGetData(statement.handle.get(), static_cast<SQLUSMALLINT>(place.column + 1), place.c_type,
                       bytes.data() + have, static_cast<SQLLEN>(room + terminator), &told);
        if (rc == SQL_NO_DATA) break;
        if (!api::succeeded(rc)) return get_data_error(statement, rc, place);
        if (told < 0 && told != SQL_NO_TOTAL)
            return cell_error(errc::driver_misbehaved, "SQLGetData says that a long value has no length", place.row,
                              place.column);
        const bool more = told == SQL_NO_TOTAL || static_cast<std::size_t>(told) > room;
        have += more ? room : static_cast<std::size_t>(told);
        if (!more) break;
        length = told == SQL_NO_TOTAL ? told : told - static_cast<SQLLEN>(room);
        next_piece = std::min(next_piece * 2, piece_bytes_max);
    }
    bytes.resize(have);
    return {};
}

void put_bytes(protocol::batch_storage& to, std::size_t row, std::size_t column, std::string bytes) {
    const std::size_t stride = to.slot(column).stride;
    if (bytes.size() > stride) return to.put_outside(row, column, std::move(bytes));
    std::memcpy(to.data(column) + row * stride, bytes.data(), bytes.size());
    to.lengths(column)[row] = static_cast<std::int64_t>(bytes.size());
}

error cell_error(errc code, std::string message, std::int64_t row, std::size_t column) {
    error_record made;
    made.code = code;
    made.message = std::move(message);
    made.outcome = outcome::applied;
    made.session = session_state::usable;
    made.row = row;
    made.column = static_cast<std::int32_t>(column);
    return error(std::move(made));
}

error cell_mismatch(const schema& columns, std::int64_t row, std::size_t column) {
    std::string message = "the cell holds no ";
    message += to_string(columns[column].type);
    message += " that Sluice can deliver: cast the column to text to read it";
    return cell_error(errc::type_mismatch, std::move(message), row, column);
}

error fetch_error(const executed_statement& statement, SQLRETURN rc, const char* function, std::int64_t first_row,
                  std::size_t rows, std::int64_t row) {
    diagnostic_extent extent;
    extent.rows = static_cast<std::int64_t>(rows);
    failure failed = failed_call(rc, function, statement.handle, extent);
    for (auto& record : failed.records)
        if (record.row >= 0) record.row += first_row;
    error made = to_error(*statement.connection, phase::fetching, std::move(failed), statement.effects);
    if (row < 0) return made;
    error_record placed = made.record();
    placed.row = row;
    return error(std::move(placed));
}

error driver_misbehaved(const char* function, std::string message) {
    error_record made;
    made.code = errc::driver_misbehaved;
    made.message = std::move(message);
    made.function = function;
    made.outcome = outcome::applied;
    made.session = session_state::usable;
    return error(std::move(made));
}

}  // namespace sluice::odbc
