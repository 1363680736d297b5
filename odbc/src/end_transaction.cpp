// Begin, commit, rollback, and the end of a connection.

#include "connection_impl.hpp"
#include "transaction_settings.hpp"

#include <optional>
#include <string>
#include <utility>

namespace sluice::odbc {
namespace {

error lost_before(const char* what) {
    error_record record;
    record.code = errc::connection_lost;
    record.message = std::string("the connection was lost before ") + what;
    record.session = session_state::broken;
    return error(std::move(record));
}

error failed_before(const connection_state& c) {
    error_record record;
    record.code = c.transaction_failed;
    record.message = "nothing is committed, the transaction had failed before: roll it back";
    record.records = c.transaction_cause;
    record.session = session_state::transaction_failed;
    return error(std::move(record));
}

SQLRETURN set_autocommit(connection_state& c, SQLULEN on) noexcept {
    const watched_call call(c);
    return SQLSetConnectAttr(c.dbc.get(), SQL_ATTR_AUTOCOMMIT, api::number(on), SQL_IS_UINTEGER);
}

void forget_transaction(connection_state& c) noexcept {
    c.in_transaction = false;
    c.transaction_touched = false;
    c.transaction_gone = false;
    c.transaction_failed = errc::ok;
    c.transaction_cause.clear();
}

// Nothing interrupts it. A commit that was to stop before is not made, and the transaction stays open.
std::optional<SQLRETURN> commit_transaction(connection_state& c) noexcept {
    const watched_call call(c, {}, outcome::unknown);
    if (c.watch->stop_asked()) return std::nullopt;
    return SQLEndTran(SQL_HANDLE_DBC, c.dbc.get(), SQL_COMMIT);
}

// Nothing interrupts it.
SQLRETURN roll_back_transaction(connection_state& c) noexcept {
    const watched_call call(c, {}, outcome::none);
    return SQLEndTran(SQL_HANDLE_DBC, c.dbc.get(), SQL_ROLLBACK);
}

// The error of a commit or rollback.
error not_ended(connection_state& c, phase p, SQLRETURN rc) {
    error failed = to_error(c, p, failed_call(rc, "SQLEndTran", c.dbc));
    tell_outcome(c, failed.outcome());
    return failed;
}

// The transaction is over. Without autocommit the next statement would open another, so such a connection is broken;
// what was answered stays answered.
void end_with_autocommit(connection_state& c, std::vector<diagnostic>& warnings) {
    tell_outcome(c, outcome::applied);
    forget_transaction(c);
    c.schema.transaction_over();
    const SQLRETURN rc = set_autocommit(c, SQL_AUTOCOMMIT_ON);
    if (rc != SQL_SUCCESS) add_warnings(warnings, read_diagnostics(c.dbc));
    if (!api::succeeded(rc)) c.broken = true;
    if (!c.broken) restore_settings(c);
}

// It began, and is not what was asked for. The error for that.
error undo_begin(connection_state& c, const error& why) {
    std::vector<diagnostic> dropped;
    if (!c.broken && api::succeeded(roll_back_transaction(c)))
        end_with_autocommit(c, dropped);
    else
        c.broken = true;
    tell_outcome(c, outcome::none);
    error_record record = why.record();
    record.session = c.broken ? session_state::broken : session_state::usable;
    return error(std::move(record));
}

}  // namespace

result<std::vector<diagnostic>> connection::impl::begin(const transaction_options& options) {
    if (state.broken) return lost_before("BEGIN");
    if (state.in_transaction) return refused(errc::transaction_active, "a transaction is open: end it first");
    if (!state.has_transactions) return refused(errc::unsupported, "this driver has no transactions");
    if (auto wrong = options.problems()) return *wrong;
    const auto plan = plan_settings(*state.profile, options, state.busy_timeout);
    if (!plan) return plan.error();
    std::vector<diagnostic> warnings;
    state.effect = outcome::none;
    if (auto changed = change_settings(state, *plan); !changed) return changed.error();
    const SQLRETURN rc = set_autocommit(state, SQL_AUTOCOMMIT_OFF);
    if (!api::succeeded(rc)) {
        error why = to_error(state, phase::beginning, failed_call(rc, "SQLSetConnectAttr", state.dbc));
        if (!state.broken) restore_settings(state);
        return why;
    }
    collect_warnings(rc, state.dbc, warnings);
    forget_transaction(state);
    state.in_transaction = true;
    if (auto opened = open_with_settings(state, *plan); !opened) return undo_begin(state, opened.error());
    return warnings;
}

result<std::vector<diagnostic>> connection::impl::commit() {
    // psqlodbc answers COMMIT with success on a lost connection: it is not asked.
    if (state.broken) return lost_before("COMMIT: the server rolls the transaction back");
    if (!state.in_transaction) return refused(errc::invalid_argument, "there is no transaction to commit");
    if (state.transaction_failed != errc::ok) return failed_before(state);
    std::vector<diagnostic> warnings;
    const auto rc = commit_transaction(state);
    if (!rc) {
        tell_outcome(state, outcome::none);
        return refused(errc::cancelled, "the commit was stopped before it was made: the transaction is still open");
    }
    if (!api::succeeded(*rc)) return not_ended(state, phase::committing, *rc);
    collect_warnings(*rc, state.dbc, warnings);
    end_with_autocommit(state, warnings);
    return warnings;
}

result<std::vector<diagnostic>> connection::impl::rollback() {
    if (state.broken) return lost_before("ROLLBACK: the server rolls the transaction back");
    if (!state.in_transaction) return refused(errc::invalid_argument, "there is no transaction to roll back");
    std::vector<diagnostic> warnings;
    const SQLRETURN rc = roll_back_transaction(state);
    if (!api::succeeded(rc)) return not_ended(state, phase::rolling_back, rc);
    collect_warnings(rc, state.dbc, warnings);
    end_with_autocommit(state, warnings);
    return warnings;
}

// Statements are freed before. A driver that refuses to disconnect (25000: sqliteodbc within a transaction) is asked
// once more after a rollback; then the handles are given up: to free them would be refused too.
result<std::vector<diagnostic>> connection::impl::disconnect() {
    std::vector<diagnostic> warnings;
    result<std::vector<diagnostic>> answer(std::vector<diagnostic>{});
    if (!state.env) return answer;
    const watched_call call(state, {}, outcome::none);
    state.interrupter.free();
    state.schema.question.free();
    state.sqlite = {};
    for (auto& one : state.statements.clear())
        if (state.connected && state.profile->disconnect_frees) one.release();
    if (state.connected) {
        if (state.in_transaction && !state.broken) (void)SQLEndTran(SQL_HANDLE_DBC, state.dbc.get(), SQL_ROLLBACK);
        forget_transaction(state);
        SQLRETURN rc = SQLDisconnect(state.dbc.get());
        if (!api::succeeded(rc)) {
            auto failed = failed_call(rc, "SQLDisconnect", state.dbc);
            (void)SQLEndTran(SQL_HANDLE_DBC, state.dbc.get(), SQL_ROLLBACK);
            rc = SQLDisconnect(state.dbc.get());
            if (!api::succeeded(rc)) {
                state.broken = true;
                answer = to_error(state, phase::closing, std::move(failed));
                state.dbc.release();
                state.env.release();
            }
        }
        if (rc == SQL_SUCCESS_WITH_INFO) answer = read_diagnostics(state.dbc);
        state.connected = false;
    }
    state.dbc.free();
    state.env.free();
    return answer;
}

}  // namespace sluice::odbc
