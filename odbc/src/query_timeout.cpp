#include "query_timeout.hpp"

#include "statement.hpp"

namespace sluice::odbc {

void tell_query_timeout(connection_state& c, const stmt_handle& statement, std::chrono::seconds limit) noexcept {
    if (limit.count() <= 0 || c.timeout == timeout_support::ignored) return;
    const auto wanted = static_cast<SQLULEN>(limit.count());
    const SQLRETURN rc = SQLSetStmtAttr(statement.get(), SQL_ATTR_QUERY_TIMEOUT, api::number(wanted), 0);
    if (c.timeout == timeout_support::kept) return;
    SQLULEN kept = 0;
    const bool told = api::succeeded(rc) && api::succeeded(SQLGetStmtAttr(statement.get(), SQL_ATTR_QUERY_TIMEOUT,
                                                                          &kept, SQL_IS_UINTEGER, nullptr));
    c.timeout = told && kept == wanted ? timeout_support::kept : timeout_support::ignored;
}

}  // namespace sluice::odbc
