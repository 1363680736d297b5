// Parameters that stay bound between two executions of their statement.

#include "parameters.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace sluice::odbc {
namespace {

bool is_text(const bound_parameter& p) noexcept {
    return p.c_type == SQL_C_CHAR || p.c_type == SQL_C_BINARY;
}

// Their size says how long the value is, and no driver cares.
bool has_any_size(const bound_parameter& p) noexcept {
    switch (p.sql_type) {
        case SQL_VARCHAR:
        case SQL_LONGVARCHAR:
        case SQL_VARBINARY:
        case SQL_LONGVARBINARY:
            return true;
        default:
            return false;
    }
}

// False: it does not fit there.
bool put_value(const bound_parameter& value, bound_parameter& bound) noexcept {
    if (value.c_type != bound.c_type || value.sql_type != bound.sql_type || value.digits != bound.digits) return false;
    if (!is_text(value)) {
        if (value.size != bound.size) return false;
        bound.fixed = value.fixed;
    } else {
        if (value.bytes() > bound.room || bound.room == 0 || value.size > bound.size) return false;
        std::memcpy(bound.made.data(), value.data(), value.bytes());
    }
    bound.length = value.length;
    return true;
}

}  // namespace

void give_room(std::vector<bound_parameter>& all, std::size_t bytes_max) {
    constexpr std::size_t least = 32;
    constexpr std::size_t most = 512;
    constexpr SQLULEN digits_most = 38;
    std::size_t in_all = 0;
    if (std::any_of(all.begin(), all.end(), [](const bound_parameter& p) { return !p.lengths.empty(); })) return;
    for (const bound_parameter& p : all)
        if (is_text(p)) in_all += std::max(least, std::bit_ceil(p.bytes()));
    if (in_all > bytes_max) return;
    for (bound_parameter& p : all) {
        // sqliteodbc takes an empty binary for one that fills its buffer.
        if (p.c_type != SQL_C_CHAR || p.told || p.bytes() > most) continue;
        p.room = std::max(least, std::bit_ceil(p.bytes()));
        if (p.given != nullptr) p.made.assign(static_cast<const char*>(p.given), p.bytes());
        p.made.resize(p.room);
        p.given = nullptr;
        p.size = std::max<SQLULEN>(p.size, has_any_size(p) ? p.room : digits_most);
    }
}

bool may_stay_bound(const std::vector<bound_parameter>& all) noexcept {
    return std::all_of(all.begin(), all.end(),
                       [](const bound_parameter& p) { return p.lengths.empty() && (!is_text(p) || p.room != 0); });
}

void put_values(std::vector<bound_parameter>& values, std::vector<bound_parameter>& bound) noexcept {
    for (std::size_t i = 0; i < values.size(); ++i)
        if (!put_value(values[i], bound[i])) bound[i] = std::move(values[i]);
}

SQLRETURN bind_parameters(const stmt_handle& statement, std::vector<bound_parameter>& from) noexcept {
    SQLUSMALLINT number = 0;
    for (bound_parameter& p : from) {
        ++number;
        if (p.told) continue;
        const SQLRETURN rc =
            SQLBindParameter(statement.get(), number, SQL_PARAM_INPUT, p.c_type, p.sql_type, p.size, p.digits,
                             const_cast<void*>(p.data()), static_cast<SQLLEN>(std::max(p.bytes(), p.room)),
                             p.lengths.empty() ? &p.length : p.lengths.data());
        if (!api::succeeded(rc)) return rc;
        p.told = true;
    }
    return SQL_SUCCESS;
}

}  // namespace sluice::odbc
