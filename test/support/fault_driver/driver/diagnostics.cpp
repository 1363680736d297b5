#include "diagnostics.hpp"

#include "limits.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace sluice::fault_driver {
namespace {

template <class Length>
bool copy_text_as(std::string_view text, void* out, std::int64_t capacity, Length* length) noexcept {
    constexpr auto most = static_cast<std::size_t>(std::numeric_limits<Length>::max());
    if (length != nullptr) *length = static_cast<Length>(std::min(text.size(), most));
    if (out == nullptr || capacity <= 0) return false;
    const std::size_t fits = std::min(text.size(), static_cast<std::size_t>(capacity) - 1);
    std::memcpy(out, text.data(), fits);
    static_cast<char*>(out)[fits] = '\0';
    return fits < text.size();
}

SQLRETURN text_field(std::string_view text, SQLPOINTER value, SQLSMALLINT capacity, SQLSMALLINT* length) noexcept {
    return copy_text(text, value, capacity, length) ? SQL_SUCCESS_WITH_INFO : SQL_SUCCESS;
}

}  // namespace

bool copy_text(std::string_view text, void* out, std::int64_t capacity, SQLSMALLINT* length) noexcept {
    return copy_text_as(text, out, capacity, length);
}

bool copy_text(std::string_view text, void* out, std::int64_t capacity, SQLINTEGER* length) noexcept {
    return copy_text_as(text, out, capacity, length);
}

void diagnostics::add(diagnostic record) noexcept {
    if (records_.size() >= limits::records_max) return;
    try {
        records_.push_back(std::move(record));
    } catch (...) {  // out of memory: an error without a record
    }
}

SQLRETURN diagnostics::error(std::string_view state, std::string_view message, std::int32_t native) noexcept {
    try {
        diagnostic record;
        record.state = state;
        record.native = native;
        record.message = "[fault driver] ";
        record.message += message;
        add(std::move(record));
    } catch (...) {  // out of memory: an error without a record
    }
    return SQL_ERROR;
}

SQLRETURN diagnostics::not_implemented(std::string_view what) noexcept {
    try {
        return error("HYC00", std::string(what) + " is not something this driver does");
    } catch (...) {
        return SQL_ERROR;
    }
}

const diagnostic* diagnostics::record(SQLSMALLINT number) const noexcept {
    if (records_.empty() || lies_.none) return nullptr;
    const auto at = static_cast<std::size_t>(number) - 1;
    if (at >= std::max(records_.size(), lies_.count_least)) return nullptr;
    return &records_[std::min(at, records_.size() - 1)];
}

SQLRETURN diagnostics::read_message(const diagnostic& of, void* out, SQLSMALLINT capacity, SQLSMALLINT* length) const {
    std::string text = of.message;
    if (text.size() < lies_.bytes_least) text.resize(lies_.bytes_least, '.');
    const SQLRETURN answered = text_field(text, out, capacity, length);
    if (lies_.unterminated && out != nullptr && capacity > 0) {
        const auto written = std::min(text.size(), static_cast<std::size_t>(capacity) - 1);
        std::memset(static_cast<char*>(out) + written, '!', static_cast<std::size_t>(capacity) - written);
    }
    if (lies_.length && length != nullptr) *length = *lies_.length;
    return answered;
}

SQLRETURN diagnostics::read_record(SQLSMALLINT number, SQLCHAR* state, SQLINTEGER* native, SQLCHAR* message,
                                   SQLSMALLINT capacity, SQLSMALLINT* length) const {
    if (number < 1 || capacity < 0) return SQL_ERROR;
    const diagnostic* const found = record(number);
    if (found == nullptr) return SQL_NO_DATA;
    if (state != nullptr) copy_text(found->state, state, SQL_SQLSTATE_SIZE + 1, static_cast<SQLSMALLINT*>(nullptr));
    if (native != nullptr) *native = found->native;
    return read_message(*found, message, capacity, length);
}

SQLRETURN diagnostics::read_field(SQLSMALLINT number, SQLSMALLINT field, SQLPOINTER value, SQLSMALLINT capacity,
                                  SQLSMALLINT* length) const {
    if (number < 0 || value == nullptr) return SQL_ERROR;
    switch (field) {  // of the header, whatever the number
        case SQL_DIAG_NUMBER:
            *static_cast<SQLINTEGER*>(value) = lies_.none ? 0 : static_cast<SQLINTEGER>(records_.size());
            return SQL_SUCCESS;
        case SQL_DIAG_DYNAMIC_FUNCTION:
            return text_field("", value, capacity, length);
        case SQL_DIAG_DYNAMIC_FUNCTION_CODE:
            *static_cast<SQLINTEGER*>(value) = SQL_DIAG_UNKNOWN_STATEMENT;
            return SQL_SUCCESS;
        default:
            break;
    }
    if (number == 0) return SQL_ERROR;
    const diagnostic* const found = record(number);
    if (found == nullptr) return SQL_NO_DATA;
    switch (field) {
        case SQL_DIAG_SQLSTATE:
            return text_field(found->state, value, capacity, length);
        case SQL_DIAG_NATIVE:
            *static_cast<SQLINTEGER*>(value) = found->native;
            return SQL_SUCCESS;
        case SQL_DIAG_MESSAGE_TEXT:
            return read_message(*found, value, capacity, length);
        case SQL_DIAG_CLASS_ORIGIN:
        case SQL_DIAG_SUBCLASS_ORIGIN:
            return text_field(found->state.starts_with("HY") ? "ODBC 3.0" : "ISO 9075", value, capacity, length);
        case SQL_DIAG_CONNECTION_NAME:
            return text_field("", value, capacity, length);
        case SQL_DIAG_SERVER_NAME:
            return text_field("SluiceFault", value, capacity, length);
        case SQL_DIAG_ROW_NUMBER:
            *static_cast<SQLLEN*>(value) = found->row;
            return SQL_SUCCESS;
        case SQL_DIAG_COLUMN_NUMBER:
            *static_cast<SQLINTEGER*>(value) = found->column;
            return SQL_SUCCESS;
        default:
            return SQL_ERROR;
    }
}

}  // namespace sluice::fault_driver
