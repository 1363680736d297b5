#include "transaction.hpp"

#include <string_view>

namespace sluice::odbc {
namespace {

enum class standing { open, failed, gone };

// Executes a statement of ours; its answer is all that is wanted of it. Notes a loss.
SQLRETURN ask(connection_state& c, std::string_view sql) {
    const watched_call call(c);
    stmt_handle statement;
    SQLRETURN rc = statement.allocate(c.dbc.get());
    if (!api::succeeded(rc)) {
        c.broken = c.broken || classify(*c.profile, phase::preparing, failed_call(rc, "SQLAllocHandle", c.dbc)).lost;
        return rc;
    }
    rc = SQLExecDirect(statement.get(), api::text(sql), static_cast<SQLINTEGER>(sql.size()));
    if (!api::succeeded(rc))
        c.broken = c.broken || classify(*c.profile, phase::preparing, failed_call(rc, "SQLExecDirect", statement)).lost;
    return rc;
}

// psqlodbc takes another isolation level only while it has no transaction open. That it takes it is not expected: what
// it does without a transaction is known before (surely_gone, untouched), because the level that the session had is
// not.
bool has_open_transaction(connection_state& c) {
    const watched_call call(c);
    SQLUINTEGER level = SQL_TXN_READ_COMMITTED;
    (void)SQLGetConnectAttr(c.dbc.get(), SQL_ATTR_TXN_ISOLATION, &level, 0, nullptr);
    const SQLULEN other = level == SQL_TXN_SERIALIZABLE ? SQL_TXN_READ_COMMITTED : SQL_TXN_SERIALIZABLE;
    if (!api::succeeded(SQLSetConnectAttr(c.dbc.get(), SQL_ATTR_TXN_ISOLATION, api::number(other), 0))) return true;
    const SQLRETURN rc = SQLSetConnectAttr(c.dbc.get(), SQL_ATTR_TXN_ISOLATION, api::number(level), 0);
    if (!api::succeeded(rc)) c.broken = true;  // it has another level than the caller believes
    return false;
}

standing by_isolation(connection_state& c) {
    if (c.transaction_touched && !has_open_transaction(c)) return standing::gone;
    return api::succeeded(ask(c, "select 1")) ? standing::open : standing::failed;
}

// SQLite takes a BEGIN only while it has no transaction open. What it began is empty, and ends with the caller's
// ROLLBACK, which without one would fail.
standing by_begin(connection_state& c) {
    return api::succeeded(ask(c, "begin")) ? standing::gone : standing::open;
}

standing ask_standing(connection_state& c) {
    switch (c.profile->check) {
        case transaction_check::isolation:
            return by_isolation(c);
        case transaction_check::begin:
            return by_begin(c);
        case transaction_check::none:
            break;
    }
    return standing::open;
}

}  // namespace

void note_failed_statement(connection_state& c, const classification& means, bool surely_gone) {
    const bool conflict = means.code == errc::serialization && c.profile->conflict_fails_transaction;
    standing now = means.ends_transaction || surely_gone ? standing::gone : ask_standing(c);
    if (c.broken) return;
    if (now == standing::gone && !c.transaction_touched) now = standing::open;  // it had nothing to lose
    if (now == standing::gone) c.transaction_gone = true;
    // What fails after that fails because of it.
    if ((now != standing::open || conflict) && c.transaction_failed == errc::ok) c.transaction_failed = means.code;
}

void note_successful_statement(connection_state& c, bool rolled_back) {
    c.transaction_touched = true;
    if (rolled_back && c.transaction_failed != errc::ok && !c.transaction_gone && ask_standing(c) == standing::open &&
        !c.broken)
        c.transaction_failed = errc::ok;
}

}  // namespace sluice::odbc
