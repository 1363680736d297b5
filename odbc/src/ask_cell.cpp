#include "ask_cell.hpp"

#include "classify.hpp"
#include "statement.hpp"

#include <sluice/protocol/limits.hpp>

namespace sluice::odbc {

result<std::optional<std::string>> ask_cell(connection_state& c, const std::string& sql, phase within) {
    const watched_call call(c);
    stmt_handle statement;
    const auto failed = [&](SQLRETURN rc, const char* function) {
        statement_effects none;
        none.changes_nothing = true;
        return to_error(c, within, failed_call(rc, function, statement), none);
    };
    SQLRETURN rc = statement.allocate(c.dbc.get());
    if (!api::succeeded(rc)) return to_error(c, phase::beginning, failed_call(rc, "SQLAllocHandle", c.dbc));
    rc = SQLExecDirect(statement.get(), api::text(sql), static_cast<SQLINTEGER>(sql.size()));
    if (!api::succeeded(rc) && rc != SQL_NO_DATA) return failed(rc, "SQLExecDirect");
    SQLSMALLINT columns = 0;
    rc = SQLNumResultCols(statement.get(), &columns);
    if (!api::succeeded(rc)) return failed(rc, "SQLNumResultCols");
    std::optional<std::string> cell;
    if (columns == 0) return cell;
    // sqliteodbc runs it only when its rows are read.
    for (std::size_t row = 0; (rc = SQLFetch(statement.get())) != SQL_NO_DATA; ++row) {
        if (!api::succeeded(rc)) return failed(rc, "SQLFetch");
        if (row != 0) continue;
        std::string text(limits::setting_value_bytes_max + 1, '\0');
        SQLLEN length = 0;
        rc = SQLGetData(statement.get(), 1, SQL_C_CHAR, text.data(), static_cast<SQLLEN>(text.size()), &length);
        if (!api::succeeded(rc)) return failed(rc, "SQLGetData");
        if (length == SQL_NULL_DATA) continue;
        if (length < 0 || length >= static_cast<SQLLEN>(text.size()))
            return refused(errc::too_large, "a value of the session is longer than " +
                                                std::to_string(limits::setting_value_bytes_max) + " bytes");
        text.resize(static_cast<std::size_t>(length));
        cell = std::move(text);
    }
    return cell;
}

}  // namespace sluice::odbc
