#include "failure.hpp"

#include "classify.hpp"
#include "diagnostics.hpp"
#include "statement.hpp"
#include "transaction.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace sluice::odbc {
namespace {

// Of a statement that was entered and failed before it was over on the server.
outcome interrupted_outcome(const connection_state& c, const classification& means, statement_effects effects) {
    if (means.answered) return effects.may_apply_partly ? outcome::unknown : outcome::none;
    if (c.in_transaction) return effects.may_commit ? outcome::unknown : outcome::none;
    return outcome::unknown;
}

outcome outcome_of(const connection_state& c, phase p, const failure& failed, const classification& means,
                   statement_effects effects) {
    if (effects.changes_nothing) return outcome::none;
    switch (p) {
        case phase::connecting:
        case phase::parsing:
        case phase::preparing:
        case phase::beginning:
        case phase::rolling_back:
            return outcome::none;
        case phase::committing:
            return means.answered ? outcome::none : outcome::unknown;
        case phase::executing:
            return interrupted_outcome(c, means, effects);
        case phase::describing:
        case phase::fetching:
        case phase::closing:
            break;
    }
    // The server said yes, and has at most more rows to make.
    if (effects.executed_whole)
        return c.in_transaction && (means.lost || c.transaction_gone) ? outcome::none : outcome::applied;
    // The driver manager says it, of a cursor that an interruption has closed.
    if (failed.interrupted && effects.reads_only && means.code == errc::cancelled) return outcome::none;
    if (means.answered && !effects.reads_only && c.profile->kind == driver_kind::other) return outcome::unknown;
    return interrupted_outcome(c, means, effects);
}

bool concerns_transaction(phase p) noexcept {
    return p == phase::parsing || p == phase::executing || p == phase::describing || p == phase::fetching ||
           p == phase::closing;
}

// psqlodbc 13.02 rolls the whole transaction back, whatever Protocol= says.
bool rolled_back_by_driver(const connection_state& c, phase p, const failure& failed, statement_effects effects) {
    if (c.profile->kind != driver_kind::postgresql) return false;
    if (p == phase::fetching && !effects.executed_whole) return true;
    const bool asked = p == phase::executing || p == phase::parsing;
    return asked && !failed.records.empty() && failed.records.front().sqlstate == "42601";
}

session_state session_of(const connection_state& c, phase p) noexcept {
    if (p == phase::connecting) return session_state::none;
    if (c.broken) return session_state::broken;
    return c.transaction_failed != errc::ok ? session_state::transaction_failed : session_state::usable;
}

// psqlodbc has no SQLSTATE for a server that goes away while it prepares a statement. What it knows of its connection
// by then costs nothing.
bool is_known_dead(const connection_state& c) noexcept {
    if (c.profile->dead != dead_attribute::local || !c.dbc) return false;
    SQLUINTEGER dead = SQL_CD_FALSE;
    const SQLRETURN rc = SQLGetConnectAttr(c.dbc.get(), SQL_ATTR_CONNECTION_DEAD, &dead, 0, nullptr);
    return api::succeeded(rc) && dead == SQL_CD_TRUE;
}

}  // namespace

error to_error(connection_state& c, phase p, failure failed, statement_effects effects) {
    classification means = classify(*c.profile, p, failed);
    if (means.code == errc::rejected && p != phase::connecting && is_known_dead(c))
        means = {.code = errc::connection_lost, .lost = true, .answered = false};
    if (means.lost) c.broken = true;
    const errc failed_before = c.transaction_failed;
    if (!c.broken && c.in_transaction && concerns_transaction(p))
        note_failed_statement(c, means, rolled_back_by_driver(c, p, failed, effects));
    if (!c.broken && p == phase::committing) c.transaction_failed = means.code;
    if (failed_before == errc::ok && c.transaction_failed != errc::ok) c.transaction_cause = failed.records;

    error_record record;
    record.code = p == phase::committing && !means.answered ? errc::commit_unknown : means.code;
    record.outcome = outcome_of(c, p, failed, means, effects);
    record.session = session_of(c, p);
    record.message = advice(record.code, p);
    if (failed.rc == SQL_ERROR && failed.records.empty()) record.message += " (the driver gave no diagnostic)";
    if (failed.rc != SQL_ERROR) record.message += ": " + std::to_string(failed.rc);
    record.function = failed.function;
    record.records = std::move(failed.records);
    return error(std::move(record));
}

outcome outcome_unheard(const connection_state& c, statement_effects effects) noexcept {
    if (effects.changes_nothing || c.provisional) return outcome::none;
    return interrupted_outcome(c, {.answered = false}, effects);
}

outcome outcome_so_far(statement_effects effects) noexcept {
    if (effects.changes_nothing) return outcome::none;
    if (effects.executed_whole) return outcome::applied;
    return effects.reads_only ? outcome::none : outcome::unknown;
}

std::optional<error> refused_by_state(const connection_state& c) {
    if (!c.broken && !c.transaction_gone) return std::nullopt;
    error_record record;
    record.code = c.broken ? errc::connection_lost : c.transaction_failed;
    record.message = c.broken ? "the connection was lost before" : "the server has ended the transaction: roll it back";
    record.session = c.broken ? session_state::broken : session_state::transaction_failed;
    return error(std::move(record));
}

error refused(errc code, std::string message) {
    error_record record;
    record.code = code;
    record.message = std::move(message);
    record.session = session_state::usable;
    return error(std::move(record));
}

SQLRETURN true_answer(const connection_state& c, SQLRETURN rc, const stmt_handle& statement) {
    constexpr std::int64_t first_server_error = 1'000;
    if (rc != SQL_SUCCESS_WITH_INFO || !c.profile->errors_in_warnings) return rc;
    const auto records = read_diagnostics(statement);
    const bool failed =
        std::any_of(records.begin(), records.end(), [](const diagnostic& d) { return d.native >= first_server_error; });
    return failed ? SQL_ERROR : rc;
}

}  // namespace sluice::odbc
