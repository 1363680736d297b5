#include "lies.hpp"

#include "limits.hpp"

#include <algorithm>
#include <limits>

namespace sluice::fault_driver {
namespace {

constexpr std::size_t record_number_max = std::numeric_limits<SQLSMALLINT>::max();

template <class Value>
Value read_value(word_reader& words, std::string_view what) {
    using range = std::numeric_limits<Value>;
    constexpr auto most = static_cast<std::int64_t>(std::min<std::uint64_t>(range::max(), INT64_MAX));
    const auto read = words.accept_integer(static_cast<std::int64_t>(range::min()), most);
    if (!read) words.fail(what);
    return static_cast<Value>(*read);
}

std::optional<std::uint64_t> read_lied_row(word_reader& words) {
    if (!words.accept("row")) return std::nullopt;
    return words.expect_number("a row of the block, from 0", limits::row_count_max);
}

SQLLEN read_indicator(word_reader& words) {
    if (words.accept("SQL_NO_TOTAL")) return SQL_NO_TOTAL;
    if (words.accept("SQL_NULL_DATA")) return SQL_NULL_DATA;
    return read_value<SQLLEN>(words, "a length, SQL_NO_TOTAL or SQL_NULL_DATA");
}

SQLUSMALLINT read_status(word_reader& words) {
    if (words.accept("SQL_ROW_ERROR")) return SQL_ROW_ERROR;
    if (words.accept("SQL_ROW_NOROW")) return SQL_ROW_NOROW;
    return read_value<SQLUSMALLINT>(words, "a number, SQL_ROW_ERROR or SQL_ROW_NOROW");
}

void read_diagnostic_lie(word_reader& words, diagnostic_lies& into) {
    if (words.accept("none")) {
        into.none = true;
    } else if (words.accept("endless")) {
        into.count_least = record_number_max;
        if (words.at_number()) into.count_least = words.expect_number("how many records", record_number_max);
    } else if (words.accept("long")) {
        into.bytes_least = words.expect_number("how many bytes", limits::text_bytes_max);
    } else if (words.accept("length")) {
        into.length = read_value<SQLSMALLINT>(words, "a length from -32768 to 32767");
    } else if (words.accept("unterminated")) {
        into.unterminated = true;
    } else {
        words.fail("none, endless, long, length or unterminated");
    }
}

}  // namespace

void lies::add(const lies& other) {
    if (!fetched) fetched = other.fetched;
    if (!indicator) indicator = other.indicator;
    if (!status) status = other.status;
    diag.none = diag.none || other.diag.none;
    diag.count_least = std::max(diag.count_least, other.diag.count_least);
    diag.bytes_least = std::max(diag.bytes_least, other.diag.bytes_least);
    if (!diag.length) diag.length = other.diag.length;
    diag.unterminated = diag.unterminated || other.diag.unterminated;
}

bool read_lie(word_reader& words, lies& into) {
    if (words.accept("fetched")) {
        into.fetched = words.expect_number("a count of rows", limits::row_count_max);
    } else if (words.accept("indicator")) {
        auto& read = into.indicator.emplace();
        read.number = read_indicator(words);
        if (words.accept("column")) read.column = words.expect_number("a column, from 0", limits::columns_max);
        read.row = read_lied_row(words);
    } else if (words.accept("status")) {
        auto& read = into.status.emplace();
        read.number = read_status(words);
        read.row = read_lied_row(words);
    } else if (words.accept("diag")) {
        read_diagnostic_lie(words, into.diag);
    } else {
        return false;
    }
    return true;
}

}  // namespace sluice::fault_driver
