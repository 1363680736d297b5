#include "prepared_use.hpp"

#include "row_reader.hpp"
#include "words.hpp"

#include <utility>
#include <vector>

namespace sluice::odbc {
namespace {

// SQL_ATTR_PGOPT_SERVER_SIDE_PREPARE of psqlodbc, a connection attribute.
constexpr SQLINTEGER server_side_prepare = 65'540;
// How psqlodbc names what it prepares.
constexpr std::string_view driver_plan = "_PLAN";
// Of PostgreSQL, for a value that its type cannot be read from.
constexpr std::string_view unreadable_values = "08P01 22003 22007 22008 22021 22P02 22P03";

bool says(const error& e, std::string_view text) noexcept {
    return !e.diagnostics().empty() && has_text(e.diagnostics().front().message, text);
}

// PostgreSQL: the name of a plan is not known in this server process, or taken by another client's.
bool has_lost_name(const error& e) noexcept {
    return (e.sqlstate() == "26000" || e.sqlstate() == "42P05") && says(e, driver_plan);
}

void keep(connection_state& c, kept_statement as, stmt_handle& statement) noexcept {
    as.handle = std::move(statement);
    stmt_handle freed;
    try {
        freed = c.statements.put(std::move(as));
    } catch (...) {
        // No memory to keep it in: whatever of it was not moved is freed with its owner.
    }
    free_statement(c, freed);
}

}  // namespace

void rest_statement(connection_state& c, kept_statement as, stmt_handle& statement, bool fine) noexcept {
    if (!statement) return;
    const bool kept = fine && !as.key.empty() && !c.broken && api::succeeded(SQLFreeStmt(statement.get(), SQL_CLOSE)) &&
                      (!as.parameters.empty() || api::succeeded(SQLFreeStmt(statement.get(), SQL_RESET_PARAMS)));
    if (kept) return keep(c, std::move(as), statement);
    free_statement(c, statement);
}

void rest_cursor(connection_state& c, kept_statement as, stmt_handle& statement, bool fine) noexcept {
    const bool kept = fine && !as.key.empty() && !c.broken && (as.rows || unbind_rows(statement, reading_way::block));
    if (kept) return keep(c, std::move(as), statement);
    free_statement(c, statement);
}

bool ran_nothing(const connection_state& c, const error& e, bool reused) noexcept {
    if (c.broken || c.transaction_failed != errc::ok || e.outcome() != outcome::none) return false;
    switch (c.profile->kind) {
        case driver_kind::postgresql:
            // The types that the server had found for the parameters may not fit the table as it is now: class 42, and
            // what it says of a value that it cannot read as such a type.
            return (e.sqlstate() == "0A000" && says(e, "cached plan")) || has_lost_name(e) ||
                   (reused &&
                    (e.sqlstate().starts_with("42") ||
                     any_word(unreadable_values, [&](std::string_view state) { return state == e.sqlstate(); })));
        case driver_kind::mariadb:
            return e.native() == 1615 || e.native() == 1243;
        case driver_kind::sqlite:
            // What it says where the schema is another one (17), where a name of the text is no more (1), and where the
            // result has another number of columns (the driver's own).
            return reused && (e.native() == 17 || e.native() == 1 || e.native() == -1);
        case driver_kind::other:
            break;
    }
    return false;
}

result<void> note_outdated(connection_state& c, const error& e) {
    tell_outcome(c, outcome::none);
    if (c.profile->kind != driver_kind::postgresql || !has_lost_name(e)) return {};
    return use_through_pooler(c);
}

bool leaves_prepared(const connection_state& c, const error& e) noexcept {
    return !c.broken && c.profile->kind != driver_kind::other &&
           (e.code() == errc::constraint || e.code() == errc::data);
}

std::size_t clear_statements(connection_state& c) noexcept {
    c.schema.saw(std::nullopt);
    auto all = c.statements.clear();
    if (all.empty()) return 0;
    const watched_call call(c);
    for (auto& one : all) one.free();
    return all.size();
}

result<void> use_through_pooler(connection_state& c) {
    if (c.profile->kind != driver_kind::postgresql) return {};
    c.pooler = true;
    c.backend = -1;
    (void)clear_statements(c);
    const watched_call call(c);
    const SQLRETURN rc = SQLSetConnectAttr(c.dbc.get(), server_side_prepare, api::number(0), SQL_IS_UINTEGER);
    if (!api::succeeded(rc)) return to_error(c, phase::preparing, failed_call(rc, "SQLSetConnectAttr", c.dbc));
    return {};
}

}  // namespace sluice::odbc
