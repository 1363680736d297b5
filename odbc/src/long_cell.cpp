#include "long_cell.hpp"

#include <sluice/protocol/limits.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice::odbc {
namespace {

constexpr std::size_t first_piece_bytes = 4'096;
constexpr std::size_t piece_bytes_max = std::size_t{1} << 20;

error too_large(const reading& from, const cell_place& place) {
    return from.cell_error(errc::too_large, "the value is longer than limits::value_bytes_max: select a part of it",
                           place.row, place.column);
}

}  // namespace

result<void> read_rest(const reading& from, const cell_place& place, SQLLEN length, std::string& bytes) {
    const std::size_t terminator = place.c_type == SQL_C_CHAR ? 1 : 0;
    std::size_t have = bytes.size();
    std::size_t next_piece = first_piece_bytes;
    for (;;) {
        if (auto stopped = from.stopped()) return std::move(*stopped);
        const std::size_t room = length >= 0 ? static_cast<std::size_t>(length) : next_piece;
        if (room > limits::value_bytes_max - have) return too_large(from, place);
        bytes.resize(have + room);  // std::string has room for the terminator
        SQLLEN told = 0;
        const SQLRETURN rc = SQLGetData(from.handle(), static_cast<SQLUSMALLINT>(place.column + 1), place.c_type,
                                        bytes.data() + have, static_cast<SQLLEN>(room + terminator), &told);
        if (rc == SQL_NO_DATA) break;
        if (!api::succeeded(rc)) return from.call_failed(rc, "SQLGetData", place.row);
        if (told < 0 && told != SQL_NO_TOTAL)
            return from.cell_error(errc::driver_misbehaved, "SQLGetData says that a long value has no length",
                                   place.row, place.column);
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

}  // namespace sluice::odbc
