#include "parameters.hpp"

#include "convert.hpp"

#include <cstring>
#include <string>

namespace sluice::fault_driver {
namespace {

// The buffers belong to the application, which may align them as it likes.
template <class T>
T load(const void* data) noexcept {
    T value{};
    std::memcpy(&value, data, sizeof value);
    return value;
}

// Nothing where the length is no length: data at execution, default parameters.
std::optional<std::uint64_t> length_of(const parameter& from) noexcept {
    const SQLLEN length = from.indicator == nullptr ? SQLLEN{SQL_NTS} : *from.indicator;
    if (length >= 0) return static_cast<std::uint64_t>(length);
    if (length == SQL_NTS && is_text(from.c_type)) return std::strlen(static_cast<const char*>(from.data));
    return std::nullopt;
}

bool read_bytes(const parameter& from, cell& into) {
    const auto bytes = length_of(from);
    if (!bytes) return false;
    into.bytes = *bytes;
    into.stored.emplace(static_cast<const char*>(from.data), *bytes);
    return true;
}

// The value into a cell of the right kind; false where there is none that this driver reads.
bool read_value(const parameter& from, cell& into) {
    switch (from.c_type) {
        case SQL_C_BIT:
        case SQL_C_UTINYINT:
            into.integer = load<SQLCHAR>(from.data);
            return true;
        case SQL_C_STINYINT:
            into.integer = static_cast<int>(load<std::int8_t>(from.data));
            return true;
        case SQL_C_SSHORT:
            into.integer = load<SQLSMALLINT>(from.data);
            return true;
        case SQL_C_LONG:
        case SQL_C_SLONG:
            into.integer = load<SQLINTEGER>(from.data);
            return true;
        case SQL_C_SBIGINT:
            into.integer = load<std::int64_t>(from.data);
            return true;
        case SQL_C_FLOAT:
            into.real = static_cast<double>(load<float>(from.data));
            return true;
        case SQL_C_DOUBLE:
            into.real = load<double>(from.data);
            return true;
        case SQL_C_CHAR:
        case SQL_C_BINARY:
            return read_bytes(from, into);
        case SQL_C_TYPE_TIMESTAMP: {
            const auto value = load<SQL_TIMESTAMP_STRUCT>(from.data);
            into.timestamp = {value.year,   value.month,  value.day,     value.hour,
                              value.minute, value.second, value.fraction};
            return true;
        }
        default:
            return false;
    }
}

cell::kind kind_of(SQLSMALLINT c_type) noexcept {
    switch (c_type) {
        case SQL_C_FLOAT:
        case SQL_C_DOUBLE:
            return cell::kind::real;
        case SQL_C_CHAR:
            return cell::kind::text;
        case SQL_C_BINARY:
            return cell::kind::binary;
        case SQL_C_TYPE_TIMESTAMP:
            return cell::kind::timestamp;
        default:
            return cell::kind::integer;
    }
}

std::optional<cell> read_parameter(const parameter& from) {
    cell read;
    read.what = kind_of(from.c_type);
    read.null = from.indicator != nullptr && *from.indicator == SQL_NULL_DATA;
    if (!read.null && (from.data == nullptr || !read_value(from, read))) return std::nullopt;
    return read;
}

}  // namespace

std::optional<std::vector<cell>> read_parameters(const std::vector<parameter>& bound, std::size_t count,
                                                 diagnostics& diag) {
    std::vector<cell> values;
    for (std::size_t at = 0; at < count; ++at) {
        if (at >= bound.size() || !bound[at].bound) {
            diag.error("07002", "parameter " + std::to_string(at + 1) + " is not bound");
            return std::nullopt;
        }
        auto value = read_parameter(bound[at]);
        if (!value) {
            diag.not_implemented("the C type or the length of parameter " + std::to_string(at + 1));
            return std::nullopt;
        }
        values.push_back(*std::move(value));
    }
    return values;
}

}  // namespace sluice::fault_driver
