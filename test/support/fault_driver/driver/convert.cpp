#include "convert.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string>

namespace sluice::fault_driver {
namespace {

// The buffers belong to the application, which may align them as it likes.
template <class T>
SQLRETURN store_fixed(const T& value, const target& to) noexcept {
    if (to.indicator != nullptr) *to.indicator = sizeof value;
    if (to.data != nullptr) std::memcpy(to.data, &value, sizeof value);
    return SQL_SUCCESS;
}

SQLRETURN error_at(const place& where, const char* state, std::string message, diagnostics& diag) {
    diag.add({.state = state,
              .native = 0,
              .message = "[fault driver] " + std::move(message),
              .row = where.row,
              .column = where.column});
    return SQL_ERROR;
}

SQLRETURN store_bytes(const cell& from, const target& to, const place& where, std::uint64_t& offset,
                      diagnostics& diag) {
    const std::uint64_t rest = from.bytes - offset;
    const std::uint64_t terminator = is_text(to.c_type) ? 1 : 0;
    const auto capacity = static_cast<std::uint64_t>(std::max<SQLLEN>(to.capacity, 0));
    const std::uint64_t room = capacity > terminator ? capacity - terminator : 0;
    const auto count = static_cast<std::size_t>(std::min(rest, room));
    if (to.indicator != nullptr) *to.indicator = static_cast<SQLLEN>(rest);
    if (to.data == nullptr) return SQL_SUCCESS;
    auto* const out = static_cast<char*>(to.data);
    from.copy(offset, count, out);
    if (terminator != 0 && capacity != 0) out[count] = '\0';
    offset += count;
    if (count == rest) return SQL_SUCCESS;
    error_at(where, "01004", "the value has " + std::to_string(rest) + " bytes and was cut", diag);
    return SQL_SUCCESS_WITH_INFO;
}

std::string text_of(const cell& from) {
    if (from.what == cell::kind::integer) return std::to_string(from.integer);
    std::array<char, 64> text{};
    if (from.what == cell::kind::real) {
        std::snprintf(text.data(), text.size(), "%.17g", from.real);
    } else {
        const auto& t = from.timestamp;
        std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02u:%02u:%02u.%06u", t.year, t.month, t.day, t.hour,
                      t.minute, t.second, t.fraction / 1'000);
    }
    return text.data();
}

SQLRETURN store_text(const cell& from, const target& to, const place& where, std::uint64_t& offset, diagnostics& diag) {
    if (from.what == cell::kind::text) return store_bytes(from, to, where, offset, diag);
    if (from.what == cell::kind::binary) return error_at(where, "HYC00", "binary is not read as text", diag);
    cell text;
    text.what = cell::kind::text;
    text.stored = text_of(from);
    text.bytes = text.stored->size();
    return store_bytes(text, to, where, offset, diag);
}

SQLRETURN store_slong(const cell& from, const target& to, const place& where, diagnostics& diag) {
    using range = std::numeric_limits<SQLINTEGER>;
    if (from.integer < range::min() || from.integer > range::max()) {
        return error_at(where, "22003", std::to_string(from.integer) + " does not fit", diag);
    }
    return store_fixed(static_cast<SQLINTEGER>(from.integer), to);
}

SQL_TIMESTAMP_STRUCT timestamp_of(const cell& from) noexcept {
    const auto& t = from.timestamp;
    return {t.year, t.month, t.day, t.hour, t.minute, t.second, t.fraction};
}

}  // namespace

bool is_known(SQLSMALLINT c_type) noexcept {
    switch (c_type) {
        case SQL_C_SBIGINT:
        case SQL_C_SLONG:
        case SQL_C_LONG:
        case SQL_C_DOUBLE:
        case SQL_C_CHAR:
        case SQL_C_BINARY:
        case SQL_C_TYPE_TIMESTAMP:
            return true;
        default:
            return false;
    }
}

std::size_t stride(const target& to) noexcept {
    switch (to.c_type) {
        case SQL_C_SBIGINT:
            return sizeof(std::int64_t);
        case SQL_C_SLONG:
        case SQL_C_LONG:
            return sizeof(SQLINTEGER);
        case SQL_C_DOUBLE:
            return sizeof(double);
        case SQL_C_TYPE_TIMESTAMP:
            return sizeof(SQL_TIMESTAMP_STRUCT);
        default:
            return static_cast<std::size_t>(std::max<SQLLEN>(to.capacity, 0));
    }
}

SQLRETURN store(const cell& from, const target& to, const place& where, std::uint64_t& offset, diagnostics& diag) {
    using kind = cell::kind;
    if (from.null) {
        if (to.indicator == nullptr) return error_at(where, "22002", "a NULL needs an indicator", diag);
        *to.indicator = SQL_NULL_DATA;
        return SQL_SUCCESS;
    }
    switch (to.c_type) {
        case SQL_C_SBIGINT:
            if (from.what == kind::integer) return store_fixed(from.integer, to);
            break;
        case SQL_C_SLONG:
        case SQL_C_LONG:
            if (from.what == kind::integer) return store_slong(from, to, where, diag);
            break;
        case SQL_C_DOUBLE:
            if (from.what == kind::integer) return store_fixed(static_cast<double>(from.integer), to);
            if (from.what == kind::real) return store_fixed(from.real, to);
            break;
        case SQL_C_TYPE_TIMESTAMP:
            if (from.what == kind::timestamp) return store_fixed(timestamp_of(from), to);
            break;
        case SQL_C_CHAR:
            return store_text(from, to, where, offset, diag);
        case SQL_C_BINARY:
            if (from.what == kind::text || from.what == kind::binary) return store_bytes(from, to, where, offset, diag);
            break;
        default:
            break;
    }
    return error_at(where, "HYC00", "this driver does not convert the column to that C type", diag);
}

}  // namespace sluice::fault_driver
