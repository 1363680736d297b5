#include "schema_version.hpp"

#include "statement.hpp"

#include <array>
#include <cstring>
#include <string_view>
#include <utility>

namespace sluice::odbc {
namespace {

constexpr std::string_view version_sql = "pragma schema_version";
constexpr std::string_view schema_sql = "select 1 from sqlite_master limit 0";

// Executed whole: to step through one row costs more.
SQLRETURN prepare_question(connection_state& c) noexcept {
    schema_watch& watch = c.schema;
    SQLRETURN rc = watch.question.allocate(c.dbc.get());
    if (!api::succeeded(rc)) return rc;
    const SQLHSTMT statement = watch.question.get();
    rc = SQLSetStmtAttr(statement, SQL_ATTR_CURSOR_TYPE, api::number(SQL_CURSOR_STATIC), 0);
    if (api::succeeded(rc))
        rc = SQLPrepare(statement, api::text(version_sql), static_cast<SQLINTEGER>(version_sql.size()));
    if (api::succeeded(rc)) rc = SQLBindCol(statement, 1, SQL_C_SLONG, &watch.answer, sizeof watch.answer, nullptr);
    return rc;
}

struct version_answer {
    SQLRETURN rc = SQL_ERROR;
    const char* function = "SQLPrepare";
    bool interrupted = false;
};

version_answer ask_version(connection_state& c, bool despite_stop) noexcept {
    schema_watch& watch = c.schema;
    version_answer made;
    made.rc = watch.question ? SQL_SUCCESS : prepare_question(c);
    if (!api::succeeded(made.rc)) return made;
    watched_call call(c, despite_stop ? interruption() : way_in_execute(c, watch.question), outcome::none);
    made.function = "SQLExecute";
    made.rc = SQLExecute(watch.question.get());
    if (api::succeeded(made.rc)) {
        made.function = "SQLFetch";
        made.rc = SQLFetch(watch.question.get());
    }
    if (api::succeeded(made.rc)) {
        made.function = "SQLFreeStmt";
        made.rc = SQLFreeStmt(watch.question.get(), SQL_CLOSE);
    }
    made.interrupted = call.leave();
    return made;
}

// Notes it. None: there was none to be had.
std::optional<std::int32_t> note_version(connection_state& c, const version_answer& asked) noexcept {
    c.schema.saw(api::succeeded(asked.rc) ? std::optional(c.schema.answer) : std::nullopt);
    return c.schema.seen();
}

// The error, where the statement that it is asked for may not be executed either.
std::optional<error> not_answered(connection_state& c, const version_answer& asked) {
    statement_effects reads;
    reads.reads_only = true;
    failure seen = failed_call(asked.rc, asked.function, c.schema.question);
    seen.interrupted = asked.interrupted;
    free_statement(c, c.schema.question);
    error why = to_error(c, phase::executing, std::move(seen), reads);
    if (asked.interrupted || refused_by_state(c)) return why;
    return std::nullopt;
}

// Whatever is executed on a table lets SQLite look whether its copy of the schema is the present one.
bool read_schema(connection_state& c, bool despite_stop) noexcept {
    stmt_handle statement;
    watched_call call(c, despite_stop ? interruption() : way_in_execute(c, statement), outcome::none);
    SQLRETURN rc = statement.allocate(c.dbc.get());
    if (api::succeeded(rc))
        rc = SQLSetStmtAttr(statement.get(), SQL_ATTR_CURSOR_TYPE, api::number(SQL_CURSOR_STATIC), 0);
    if (api::succeeded(rc))
        rc = SQLExecDirect(statement.get(), api::text(schema_sql), static_cast<SQLINTEGER>(schema_sql.size()));
    (void)call.leave();
    free_statement(c, statement);
    return api::succeeded(rc) || rc == SQL_NO_DATA;
}

}  // namespace

void schema_watch::transaction_over() noexcept {
    if (std::exchange(unsettled_, false)) seen_.reset();
}

bool schema_watch::executed(schema_effect effect, bool in_transaction, bool with_success) noexcept {
    switch (effect) {
        case schema_effect::none:
            return false;
        case schema_effect::begins:
            unsettled_ = unsettled_ || !in_transaction;
            return false;
        case schema_effect::ends:
            if (!in_transaction && with_success) transaction_over();
            return false;
        case schema_effect::attaches:
            attached_ = true;
            break;
        case schema_effect::changes:
            break;
    }
    unsettled_ = unsettled_ || in_transaction;
    return true;
}

bool needs_same_schema(const connection_state& c, statement_effects effects) noexcept {
    return c.profile->keeps == keeping::same_schema && effects.reads_only;
}

result<std::optional<std::int32_t>> load_schema(connection_state& c, bool despite_stop) {
    const auto before = c.schema.seen();
    const version_answer asked = ask_version(c, despite_stop);
    const auto version = note_version(c, asked);
    if (!version)
        if (auto wrong = not_answered(c, asked)) return std::move(*wrong);
    if (version && version != before && !read_schema(c, despite_stop)) c.schema.saw(std::nullopt);
    return c.schema.tells() && c.sqlite ? c.schema.seen() : std::nullopt;
}

result<bool> has_schema(connection_state& c, std::int32_t version, bool despite_stop) {
    const version_answer asked = ask_version(c, despite_stop);
    if (const auto now = note_version(c, asked)) {
        if (*now == version) return true;
        // The driver's own copy of the schema may be older yet.
        c.schema.saw(std::nullopt);
        return false;
    }
    if (auto wrong = not_answered(c, asked)) return std::move(*wrong);
    return false;
}

bool has_declared_types(connection_state& c, const stmt_handle& statement) {
    const watched_call call(c, {}, outcome::none);
    SQLSMALLINT columns = 0;
    if (!api::succeeded(SQLNumResultCols(statement.get(), &columns)) || columns <= 0) return false;
    for (SQLUSMALLINT i = 1; i <= static_cast<SQLUSMALLINT>(columns); ++i) {
        std::array<char, 16> text{};  // a longer name is another one
        SQLSMALLINT length = 0;
        SQLRETURN rc = SQLColAttribute(statement.get(), i, SQL_DESC_TYPE_NAME, text.data(),
                                       static_cast<SQLSMALLINT>(text.size()), &length, nullptr);
        if (!api::succeeded(rc)) return false;
        if (std::string_view(text.data(), strnlen(text.data(), text.size())) != "varchar") continue;
        // So it calls what has no declared type. It gives that a size, but no precision.
        SQLLEN precision = 0;
        rc = SQLColAttribute(statement.get(), i, SQL_DESC_PRECISION, nullptr, 0, nullptr, &precision);
        if (!api::succeeded(rc) || precision <= 0) return false;
    }
    return true;
}

}  // namespace sluice::odbc
