#include "diagnostics.hpp"

#include "utf8.hpp"

#include <sluice/protocol/limits.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace sluice::odbc {
namespace {

// The text that a driver left in a buffer: neither its length nor its terminator is to be believed.
std::string buffer_text(const char* buffer, std::size_t capacity, std::int64_t told) {
    const std::size_t terminated = strnlen(buffer, capacity);
    const std::size_t length = told < 0 ? terminated : std::min(terminated, static_cast<std::size_t>(told));
    return to_utf8({buffer, length});
}

// A number of the header or of a record, when it is between 1 and max; else -1. From 1 at the driver, from 0 here.
template <class Number>
std::int64_t position(SQLSMALLINT type, SQLHANDLE h, SQLSMALLINT record, SQLSMALLINT field, std::int64_t max) {
    if (max <= 0) return -1;
    Number number = 0;
    const SQLRETURN rc = SQLGetDiagField(type, h, record, field, &number, 0, nullptr);
    if (!api::succeeded(rc) || number < 1 || static_cast<std::int64_t>(number) > max) return -1;
    return static_cast<std::int64_t>(number) - 1;
}

// False when there is no such record.
bool read_record(SQLSMALLINT type, SQLHANDLE h, SQLSMALLINT record, diagnostic& into) {
    constexpr std::size_t short_text = 1024;
    static_assert(limits::diagnostic_text_bytes_max < 32'767);
    std::array<SQLCHAR, 6> state{};
    std::array<char, short_text> text{};
    SQLINTEGER native = 0;
    SQLSMALLINT length = 0;
    SQLRETURN rc = SQLGetDiagRec(type, h, record, state.data(), &native, reinterpret_cast<SQLCHAR*>(text.data()),
                                 static_cast<SQLSMALLINT>(text.size()), &length);
    if (!api::succeeded(rc)) return false;
    into.message = buffer_text(text.data(), text.size(), length);
    if (length < 0 || static_cast<std::size_t>(length) >= text.size()) {
        std::string longer(limits::diagnostic_text_bytes_max, '\0');
        rc = SQLGetDiagRec(type, h, record, state.data(), &native, reinterpret_cast<SQLCHAR*>(longer.data()),
                           static_cast<SQLSMALLINT>(longer.size()), &length);
        if (api::succeeded(rc)) into.message = buffer_text(longer.data(), longer.size(), length);
    }
    into.sqlstate = buffer_text(reinterpret_cast<const char*>(state.data()), 5, 5);
    into.native = native;
    return true;
}

}  // namespace

std::vector<diagnostic> read_diagnostics(SQLSMALLINT handle_type, SQLHANDLE h, diagnostic_extent extent) {
    std::vector<diagnostic> records;
    if (h == SQL_NULL_HANDLE) return records;
    for (SQLSMALLINT i = 1; static_cast<std::size_t>(i) <= limits::diagnostics_max; ++i) {
        diagnostic record;
        if (!read_record(handle_type, h, i, record)) break;
        record.row = position<SQLLEN>(handle_type, h, i, SQL_DIAG_ROW_NUMBER, extent.rows);
        record.column =
            static_cast<std::int32_t>(position<SQLINTEGER>(handle_type, h, i, SQL_DIAG_COLUMN_NUMBER, extent.columns));
        records.push_back(std::move(record));
    }
    return records;
}

void add_warnings(std::vector<diagnostic>& to, std::vector<diagnostic> more) {
    for (auto& record : more) {
        if (to.size() >= limits::warnings_max) return;
        to.push_back(std::move(record));
    }
}

std::string scrubbed(std::string text, const std::vector<std::string>& secrets) {
    constexpr std::string_view hidden = "***";
    for (const auto& secret : secrets) {
        if (secret.empty()) continue;
        for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + hidden.size()))
            text.replace(at, secret.size(), hidden);
    }
    return text;
}

void scrub(std::vector<diagnostic>& records, const std::vector<std::string>& secrets) {
    for (auto& record : records) record.message = scrubbed(std::move(record.message), secrets);
}

}  // namespace sluice::odbc
