#include "describe.hpp"

#include "utf8.hpp"

#include <sluice/protocol/limits.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

namespace sluice::odbc {
namespace {

error failed(const executed_statement& statement, SQLRETURN rc, const char* function) {
    failure seen = failed_call(rc, function, statement.handle);
    seen.interrupted = statement.interrupted;
    return to_error(*statement.connection, phase::describing, std::move(seen), statement.effects);
}

// SQLColAttribute of a number; 0 where the driver does not tell.
std::int64_t number_of(const executed_statement& statement, SQLUSMALLINT column, SQLUSMALLINT field) {
    SQLLEN number = 0;
    const SQLRETURN rc = SQLColAttribute(statement.handle.get(), column, field, nullptr, 0, nullptr, &number);
    return api::succeeded(rc) ? number : 0;
}

// SQLColAttribute of a text; empty where the driver does not tell.
std::string text_of(const executed_statement& statement, SQLUSMALLINT column, SQLUSMALLINT field) {
    std::array<char, 256> text{};
    SQLSMALLINT length = 0;
    const SQLRETURN rc = SQLColAttribute(statement.handle.get(), column, field, text.data(),
                                         static_cast<SQLSMALLINT>(text.size()), &length, nullptr);
    return api::succeeded(rc) ? to_utf8({text.data(), strnlen(text.data(), text.size())}) : std::string();
}

bool has_octets(SQLSMALLINT type) {
    switch (type) {
        case SQL_CHAR:
        case SQL_VARCHAR:
        case SQL_LONGVARCHAR:
        case SQL_WCHAR:
        case SQL_WVARCHAR:
        case SQL_WLONGVARCHAR:
        case SQL_BINARY:
        case SQL_VARBINARY:
        case SQL_LONGVARBINARY:
            return true;
        default:
            return false;
    }
}

result<described_column> describe_column(const executed_statement& statement, SQLUSMALLINT number) {
    constexpr std::size_t longest_name = 8'192;
    std::array<SQLCHAR, 256> text{};
    std::string longer;
    SQLSMALLINT length = 0;
    described_column made;
    SQLULEN size = 0;
    SQLSMALLINT nullable = SQL_NULLABLE_UNKNOWN;
    const auto call = [&](SQLCHAR* name, std::size_t room) {
        return SQLDescribeCol(statement.handle.get(), number, name, static_cast<SQLSMALLINT>(room), &length,
                              &made.sql_type, &size, &made.decimals, &nullable);
    };
    SQLRETURN rc = call(text.data(), text.size());
    const char* name = reinterpret_cast<const char*>(text.data());
    std::size_t room = text.size();
    if (api::succeeded(rc) && length >= static_cast<SQLSMALLINT>(text.size())) {
        longer.resize(longest_name);
        name = longer.data();
        room = longer.size();
        rc = call(reinterpret_cast<SQLCHAR*>(longer.data()), room);
    }
    if (!api::succeeded(rc)) return failed(statement, rc, "SQLDescribeCol");

    made.name = to_utf8({name, strnlen(name, room)});
    // sqliteodbc takes what stands before a point in a name for a table. Its label is whole.
    if (statement.connection->profile->kind == driver_kind::sqlite)
        if (auto label = text_of(statement, number, SQL_DESC_LABEL); !label.empty()) made.name = std::move(label);
    made.size = static_cast<std::int64_t>(size);
    made.nullable = nullable != SQL_NO_NULLS;
    made.type_name = text_of(statement, number, SQL_DESC_TYPE_NAME);
    if (made.sql_type == SQL_BIGINT) made.is_unsigned = number_of(statement, number, SQL_DESC_UNSIGNED) == SQL_TRUE;
    if (has_octets(made.sql_type)) made.octets = number_of(statement, number, SQL_DESC_OCTET_LENGTH);
    return made;
}

}  // namespace

result<std::vector<described_column>> describe(const executed_statement& statement) {
    SQLSMALLINT count = 0;
    const SQLRETURN rc = SQLNumResultCols(statement.handle.get(), &count);
    if (!api::succeeded(rc)) return failed(statement, rc, "SQLNumResultCols");
    std::vector<described_column> columns;
    if (count > 0 && static_cast<std::size_t>(count) > limits::columns_max)
        return error(errc::too_large, "the result has more columns than limits::columns_max: select fewer");
    columns.reserve(static_cast<std::size_t>(std::max<SQLSMALLINT>(count, 0)));
    for (SQLSMALLINT i = 1; i <= count; ++i) {
        auto column = describe_column(statement, static_cast<SQLUSMALLINT>(i));
        if (!column) return std::move(column).error();
        columns.push_back(std::move(*column));
    }
    return columns;
}

}  // namespace sluice::odbc
